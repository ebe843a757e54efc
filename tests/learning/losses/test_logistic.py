"""The logistic heads against loops, against the heads that calibrate, and against torch's cross-entropy."""

import math

import numpy as np
import pytest
import torch

from facestyle.errors import InvalidRequestError
from facestyle.faces.calibration.heads import HEADS
from facestyle.learning.losses.logistic import COMPARISONS, LogisticHead, absolute, chi_square, logistic_loss
from tests.learning.batches import batch

COMPARE = {"absolute": absolute, "chi_square": chi_square}


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_is_that_of_the_calibration(name):
    vectors, _ = batch()
    a, b = vectors[:5].clone(), vectors[5:10].clone()
    a[0, 0] = b[0, 0] = 0  # no difference and no size: 0
    expected = HEADS[name].features(a.numpy(), b.numpy(), "squared_euclidean")
    assert np.allclose(COMPARE[name](a, b).numpy(), expected, atol=1e-15)


def test_chi_square_without_negative_components_is_deepfaces_formula():
    a, b = torch.tensor([0.2, 0.0, 0.5]), torch.tensor([0.4, 0.3, 0.5])
    assert chi_square(a, b).tolist() == pytest.approx([0.04 / 0.6, 0.3, 0])


def test_chi_square_of_zeros_has_a_finite_gradient():
    a = torch.zeros(3, requires_grad=True)
    chi_square(a, torch.tensor([0.0, 0.1, -0.1])).sum().backward()
    assert torch.isfinite(a.grad).all()


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_head_equals_loops_and_is_symmetric(name):
    vectors, _ = batch(dtype=torch.float32)
    a, b = vectors[:5], vectors[5:10]
    head = LogisticHead(6, name)
    with torch.no_grad():
        head.weights.copy_(torch.linspace(-2, 1, 6))
        head.bias.fill_(0.7)
        for n, logit in enumerate(head(a, b).tolist()):
            total = 0.7
            for k in range(6):
                x, y = float(a[n, k]), float(b[n, k])
                part = abs(x - y) if name == "absolute" else (x - y) ** 2 / (abs(x) + abs(y))
                total += (-2 + 0.6 * k) * part
            assert logit == pytest.approx(total, rel=1e-4, abs=1e-5)
        assert torch.equal(head(a, b), head(b, a))


def test_the_loss_equals_loops():
    logits, same = torch.tensor([2.0, -1.0, 0.5, -3.0, 40.0]), torch.tensor([True, False, False, False, True])
    losses = []
    for z, alike in zip(logits.tolist(), same.tolist(), strict=True):
        p = 1 / (1 + math.exp(-z))
        losses.append(-math.log(p) if alike else -math.log(1 - p))
    plain = float(logistic_loss(logits, same, balanced=False))
    assert plain == pytest.approx(sum(losses) / 5, rel=1e-5)
    balanced = 0.5 * (losses[0] + losses[4]) / 2 + 0.5 * sum(losses[1:4]) / 3
    assert float(logistic_loss(logits, same)) == pytest.approx(balanced, rel=1e-5)


def test_a_batch_of_one_kind_and_an_extreme_logit_stay_finite():
    same = torch.tensor([True, True])
    assert float(logistic_loss(torch.tensor([0.0, 0.0]), same)) == pytest.approx(math.log(2))
    assert float(logistic_loss(torch.tensor([-1000.0, 0.0]), same)) == pytest.approx(500 + math.log(2) / 2)


def test_an_unknown_comparison_is_refused():
    with pytest.raises(InvalidRequestError, match="cosine"):
        LogisticHead(4, "cosine")
