"""The optimisers, on functions whose minimum is known."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from facestyle.style.optimizers import LBFGS, Adam, GradientDescent, make_optimizer
from facestyle.style.optimizers import lbfgs as lbfgs_module
from facestyle.style.optimizers.adam import BETAS, RATE
from facestyle.style.optimizers.smoothing import GAIN, smooth
from facestyle.style.results import OPTIMIZERS

SHAPE = (1, 3, 6, 5)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def quadratic(seed=0):
    """1/2 (x - t)^T A (x - t) with coupled pixels and a target t partly out of range."""
    n = 90
    root = torch.randn(n, n, generator=generator(seed)) / n**0.5
    matrix = root @ root.T + 0.05 * torch.eye(n)
    target = torch.rand(n, generator=generator(seed + 1)) * 2 - 0.5

    def function(x):
        difference = x.flatten() - target
        return 0.5 * difference @ matrix @ difference, (matrix @ difference).view_as(x)

    return function


def run(optimizer, function, pixels, steps):
    best = float("inf")
    for _ in range(steps):
        loss, gradient = function(pixels)
        best = min(best, float(loss))
        pixels = optimizer.update(pixels, loss, gradient)
        assert pixels.min() >= 0
        assert pixels.max() <= 1
    return best, pixels


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("start", [0.0, 0.5, 1.0])
def test_loss_falls_to_the_minimum_in_range(name, start):
    function = quadratic()
    x = np.full(90, start)

    def flat(values):
        loss, gradient = function(torch.tensor(values, dtype=torch.float32).view(SHAPE))
        return float(loss), gradient.flatten().double().numpy()

    expected = minimize(flat, x, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * 90).fun
    best, _ = run(
        make_optimizer(name), function, torch.full(SHAPE, start), {"lbfgs": 60, "adam": 500, "sgd": 200}[name]
    )
    assert best == pytest.approx(expected, rel=0.02)


def test_lbfgs_needs_few_evaluations():
    function = quadratic(seed=3)
    lbfgs, _ = run(LBFGS(), function, torch.full(SHAPE, 0.5), 25)
    descent, _ = run(GradientDescent(), function, torch.full(SHAPE, 0.5), 25)
    assert lbfgs < descent


def test_lbfgs_direction_is_the_dense_bfgs_direction():
    """Against the inverse Hessian built as a matrix (Nocedal & Wright 2006, equation 6.17), away from the bounds."""
    function = quadratic(seed=5)
    optimizer = LBFGS(history=10)
    pixels = torch.full(SHAPE, 0.5) + 1e-3 * torch.randn(SHAPE, generator=generator(2))
    identity = torch.eye(90, dtype=torch.float64)
    prior = torch.stack([smooth(row.float().view(SHAPE)).flatten() for row in identity]).double()
    points, compared = [], 0
    for _ in range(6):
        loss, gradient = function(pixels)
        following = optimizer.update(pixels, loss, gradient * 1e-3)  # small steps stay in range
        assert optimizer.accepted
        points.append((pixels.flatten().double(), 1e-3 * gradient.flatten().double()))
        if len(points) > 1:
            pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
            s, y = pairs[-1]
            inverse = prior * (s @ y) / (y @ prior @ y)
            for s, y in pairs:
                rate = 1 / (y @ s)
                left = identity - rate * torch.outer(s, y)
                inverse = left @ inverse @ left.T + rate * torch.outer(s, s)
            expected = -inverse @ points[-1][1]
            found = (following - pixels).flatten().double()
            inside = (following.flatten() > 0) & (following.flatten() < 1)
            assert inside.sum() > 45
            assert torch.allclose(found[inside], expected[inside], atol=2e-3 * float(expected.abs().max()))
            compared += 1
        pixels = (pixels + 0.02 * (following - pixels)).clamp(0.01, 0.99)
    assert compared >= 3


def test_lbfgs_takes_back_a_step_that_does_not_pay():
    optimizer = LBFGS()
    start = torch.full(SHAPE, 0.5)
    gradient = torch.ones(SHAPE)
    first = optimizer.update(start, torch.tensor(1.0), gradient)
    assert optimizer.accepted
    second = optimizer.update(first, torch.tensor(2.0), gradient)
    assert not optimizer.accepted
    assert torch.allclose(second - start, lbfgs_module._SHRINK * (first - start), atol=1e-6)
    for _ in range(20):  # nothing pays: it stays near the best picture, and finite
        second = optimizer.update(second, torch.tensor(2.0), gradient)
    assert torch.allclose(second, start, atol=2e-2)
    optimizer.update(second, torch.tensor(0.5), gradient)
    assert optimizer.accepted


def test_lbfgs_holds_pixels_that_are_pushed_outwards():
    optimizer = LBFGS()
    pixels = torch.full(SHAPE, 0.5)
    pixels[..., 0] = 1.0
    gradient = torch.full(SHAPE, 0.1)
    gradient[..., 0] = -5.0
    following = optimizer.update(pixels, torch.tensor(1.0), gradient)
    assert (following[..., 0] == 1).all()
    assert (following[..., 1:] < 0.5).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_a_gradient_nothing_moves(name):
    start = torch.rand(SHAPE, generator=generator())
    optimizer, pixels = make_optimizer(name), start
    for _ in range(3):
        pixels = optimizer.update(pixels, torch.tensor(0.0), torch.zeros(SHAPE))
    assert torch.equal(pixels, start)


def test_adam_equals_torch():
    optimizer, pixels = Adam(), torch.full(SHAPE, 0.5)
    reference = torch.full(SHAPE, 0.5)
    theirs = torch.optim.Adam([reference], lr=RATE, betas=BETAS)
    for t in range(60):
        gradient = torch.randn(SHAPE, generator=generator(t)) + 0.5
        pixels = optimizer.update(pixels, torch.tensor(1.0), gradient)
        reference.grad = gradient
        theirs.step()
        reference.clamp_(0, 1)
        assert torch.allclose(pixels, reference, atol=1e-6)
    assert (pixels == 0).any()  # the bound was reached


def test_gradient_descent_is_the_course_s_with_an_adaptive_rate():
    optimizer, start = GradientDescent(), torch.full(SHAPE, 0.5)
    gradient = torch.randn(SHAPE, generator=generator())
    first = optimizer.update(start, torch.tensor(1.0), gradient)
    eta = 0.02 / gradient.abs().mean()
    assert torch.allclose(first, start - eta * gradient, atol=1e-6)
    # J rose: back to the start, with half of eta.
    second = optimizer.update(first, torch.tensor(1.5), -gradient)
    assert not optimizer.accepted
    assert torch.allclose(second, start - eta / 2 * gradient, atol=1e-6)
    # J fell: on from there, a fifth faster.
    third = optimizer.update(second, torch.tensor(0.5), 2 * gradient)
    assert optimizer.accepted
    assert torch.allclose(third, second - 1.2 * eta / 2 * 2 * gradient, atol=1e-6)


# --- the preconditioner -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(16, 12), (13, 7), (3, 40), (33, 18)])
def test_smoothing_is_symmetric_and_positive(size):
    one, other = (torch.randn(1, 3, *size, generator=generator(seed)).double() for seed in (0, 1))
    assert float(torch.sum(one * smooth(other))) == pytest.approx(float(torch.sum(smooth(one) * other)), rel=1e-6)
    assert torch.sum(one * smooth(one)) >= torch.sum(one * one)


def test_smoothing_equals_the_sum_over_octaves():
    """One octave by loops: P = I + 4 GAIN U U^T, U^T halving with the binomial kernel."""
    height, width = 6, 7
    kernel = np.array([1, 3, 3, 1]) / 8
    halve = np.zeros((height // 2 * (width // 2), height * width))
    for i in range(height // 2):
        for j in range(width // 2):
            for a in range(4):
                for b in range(4):
                    y, x = 2 * i - 1 + a, 2 * j - 1 + b
                    if 0 <= y < height and 0 <= x < width:
                        halve[i * (width // 2) + j, y * width + x] = kernel[a] * kernel[b]
    expected = np.eye(height * width) + 4 * GAIN * halve.T @ halve
    picture = torch.randn(1, 3, height, width, generator=generator()).double()
    found = smooth(picture, levels=1)
    for channel in range(3):
        by_matrix = expected @ picture[0, channel].flatten().numpy()
        np.testing.assert_allclose(found[0, channel].flatten().numpy(), by_matrix, rtol=1e-6, atol=1e-6)


def test_coarse_structure_moves_more_than_grain():
    flat = torch.ones(1, 3, 64, 64)
    grain = flat.clone()
    grain[..., ::2, :] *= -1
    grain[..., :, ::2] *= -1
    assert smooth(flat)[0, 0, 32, 32] > 10 * smooth(grain)[0, 0, 32, 32].abs()
