"""Each miner against loops, and against the miners of pytorch-metric-learning."""

import pytest
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.miners import BatchHardMiner, TripletMarginMiner
from pytorch_metric_learning.utils.loss_and_miner_utils import get_all_triplets_indices

from facestyle.errors import InvalidRequestError
from facestyle.learning.distances import squared_distances
from facestyle.learning.miners import MINERS, all_triplets, batch_hard, find_miner, random_triplets, semi_hard
from tests.learning.batches import as_set, batch, naive_triplets

SEEDS = range(5)
SQUARED = {"normalize_embeddings": False, "p": 2, "power": 2}


def indices(found):
    return set(zip(*(part.tolist() for part in found), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_triplets(seed):
    vectors, people = batch(seed=seed)
    found = as_set(all_triplets(squared_distances(vectors), people))
    assert found == set(naive_triplets(people.tolist()))
    assert found == indices(get_all_triplets_indices(people))


def test_p_people_with_k_pictures_each_give_as_many_as_the_formula():
    people = torch.arange(5).repeat_interleave(4)
    assert len(all_triplets(torch.empty(0), people)) == 5 * 4 * 3 * 4 * 4


@pytest.mark.parametrize("seed", SEEDS)
def test_random_triplets_have_each_anchor_and_positive_once_and_are_drawn_evenly(seed):
    vectors, people = batch(seed=seed)
    squared = squared_distances(vectors)
    drawn = [as_set(random_triplets(squared, people, generator=torch.Generator().manual_seed(n))) for n in range(60)]
    valid = set(naive_triplets(people.tolist()))
    for found in drawn:
        assert found <= valid
        assert sorted((a, p) for a, p, _ in found) == sorted({(a, p) for a, p, _ in valid})
    assert set().union(*drawn) == valid  # every negative has its turn
    again = as_set(random_triplets(squared, people, generator=torch.Generator().manual_seed(0)))
    assert again == drawn[0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("margin", [0.05, 0.2, 1.0])
def test_semi_hard(seed, margin):
    vectors, people = batch(seed=seed)
    squared = squared_distances(vectors)
    nearest = {}
    for a, p, n in naive_triplets(people.tolist()):
        near, far = float(squared[a, p]), float(squared[a, n])
        if near < far < near + margin and ((a, p) not in nearest or far < float(squared[a, nearest[a, p]])):
            nearest[a, p] = n
    found = as_set(semi_hard(squared, people, margin=margin))
    assert found == {(a, p, n) for (a, p), n in nearest.items()}
    # theirs are all negatives of that range; ours the nearest of each pair
    theirs = indices(
        TripletMarginMiner(margin=margin, type_of_triplets="semihard", distance=LpDistance(**SQUARED))(vectors, people)
    )
    assert found <= theirs
    assert {(a, p) for a, p, _ in found} == {(a, p) for a, p, _ in theirs}
    for a, p, n in theirs:
        assert float(squared[a, nearest[a, p]]) <= float(squared[a, n])


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_hard(seed):
    vectors, people = batch(seed=seed)
    squared = squared_distances(vectors)
    expected = set()
    for a in {a for a, _, _ in naive_triplets(people.tolist())}:
        mine = [row for row in range(len(people)) if row != a and people[row] == people[a]]
        others = [row for row in range(len(people)) if people[row] != people[a]]
        expected.add(
            (
                a,
                max(mine, key=lambda row, a=a: float(squared[a, row])),
                min(others, key=lambda row, a=a: float(squared[a, row])),
            )
        )
    found = as_set(batch_hard(squared, people))
    assert found == expected
    assert found == indices(BatchHardMiner(distance=LpDistance(**SQUARED))(vectors, people))


@pytest.mark.parametrize("name", MINERS)
@pytest.mark.parametrize("people", [(0, 0, 0), (0, 1, 2), ()], ids=["one person", "no second picture", "empty"])
def test_where_there_is_no_triplet_none_is_found(name, people):
    vectors, labels = batch(people)
    found = find_miner(name)(squared_distances(vectors), labels, margin=0.2, generator=torch.Generator())
    assert len(found) == len(found.positive) == len(found.negative) == 0


def test_an_unknown_miner_is_refused():
    with pytest.raises(InvalidRequestError, match="semi-hard"):
        find_miner("hardest")
