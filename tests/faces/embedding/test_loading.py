"""Which embedders there are, what the catalogue says of them, and what a face service makes of a model's ID."""

import huggingface_hub.constants
import pytest
import torch

from facestyle import weights
from facestyle.errors import (
    CatalogueError,
    InvalidRequestError,
    NotEnrolledWithModelError,
    UnknownModelError,
    WeightsMissingError,
)
from facestyle.faces.embedding import DEFAULT, DlibEmbedder, embedders, load_embedder
from facestyle.faces.embedding.adaface import AdaFaceEmbedder
from facestyle.faces.embedding.facenet import FaceNetEmbedder
from facestyle.faces.embedding.onnx_sface import SFaceEmbedder
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.results import Claim
from facestyle.faces.service import FaceService
from facestyle.faces.similarity import METRICS
from facestyle.models.inception_resnet import InceptionResnetV1
from facestyle.models.iresnet import IR18, IR50, IR101
from tests.faces.embedding.test_sface import NAME, onnx_file
from tests.models import synthetic

HUB = ("facenet", "adaface_ir18", "adaface_ir50", "adaface_ir101", "sface")


def test_all_embedders_are_listed_the_embedded_one_first():
    assert embedders()[0] == DEFAULT
    assert set(HUB) <= set(embedders())


def test_default_is_the_embedded_one():
    embedder = load_embedder()
    assert isinstance(embedder, DlibEmbedder)
    assert embedder.model == DEFAULT


@pytest.mark.parametrize("model_id", ["mtcnn", "arcface_9000", ""])
def test_what_is_no_embedder_is_refused_with_those_there_are(model_id):
    with pytest.raises(UnknownModelError, match=r"dlib_resnet, .*sface"):
        load_embedder(model_id)


@pytest.mark.parametrize("model_id", HUB)
def test_each_hub_model_has_its_embedder_and_says_so_when_its_file_is_nowhere(model_id, monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsMissingError, match=weights.entry(model_id).hub.repo):
        load_embedder(model_id)


def test_architecture_without_an_embedder_is_the_catalogues_fault(with_file):
    settings = with_file("sface", NAME, onnx_file())
    path = settings.weights_dir / "catalog.toml"
    path.write_text(path.read_text("utf-8").replace('"sface_onnx"', '"abacus"'), "utf-8")
    with pytest.raises(CatalogueError, match="abacus"):
        load_embedder("sface", settings)


@pytest.mark.parametrize("model_id", HUB)
def test_catalogue_is_honest_about_files_that_nobody_loaded_here(model_id):
    entry = weights.entry(model_id)
    assert entry.verified == "schema"
    assert entry.hub.files[0].sha256
    assert entry.published["LFW"] > 99
    assert entry.output.metric in METRICS
    assert entry.output.tau > 0
    assert "not calibrated here" in entry.output.tau_source


@pytest.mark.parametrize(
    ("model_id", "build"),
    [("facenet", InceptionResnetV1), ("adaface_ir18", IR18), ("adaface_ir50", IR50), ("adaface_ir101", IR101)],
)
def test_catalogue_records_the_tensors_that_the_network_asks_for(model_id, build):
    entry = weights.entry(model_id)
    with torch.device("meta"):
        shapes = {entry.keys.strip_prefix + name: shape for name, shape in synthetic.shapes_of(build()).items()}
    assert entry.keys.count == sum(not name.endswith("num_batches_tracked") for name in shapes)
    assert entry.keys.sha256 == weights.key_digest(shapes)
    assert entry.input.size == build.SIZE
    assert entry.output.dimension == build.DIMENSION


def test_no_two_ways_of_preparing_a_face_share_a_version():
    classes = (DlibEmbedder, FaceNetEmbedder, AdaFaceEmbedder, SFaceEmbedder)
    assert len({each.version for each in classes}) == len(classes)


@pytest.fixture
def sface(with_file):
    return with_file("sface", NAME, onnx_file())


def test_service_takes_metric_threshold_and_alignment_from_the_model(sface, detector, example):
    with MemoryGallery() as gallery:
        service = FaceService(gallery, detector=detector, model="sface", settings=sface)
        hopper = example("hopper.jpg")
        answer = service.verify(hopper, hopper)
        assert (answer.model, answer.metric, answer.tau) == ("sface", "cosine", pytest.approx(0.637))
        assert answer.distance == 0
        assert answer.aligned[0].shape == (112, 112, 3)
        assert service.preprocessing.endswith("arcface5-1/sface")


def test_people_enrolled_with_one_model_are_unknown_to_another(sface, detector, embedder, example):
    with MemoryGallery() as gallery:
        before = FaceService(gallery, detector=detector, embedder=embedder)
        before.enroll("Grace", [example("hopper.jpg")], consent=True)
        after = FaceService(gallery, detector=detector, model="sface", settings=sface)
        assert after.identify(example("hopper.jpg")).enrolled == 0
        with pytest.raises(NotEnrolledWithModelError):
            after.verify(example("hopper.jpg"), Claim("Grace"))
        after.enroll("Grace", [example("hopper.jpg")], consent=True)
        assert after.verify(example("hopper.jpg"), Claim("Grace")).same
        assert before.verify(example("hopper.jpg"), Claim("Grace")).same


def test_service_refuses_an_embedder_that_is_not_the_model(detector, embedder):
    with MemoryGallery() as gallery:
        assert FaceService(gallery, detector=detector, embedder=embedder, model=embedder.model).model == DEFAULT
        with pytest.raises(InvalidRequestError, match="Give one of the two"):
            FaceService(gallery, detector=detector, embedder=embedder, model="sface")
        with pytest.raises(UnknownModelError):
            FaceService(gallery, detector=detector, model="nobody")
