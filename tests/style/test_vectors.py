"""A painting is read once: the same pictures bit for bit, another painting never mistaken for it, and no more kept."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import ImageEmptyError, ImageTooLargeError, ImageTooSmallError
from facestyle.models.arbitrary_style import StylePredictor
from facestyle.settings import Settings
from facestyle.style.batch_album import album_painter
from facestyle.style.fast import FastMix, fast_styles, stylize_fast, stylize_fast_deep
from facestyle.style.vectors import StyleVectors
from tests.style.drawn import scene, strokes

SETTINGS = Settings(device="cpu")
PHOTO = scene(48, 64)


def painting(number=0):
    return np.roll(strokes(), 20 * number, axis=2) if number < 3 else 255 - painting(number - 3)


@pytest.fixture
def reads(monkeypatch):
    """The paintings that the network has read since."""
    seen = []
    forward = StylePredictor.forward

    def read(self, style):
        seen.append(tuple(style.shape))
        return forward(self, style)

    monkeypatch.setattr(StylePredictor, "forward", read)
    return seen


def paint(style, vectors=None, **options):
    return stylize_fast(PHOTO, style=style, settings=options.pop("settings", SETTINGS), vectors=vectors, **options)


def test_read_once_the_pictures_are_the_same_to_the_last_bit(reads):
    vectors = StyleVectors()
    expected = [paint(painting(number)) for number in (0, 1)]
    del reads[:]
    for _ in range(3):
        for number in (0, 1):
            np.testing.assert_array_equal(paint(painting(number), vectors), expected[number])
    assert len(reads) == len(vectors) == 2
    deep = stylize_fast_deep(PHOTO, style=painting(), settings=SETTINGS, vectors=vectors)
    np.testing.assert_array_equal(deep, stylize_fast_deep(PHOTO, style=painting(), settings=SETTINGS))


def test_a_mix_reads_each_of_its_paintings_once(reads):
    vectors = StyleVectors()
    for share in (0.2, 0.5, 0.8):
        mix = FastMix(painting(0), painting(1), share)
        found = paint(mix, vectors)
        assert len(reads) == 2
        np.testing.assert_array_equal(found, paint(mix))
        del reads[2:]


def test_what_looks_alike_in_memory_is_another_painting():
    vectors = StyleVectors()
    upright = painting()
    others = [upright[:, ::-1], upright.transpose(1, 0, 2), np.dstack([upright, np.full(upright.shape[:2], 255, "u1")])]
    others.append(upright.reshape(upright.shape[0] // 2, -1, 3))
    paint(upright, vectors)
    for other in others:
        np.testing.assert_array_equal(paint(other, vectors), paint(other))
    assert len(vectors) == 1 + len(others)


def test_a_painting_changed_in_place_is_read_again():
    vectors, style = StyleVectors(), painting().copy()
    before = paint(style, vectors)
    style[:] = style[..., ::-1].copy()
    after = paint(style, vectors)
    np.testing.assert_array_equal(after, paint(style))
    assert not np.array_equal(after, before)


def test_the_longest_unused_goes(reads):
    vectors = StyleVectors(most=2)
    for number in (0, 1, 0, 2, 0):
        paint(painting(number), vectors)
    assert len(vectors) == 2
    assert len(reads) == 3
    paint(painting(1), vectors)
    assert len(reads) == 4


def test_a_file_is_never_taken_for_another(tmp_path):
    """`decode` takes paths too: what they lead to may change."""
    path, vectors = tmp_path / "painting.png", StyleVectors()
    for number in (0, 1):
        Image.fromarray(painting(number)).save(path)
        np.testing.assert_array_equal(paint(path, vectors), paint(painting(number)))
    assert len(vectors) == 0


def test_what_is_refused_is_not_remembered_and_other_limits_are_other_limits():
    vectors = StyleVectors()
    for style, error in ((None, ImageEmptyError), (np.zeros((15, 200, 3), np.uint8), ImageTooSmallError)):
        with pytest.raises(error):
            paint(style, vectors)
    assert len(vectors) == 0
    paint(painting(), vectors)
    with pytest.raises(ImageTooLargeError):
        paint(painting(), vectors, settings=Settings(device="cpu", max_image_pixels=1024))


def test_threads_share_them():
    vectors = StyleVectors(most=3)
    expected = [paint(painting(number)) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: paint(painting(number % 4), vectors), range(12)))
    for number, picture in enumerate(found):
        # Beside each other they may be given fewer threads, and sums another order.
        np.testing.assert_allclose(picture.astype(int), expected[number % 4].astype(int), atol=1)
    assert len(vectors) == 3


def test_trained_styles_have_nothing_to_read():
    vectors = StyleVectors()
    paint(fast_styles()[0].id, vectors)
    assert len(vectors) == 0


def test_an_album_reads_its_painting_once(reads):
    painter = album_painter(painting(), settings=SETTINGS)
    first, second = (next(painter(photo))[1] for photo in (PHOTO, PHOTO[::-1]))
    assert len(reads) == 1
    np.testing.assert_array_equal(first, paint(painting()))
    assert not np.array_equal(first, second)
