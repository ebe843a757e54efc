"""What must hold on a GPU: the same answers as on the CPU, within what TF32 convolutions cost. Skipped without CUDA."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facestyle import device, images
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import load_embedder
from facestyle.faces.gallery import EmbeddingSet, Record, open_gallery
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.service import FaceService
from facestyle.faces.similarity import METRICS
from facestyle.models import zoo
from facestyle.models.inception_resnet import InceptionResnetV1
from facestyle.models.iresnet import IR18
from facestyle.models.retinaface import RetinaFace
from facestyle.models.transformer_net import TransformerNet
from facestyle.settings import Settings
from facestyle.style.fast import fast_styles, stylize_fast
from facestyle.style.losses import gram_matrix
from facestyle.style.results import StyleRequest
from facestyle.style.service import forecast, stylize
from facestyle.ui import samples
from tests.models import fast_neural_style, synthetic

pytestmark = pytest.mark.cuda

CPU, CUDA = Settings(device="cpu"), Settings(device="cuda")


@pytest.fixture(scope="module", autouse=True)
def _configured():
    device.configure(CUDA)


@pytest.fixture(scope="module")
def portrait():
    return images.decode(samples.path("hopper"))


def test_the_gpu_is_taken_without_being_asked_for():
    assert device.pick(Settings(device="auto")).type == "cuda"


def test_faces_are_found_where_the_cpu_finds_them(portrait):
    on_cpu = load_detector(settings=CPU).detect(portrait)
    on_gpu = load_detector(settings=CUDA).detect(portrait)
    assert len(on_gpu) == len(on_cpu) > 0
    for a, b in zip(on_cpu, on_gpu, strict=True):
        np.testing.assert_allclose(b.box.as_list(), a.box.as_list(), atol=1.5)
        np.testing.assert_allclose(b.landmarks, a.landmarks, atol=1.5)


def test_embeddings_are_the_same_person_s(portrait):
    on_cpu, on_gpu = load_embedder(settings=CPU), load_embedder(settings=CUDA)
    faces = load_detector(settings=CPU).detect(portrait)
    chips = on_cpu.align(portrait, faces)
    squared = float(((on_cpu.embed(chips) - on_gpu.embed(chips)) ** 2).sum())
    assert squared < 0.01 * on_cpu.tau


@pytest.mark.parametrize("metric", METRICS)
def test_a_large_gallery_is_searched_there_and_finds_the_same_people(tmp_path, metric):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((60_000, 128), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    probes = np.concatenate([vectors[:8] + 0.01, rng.standard_normal((24, 128), dtype=np.float32)])
    space = {"model": "m", "preprocessing": "1"}
    with open_gallery(CUDA, uri=str(tmp_path / "a.sqlite")) as gallery, MemoryGallery() as plain:
        for each in (gallery, plain):
            each.upsert([Record(str(i), (EmbeddingSet(**space, vectors=row[None]),)) for i, row in enumerate(vectors)])
        for step in range(2):
            found = [
                [[(m.name, m.distance) for m in matches] for matches in each.search(
                    probes, metric=metric, top_k=5, **space
                )]
                for each in (gallery, plain)
            ]  # fmt: skip
            assert found[0] == found[1]
            for each in (gallery, plain):
                each.remove(found[0][step][0][0])
        (index,) = gallery._indexes.values()
        assert index.snapshot().mirror._device.type == "cuda"


def test_who_was_enrolled_on_a_cpu_is_recognised_on_a_gpu(portrait):
    gallery = MemoryGallery()
    FaceService(gallery, settings=CPU).enroll("Grace", [portrait], consent=True)
    (found,) = FaceService(gallery, settings=CUDA).identify(portrait).faces
    assert found.recognized == "Grace"


def test_a_gram_matrix_keeps_all_bits_of_float32():
    activations = torch.rand(256, 64, 64, generator=torch.Generator().manual_seed(0))
    exact = gram_matrix(activations.double())
    found = gram_matrix(activations.cuda()).cpu().double()
    assert float((found - exact).abs().max() / exact.abs().max()) < 1e-5  # TF32 would leave 1e-4


def test_a_painting_reaches_the_loss_that_it_reaches_on_the_cpu(portrait):
    style = images.decode(samples.path(samples.STYLE[0].pictures[1]))
    request = StyleRequest(content=portrait, style=style, size=256, steps=40)
    on_cpu = list(stylize(request, settings=CPU, frame_every=100))
    on_gpu = list(stylize(request, settings=CUDA, frame_every=100))
    assert on_gpu[0].losses.total == pytest.approx(on_cpu[0].losses.total, rel=0.01)
    assert on_gpu[-1].losses.total == pytest.approx(on_cpu[-1].losses.total, rel=0.05)
    assert on_gpu[-1].losses.total < 0.7 * on_gpu[0].losses.total


def test_the_forecast_of_memory_holds(portrait):
    request = StyleRequest(content=portrait, style=portrait, size=512, steps=4)
    # Loads the network; cuDNN's trials, which take what is free but need none of it, are over after the first run.
    for _ in stylize(request, settings=CUDA):
        pass
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    for _ in stylize(request, settings=CUDA):
        pass
    assert torch.cuda.max_memory_allocated() - before <= 1.3 * forecast(request, settings=CUDA).need


def test_a_second_run_leaves_nothing_on_the_gpu(portrait):
    request = StyleRequest(content=portrait, style=portrait, size=256, steps=4)
    used = []
    for _ in range(3):
        for _ in stylize(request, settings=CUDA):
            pass
        used.append(torch.cuda.memory_allocated())
    assert used[2] <= used[0]


def test_a_fast_style_looks_the_same(portrait):
    style = fast_styles(CPU)[0].id
    a = stylize_fast(portrait, style=style, size=256, settings=CPU).astype(int)
    b = stylize_fast(portrait, style=style, size=256, settings=CUDA).astype(int)
    assert np.abs(a - b).mean() < 1.0


@pytest.mark.parametrize("build", [IR18, InceptionResnetV1])
@torch.inference_mode()
def test_an_embedder_of_the_hub_gives_the_same_directions(build):
    """On weights from a formula: what differs is TF32 in the convolutions, ten bits of mantissa."""
    network = build()
    network.load_state_dict(synthetic.weights(synthetic.shapes_of(network)))
    network = network.requires_grad_(False).eval()
    chips = synthetic.chips(3, network.SIZE)
    on_cpu = F.normalize(network(chips), dim=1)
    on_gpu = F.normalize(network.cuda()(chips.cuda()), dim=1).cpu()
    assert float((1 - (on_cpu * on_gpu).sum(1)).max()) < 1e-4  # between two of these chips it is a hundred times that


@torch.inference_mode()
def test_a_style_of_the_hub_paints_the_same():
    network = TransformerNet()
    network.load_state_dict(fast_neural_style.tensors())
    network = network.requires_grad_(False).eval()
    picture = synthetic.chips(1, 128) / 255
    on_cpu = network(picture)
    assert float((network.cuda()(picture.cuda()).cpu() - on_cpu).abs().mean()) < 0.01


@torch.inference_mode()
def test_the_detector_of_the_hub_finds_the_same_boxes():
    network = RetinaFace()
    network.load_state_dict(synthetic.weights(synthetic.shapes_of(network)))
    network = network.requires_grad_(False).eval()
    picture = synthetic.chips(1, 160)
    probability, *places = network(picture)
    on_gpu, *places_on_gpu = network.cuda()(picture.cuda())
    assert float((on_gpu.cpu() - probability).abs().mean()) < 0.02
    for a, b in zip(places, places_on_gpu, strict=True):
        assert float((b.cpu() - a).abs().max() / a.abs().max()) < 0.02


def test_networks_are_loaded_once_on_the_gpu_and_their_memory_comes_back():
    zoo.clear_cache()
    before = torch.cuda.memory_allocated()
    network = zoo.load_model("vgg16", settings=CUDA)
    assert next(network.parameters()).is_cuda
    assert zoo.load_model("vgg16", settings=CUDA) is network
    assert torch.cuda.memory_allocated() - before >= zoo.memory_bytes(network)
    del network
    zoo.release("vgg16")
    gc.collect()
    assert torch.cuda.memory_allocated() <= before


def test_cudnn_tries_its_algorithms_during_a_run_only(portrait):
    frames = stylize(StyleRequest(content=portrait, style=portrait, size=128, steps=2), settings=CUDA)
    next(frames)
    assert torch.backends.cudnn.benchmark
    frames.close()
    assert not torch.backends.cudnn.benchmark
