"""J: the course's losses, normalised, and their gradient."""

import pytest
import torch

from facestyle.models.zoo import load_model
from facestyle.style.canvas import Canvas
from facestyle.style.losses import total_variation
from facestyle.style.objective import SMOOTHNESS_SCALE, STYLE_SCALE, Objective, Painting
from facestyle.style.pixels import resize, to_tensor
from facestyle.style.results import CONTENT_LAYERS, POOLINGS, STYLE_LAYERS
from facestyle.style.results import DEFAULT_CONTENT_LAYER as CONTENT_LAYER
from tests.style.drawn import grey, scene, strokes

CPU = torch.device("cpu")
EQUAL = dict.fromkeys(STYLE_LAYERS, 1.0)


@pytest.fixture(scope="module")
def network():
    return load_model("vgg16", "cpu")


@pytest.fixture(scope="module")
def pictures():
    return (
        to_tensor(scene(), CPU),
        to_tensor(strokes(), CPU),
        torch.rand(1, 3, 72, 96, generator=torch.Generator().manual_seed(0)),
    )


def by_hand(network, content, style, generated, *, alpha, beta, weights):
    """The course's formulas with numpy-like sums, and the documented normalisation."""
    with torch.inference_mode():
        a_c, a_s, a_g = (
            network(x, [CONTENT_LAYER, *STYLE_LAYERS], pooling="average") for x in (content, style, generated)
        )
    j_content = 0.5 * float(((a_c[CONTENT_LAYER] - a_g[CONTENT_LAYER]).double() ** 2).sum())
    total = alpha * j_content / (0.5 * float((a_c[CONTENT_LAYER].double() ** 2).sum()))
    j_style = 0.0
    for layer, weight in weights.items():
        grams = []
        for a in (a_s[layer][0].double(), a_g[layer][0].double()):
            grams.append(torch.einsum("kij,lij->kl", a, a) / (a.shape[1] * a.shape[2]))
        n_c = grams[0].shape[0]
        j_layer = float(((grams[0] - grams[1]) ** 2).sum()) / (4 * n_c**2)
        j_style += weight * j_layer
        total += beta * STYLE_SCALE * weight * j_layer / (float((grams[0] ** 2).sum()) / (4 * n_c**2))
    return total, j_content, j_style


@pytest.mark.parametrize(
    ("alpha", "beta", "weights"),
    [
        (1.0, 1.0, EQUAL),
        (0.3, 2.5, {"relu1_1": 1.0, "relu3_1": 0.5, "relu5_1": 0.0}),
        (0.0, 1.0, {"relu2_1": 2.0}),
        (1.0, 0.0, EQUAL),
    ],
)
def test_losses_equal_the_formulas(network, pictures, alpha, beta, weights):
    content, style, generated = pictures
    objective = Objective(network, Canvas(content), [Painting(style)], alpha=alpha, beta=beta, layer_weights=weights)
    found = objective.evaluate(generated).losses()
    total, j_content, j_style = by_hand(network, content, style, generated, alpha=alpha, beta=beta, weights=weights)
    assert found.total == pytest.approx(total, rel=1e-4)
    assert found.content == pytest.approx(j_content, rel=1e-4)
    assert found.style == pytest.approx(j_style, rel=1e-4)


def test_gradient_predicts_the_change_of_j(network, pictures):
    content, style, generated = pictures
    generated = resize(generated, (36, 48)).clamp(0, 1)
    generated = resize(generated, (72, 96)).clamp(0.1, 0.9)
    objective = Objective(network, Canvas(content), [Painting(style)], alpha=1.0, beta=1.0, layer_weights=EQUAL)
    evaluation, gradient = objective.differentiate(generated)
    assert float(evaluation.total) == pytest.approx(float(objective.evaluate(generated).total), rel=1e-5)
    direction = gradient / torch.linalg.vector_norm(gradient)
    step = 0.02
    above, below = (float(objective.evaluate(generated + sign * step * direction).total) for sign in (1, -1))
    assert (above - below) / (2 * step) == pytest.approx(float(torch.linalg.vector_norm(gradient)), rel=0.02)


def test_j_does_not_depend_on_the_size(network):
    """The same three pictures at twice the size: the sums grow, J stays about the same."""
    small, large = (
        Objective(
            network,
            Canvas(to_tensor(scene(h, w), CPU)),
            [Painting(resize(to_tensor(strokes(), CPU), (h, w)).clamp(0, 1))],
            alpha=1.0,
            beta=1.0,
            layer_weights=EQUAL,
        )
        .evaluate(torch.full((1, 3, h, w), 0.5))
        .losses()
        for h, w in ((96, 128), (192, 256))
    )
    assert large.total == pytest.approx(small.total, rel=0.3)
    assert large.content > 2 * small.content


