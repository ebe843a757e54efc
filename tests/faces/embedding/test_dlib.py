"""The embedded embedder: which crops it averages, and that nothing else depends on their number."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from facestyle import images
from facestyle.faces.alignment import align_faces
from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.embedding import dlib
from facestyle.faces.embedding.dlib import DlibEmbedder
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from tests.cli.conftest import EXAMPLES


@pytest.fixture(autouse=True)
def in_float32(monkeypatch):
    """Crops are compared to the last bits, which half precision doesn't have."""
    monkeypatch.setattr("facestyle.device.fast_dtype", lambda device: torch.float32)


@pytest.fixture(scope="module")
def picture():
    return images.decode((EXAMPLES / "hopper.jpg").read_bytes())


@pytest.fixture(scope="module")
def face(picture):
    return MtcnnDetector().detect(picture)[0]


def network(*chips):
    """Embeddings of 150x150 chips by the bare network."""
    with torch.inference_mode():
        batch = torch.from_numpy(np.stack(chips)).permute(0, 3, 1, 2).float()
        return load_model("dlib_resnet", settings=Settings())(batch).numpy()


def test_one_and_two_crops_are_dlibs_chip_and_its_mirror_image(picture, face):
    chip = DlibEmbedder().align(picture, [face])
    assert chip.shape == (1, 158, 158, 3)
    inner = chip[0, 4:154, 4:154]
    direct = align_faces(picture, [face], dlib._TEMPLATE, 150)[0]
    # a large face is reduced before it is warped, by a factor that is rounded with the size of the part shown
    assert np.abs(inner.astype(int) - direct).mean() < 3
    plain, mirrored = network(inner, inner[:, ::-1].copy())
    one, two = (DlibEmbedder(settings=Settings(crops=n)).embed(chip)[0] for n in (1, 2))
    np.testing.assert_allclose(one, plain, atol=1e-5)
    np.testing.assert_allclose(two, (plain + mirrored) / 2, atol=1e-5)


def test_four_crops_are_two_sizes_with_their_mirror_images(picture, face):
    """Against chips cut from the picture itself at these sizes, which the crops of the chip only approximate."""
    centre = np.array([75.0, 75.0])
    cut = [align_faces(picture, [face], (dlib._TEMPLATE - centre) * scale + centre, 150)[0] for scale in (0.95, 1.05)]
    expected = network(*cut, *[chip[:, ::-1].copy() for chip in cut]).mean(0)
    embedder = DlibEmbedder(settings=Settings(crops=4))
    found = embedder.embed(embedder.align(picture, [face]))[0]
    assert np.sum((found - expected) ** 2) < 0.002  # tau is 0.36
    single = DlibEmbedder(settings=Settings(crops=2)).embed(embedder.align(picture, [face]))[0]
    assert np.sum((single - expected) ** 2) > 0.002
    for scale, direct in zip((0.95, 1.05), cut, strict=True):
        chip = torch.from_numpy(embedder.align(picture, [face])).permute(0, 3, 1, 2).float()
        crop = dlib._resized(chip, scale)[0].permute(1, 2, 0).numpy()
        assert np.abs(crop - direct).mean() < 3


@pytest.mark.parametrize("crops", [2, 4])
def test_a_mirrored_face_is_the_same_face(picture, face, crops):
    embedder = DlibEmbedder(settings=Settings(crops=crops))
    chip = embedder.align(picture, [face])
    np.testing.assert_allclose(embedder.embed(chip), embedder.embed(chip[:, :, ::-1].copy()), atol=1e-4)


@pytest.mark.parametrize("crops", [1, 2, 4])
def test_any_number_of_faces_over_several_batches(crops):
    chips = np.random.default_rng(0).integers(0, 256, (dlib._BATCH + 3, 158, 158, 3), np.uint8)
    embedder = DlibEmbedder(settings=Settings(crops=crops))
    together = embedder.embed(chips)
    assert together.shape == (len(chips), 128)
    np.testing.assert_allclose(together[-1], embedder.embed(chips[-1:])[0], atol=1e-4)
    assert embedder.embed(chips[:0]).shape == (0, 128)


def test_embeddings_of_other_crops_have_another_version():
    assert len({DlibEmbedder(settings=Settings(crops=crops)).version for crops in (1, 2, 4)}) == 3


def test_number_of_crops_from_the_environment(monkeypatch):
    assert Settings().crops == 4
    monkeypatch.setenv("FACESTYLE_CROPS", "2")
    assert DlibEmbedder().version == DlibEmbedder(settings=Settings(crops=2)).version
    for wrong in ("3", "0", "many"):
        monkeypatch.setenv("FACESTYLE_CROPS", wrong)
        with pytest.raises(ValidationError):
            Settings()


def test_half_precision_moves_an_embedding_by_far_less_than_tau(picture, face, monkeypatch):
    exact = DlibEmbedder()
    chips = exact.align(picture, [face])
    monkeypatch.setattr("facestyle.device.fast_dtype", lambda device: torch.bfloat16)
    halved = DlibEmbedder()
    assert next(halved._network.parameters()).dtype is torch.bfloat16
    assert next(exact._network.parameters()).dtype is torch.float32
    found = halved.embed(chips)
    assert found.dtype == np.float32
    assert 0 < float(((found - exact.embed(chips)) ** 2).sum()) < 0.002 * exact.tau
