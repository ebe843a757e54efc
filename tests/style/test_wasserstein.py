"""The distance of Gaussians, against scipy's matrix root, closed forms and differences."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from facestyle.style.wasserstein import Moments, moments, square_root, wasserstein_loss


def activations(channels=4, height=9, width=11, seed=0):
    return torch.randn(channels, height, width, generator=torch.Generator().manual_seed(seed)) * 2 + 0.5


def distance(a, b):
    style = moments(b)
    return wasserstein_loss(moments(a), style, square_root(style.covariance))


def test_moments_are_those_of_numpy():
    a = activations()
    flat = a.numpy().reshape(4, -1)
    found = moments(a)
    np.testing.assert_allclose(found.mean.numpy(), flat.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found.covariance.numpy(), np.cov(flat, bias=True), rtol=1e-4, atol=1e-5)


def test_a_mask_leaves_the_moments_of_its_part():
    a = activations()
    mask = torch.zeros(9, 11)
    mask[:, 3:7] = 1
    found, expected = moments(a, mask), moments(a[:, :, 3:7])
    torch.testing.assert_close(found.mean, expected.mean)
    torch.testing.assert_close(found.covariance, expected.covariance)


def test_the_loss_equals_the_formula_with_scipys_root():
    a, b = activations(), activations(seed=1) * 0.7 - 1
    x, y = (np.asarray(t.numpy().reshape(4, -1), np.float64) for t in (a, b))
    cov_x, cov_y = np.cov(x, bias=True), np.cov(y, bias=True)
    root = sqrtm(cov_y)
    cross = np.trace(sqrtm(root @ cov_x @ root)).real
    expected = (((x.mean(1) - y.mean(1)) ** 2).sum() + np.trace(cov_x) + np.trace(cov_y) - 2 * cross) / 4
    assert float(distance(a, b)) == pytest.approx(expected, rel=1e-4)


def test_of_one_channel_it_is_the_difference_of_means_and_of_deviations():
    a, b = activations(1), activations(1, seed=1) * 3
    expected = (a.mean() - b.mean()) ** 2 + (a.std(correction=0) - b.std(correction=0)) ** 2
    assert float(distance(a, b)) == pytest.approx(float(expected), rel=1e-4)


def test_it_is_nothing_between_equals_and_symmetric():
    a, b = activations(), activations(seed=1)
    assert float(distance(a, a)) == pytest.approx(0, abs=1e-4)
    assert float(distance(a, b)) == pytest.approx(float(distance(b, a)), rel=1e-3)


def test_the_gradient_predicts_the_change():
    a, b = activations().requires_grad_(), activations(seed=1)
    (gradient,) = torch.autograd.grad(distance(a, b), a)
    direction = gradient / gradient.norm()
    with torch.no_grad():
        change = float(distance(a + 0.01 * direction, b) - distance(a - 0.01 * direction, b)) / 0.02
    assert change == pytest.approx(float(gradient.norm()), rel=0.01)


@pytest.mark.parametrize("make", [torch.zeros_like, torch.ones_like])
def test_flat_and_repeated_activations_have_a_finite_gradient(make):
    """No spread at all, and channels that are copies: eigenvalues of 0, and equal ones."""
    b = activations()
    flat = make(b).requires_grad_()
    copies = b[:1].expand(4, -1, -1).clone().requires_grad_()
    for a in (flat, copies):
        for loss in (distance(a, b), distance(a, b[:1].expand(4, -1, -1)), distance(a, make(b))):
            (gradient,) = torch.autograd.grad(loss, a)
            assert torch.isfinite(loss)
            assert torch.isfinite(gradient).all()


def test_moments_hold_what_they_say():
    found = moments(activations(3))
    assert isinstance(found, Moments)
    assert found.mean.shape == (3,)
    assert found.covariance.shape == (3, 3)