def test_layers_without_weight_are_not_computed(network, pictures):
    content, style, generated = pictures
    ran = []
    hook = network.conv5_1.register_forward_hook(lambda *_: ran.append(1))
    try:
        Objective(
            network,
            Canvas(content),
            [Painting(style)],
            alpha=1.0,
            beta=1.0,
            layer_weights={"relu1_1": 1.0, "relu5_1": 0.0},
        ).evaluate(generated)
        assert not ran
        Objective(
            network, Canvas(content), [Painting(style)], alpha=1.0, beta=1.0, layer_weights={"relu5_1": 1.0}
        ).evaluate(generated)
        assert ran
    finally:
        hook.remove()


@pytest.mark.parametrize("level", [0, 124, 255])
def test_grey_pictures_have_a_finite_loss_and_gradient(network, level):
    flat = to_tensor(grey(level=level), CPU)
    evaluation, gradient = Objective(
        network, Canvas(flat), [Painting(flat)], alpha=1.0, beta=1.0, layer_weights=EQUAL
    ).differentiate(flat)
    assert float(evaluation.total) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(gradient).all()


def naive_variation(picture):
    total = 0.0
    _, channels, height, width = picture.shape
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                here = float(picture[0, c, i, j])
                if i + 1 < height:
                    total += (float(picture[0, c, i + 1, j]) - here) ** 2
                if j + 1 < width:
                    total += (float(picture[0, c, i, j + 1]) - here) ** 2
    return total / (channels * height * width)


@pytest.mark.parametrize("size", [(5, 7), (1, 6), (1, 1)])
def test_total_variation_is_that_of_a_loop(size):
    picture = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert float(total_variation(picture)) == pytest.approx(naive_variation(picture), rel=1e-9)


def test_smoothness_adds_the_total_variation_and_its_gradient(network, pictures):
    content, style, generated = pictures
    options = {"alpha": 1.0, "beta": 1.0, "layer_weights": EQUAL}
    plain, smooth = (
        Objective(network, Canvas(content), [Painting(style)], smoothness=smoothness, **options)
        for smoothness in (0.0, 0.5)
    )
    (before, slope), (after, steeper) = plain.differentiate(generated), smooth.differentiate(generated)
    added = 0.5 * SMOOTHNESS_SCALE * float(total_variation(generated))
    assert float(after.total) == pytest.approx(float(before.total) + added, rel=1e-5)
    leaf = generated.clone().requires_grad_()
    (expected,) = torch.autograd.grad(0.5 * SMOOTHNESS_SCALE * total_variation(leaf), leaf)
    torch.testing.assert_close(steeper - slope, expected, atol=1e-4 * float(steeper.abs().max()), rtol=0)
    assert float(smooth.evaluate(generated).total) == pytest.approx(float(after.total), rel=1e-4)


def test_content_counts_more_where_it_is_emphasised(network, pictures):
    content, style, generated = pictures
    emphasis = torch.ones(1, 1, 72, 96)
    emphasis[..., 40:] = 5.0  # relu3_3 has a position for each four pixels
    options = {"alpha": 1.0, "beta": 0.0, "layer_weights": EQUAL}
    found = Objective(network, Canvas(content), [Painting(style)], emphasis=emphasis, **options).evaluate(generated)
    with torch.inference_mode():
        a_c, a_g = (network(x, [CONTENT_LAYER], pooling="average")[CONTENT_LAYER] for x in (content, generated))
    squares = ((a_c - a_g).double() ** 2).sum(dim=1)[0]
    assert float(found.content) == pytest.approx(
        0.5 * float(squares[:, :10].sum() + 5 * squares[:, 10:].sum()), rel=1e-4
    )


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("layer", CONTENT_LAYERS)
def test_content_layer_and_pooling_are_those_asked_for(network, pictures, layer, pooling):
    content, style, generated = pictures
    options = {"alpha": 1.0, "beta": 0.0, "layer_weights": EQUAL, "content_layer": layer, "pooling": pooling}
    found = Objective(network, Canvas(content), [Painting(style)], **options).evaluate(generated)
    with torch.inference_mode():
        a_c, a_g = (network(x, [layer], pooling=pooling)[layer].double() for x in (content, generated))
    assert float(found.content) == pytest.approx(0.5 * float(((a_c - a_g) ** 2).sum()), rel=1e-4)
