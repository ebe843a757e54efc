"""What stands between a picture and RetinaFace, and between RetinaFace and faces.

The network is a stand-in that sees a face wherever a picture has the colour of one: what it answers is known exactly.
"""

import numpy as np
import pytest
import torch
from safetensors.torch import save

from facestyle.errors import WeightsDamagedError
from facestyle.faces.detection import load_detector
from facestyle.faces.detection.anchors import anchors
from facestyle.faces.detection.retinaface import RetinaFaceDetector, find
from facestyle.models import zoo
from facestyle.models.retinaface import RetinaFace
from facestyle.settings import Settings
from tests.models import synthetic
from tests.models.catalogues import with_files

SKIN = (200, 40, 20)  # RGB
POINTS = torch.tensor([[-3.0, -2.0], [3.0, -2.0], [0.0, 0.0], [-2.0, 3.0], [2.0, 3.0]])


class Stub(RetinaFace):
    """Answers with the anchor that best fits each uniform block of the skin's colour; notes what it was shown."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(x)
        grid = anchors(*x.shape[2:])
        colour = torch.tensor(SKIN[::-1]) - torch.tensor(self.MEAN)  # BGR, as the contract says
        mask = ((x[0] - colour.view(3, 1, 1)).abs() < 12).all(0)
        probability, boxes, points = (
            torch.full((len(grid),), 0.01),
            torch.zeros(len(grid), 4),
            torch.zeros(len(grid), 5, 2),
        )
        rows, columns = torch.nonzero(mask, as_tuple=True)
        if len(rows):
            top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
            centre = torch.tensor([(left + right) / 2, (top + bottom) / 2])
            sides = torch.tensor([float(right - left), float(bottom - top)])
            misfit = (grid[:, :2] - centre).abs().sum(1) + (grid[:, 2] - sides.max()).abs()
            for place, index in enumerate(misfit.argsort()[:3]):  # three boxes for one face, to be thinned out
                x0, y0, side = grid[index]
                probability[index] = 0.99 - 0.1 * place
                boxes[index, :2] = (centre - torch.tensor([x0, y0])) / (0.1 * side)
                boxes[index, 2:] = (sides / side).log() / 0.2
                points[index] = (centre - torch.tensor([x0, y0]) + POINTS) / (0.1 * side)
        return probability[None], boxes[None], points[None]


@pytest.fixture
def stub(monkeypatch):
    stub = Stub()
    monkeypatch.setattr("facestyle.faces.detection.retinaface.load_model", lambda *_, **__: stub)
    return stub


def picture(height, width, left, top, right, bottom):
    image = np.full((height, width, 3), 120, np.uint8)
    image[top:bottom, left:right] = SKIN
    return image


def corners(face):
    return np.array([face.box.left, face.box.top, face.box.right, face.box.bottom])


def test_face_is_found_once_where_it_is_with_its_points(stub):
    (face,) = RetinaFaceDetector().detect(picture(300, 400, 120, 60, 200, 150))
    np.testing.assert_allclose(corners(face), [120, 60, 200, 150], atol=0.05)
    assert face.score == pytest.approx(0.99)
    np.testing.assert_allclose(face.landmarks, (torch.tensor([160.0, 105.0]) + POINTS).numpy(), atol=0.05)


def test_large_picture_is_scaled_down_and_answered_in_its_own_pixels(stub):
    detector = RetinaFaceDetector(settings=Settings(detection_size=400))
    (face,) = detector.detect(picture(900, 1600, 400, 200, 800, 640))
    np.testing.assert_allclose(corners(face), [400, 200, 800, 640], atol=8)  # to a pixel of the scaled picture
    assert stub.seen[0].shape[2:] == (225, 400)


def test_small_picture_is_enlarged_and_one_look_is_enough_where_it_finds_a_face(stub):
    (face,) = RetinaFaceDetector().detect(picture(180, 240, 90, 60, 140, 120))
    assert [tuple(x.shape[2:]) for x in stub.seen] == [(240, 320)]
    np.testing.assert_allclose(corners(face), [90, 60, 140, 120], atol=2)


def test_second_look_where_the_first_finds_nothing(stub):
    assert RetinaFaceDetector().detect(np.full((180, 240, 3), 120, np.uint8)) == ()
    assert [tuple(x.shape[2:]) for x in stub.seen] == [(240, 320), (180 + 2 * 45, 240 + 2 * 60)]


def test_face_that_fills_the_picture_is_seen_from_afar(stub):
    (face,) = RetinaFaceDetector(settings=Settings(detection_size=800)).detect(picture(800, 600, 0, 0, 600, 800))
    close, distant = stub.seen
    assert close.shape[2:] == (800, 600)
    assert distant.shape[2:] == (256 + 2 * 64, 192 + 2 * 48)
    np.testing.assert_array_equal(distant[0, :, 0].numpy(), 0)  # the border is of the mean colour
    np.testing.assert_allclose(corners(face), [0, 0, 600, 800], atol=3)


@pytest.mark.parametrize(("least", "found"), [(40, 1), (120, 0)])
def test_min_face_size_counts_in_the_original(stub, least, found):
    settings = Settings(min_face_size=least, detection_size=400)
    assert len(RetinaFaceDetector(settings=settings).detect(picture(800, 800, 300, 300, 400, 400))) == found


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (15, 33), (240, 320)])
def test_pictures_without_a_face(stub, shape):
    assert RetinaFaceDetector().detect(np.full((*shape, 3), 120, np.uint8)) == ()


def test_uncertain_faces_are_left_out_and_overlapping_ones_dropped():
    class Answers(RetinaFace):
        def forward(self, x):
            grid = anchors(*x.shape[2:])
            probability = torch.zeros(len(grid))
            boxes = torch.zeros(len(grid), 4)
            for index, value in {0: 0.9, 2: 0.95, 4: 0.5, 20: 0.51}.items():
                probability[index] = value
                boxes[index, 2:] = 2.0 if index < 4 else 0.0
            return probability[None], boxes[None], torch.zeros(1, len(grid), 5, 2)

    boxes, scores, points = find(Answers(), torch.zeros(1, 3, 64, 64))
    # 0 and 2 are cells side by side with boxes of 24 pixels (IoU 0.5); 4 has a probability of one half only
    assert scores.tolist() == pytest.approx([0.95, 0.51])
    np.testing.assert_allclose(boxes[0], [12 - 11.93, 4 - 11.93, 12 + 11.93, 4 + 11.93], atol=0.01)
    assert points.shape == (2, 5, 2)


# --- through the catalogue ----------------------------------------------------------------------------------------


@pytest.fixture
def tensors():
    yield synthetic.weights(synthetic.shapes_of(RetinaFace()))
    zoo.clear_cache()


def test_the_file_of_the_catalogue_is_loaded_and_run(tmp_path, tensors):
    settings = with_files(tmp_path, {"retinaface": save(tensors)}, device="cpu")
    detector = load_detector("retinaface", settings)
    assert isinstance(detector, RetinaFaceDetector)
    assert (detector.model, detector.version) == ("retinaface", "2")
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    faces = detector.detect(noise)
    assert faces == detector.detect(noise)
    assert all(0.5 < face.score <= 1 and len(face.landmarks) == 5 for face in faces)
    assert list(faces) == sorted(faces, key=lambda face: -face.score)
    with torch.inference_mode():
        expected = zoo.load_model("retinaface", "cpu", settings)
        for name, tensor in expected.state_dict().items():
            assert torch.equal(tensor, tensors[name])


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_another_network_in_the_file_is_refused(tmp_path, tensors, change):
    if change == "missing":
        del tensors["ssh3.conv7x7_3.0.weight"]
    else:
        tensors["ClassHead.0.conv1x1.weight"] = torch.zeros(6, 64, 1, 1)
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        load_detector("retinaface", with_files(tmp_path, {"retinaface": save(tensors)}, device="cpu"))
