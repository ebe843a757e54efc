"""A run from request to frames."""

import math
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from facestyle.errors import LossNotFiniteError, WeightsMissingError
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style.objective import Objective
from facestyle.style.results import DEFAULT_CONTENT_LAYER as CONTENT_LAYER
from facestyle.style.results import INITS, OPTIMIZERS, STYLE_LAYERS, StyleRequest
from facestyle.style.service import stylize
from tests.style.drawn import grey, scene, strokes

SMALL = StyleRequest(content=scene(), style=strokes(), size=64, steps=6)


def frames(request, **options):
    return list(stylize(request, device="cpu", **options))


@pytest.fixture
def evaluations(monkeypatch):
    """Counts the objectives' evaluations: {"gradient": ..., "value": ...}."""
    counts = {"gradient": 0, "value": 0}
    differentiate, evaluate, picture = Objective.differentiate, Objective.evaluate, Objective.evaluate_picture

    def counting_differentiate(self, pixels):
        counts["gradient"] += 1
        return differentiate(self, pixels)

    def counting_evaluate(self, pixels):
        counts["value"] += 1
        return evaluate(self, pixels)

    def counting_picture(self, finished):
        counts["value"] += 1
        return picture(self, finished)

    monkeypatch.setattr(Objective, "differentiate", counting_differentiate)
    monkeypatch.setattr(Objective, "evaluate", counting_evaluate)
    monkeypatch.setattr(Objective, "evaluate_picture", counting_picture)
    return counts


# --- what comes out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("init", INITS)
def test_loss_falls_from_every_start_with_every_optimizer(init, optimizer):
    seen = frames(replace(SMALL, init=init, optimizer=optimizer, steps=10))
    assert seen[-1].losses.total < 0.9 * seen[0].losses.total
    assert not np.array_equal(seen[-1].image, seen[0].image)


def test_frames_tell_the_run(evaluations):
    seen = frames(SMALL)
    assert [frame.step for frame in seen] == list(range(7))
    assert all(frame.steps == 6 for frame in seen)
    assert all(frame.image.shape == (48, 64, 3) and frame.image.dtype == np.uint8 for frame in seen)
    seconds = [frame.seconds for frame in seen]
    assert seconds == sorted(seconds)
    assert seen[0].seconds_left is None
    assert seen[3].seconds_left > seen[-1].seconds_left == 0
    assert evaluations["gradient"] == 6
    # With L-BFGS and gradient descent no frame is worse than the one before it.
    totals = [frame.losses.total for frame in seen[1:-1]]
    assert totals == sorted(totals, reverse=True)


def test_first_frame_is_the_start():
    content, style, noise = (
        frames(replace(SMALL, init=init, steps=1))[0].image for init in ("content", "style", "noise")
    )
    assert np.array_equal(content, np.asarray(Image.fromarray(scene()).resize((64, 48), Image.Resampling.LANCZOS)))
    assert np.abs(style.mean((0, 1)) - strokes().mean((0, 1))).max() < 3
    assert abs(noise.mean() - 127.5) < 3
    assert 20 < noise.std() < 30


