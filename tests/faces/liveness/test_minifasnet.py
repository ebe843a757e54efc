"""The crops of the authors' demonstration, both ways to the two networks, and the demonstration's own pictures."""

import io
import sys
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facestyle import weights
from facestyle.errors import CatalogueError, InvalidRequestError, WeightsDamagedError, WeightsMissingError
from facestyle.faces.liveness import Liveness, MiniFasLiveness
from facestyle.faces.liveness.minifasnet import MODELS, Judge, crop
from facestyle.faces.results import Box, Face
from facestyle.images import decode
from facestyle.models.minifasnet import MiniFASNetV1SE, MiniFASNetV2, load_checkpoint
from facestyle.models.onnx_session import OnnxRuntimeMissingError
from tests.models import synthetic
from tests.models.catalogues import with_files

KINDS = dict(zip(MODELS, (MiniFASNetV2, MiniFASNetV1SE), strict=True))
POINTS = ((0.0, 0.0),) * 5


def face(left, top, right, bottom):
    return Face(Box(left, top, right, bottom), 0.99, POINTS)


def picture(height, width):
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


# --- crops --------------------------------------------------------------------------------------------------------


def authors_box(box, width, height, scale):
    """The demonstration's arithmetic: left, top, right, bottom of the crop, whole pixels."""
    x, y, w, h = box.left, box.top, box.width, box.height
    scale = min((height - 1) / h, (width - 1) / w, scale)
    cx, cy = x + w / 2, y + h / 2
    left, top, right, bottom = cx - w * scale / 2, cy - h * scale / 2, cx + w * scale / 2, cy + h * scale / 2
    if left < 0:
        left, right = 0, right - left
    if top < 0:
        top, bottom = 0, bottom - top
    if right > width:
        left, right = left - (right - width), width
    if bottom > height:
        top, bottom = top - (bottom - height), height
    return int(left), int(top), int(right), int(bottom)


def bilinear(image):
    """80 x 80 by the textbook formula: pixel centres, two neighbours on each axis, edges repeated."""
    out = image.astype(np.float64)
    for axis in (0, 1):
        length = image.shape[axis]
        at = np.clip((np.arange(80) + 0.5) * length / 80 - 0.5, 0, length - 1)
        first = np.minimum(at.astype(int), max(length - 2, 0))
        second = np.minimum(first + 1, length - 1)
        share = (at - first).reshape([-1 if n == axis else 1 for n in range(3)])
        out = out.take(first, axis) * (1 - share) + out.take(second, axis) * share
    return out


@pytest.mark.parametrize("scale", [2.7, 4.0])
@pytest.mark.parametrize(
    "box",
    [
        Box(150, 120, 190, 170),  # inside
        Box(5, 8, 65, 78),  # moved away from the left and the top
        Box(330, 240, 395, 295),  # from the right and the bottom
        Box(100, 20, 300, 280),  # so large that the crop must be smaller than asked for
        Box(-30, -20, 60, 70),  # reaches over the edge
        Box(120.4, 80.7, 200.2, 190.9),
    ],
)
def test_crops_are_the_authors(box, scale):
    image = picture(300, 400)
    left, top, right, bottom = authors_box(box, 400, 300, scale)
    expected = bilinear(image[top:bottom, left:right, ::-1])
    found = crop(image, box, scale)
    assert found.shape == (1, 3, 80, 80)
    np.testing.assert_allclose(found[0].permute(1, 2, 0).numpy(), expected, atol=0.51)
    assert torch.equal(found, found.round())


def test_crop_of_the_same_size_is_the_picture_blue_first():
    image = picture(81, 81)
    found = crop(image, Box(0, 0, 80, 80), 2.7)
    np.testing.assert_array_equal(found[0].permute(1, 2, 0).numpy(), image[:80, :80, ::-1])


@pytest.mark.parametrize("box", [(-90, 0, -5, 80), (0, 310, 80, 400), (500, 0, 600, 80), (10, 10, 10, 80)])
def test_nothing_of_the_face_in_the_picture(box):
    assert crop(picture(300, 400), Box(*box), 2.7) is None


# --- answers ------------------------------------------------------------------------------------------------------


def judge(scale, live, seen=None):
    """Always the same probability of a live face; notes what it was shown."""

    def logits(x):
        if seen is not None:
            seen.append(x)
        return torch.tensor([[(1 - live) / 2, live, (1 - live) / 2]]).log()

    return Judge(scale, logits)


def test_score_is_the_mean_of_both_and_each_sees_its_own_crop():
    seen = []
    checker = MiniFasLiveness([judge(2.7, 0.9, seen), judge(4.0, 0.3, seen)])
    image, at = picture(300, 400), face(150, 120, 190, 170)
    answer = checker.check(image, at)
    assert answer.checked
    assert answer.live
    assert answer.score == pytest.approx(0.6)
    for scale, x in zip((2.7, 4.0), seen, strict=True):
        assert torch.equal(x, crop(image, at.box, scale))


@pytest.mark.parametrize(("scores", "live"), [((0.98, 0.99), True), ((0.98, 0.01), False), ((0.4, 0.45), False)])
def test_live_needs_more_than_half(scores, live):
    answer = MiniFasLiveness([judge(2.7, scores[0]), judge(4.0, scores[1])]).check(
        picture(300, 400), face(50, 50, 99, 99)
    )
    assert (answer.checked, answer.live) == (True, live)


@pytest.mark.parametrize("box", [(50, 50, 79, 120), (50, 50, 120, 79), (50, 50, 50, 50), (float("nan"), 50, 99, 99)])
def test_small_faces_are_not_judged(box):
    answer = MiniFasLiveness([judge(2.7, 1.0), judge(4.0, 1.0)]).check(picture(300, 400), face(*box))
    assert (answer.checked, answer.live, answer.score) == (False, None, None)
    assert "too small" in answer.reason
    assert "30 needed" in answer.reason


