"""A painted album: every picture once, each under a name of its own, and by name what could not be painted."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from facestyle import images
from facestyle.errors import AlbumEmptyError, InvalidRequestError, LossNotFiniteError
from facestyle.settings import Settings
from facestyle.style.batch_album import paint_album
from facestyle.style.batch_work import BatchStyle
from tests.style.drawn import scene


def inverting(content):
    yield 1.0, 255 - content


STYLE = BatchStyle("Night & day", {}, inverting)


@pytest.fixture
def photo(tmp_path):
    def make(name, height=48):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(scene(height, 64)).save(path)
        return path

    return make


def test_files_and_zips_are_painted_and_names_are_told_apart(photo, tmp_path):
    one, other, upper = photo("one/a.png"), photo("two/a.png", 49), photo("three/A.png", 50)
    archive = tmp_path / "more.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(photo("x.png", 51), "deep/a-2.png")
        packed.write(photo("y.png", 52), "__MACOSX/._a.png")
    *_, step = paint_album([one, other, upper, archive], STYLE, tmp_path / "out")
    assert (step.done, step.total, step.failed) == (4, 4, ())
    assert [path.name for path in step.made] == [f"{name}--Night_day.png" for name in ("a", "a-2", "A-3", "a-2-2")]
    assert sorted(step.made) == sorted((tmp_path / "out").iterdir())
    for path, height in zip(step.made, (48, 49, 50, 51), strict=True):
        np.testing.assert_array_equal(images.decode(path), 255 - scene(height, 64))


def test_what_cannot_be_painted_is_named_and_the_rest_is(photo, tmp_path):
    broken = tmp_path / "b.jpg"
    broken.write_bytes(photo("whole.png").read_bytes()[:200])
    no_zip = tmp_path / "c.zip"
    no_zip.write_bytes(b"PK\x03\x04 and no more")

    def refusing(content):
        if content.shape[0] == 49:
            raise LossNotFiniteError("No.")
        return inverting(content)

    steps = list(
        paint_album(
            [photo("a.png"), broken, no_zip, photo("d.png", 49)], BatchStyle("it", {}, refusing), tmp_path / "out"
        )
    )
    assert steps[-1].done == steps[-1].total == 4
    assert [path.name for path in steps[-1].made] == ["a--it.png"]
    assert {failure.name for failure in steps[-1].failed} == {"b.jpg", "c.zip", "d.png (it)"}
    progress = [step.done + step.share for step in steps]
    assert progress == sorted(progress)
    assert steps[-1].seconds_left == 0


def test_limits_are_those_of_albums(photo, tmp_path):
    files = [photo(f"{number}.png") for number in range(3)]
    *_, few = paint_album(files, STYLE, tmp_path / "few", settings=Settings(max_album_pictures=2))
    assert len(few.made) == 2
    assert "more were left out" in few.failed[0].reason
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)  # a picture that takes some bytes
    for path in files:
        Image.fromarray(noise).save(path)
    size = files[0].stat().st_size
    *_, little = paint_album(files, STYLE, tmp_path / "little", settings=Settings(max_album_bytes=int(1.5 * size)))
    assert len(little.made) == 1
    assert {failure.code for failure in little.failed} == {"album_too_large"}


def test_closing_keeps_what_is_done(photo, tmp_path):
    steps = paint_album([photo(f"{number}.png") for number in range(3)], STYLE, tmp_path / "out")
    for step in steps:
        if step.made:
            break
    steps.close()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["0--Night_day.png"]


def test_no_picture_or_no_such_format_is_refused(tmp_path, photo):
    with pytest.raises(AlbumEmptyError):
        next(paint_album([], STYLE, tmp_path / "out"))
    with pytest.raises(InvalidRequestError):
        paint_album([photo("a.png")], STYLE, tmp_path / "out", suffix=".exe")
