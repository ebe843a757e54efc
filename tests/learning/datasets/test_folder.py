import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import ImageNotFoundError, LearningDataError
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.service import FaceService
from facestyle.learning.datasets.digits import digits
from facestyle.learning.datasets.folder import CROPPED, load_people
from facestyle.learning.datasets.olivetti import olivetti
from tests.learning.people import write_folders
from tests.ui.fakes import BLUE, GREEN, RED, FakeDetector, FakeEmbedder, picture


@pytest.fixture
def faces():
    return FaceService(MemoryGallery(), detector=FakeDetector(), embedder=FakeEmbedder())


def test_a_folder_is_a_person(tmp_path, faces):
    told = []
    data = load_people([write_folders(tmp_path, 8, 3)], faces, progress=lambda done, total: told.append((done, total)))
    assert data.names == tuple(f"p{n}" for n in range(8))
    assert np.bincount(data.people).tolist() == [3] * 8
    assert data.pictures.shape == (24, 32, 32)
    assert (data.features, data.skipped) == (None, ())
    assert told == [(n, 24) for n in range(1, 25)]


def test_a_zip_in_a_folder_below_and_people_of_one_name_in_two_places(tmp_path, faces):
    write_folders(tmp_path / "people", 3, 2)
    with zipfile.ZipFile(tmp_path / "people.zip", "w") as made:
        for path in (tmp_path / "people").rglob("*.png"):
            for root in ("a", "b"):
                made.write(path, f"{root}/{path.parent.name}/{path.name}")
    data = load_people([tmp_path / "people.zip"], faces)
    assert data.names == ("p0", "p1", "p2") * 2


def test_large_pictures_are_cut_to_their_largest_face(tmp_path, faces):
    for name, color in (("red", RED), ("green", GREEN)):
        (tmp_path / name).mkdir()
        for number in range(2):
            picture(color, BLUE, sides=(90, 40), path=tmp_path / name / f"{number}.png")
    data = load_people([tmp_path], faces, features=True)
    assert data.names == ("green", "red")
    assert np.allclose(data.features[0], np.array(GREEN) / 255, atol=0.01)
    assert np.allclose(data.features[2], np.array(RED) / 255, atol=0.01)
    assert data.features_of == "fake_embedder after fake_detector-1/1"
    assert abs(int(data.pictures[0].mean()) - int(np.dot(GREEN, (0.299, 0.587, 0.114)))) < 4


def test_small_pictures_count_as_faces_already_unless_the_network_wants_its_own(tmp_path, faces):
    assert CROPPED >= 92
    folder = write_folders(tmp_path, 2, 2)
    assert len(load_people([folder], faces).pictures) == 4
    with pytest.raises(LearningDataError, match="no usable picture"):
        load_people([folder], faces, features=True)  # no colour in them: no face


def test_what_is_left_out_is_said(tmp_path, faces):
    folder = write_folders(tmp_path, 2, 2)
    (folder / "README").write_text("words")
    (folder / "p0" / "note.txt").write_text("words")
    (folder / "alone").mkdir()
    Image.new("L", (32, 32)).save(folder / "alone" / "1.png")
    data = load_people([folder], faces)
    assert data.names == ("p0", "p1")
    assert {item.name: item.code for item in data.skipped} == {
        "README": "learning_data",
        "p0/note.txt": "image_unreadable",
        "alone/1.png": "learning_data",
    }


def test_one_picture_a_person_pictures_without_folders_and_no_folder_are_refused(tmp_path, faces):
    single = write_folders(tmp_path / "single", 3, 1)
    with pytest.raises(LearningDataError, match="one usable picture only"):
        load_people([single], faces)
    buffer = io.BytesIO()
    Image.new("L", (32, 32)).save(buffer, "PNG")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "1.png").write_bytes(buffer.getvalue())
    with pytest.raises(LearningDataError, match="A folder is a person"):
        load_people([tmp_path / "flat"], faces)
    with pytest.raises(ImageNotFoundError):
        load_people([tmp_path / "nowhere"], faces)


@pytest.mark.data
def test_orl(shared_data, faces):
    data = load_people([shared_data / "faces" / "orl"], faces)
    assert (len(data.names), len(data.pictures)) == (40, 400)
    assert {item.name for item in data.skipped} == {"README", "pairs.csv"}


def test_digits_are_always_there():
    data = digits(12)
    assert data.names == tuple("0123456789")
    assert np.bincount(data.people).tolist() == [12] * 10
    assert (data.pictures.shape, data.pictures.dtype, data.mirror) == ((120, 8, 8), np.uint8, False)
    assert int(data.pictures.max()) == 255


def test_the_olivetti_faces_without_a_network_are_a_sentence(tmp_path, monkeypatch):
    def away(**_):
        raise OSError("secret address")

    monkeypatch.setattr("sklearn.datasets.fetch_olivetti_faces", away)
    with pytest.raises(LearningDataError, match="can't be downloaded") as refused:
        olivetti(tmp_path)
    assert "secret" not in refused.value.message


def test_the_olivetti_faces_as_scikit_learn_gives_them(tmp_path, monkeypatch):
    def fetched(data_home):
        assert data_home == str(tmp_path)
        images = np.linspace(0, 1, 20 * 64 * 64, dtype=np.float32).reshape(20, 64, 64)
        return type("Bunch", (), {"images": images, "target": np.repeat(np.arange(10), 2)})()

    monkeypatch.setattr("sklearn.datasets.fetch_olivetti_faces", fetched)
    data = olivetti(tmp_path)
    assert data.pictures.shape == (20, 64, 64)
    assert int(data.pictures.max()) == 255
    assert len(data.names) == 10