def test_faces_outside_are_not_judged():
    answer = MiniFasLiveness([judge(2.7, 1.0)]).check(picture(300, 400), face(400, 100, 500, 200))
    assert answer == Liveness.unchecked("The face is outside the picture.")


def test_no_network_no_checker():
    with pytest.raises(InvalidRequestError, match="at least one"):
        MiniFasLiveness([])


# --- the two ways to the networks ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def networks():
    networks = {}
    for model_id, kind in KINDS.items():
        networks[model_id] = kind().eval()
        networks[model_id].load_state_dict(synthetic.weights(synthetic.shapes_of(kind())))
        with torch.no_grad():  # logits about 1, so that the softmax is neither 0 nor 1
            networks[model_id].prob.weight.div_(networks[model_id](synthetic.chips(4, 80)).abs().mean())
    return networks


def as_onnx(network, *, size=80):
    """As such files are made: traced, normalisations folded into the convolutions."""
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.zeros(1, 3, size, size),), stream, dynamo=False, opset_version=11)
    return stream.getvalue()


@pytest.fixture(scope="module")
def files(networks):
    return {model_id: as_onnx(network) for model_id, network in networks.items()}


def test_both_ways_give_the_same_answer(tmp_path, networks, files):
    for model_id, network in networks.items():
        tensors = {f"module.{key}": value for key, value in network.state_dict().items()}
        torch.save(tensors, tmp_path / f"{model_id}.pth")
    by_torch = MiniFasLiveness.from_checkpoints(*(tmp_path / f"{model_id}.pth" for model_id in MODELS))
    (tmp_path / "onnx").mkdir()
    by_onnx = MiniFasLiveness.from_catalogue(with_files(tmp_path / "onnx", files))
    scores = set()
    for number in range(3):
        image = (synthetic.uniform(f"picture {number}", (200, 240, 3)) * 255 / (number + 1)).astype(np.uint8)
        at = face(60 + 10 * number, 50, 140, 150)
        assert by_onnx.check(image, at).score == pytest.approx(by_torch.check(image, at).score, abs=1e-4)
        expected = [F.softmax(net(crop(image, at.box, net.CROP_SCALE)), 1)[0, 1].item() for net in networks.values()]
        assert by_torch.check(image, at).score == pytest.approx(np.mean(expected), abs=1e-6)
        scores.add(round(by_torch.check(image, at).score, 4))
    assert len(scores) == 3


def test_scale_of_each_crop_is_that_of_the_network():
    for model_id, kind in KINDS.items():
        entry = weights.entry(model_id)
        assert entry.role == "liveness"
        assert entry.input.crop_scale == kind.CROP_SCALE


def test_missing_library_is_named(tmp_path, files, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(OnnxRuntimeMissingError, match="MiniFASNet V2"):
        MiniFasLiveness.from_catalogue(with_files(tmp_path, files))


def test_another_network_in_a_file_is_refused(tmp_path, files):
    wide = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()).eval()
    settings = with_files(tmp_path, files | {"minifasnet_v1se": as_onnx(wide, size=128)})
    with pytest.raises(WeightsDamagedError, match=r"MiniFASNet V1SE.*another network"):
        MiniFasLiveness.from_catalogue(settings)


def test_catalogue_without_a_crop_is_refused(tmp_path, files):
    settings = with_files(tmp_path, files)
    path = tmp_path / "catalog.toml"
    path.write_text(path.read_text("utf-8").replace(', "crop_scale" = 2.7', ""), "utf-8")
    with pytest.raises(CatalogueError, match="no crop_scale"):
        MiniFasLiveness.from_catalogue(settings)


def test_missing_checkpoint_is_refused(tmp_path):
    with pytest.raises(WeightsMissingError):
        MiniFasLiveness.from_checkpoints(tmp_path / "x.pth")


# --- the authors' weights on the authors' pictures ----------------------------------------------------------------


@pytest.fixture(scope="module")
def authors_files(shared_data):
    folder = shared_data / "weights" / "minifasnet"
    return folder / "2.7_80x80_MiniFASNetV2.pth", folder / "4_0_0_80x80_MiniFASNetV1SE.pth"


@pytest.mark.data
@pytest.mark.parametrize(("name", "score"), [("image_F1.jpg", 0.172), ("image_F2.jpg", 0.003), ("image_T1.jpg", 1.0)])
def test_demonstration(shared_data, authors_files, detector, name, score):
    """Two fakes and one live face, as the demonstration says; scores as measured with the default detector's boxes."""
    image = decode(shared_data / "faces" / "antispoof" / name)
    (found,) = detector.detect(image)
    answer = MiniFasLiveness.from_checkpoints(*authors_files).check(image, found)
    assert answer.checked
    assert answer.live == name.startswith("image_T")
    assert answer.score == pytest.approx(score, abs=0.02)


@pytest.mark.data
def test_authors_weights_as_onnx(tmp_path, authors_files, shared_data, detector):
    networks = [load_checkpoint(path) for path in authors_files]
    settings = with_files(tmp_path, dict(zip(MODELS, map(as_onnx, networks), strict=True)))
    by_onnx, by_torch = MiniFasLiveness.from_catalogue(settings), MiniFasLiveness.from_checkpoints(*authors_files)
    image = decode(shared_data / "faces" / "antispoof" / "image_F1.jpg")
    (found,) = detector.detect(image)
    assert by_onnx.check(image, found).score == pytest.approx(by_torch.check(image, found).score, abs=1e-4)
