"""The contrastive loss against loops and against pytorch-metric-learning's distances from its margins."""

import math

import pytest
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import ContrastiveLoss

from facestyle.errors import InvalidRequestError
from facestyle.learning.losses.contrastive import contrastive_loss
from tests.learning.batches import batch, naive_squared


class HalvedSquares(torch.nn.Module):
    """Reduces pytorch-metric-learning's plain hinges as Hadsell et al. do: half their squares, over all pairs."""

    def forward(self, found, embeddings, _):
        ordered_pairs = len(embeddings) * (len(embeddings) - 1)
        return sum((0.5 * part["losses"] ** 2).sum() / ordered_pairs for part in found.values())


def pairs(people):
    rows, columns = torch.triu_indices(len(people), len(people), offset=1)
    return rows, columns, people[rows] == people[columns]


@pytest.mark.parametrize("margin", [0.5, 1.0, 1.5])
def test_it_equals_loops(margin):
    vectors, people = batch()
    rows, columns, same = pairs(people)
    expected = []
    for i, j, alike in zip(rows.tolist(), columns.tolist(), same.tolist(), strict=True):
        d = math.sqrt(naive_squared(vectors[i], vectors[j]))
        expected.append(0.5 * d * d if alike else 0.5 * max(0, margin - d) ** 2)
    losses = contrastive_loss(vectors[rows], vectors[columns], same, margin=margin, reduction="none")
    assert losses.tolist() == pytest.approx(expected)
    mean = contrastive_loss(vectors[rows], vectors[columns], same, margin=margin)
    assert float(mean) == pytest.approx(sum(expected) / len(expected))


def test_value_and_gradient_equal_those_of_pytorch_metric_learning():
    vectors, people = batch()
    rows, columns, same = pairs(people)
    ours, theirs = vectors.clone().requires_grad_(), vectors.clone().requires_grad_()
    loss = contrastive_loss(ours[rows], ours[columns], same, margin=1.2)
    other = ContrastiveLoss(
        pos_margin=0, neg_margin=1.2, distance=LpDistance(normalize_embeddings=False, p=2), reducer=HalvedSquares()
    )(theirs, people)
    assert loss.item() == pytest.approx(other.item(), rel=1e-6)
    loss.backward()
    other.backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-6)


def test_two_equal_pictures_of_two_people_give_no_broken_gradient():
    a = torch.ones(1, 3, requires_grad=True)
    loss = contrastive_loss(a, torch.ones(1, 3), torch.tensor([False]), margin=1.0)
    loss.backward()
    assert loss.item() == 0.5
    assert torch.isfinite(a.grad).all()


def test_a_negative_margin_is_refused():
    one = torch.zeros(1, 2)
    with pytest.raises(InvalidRequestError, match="margin"):
        contrastive_loss(one, one, torch.tensor([True]), margin=-1)
