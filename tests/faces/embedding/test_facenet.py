"""FaceNet's embedder: the crop against Pillow, and the way from a published-looking file to embeddings."""

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save

from facestyle.errors import WeightsDamagedError
from facestyle.faces.embedding import load_embedder
from facestyle.faces.embedding.facenet import crop_faces
from facestyle.faces.results import Box, Face
from facestyle.models.inception_resnet import InceptionResnetV1
from tests.models import synthetic


def face_in(left, top, right, bottom):
    return Face(Box(left, top, right, bottom), 1.0, ((0.0, 0.0),) * 5)


def facenet_pytorch_crop(image, box, size, margin):
    """What its documentation describes: margin in pixels of the result, whole pixels, Pillow's bilinear resize."""
    left, top, right, bottom = box
    dx, dy = (margin * side / (size - margin) / 2 for side in (right - left, bottom - top))
    height, width = image.shape[:2]
    corners = (
        int(max(left - dx, 0)),
        int(max(top - dy, 0)),
        int(min(right + dx, width)),
        int(min(bottom + dy, height)),
    )
    return np.asarray(Image.fromarray(image).crop(corners).resize((size, size), Image.Resampling.BILINEAR))


@pytest.mark.parametrize(
    "box",
    [
        (50.3, 40.7, 120.2, 140.9),  # enlarged
        (10.0, 5.0, 390.0, 290.0),  # reduced
        (-40.2, -3.0, 60.1, 80.0),  # over the left and upper edge
        (350.0, 250.5, 480.0, 340.0),  # over the right and lower edge
    ],
)
def test_crop_is_pillows(box):
    image = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    (chip,) = crop_faces(image, [face_in(*box)], 160, 14)
    assert np.abs(chip.astype(int) - facenet_pytorch_crop(image, box, 160, 14)).max() <= 1


def test_margin_is_in_pixels_of_the_chip():
    image = np.zeros((600, 800, 3), np.uint8)
    image[200:346, 300:446] = 255
    (chip,) = crop_faces(image, [face_in(300, 200, 446, 346)], 160, 14)
    white = chip[..., 0] > 127
    assert (white.any(0).sum(), white.any(1).sum()) == (146, 146)
    assert white[7:153, 7:153].all()


def test_face_outside_of_the_picture_is_black_and_none_gives_none():
    white = np.full((40, 40, 3), 255, np.uint8)
    assert crop_faces(white, [face_in(100, 10, 120, 30), face_in(-50, 0, -20, 30)], 160, 14).max() == 0
    assert crop_faces(white, [], 160, 14).shape == (0, 160, 160, 3)


@pytest.fixture(scope="module")
def tensors():
    with torch.device("meta"):
        shapes = synthetic.shapes_of(InceptionResnetV1())
    return synthetic.weights(shapes)


CLASSIFIER = {"logits.weight": torch.zeros(4, 512), "logits.bias": torch.zeros(4)}


def test_published_key_names_load_without_the_classifier(with_file, tensors):
    embedder = load_embedder("facenet", with_file("facenet", "model.safetensors", save({**tensors, **CLASSIFIER})))
    assert (embedder.model, embedder.metric, embedder.tau) == ("facenet", "squared_euclidean", 0.6)
    image = synthetic.chips(1, 200)[0].permute(1, 2, 0).byte().numpy()
    chips = embedder.align(image, [face_in(20, 30, 150, 180), face_in(60, 10, 110, 90)])
    assert chips.shape == (2, 160, 160, 3)
    found = embedder.embed(chips)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)

    network = InceptionResnetV1()
    network.load_state_dict(tensors)
    with torch.inference_mode():
        expected = network.eval()(torch.from_numpy(chips).permute(0, 3, 1, 2).float())
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)
    assert embedder.embed(chips[:0]).shape == (0, 512)


@pytest.mark.parametrize("change", ["more", "less"])
def test_any_other_difference_is_refused(with_file, tensors, change):
    altered = {**tensors, "head.weight": torch.zeros(3)} if change == "more" else dict(list(tensors.items())[1:])
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        load_embedder("facenet", with_file("facenet", "model.safetensors", save(altered)))
