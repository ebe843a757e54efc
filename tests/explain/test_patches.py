"""The nine patches of each channel, on the network and the pictures on board."""

from contextlib import closing

import numpy as np
import pytest
import torch

from facestyle import images
from facestyle.errors import AlbumEmptyError, ImageNotFoundError, ImageTooSmallError, InvalidRequestError
from facestyle.explain import sheets
from facestyle.explain.layers import layer_of, representative_layers
from facestyle.explain.patches import find_patches, patches_a_picture
from facestyle.explain.pictures import fitted, read_pictures
from facestyle.explain.service import Explainer
from facestyle.settings import Settings
from facestyle.ui import samples

SIDE = 160
NAMES = ("chelsea", "hopper", "swirls")


def pictures(names=NAMES):
    return [images.decode(samples.path(name)) for name in names]


@pytest.fixture(scope="module")
def steps(network):
    return list(find_patches(network, representative_layers(network), pictures(), side=SIDE))


@pytest.fixture(scope="module")
def found(steps):
    return steps[-1].found


def test_a_step_before_the_first_picture_and_after_each(steps):
    assert [(step.done, step.total) for step in steps] == [(n, 3) for n in range(4)]
    assert steps[0].seconds_left is None
    assert steps[-1].seconds_left == 0
    # frozen: an earlier step is not changed by a later one
    assert (steps[0].found.rankings[0].activations == 0).all()
    assert {place.picture for place in steps[1].found.rankings[2].places(5)} == {0}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_patch_alone_excites_its_channel_as_much_as_the_whole_picture(network, found, number):
    """The crop is exact: whatever is put around it, the activation stays the same; a pixel inside changes it."""
    layer = found.layer(number)
    rng = np.random.default_rng(number)
    for channel in (0, layer.channels - 1):
        for patch in found.patches(number, channel)[:1]:
            whole = found.pictures[patch.picture]
            other = rng.integers(0, 256, whole.shape, np.uint8)
            inside = (slice(patch.top, patch.top + patch.side), slice(patch.left, patch.left + patch.side))
            other[inside] = found.crop(patch)
            pixels = torch.from_numpy(other).permute(2, 0, 1)[None].float() / 255
            with torch.inference_mode():
                answer = network(pixels, [layer.name])[layer.name][0, channel, patch.place.row, patch.place.column]
            assert float(answer) == pytest.approx(patch.activation, rel=1e-4)


def test_they_are_the_strongest(network, found):
    layer = found.layer(3)
    best = np.zeros(layer.channels)
    for picture in found.pictures:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            answers = network(pixels, [layer.name])[layer.name][0].numpy()
        rows, columns = (layer.field.inside(p, n) for p, n in zip(picture.shape, answers.shape[1:], strict=False))
        inner = answers[:, rows.start : rows.stop, columns.start : columns.stop]
        best = np.maximum(best, inner.max(axis=(1, 2)))
    ours = [found.patches(3, channel)[0].activation if found.patches(3, channel) else 0 for channel in range(256)]
    assert np.allclose(ours, best, rtol=1e-4)


def test_patches_lie_inside_and_apart(found):
    for layer in found.layers:
        for channel in range(layer.channels):
            patches = found.patches(layer.number, channel)
            assert [p.activation for p in patches] == sorted((p.activation for p in patches), reverse=True)
            for at, patch in enumerate(patches):
                assert found.crop(patch).shape == (layer.field.size, layer.field.size, 3)
                for other in patches[:at]:
                    apart = max(abs(patch.top - other.top), abs(patch.left - other.left)) >= patch.side
                    assert other.picture != patch.picture or apart


def test_few_pictures_may_give_more_patches_each():
    assert [patches_a_picture(count) for count in (0, 1, 3, 9, 10, 27, 1000)] == [9, 9, 9, 3, 3, 1, 1]


def test_one_per_picture_where_it_is_asked_for(network):
    (*_, last) = find_patches(network, [layer_of(network, "relu1_2")], pictures(), per_picture=1, side=64)
    for channel in range(64):
        numbers = [patch.picture for patch in last.found.patches(1, channel)]
        assert len(numbers) == len(set(numbers)) <= 3


