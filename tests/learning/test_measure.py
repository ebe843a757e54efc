import numpy as np
import pytest
import torch

from facestyle.learning.measure import figures, hardest, plane
from facestyle.learning.objective import active_share
from tests.learning.batches import batch, naive_squared, naive_triplets


def squared(a, b):
    return ((a - b) ** 2).sum(dim=1)


def test_perfect_embeddings_are_measured_as_perfect():
    people = np.repeat(np.arange(4), 3)
    found = figures(torch.eye(4)[torch.as_tensor(people)], people, squared)
    assert (found.accuracy, found.auc, found.eer) == (1.0, 1.0, 0.0)
    assert (len(found.same), len(found.different)) == (12, 54)
    assert (found.people, found.pictures) == (4, 12)


def test_random_embeddings_know_nothing():
    people = np.repeat(np.arange(6), 20)
    vectors = torch.randn(120, 8, generator=torch.Generator().manual_seed(0))
    found = figures(vectors, people, squared)
    assert found.auc == pytest.approx(0.5, abs=0.03)
    assert found.eer == pytest.approx(0.5, abs=0.03)
    assert found.accuracy == pytest.approx(0.5, abs=0.05)


def test_too_few_people_for_two_halves_have_no_accuracy():
    people = np.repeat(np.arange(3), 3)
    assert figures(torch.eye(3)[torch.as_tensor(people)], people, squared).accuracy is None


def test_the_map_keeps_distances_of_flat_data_and_follows_the_last_one():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 9))
    found = plane(flat.astype(np.float32))
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    assert np.allclose(np.linalg.norm(found[:, None] - found[None], axis=2), apart, atol=1e-4)
    turned = found @ np.array([[0.6, -0.8], [-0.8, -0.6]], np.float32)
    assert np.allclose(plane(flat.astype(np.float32), turned), turned, atol=1e-4)


def test_the_hardest_triplets_are_those_of_the_loops():
    vectors, people = batch()
    losses = {
        (a, p, n): naive_squared(vectors[a], vectors[p]) - naive_squared(vectors[a], vectors[n]) + 0.2
        for a, p, n in naive_triplets(people.tolist())
    }
    pictures = np.arange(len(people), dtype=np.uint8)[:, None, None]
    found = hardest(vectors, people.numpy(), pictures, tuple("abcd"), margin=0.2, count=2)
    a, p, n = max(losses, key=losses.get)
    assert [int(picture.item()) for picture in found[0].pictures] == [a, p, n]
    assert found[0].loss == pytest.approx(losses[a, p, n])
    assert found[0].names == tuple("abcd"[people[row]] for row in (a, p, n))
    assert len(found) == 2
    assert found[0].names[0] != found[1].names[0]


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_the_share_of_active_triplets_equals_loops(margin):
    vectors, people = batch()
    losses = [
        naive_squared(vectors[a], vectors[p]) - naive_squared(vectors[a], vectors[n]) + margin
        for a, p, n in naive_triplets(people.tolist())
    ]
    distances = torch.cdist(vectors, vectors) ** 2
    assert active_share(distances, people, margin) == pytest.approx(sum(loss > 0 for loss in losses) / len(losses))
    assert active_share(distances[:1, :1], people[:1], margin) == 0
