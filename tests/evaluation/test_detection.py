"""Detection metrics on hand-made boxes and against naive loops."""

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.detection import Labels, iou_matrix, read_boxes, score_detections


def boxes(*rows):
    return np.array(rows, np.float64).reshape(-1, 4)


def labels(*rows, counts=None):
    return Labels(boxes(*rows), np.ones(len(rows), bool) if counts is None else np.array(counts))


def test_iou_against_counting_pixels():
    generator = np.random.default_rng(0)
    corner = generator.integers(0, 20, (2, 6, 2))
    rectangles = np.concatenate([corner, corner + generator.integers(1, 15, (2, 6, 2))], 2).astype(float)

    def pixels(box):
        mask = np.zeros((40, 40), bool)
        left, top, right, bottom = box.astype(int)
        mask[top:bottom, left:right] = True
        return mask

    found = iou_matrix(rectangles[0], rectangles[1])
    for i, a in enumerate(rectangles[0]):
        for j, b in enumerate(rectangles[1]):
            assert found[i, j] == pytest.approx((pixels(a) & pixels(b)).sum() / (pixels(a) | pixels(b)).sum())


def test_one_hit_one_miss_one_false_alarm():
    truth = labels((0, 0, 40, 40), (100, 100, 150, 160))
    found = (boxes((2, 2, 41, 41), (300, 300, 340, 340)), np.array([0.9, 0.8]))
    result = score_detections([found], [truth])
    assert (result.faces, result.precision, result.recall) == (2, 0.5, 0.5)
    assert result.average_precision == pytest.approx(0.5)
    assert result.recall_by_height == ((40, 1, 1.0), (60, 1, 0.0))


def test_second_detection_of_a_face_is_a_false_alarm():
    found = (boxes((0, 0, 40, 40), (1, 1, 41, 41)), np.array([0.7, 0.9]))
    result = score_detections([found], [labels((0, 0, 40, 40))])
    assert result.hits.tolist() == [True, False]
    assert result.scores.tolist() == [0.9, 0.7]
    assert result.average_precision == 1.0  # the false alarm comes after everything was found


def test_faces_that_do_not_count_neither_help_nor_hurt():
    truth = labels((0, 0, 40, 40), (100, 100, 110, 110), (200, 200, 260, 260), counts=[True, True, False])
    found = (boxes((0, 0, 40, 40), (100, 100, 110, 110), (200, 200, 260, 260)), np.array([0.9, 0.8, 0.7]))
    result = score_detections([found], [truth], min_height=20)
    assert (result.faces, result.precision, result.recall) == (1, 1.0, 1.0)


def test_average_precision_against_a_loop():
    generator = np.random.default_rng(3)
    truth = [labels(*[(x, 0, x + 30, 30) for x in range(0, 400, 40)]) for _ in range(3)]
    found = []
    for _ in range(3):
        x = generator.integers(0, 10, 12) * 40 + generator.integers(0, 25, 12)
        found.append((np.stack([x, 0 * x, x + 30, 0 * x + 30], 1).astype(float), generator.random(12)))
    result = score_detections(found, truth)
    precision = [result.hits[: k + 1].mean() for k in range(len(result.hits))]
    recall = [result.hits[: k + 1].sum() / 30 for k in range(len(result.hits))]
    expected = sum((recall[k] - (recall[k - 1] if k else 0)) * max(precision[k:]) for k in range(len(precision)))
    assert result.average_precision == pytest.approx(expected)


def test_no_detections_and_no_faces():
    nothing = (boxes(), np.zeros(0))
    result = score_detections([nothing, nothing], [labels((0, 0, 50, 50)), labels()])
    assert (result.faces, result.precision, result.recall, result.average_precision) == (1, 0.0, 0.0, 0.0)


def test_boxes_are_read_with_what_counts(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text("file,x,y,w,h,invalid\na.jpg,1,2,30,40,0\na.jpg,5,5,9,9,1\nb.jpg,0,0,20,20,0\n")
    read = read_boxes(path)
    assert read["a.jpg"].boxes.tolist() == [[1, 2, 31, 42], [5, 5, 14, 14]]
    assert read["a.jpg"].counts.tolist() == [True, False]
    assert list(read) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    "text",
    ["file,x\na,1\n", "file,x,y,w,h\na,1,2,three,4\n", "file,x,y,w,h\na,1,2,nan,4\n", "file,x,y,w,h\na,1,2,1e999,4\n"],
)
def test_other_tables_are_refused(tmp_path, text):
    path = tmp_path / "boxes.csv"
    path.write_text(text)
    with pytest.raises(InvalidRequestError, match="columns"):
        read_boxes(path)
    with pytest.raises(InvalidRequestError, match="can't be read"):
        read_boxes(tmp_path / "none.csv")


def test_command_on_the_examples(tmp_path, capsys):
    import json
    from pathlib import Path

    from facestyle.cli import main

    examples = Path(__file__).resolve().parent.parent.parent / "facestyle" / "ui" / "examples"
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,x,y,w,h\nmontage.jpg,617,90,146,177\nmontage.jpg,170,58,82,104\nmontage.jpg,5,5,40,40\n")
    command = ["evaluate", "detection", "--images", str(examples), "--boxes", str(boxes), "--json"]
    for options, model in ([], "retinaface_mobilenet"), (["--detector", "mtcnn"], "mtcnn"):
        assert main([*command, *options]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["model"], answer["images"], answer["faces"]) == (model, 1, 3)
        assert answer["recall"] == pytest.approx(2 / 3)
        assert [row["from"] for row in answer["recall_by_height"]] == [40, 100]
    assert main([*command, "--detector", "dlib_resnet"]) == 2
    assert "no detector" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    ("model", "recall", "precision"), [("retinaface_mobilenet", 0.875, 0.95), ("mtcnn", 0.83, 0.93)]
)
def test_recall_on_the_wider_photos(shared_data, model, recall, precision):
    from facestyle.faces.detection import load_detector
    from facestyle.images import decode

    folder = shared_data / "faces" / "wider_dev"
    truth = read_boxes(folder / "boxes.csv")
    detector = load_detector(model)
    found = []
    for name in truth:
        faces = detector.detect(decode(folder / name))
        found.append((boxes(*(face.box.as_list() for face in faces)), np.array([face.score for face in faces])))
    result = score_detections(found, list(truth.values()))
    assert result.recall >= recall
    assert result.precision >= precision
