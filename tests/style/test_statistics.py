"""Sums over positions: whole and in parts, and what they pull at each activation with."""

import pytest
import torch

from facestyle.style.statistics import Statistics, StatisticsPull, measure


def activations(seed=0, channels=4, height=9, width=11):
    return torch.randn(channels, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) + 1


MASK = torch.rand(9, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["everywhere", "masked"])
def test_they_equal_loops(centred, mask):
    a = activations()
    m = torch.ones(9, 11, dtype=torch.float64) if mask is None else mask
    found = measure(a, mask, centred=centred)
    mean = sum(m[i, j] * a[:, i, j] for i in range(9) for j in range(11)) / m.sum()
    about = mean if centred else torch.zeros(4, dtype=torch.float64)
    scatter = sum(m[i, j] * torch.outer(a[:, i, j] - about, a[:, i, j] - about) for i in range(9) for j in range(11))
    assert float(found.weight) == pytest.approx(float(m.sum()))
    torch.testing.assert_close(found.scatter, scatter)
    assert (found.mean is not None) == centred
    if centred:
        torch.testing.assert_close(found.mean, mean)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["everywhere", "masked"])
def test_parts_add_up_to_the_whole(centred, mask):
    a = activations()
    whole = measure(a, mask, centred=centred)
    parts = [
        measure(a[:, rows], None if mask is None else mask[rows], centred=centred)
        for rows in (slice(0, 2), slice(2, 3), slice(3, 9))
    ]
    together = parts[0] + parts[1] + parts[2]
    torch.testing.assert_close(together.scatter, whole.scatter)
    assert float(together.weight) == pytest.approx(float(whole.weight))
    if centred:
        torch.testing.assert_close(together.mean, whole.mean)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["everywhere", "masked"])
def test_the_pull_is_the_derivative(centred, mask):
    a = activations().requires_grad_()

    def j(found: Statistics):
        loss = (found.scatter / found.weight).pow(3).sum()
        return loss if found.mean is None else loss + found.mean.pow(3).sum()

    (expected,) = torch.autograd.grad(j(measure(a, mask, centred=centred)), a)
    whole = measure(a.detach(), mask, centred=centred)
    leaves = [leaf.requires_grad_() for leaf in (whole.scatter, whole.mean) if leaf is not None]
    scatter, *mean = torch.autograd.grad(j(whole), leaves)
    gradient = torch.ones_like(a)  # it is added to what is there
    with torch.no_grad():
        StatisticsPull.of(whole, scatter, *(mean or [None]), mask)(a, gradient)
    torch.testing.assert_close(gradient - 1, expected)


def test_half_precision_is_widened_before_it_overflows():
    a = torch.full((2, 64, 64), 200.0, dtype=torch.float16)
    found = measure(a, None, centred=False)
    assert found.scatter.dtype is torch.float32
    assert float(found.scatter[0, 1]) == pytest.approx(200**2 * 64**2)
