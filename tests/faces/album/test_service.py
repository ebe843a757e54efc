"""Albums from files to groups, with a played detector and embedder: a face is a square, its colour the person."""

import threading
import zipfile

import numpy as np
import pytest

from facestyle.errors import (
    AlbumEmptyError,
    ArchiveDamagedError,
    ConsentMissingError,
    InvalidNameError,
    InvalidRequestError,
    NoFaceError,
    ResemblesAnotherError,
)
from facestyle.faces.album.service import group_album
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.service import FaceService
from facestyle.settings import Settings
from tests.ui.fakes import BLUE, GREEN, PINK, RED, FakeDetector, FakeEmbedder, picture


@pytest.fixture
def service():
    with MemoryGallery() as gallery:
        yield FaceService(gallery, detector=FakeDetector(), embedder=FakeEmbedder(), settings=Settings())


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    shots = {"1": (RED, GREEN), "2": (PINK,), "3": (GREEN, BLUE), "4": (RED,), "5": ()}
    for name, faces in shots.items():
        picture(*faces, path=folder / f"{name}.png")
    return folder


def run(service, paths, **options):
    steps = list(group_album(service, paths, **options))
    return steps[-1].result, steps


def names(result, positions):
    return sorted(result.faces[position].name for position in positions)


def test_faces_are_grouped_by_person_biggest_group_first(service, album):
    result, _ = run(service, [album])
    assert [names(result, group.faces) for group in result.groups] == [["1.png", "2.png", "4.png"], ["1.png", "3.png"]]
    assert names(result, result.not_grouped) == ["3.png"]
    assert [(item.name, item.code) for item in result.skipped] == [("5.png", "no_face")]
    assert (result.pictures, len(result.faces)) == (5, 6)
    for group in result.groups:
        assert group.cover in group.faces


def test_progress_rises_and_only_the_last_step_has_the_result(service, album):
    _, steps = run(service, [album])
    assert [step.done for step in steps] == [0, 1, 2, 3, 4, 5, 5, 5]
    assert {step.total for step in steps} == {5}
    assert [step.faces for step in steps] == [0, 2, 3, 5, 6, 6, 6, 6]
    assert [step.result is not None for step in steps] == [False] * 7 + [True]
    assert steps[0].seconds_left is None
    assert all(step.seconds_left >= 0 for step in steps[1:6])


def test_json_has_neither_pixels_nor_embeddings(service, album):
    facts = run(service, [album], method="kmeans", k=3)[0].as_dict()
    assert set(facts) == {
        "pictures", "faces", "groups", "not_grouped", "skipped", "method", "silhouette", "metric", "model", "seconds",
    }  # fmt: skip
    assert facts["groups"][0]["cover"].keys() == {"picture", "box"}
    assert "embedding" not in str(facts)


@pytest.mark.parametrize(("method", "k"), [("linkage", None), ("kmeans", 3), ("kmeans", None), ("density", None)])
def test_two_faces_of_one_picture_are_two_people_unless_told_so(service, tmp_path, method, k):
    collage = tmp_path / "collage.png"
    picture(RED, PINK, RED, path=collage)
    apart, _ = run(service, [collage], method=method, k=k)
    assert all(len(group.faces) == 1 for group in apart.groups)
    if method == "linkage":
        together, _ = run(service, [collage], method=method, same_photo=True)
        assert [len(group.faces) for group in together.groups] == [3]