def losses_of(image, request, content, style):
    """J of a saved picture, from the network and the course's formulas alone."""
    network = load_model("vgg16", "cpu")

    def activations(picture):
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            found = network(pixels, [CONTENT_LAYER, *STYLE_LAYERS], pooling="average")
        return {layer: a[0].double() for layer, a in found.items()}

    a_c, a_s, a_g = activations(content), activations(style), activations(image)
    j_content = 0.5 * float(((a_c[CONTENT_LAYER] - a_g[CONTENT_LAYER]) ** 2).sum())
    j_style = 0.0
    for layer, weight in request.layer_weights.items():
        gram_s, gram_g = (
            torch.einsum("kij,lij->kl", a[layer], a[layer]) / (a[layer].shape[1] * a[layer].shape[2])
            for a in (a_s, a_g)
        )
        j_style += weight * float(((gram_s - gram_g) ** 2).sum()) / (2 * gram_s.shape[0]) ** 2
    return j_content, j_style


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_reported_losses_are_those_of_the_saved_picture(optimizer):
    request = replace(SMALL, optimizer=optimizer, layer_weights={"relu1_1": 0.5, "relu3_1": 1.0, "relu5_1": 2.0})
    seen = frames(request)
    content = Image.fromarray(scene()).resize((64, 48), Image.Resampling.LANCZOS)
    style = Image.fromarray(strokes()).resize((55, 55), Image.Resampling.LANCZOS)
    j_content, j_style = losses_of(seen[-1].image, request, content, style)
    assert seen[-1].losses.content == pytest.approx(j_content, rel=1e-3)
    assert seen[-1].losses.style == pytest.approx(j_style, rel=1e-3)
    for frame in seen[3:-1]:  # in the precision of the run, before rounding to 8 bits
        j_content, j_style = losses_of(frame.image, request, content, style)
        assert frame.losses.content == pytest.approx(j_content, rel=0.06)
        assert frame.losses.style == pytest.approx(j_style, rel=0.06)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_same_request_same_picture(optimizer):
    request = replace(SMALL, init="noise", optimizer=optimizer, steps=4, seed=5)
    first, again = (frames(request)[-1] for _ in range(2))
    assert np.array_equal(first.image, again.image)
    assert first.losses == again.losses
    other = frames(replace(request, seed=6))[-1]
    assert not np.array_equal(first.image, other.image)


def test_seed_only_sets_the_noise():
    first, other = (frames(replace(SMALL, steps=2, seed=seed))[-1].image for seed in (1, 2))
    assert np.array_equal(first, other)


def test_coarse_stages_show_whole_pictures(evaluations):
    """192 px is reached from 96; the cheaper steps there are not all shown."""
    seen = frames(replace(SMALL, size=192, steps=24))
    assert all(frame.image.shape == (144, 192, 3) for frame in seen)
    assert [frame.step for frame in seen] == [0, 4, 8, 12, *range(13, 25)]
    assert evaluations["gradient"] == 24
    assert seen[-1].losses.total < 0.5 * seen[0].losses.total
    assert all(math.isfinite(frame.losses.total) for frame in seen)


def test_frame_every():
    seen = frames(replace(SMALL, steps=7), frame_every=3)
    assert [frame.step for frame in seen] == [0, 3, 6, 7]
    dense = frames(replace(SMALL, steps=7))
    assert np.array_equal(seen[-1].image, dense[-1].image)


def test_sliders_do_what_they_say():
    """More style weight: less style loss and more content loss; without content weight the content is left."""
    low, high = (frames(replace(SMALL, beta=beta, steps=12))[-1].losses for beta in (0.02, 2.0))
    assert high.style < low.style
    assert high.content > low.content
    only_style = frames(replace(SMALL, alpha=0.0, init="noise", steps=12))[-1].losses
    assert only_style.content > 0
    only_content = frames(replace(SMALL, beta=0.0, init="noise", steps=12))
    assert only_content[-1].losses.content < 0.6 * only_content[0].losses.content


# --- stopping -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 3])
def test_closing_stops_within_a_step(evaluations, after):
    with closing(stylize(replace(SMALL, steps=500), device="cpu")) as run:
        for _ in range(after):
            frame = next(run)
    assert frame.step == after - 1
    assert evaluations["gradient"] == after - 1
    assert evaluations["value"] == 1  # of the start
    with pytest.raises(StopIteration):
        next(run)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_loss_that_is_not_finite_leaves_the_last_good_picture(monkeypatch, optimizer):
    differentiate = Objective.differentiate
    calls = []

    def failing(self, pixels):
        evaluation, gradient = differentiate(self, pixels)
        calls.append(1)
        return (
            (replace(evaluation, total=evaluation.total * math.nan), gradient)
            if len(calls) > 4
            else (evaluation, gradient)
        )

    monkeypatch.setattr(Objective, "differentiate", failing)
    seen = []
    with pytest.raises(LossNotFiniteError, match="no longer a finite number") as refused:
        seen.extend(
            iter_into(seen, stylize(replace(SMALL, optimizer=optimizer, steps=50), device="cpu", frame_every=3))
        )
    assert refused.value.code == "loss_not_finite"
    assert [frame.step for frame in seen] == [0, 3, 4]
    assert all(math.isfinite(frame.losses.total) for frame in seen)


