"""Each measure on pictures made for it, and each reason on a real face with that one fault."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from facestyle.errors import FaceTooSmallError, PoorQualityError, TooBlurryError
from facestyle.faces.quality import FaceQuality, QualityReason
from facestyle.faces.quality.admission import admit
from facestyle.faces.quality.assess import Limits
from facestyle.faces.quality.exposure import brightness, clipped
from facestyle.faces.quality.framing import outside
from facestyle.faces.quality.region import OVAL, SIDE, TEMPLATE, Region, face_region
from facestyle.faces.quality.sharpness import sharpness
from facestyle.faces.quality.size import eye_distance
from facestyle.faces.results import Box, Face
from tests.faces.quality.test_pose import turned

PRESENT = np.ones((SIDE, SIDE), bool)


def face_of(points, box=(100, 100, 200, 220)):
    return Face(Box(*box), 0.99, tuple(map(tuple, points)))


@pytest.fixture(scope="module")
def subject(example, detector):
    """A real picture and its face, which nothing speaks against."""
    picture = example("hopper.jpg")
    (face,) = detector.detect(picture)
    return picture, face


def resized(picture, face, factor):
    height, width = picture.shape[:2]
    size = round(width * factor), round(height * factor)
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    x, y = size[0] / width, size[1] / height
    box = Box(face.box.left * x, face.box.top * y, face.box.right * x, face.box.bottom * y)
    return small, Face(box, face.score, tuple((a * x, b * y) for a, b in face.landmarks))


# --- measures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pose", [{}, {"yaw": 40}, {"yaw": -55, "roll": 30}, {"pitch": 25}])
def test_eye_distance_does_not_shrink_as_the_head_turns(pose):
    assert eye_distance(face_of(turned(**pose, scale=50))) == pytest.approx(50, rel=0.12)


def test_the_frame_puts_the_landmarks_on_its_template():
    picture = np.zeros((400, 600, 3), np.uint8)
    points = turned(roll=25, scale=48)
    for x, y in points.round().astype(int):
        picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    luma = face_region(picture, face_of(points)).luma
    for x, y in TEMPLATE.round().astype(int):
        assert luma[y - 1 : y + 2, x - 1 : x + 2].mean() > 100
    assert luma[:4].max() < 1


@pytest.mark.parametrize(("shift", "share"), [(0, 0.0), (-1000, 1.0)])
def test_share_outside_of_a_face_wholly_in_or_out(shift, share):
    picture = np.zeros((400, 600, 3), np.uint8)
    face = face_of(turned(shift=(300 + shift, 200)), (250 + shift, 150, 350 + shift, 270))
    region = face_region(picture, face)
    assert outside(picture, face, region) == pytest.approx(share)
    assert region.face.size == (0 if share else OVAL.sum())
    assert brightness(region) == clipped(region) == 0
    assert sharpness(region) == 0


def test_share_outside_is_that_of_the_box_where_it_reaches_further():
    picture = np.zeros((400, 600, 3), np.uint8)
    face = face_of(turned(shift=(40, 200)), (-30, 150, 70, 270))
    assert outside(picture, face, face_region(picture, face)) == pytest.approx(0.3)


def test_half_a_face_is_half_outside():
    picture = np.zeros((400, 600, 3), np.uint8)
    region = face_region(picture, face_of(turned(shift=(0, 200)), (0, 0, 10, 10)))
    assert region.outside == pytest.approx(0.5, abs=0.03)


def test_brightness_and_clipping_are_read_inside_the_oval():
    luma = np.full((SIDE, SIDE), 255.0)
    luma[OVAL] = 60.0
    rows, columns = np.nonzero(OVAL)
    luma[rows[: len(rows) // 4], columns[: len(rows) // 4]] = 251.0
    region = Region(luma, PRESENT)
    assert clipped(region) == pytest.approx(0.25, abs=0.01)
    assert brightness(region) == 251
    luma[OVAL] = 60.0
    assert (brightness(region), clipped(region)) == (60, 0)


def test_sharpness_is_the_ratio_of_two_octaves_by_a_plain_loop():
    rng = np.random.default_rng(3)
    luma = rng.uniform(0, 255, (SIDE, SIDE))

    def smooth(row, times):
        for _ in range(times):
            padded = [row[0], row[0], *row, row[-1], row[-1]]
            row = [sum(w * padded[i + k] for k, w in enumerate((1, 4, 6, 4, 1))) / 16 for i in range(SIDE)]
        return np.array(row)

    def ratio(image, where):
        # Ends are repeated once before all passes in the code, at each pass here: only rows' ends can differ.
        inner = where & (np.arange(SIDE) >= 16) & (np.arange(SIDE) < SIDE - 16)
        fine = coarse = 0.0
        for row, kept in zip(image, inner, strict=True):
            a, b, c = smooth(row, 1), smooth(row, 4), smooth(row, 16)
            fine += np.square(a - b)[kept].sum()
            coarse += np.square(b - c)[kept].sum()
        return fine / coarse

    expected = min(ratio(luma, OVAL), ratio(luma.T, OVAL.T))
    assert sharpness(Region(luma, PRESENT)) == pytest.approx(expected, rel=0.1)


def test_a_uniform_patch_is_not_sharp():
    assert sharpness(Region(np.full((SIDE, SIDE), 90.0), PRESENT)) == 0


def test_sharpness_ignores_contrast_and_offset(subject):
    region = face_region(*subject)
    assert sharpness(Region(0.3 * region.luma + 40, PRESENT)) == pytest.approx(sharpness(region), rel=1e-6)


def test_sharpness_falls_with_blur_whatever_the_noise_and_the_size(subject):
    picture, face = subject
    eyes = eye_distance(face)
    values = [
        sharpness(face_region(np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(s * eyes))), face))
        for s in (0.0, 0.03, 0.06, 0.09, 0.12)
    ]
    assert values == sorted(values, reverse=True)
    noise = np.random.default_rng(4).normal(0, 12, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    assert sharpness(face_region(noisy, face)) == pytest.approx(values[0], rel=0.1)
    assert sharpness(face_region(*resized(picture, face, 24 / eyes))) == pytest.approx(values[0], rel=0.2)


# --- reasons ------------------------------------------------------------------------------------------------------


def test_a_good_face_has_no_reasons(subject):
    quality = FaceQuality().check(*subject)
    assert quality.good
    assert quality.as_list() == []
    assert quality.sentence == ""


def small(picture, face):
    return resized(picture, face, 9 / eye_distance(face))


def cut(picture, face):
    bottom = round(face.box.bottom - 0.35 * face.box.height)
    return picture[:bottom], face


def dark(picture, face):
    return (picture * 0.06).astype(np.uint8), face


def bright(picture, face):
    return np.clip(picture * 6.0, 0, 255).astype(np.uint8), face


def blurred(picture, face):
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(0.1 * eye_distance(face)))), face


def shaken(picture, face):
    length = round(0.35 * eye_distance(face))
    columns = [np.roll(picture.astype(float), shift, axis=1) for shift in range(length)]
    return np.mean(columns, axis=0).astype(np.uint8), face


def away(picture, face):
    return picture, Face(face.box, face.score, tuple(map(tuple, turned(yaw=60, scale=eye_distance(face)))))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (small, "face_too_small"),
        (cut, "face_cut_off"),
        (dark, "too_dark"),
        (bright, "too_bright"),
        (blurred, "too_blurry"),
        (shaken, "too_blurry"),
    ],
)
def test_each_fault_has_its_reason_and_no_other(subject, spoil, reason):
    quality = FaceQuality().check(*spoil(*subject))
    assert quality.as_list() == [reason]
    assert quality.sentence == QualityReason(reason).sentence


def test_a_turned_head_is_noticed_by_its_landmarks(subject):
    assert "face_turned_away" in FaceQuality().check(*away(*subject)).as_list()


def test_a_quarter_turn_of_the_picture_is_no_fault(subject):
    picture, face = subject
    height = picture.shape[0]
    box = Box(height - face.box.bottom, face.box.left, height - face.box.top, face.box.right)
    points = tuple((height - y, x) for x, y in face.landmarks)
    quality = FaceQuality().check(np.ascontiguousarray(np.rot90(picture, -1)), Face(box, face.score, points))
    assert quality.good
    assert abs(quality.roll) > 60


def test_limits_are_the_callers(subject):
    assert FaceQuality(Limits(eye_distance=1000)).check(*subject).as_list() == ["face_too_small"]


def test_admission_names_the_picture_and_every_reason(subject):
    good = FaceQuality().check(*subject)
    poor = FaceQuality().check(*blurred(*subject))
    admit([good, good], ["picture 1 of 2", "picture 2 of 2"])
    with pytest.raises(TooBlurryError, match=r"Picture 2 of 2 is too poor to enrol: The face is blurred") as caught:
        admit([good, poor], ["picture 1 of 2", "picture 2 of 2"])
    assert caught.value.picture == 1
    assert caught.value.reasons == (QualityReason.TOO_BLURRY,)


def test_every_reason_has_a_sentence_and_an_error_of_its_name():
    for reason in QualityReason:
        assert reason.sentence.endswith(".")
        error = PoorQualityError.of("It is poor.", reasons=[reason])
        assert type(error) is not PoorQualityError
        assert error.code == reason.value
    assert FaceTooSmallError.code == "face_too_small"


@pytest.mark.data
def test_false_alarms_on_good_pictures_are_rare(shared_data, detector):
    paths = sorted((shared_data / "faces" / "lfw_dev").rglob("*.jpg"))[::16]
    alarms = 0
    for path in paths:
        picture = np.asarray(Image.open(path).convert("RGB"))
        face = max(detector.detect(picture), key=lambda found: found.box.area)
        alarms += not FaceQuality().check(picture, face).good
    assert len(paths) > 40
    assert alarms <= 0.02 * len(paths)