def test_a_picture_that_fails_is_listed_and_does_not_stop_the_rest(service, tmp_path):
    archive = tmp_path / "a.zip"
    picture(RED, path=tmp_path / "red.png")
    whole = (tmp_path / "red.png").read_bytes()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("cut.png", whole[: len(whole) // 2])
        made.writestr("note.txt", "only words")
        made.writestr("empty.jpg", b"")
        made.writestr("sub/red.png", whole)
    result, _ = run(service, [archive, tmp_path / "red.png"])
    assert [len(group.faces) for group in result.groups] == [2]
    assert {item.name: item.code for item in result.skipped} == {
        "cut.png": "image_truncated",
        "note.txt": "image_unreadable",
        "empty.jpg": "image_empty",
    }


def test_closing_stops_the_work_and_its_threads(service, album):
    before = threading.active_count()
    steps = group_album(service, [album])
    next(steps)
    next(steps)
    assert threading.active_count() > before
    steps.close()
    assert threading.active_count() == before
    assert service.embedder.calls == 0


def test_nothing_is_written(service, album, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for path in album.iterdir():
            made.write(path, path.name)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = sorted(tmp_path.rglob("*"))
    run(service, [tmp_path / "a.zip"])
    assert sorted(tmp_path.rglob("*")) == before
    assert service.gallery.list() == ()


def test_time_is_up(service, album):
    result, steps = run(service, [album], deadline=0.0)
    assert result is not None
    assert len(result.faces) < 6
    assert "Time is up" in result.skipped[-1].reason
    assert steps[-1].total == 5


def test_the_most_faces(service, album):
    service.settings = Settings(max_album_faces=3)
    result, _ = run(service, [album])
    assert len(result.faces) == 3
    assert any("3 faces" in item.reason for item in result.skipped)


def test_refusals(service, album, tmp_path):
    with pytest.raises(AlbumEmptyError):
        run(service, [])
    with pytest.raises(NoFaceError, match="any of the pictures"):
        run(service, [album / "5.png"])
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(ArchiveDamagedError):
        run(service, [tmp_path / "bad.zip"])
    for options in ({"method": "spectral"}, {"k": 2}, {"method": "kmeans", "k": 7}, {"method": "kmeans", "k": 0}):
        with pytest.raises(InvalidRequestError):
            run(service, [album], **options)


def test_a_senseless_request_is_refused_before_any_picture_is_looked_at(service):
    with pytest.raises(InvalidRequestError, match="K is for K-means"):
        run(service, ["/nowhere"], k=3)


def test_a_single_face(service, album):
    result, _ = run(service, [album / "2.png"])
    assert (result.groups, result.not_grouped) == ((), (0,))


def enrol(service, result, name="Ada", **options):
    group = result.groups[0]
    given = {"model": result.model, "preprocessing": result.preprocessing, "consent": True, **options}
    vectors = np.stack([result.faces[position].embedding for position in group.faces])
    return service.enroll_embedded(name, vectors, **given)


def test_a_group_enrolled_is_recognised(service, album):
    result, _ = run(service, [album])
    person = enrol(service, result)
    assert (person.embeddings, person.thumbnail) == (3, None)
    (face,) = service.identify(picture(RED)).faces
    assert face.recognized == "Ada"
    assert service.identify(picture(GREEN)).faces[0].recognized is None


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"consent": False}, ConsentMissingError),
        ({"name": " "}, InvalidNameError),
        ({"model": "another"}, InvalidRequestError),
        ({"preprocessing": "older"}, InvalidRequestError),
    ],
)
def test_a_group_is_not_enrolled_without_consent_name_or_its_own_model(service, album, options, error):
    result, _ = run(service, [album])
    with pytest.raises(error):
        enrol(service, result, **options)
    assert service.gallery.list() == ()


def test_a_group_that_contradicts_the_gallery_is_refused_unless_told_otherwise(service, album):
    result, _ = run(service, [album])
    service.enroll("Bea", [picture(RED)], consent=True, accept_poor=True)
    with pytest.raises(ResemblesAnotherError, match="face 1 of 3 looks like Bea"):
        enrol(service, result)
    assert [person.name for person in service.gallery.list()] == ["Bea"]
    assert enrol(service, result, name="Bea").embeddings == 4
    assert enrol(service, result, accept_conflict=True).name == "Ada"
    service.enroll("Cleo", [picture(GREEN)], consent=True, accept_poor=True)
    with pytest.raises(ResemblesAnotherError):
        enrol(service, result, name="Cleo")