def test_the_same_pictures_give_the_same_patches(network, found):
    (*_, last) = find_patches(network, found.layers[:3], pictures(), side=SIDE)
    for ours, theirs in zip(found.rankings[:3], last.found.rankings, strict=True):
        assert np.array_equal(ours.rows, theirs.rows)
        assert np.array_equal(ours.pictures, theirs.pictures)


def test_closing_it_stops_the_work(network):
    with closing(find_patches(network, representative_layers(network)[:1], pictures(), side=64)) as running:
        next(running)
        assert next(running).done == 1
    with pytest.raises(StopIteration):
        next(running)


@pytest.mark.parametrize(
    ("given", "options", "error"),
    [
        ([], {}, InvalidRequestError),
        ([np.zeros((40, 40), np.uint8)], {}, InvalidRequestError),
        ([np.zeros((40, 40, 3), np.float32)], {}, InvalidRequestError),
        ([np.zeros((20, 200, 3), np.uint8)], {}, ImageTooSmallError),
        ([np.zeros((40, 40, 3), np.uint8)], {"per_picture": 0}, InvalidRequestError),
        ([np.zeros((40, 40, 3), np.uint8)], {"per_picture": 10}, InvalidRequestError),
        ([np.zeros((40, 40, 3), np.uint8)], {"side": 131}, InvalidRequestError),
    ],
)
def test_refusals(network, given, options, error):
    with pytest.raises(error):
        list(find_patches(network, representative_layers(network), given, **options))


def test_a_picture_is_brought_to_one_scale():
    assert fitted(np.zeros((100, 250, 3), np.uint8)).shape == (320, 800, 3)
    assert fitted(np.zeros((3000, 1000, 3), np.uint8), 160).shape == (480, 160, 3)


def test_the_service_looks_at_the_layers_asked_for():
    (*_, last) = Explainer().patches(pictures()[:1], numbers=[2])
    assert [layer.name for layer in last.found.layers] == ["relu2_2"]
    assert len(last.found.patches(2, 127)) > 0
    with pytest.raises(InvalidRequestError):
        last.found.patches(3, 0)
    with pytest.raises(InvalidRequestError, match="0 to 127"):
        last.found.patches(2, 128)
    with pytest.raises(InvalidRequestError):
        list(Explainer().patches(pictures()[:1], numbers=[0]))


def test_an_album_is_read_and_what_cannot_be_used_is_listed(tmp_path):
    (tmp_path / "text.txt").write_text("words")
    paths = [samples.path("chelsea"), tmp_path / "text.txt", samples.path("hopper"), samples.path("waves")]
    album = read_pictures(paths, Settings(), most=2)
    assert album.names == ("chelsea.jpg", "hopper.jpg")
    assert [min(image.shape[:2]) for image in album.images] == [320, 320]
    assert [(left.name, left.code) for left in album.skipped] == [
        ("text.txt", "image_unreadable"),
        ("waves.jpg", "album_too_large"),
    ]


def test_an_album_of_nothing(tmp_path):
    with pytest.raises(AlbumEmptyError):
        read_pictures([], Settings(), most=9)
    with pytest.raises(ImageNotFoundError):
        read_pictures([tmp_path / "gone.jpg"], Settings(), most=9)


def test_sheets(found):
    tile = sheets.mosaic(found, 4, 7, side=20)
    assert tile.shape == (64, 64, 3)
    first = sheets.enlarged(found.crop(found.patches(4, 7)[0]), 20)
    assert np.array_equal(tile[:20, :20], first)
    whole = sheets.sheet(found, 4, range(10), side=20)
    assert whole.shape == (10 + 2 * 90, 10 + 8 * 74, 3)
    for channels in ([], range(513), [512]):
        with pytest.raises(InvalidRequestError):
            sheets.sheet(found, 4, channels)


def test_small_patches_stay_pixels():
    patch = np.arange(75, dtype=np.uint8).reshape(5, 5, 3)
    large = sheets.enlarged(patch, 50)
    assert np.array_equal(large[5::10, 5::10], patch)
    assert np.array_equal(np.unique(large.reshape(-1, 3), axis=0), np.unique(patch.reshape(-1, 3), axis=0))