def iter_into(seen, run):
    """Keeps what a generator gave before it raised."""
    for frame in run:
        seen.append(frame)
    return []


# --- what people bring --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(65, 49, 65), (100, 5, 64), (5, 100, 100), (1, 1, 64), (65, 1023, 101), (1023, 65, 64)],
)
def test_every_size_and_shape(height, width, size):
    content = scene(120, 120)[:height, :width] if max(height, width) <= 120 else scene(height, width)
    seen = frames(replace(SMALL, content=content, size=size, steps=2))
    longest = max(height, width)
    expected = tuple(max(1, int(side * size / longest + 0.5)) for side in (height, width))
    assert seen[-1].image.shape == (*expected, 3)
    assert math.isfinite(seen[-1].losses.total)


@pytest.mark.parametrize(
    ("content", "style"), [(grey(), strokes()), (scene(), grey()), (grey(level=0), grey(level=255))]
)
@pytest.mark.parametrize("init", INITS)
def test_flat_pictures(content, style, init):
    seen = frames(replace(SMALL, content=content, style=style, init=init, steps=3))
    assert seen[-1].losses.total < 1.02 * seen[0].losses.total + 1e-6
    assert math.isfinite(seen[-1].losses.total)


def test_content_as_its_own_style_is_already_done():
    """J is 0 at the start but for the scaling of the painting; nothing may break."""
    seen = frames(replace(SMALL, style=scene(), steps=3))
    assert seen[-1].losses.total < 0.05
    assert np.abs(seen[-1].image.astype(int) - seen[0].image).mean() < 5


def test_alpha_channel_is_carried_over():
    alpha = np.zeros((72, 96, 1), np.uint8)
    alpha[:, 20:80] = 255
    seen = frames(replace(SMALL, content=np.concatenate([scene(), alpha], axis=2), steps=2))
    assert seen[-1].image.shape == (48, 64, 4)
    assert seen[-1].image[10, 30, 3] == 255
    assert seen[-1].image[10, 2, 3] == 0
    opaque = frames(replace(SMALL, steps=2))[-1].image
    assert seen[-1].image[10, 30, :3] == pytest.approx(opaque[10, 30].astype(int), abs=60)


def test_missing_weights_are_an_error_before_any_frame(tmp_path):
    real = Settings().weights_dir
    (tmp_path / "catalog.toml").write_text((real / "catalog.toml").read_text("utf-8"), "utf-8")
    with pytest.raises(WeightsMissingError, match="vgg16"):
        next(stylize(SMALL, device="cpu", settings=Settings(weights_dir=tmp_path)))


@pytest.mark.data
def test_published_pair(shared_data):
    """Tübingen in the manner of the Starry Night: painted, and still Tübingen."""
    content = np.asarray(Image.open(shared_data / "style" / "content" / "tubingen.jpg").convert("RGB"))
    style = np.asarray(Image.open(shared_data / "style" / "style" / "starry_night_crop.png").convert("RGB"))
    seen = frames(StyleRequest(content=content, style=style, size=128, steps=30))
    assert seen[-1].losses.total < 0.35 * seen[0].losses.total
    assert seen[-1].losses.style < 0.2 * seen[0].losses.style
    result, photo = (
        np.asarray(Image.fromarray(x).convert("L").resize((32, 24)), float) for x in (seen[-1].image, content)
    )
    assert np.corrcoef(result.ravel(), photo.ravel())[0, 1] > 0.5
