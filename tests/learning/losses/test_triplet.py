"""The triplet loss against loops and against pytorch-metric-learning."""

import pytest
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import AvgNonZeroReducer, MeanReducer

from facestyle.errors import InvalidRequestError
from facestyle.learning.losses.triplet import triplet_loss
from facestyle.learning.miners import all_triplets
from tests.learning.batches import batch, naive_squared, naive_triplets

REDUCERS = {"mean": MeanReducer, "active": AvgNonZeroReducer}


def of_batch(vectors, people, **options):
    chosen = all_triplets(torch.empty(0), people)
    return triplet_loss(vectors[chosen.anchor], vectors[chosen.positive], vectors[chosen.negative], **options)


@pytest.mark.parametrize("margin", [0.0, 0.2, 1.0])
def test_it_equals_loops(margin):
    vectors, people = batch()
    losses = [
        max(naive_squared(vectors[a], vectors[p]) - naive_squared(vectors[a], vectors[n]) + margin, 0)
        for a, p, n in naive_triplets(people.tolist())
    ]
    above = [loss for loss in losses if loss > 0]
    assert 0 < len(above) < len(losses)
    assert float(of_batch(vectors, people, margin=margin)) == pytest.approx(sum(losses) / len(losses))
    assert float(of_batch(vectors, people, margin=margin, reduction="active")) == pytest.approx(sum(above) / len(above))
    assert of_batch(vectors, people, margin=margin, reduction="none").tolist() == pytest.approx(losses)


@pytest.mark.parametrize("reduction", REDUCERS)
def test_value_and_gradient_equal_those_of_pytorch_metric_learning(reduction):
    vectors, people = batch()
    ours, theirs = vectors.clone().requires_grad_(), vectors.clone().requires_grad_()
    loss = of_batch(ours, people, margin=0.3, reduction=reduction)
    distance = LpDistance(normalize_embeddings=False, p=2, power=2)
    other = TripletMarginLoss(margin=0.3, distance=distance, reducer=REDUCERS[reduction]())(theirs, people)
    assert loss.item() == pytest.approx(other.item(), rel=1e-9)
    loss.backward()
    other.backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-9)


def test_no_triplet_and_no_active_triplet_give_zero_with_a_gradient():
    nothing = torch.empty(0, 4, requires_grad=True)
    assert triplet_loss(nothing, nothing, nothing, reduction="active").item() == 0
    assert triplet_loss(nothing, nothing, nothing).item() == 0
    anchor = torch.zeros(1, 2, requires_grad=True)
    easy = triplet_loss(anchor, torch.zeros(1, 2), torch.ones(1, 2), margin=0.2, reduction="active")
    easy.backward()
    assert (float(easy), anchor.grad.tolist()) == (0, [[0, 0]])


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_a_margin_that_cannot_be_kept_is_refused(margin):
    one = torch.zeros(1, 2)
    with pytest.raises(InvalidRequestError, match="margin"):
        triplet_loss(one, one, one, margin=margin)


def test_an_unknown_reduction_is_refused():
    one = torch.zeros(1, 2)
    with pytest.raises(InvalidRequestError, match="median"):
        triplet_loss(one, one, one, reduction="median")
