import numpy as np
import pytest
import torch

from facestyle.errors import LearningDataError
from facestyle.learning.datasets.sampler import PeopleSampler
from facestyle.learning.datasets.split import split_people
from tests.learning.people import patterns


@pytest.mark.parametrize("seed", range(5))
def test_no_person_is_on_both_sides_and_no_picture_is_lost(seed):
    data = patterns(people=12)
    split = split_people(data, seed=seed)
    inside, outside = set(data.people[split.train]), set(data.people[split.held_out])
    assert not inside & outside
    assert outside == set(split.held_out_people)
    assert sorted([*split.train, *split.held_out]) == list(range(len(data.people)))


def test_a_quarter_is_held_out_but_at_least_four_and_four_are_left():
    assert len(split_people(patterns(people=40, pictures=2), seed=0).held_out_people) == 10
    assert len(split_people(patterns(people=9), seed=0).held_out_people) == 4
    assert len(split_people(patterns(people=9), seed=0, held_out=1).held_out_people) == 4
    assert len(split_people(patterns(people=9), seed=0, held_out=99).held_out_people) == 5
    assert len(split_people(patterns(people=40), seed=0, held_out=12).held_out_people) == 12


def test_the_seed_decides_who():
    data = patterns(people=20)
    first, again, other = (split_people(data, seed=seed).held_out_people for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(("people", "words"), [(7, "are 7 people"), (1, "is 1 person")])
def test_too_few_people_are_refused(people, words):
    with pytest.raises(LearningDataError, match=words):
        split_people(patterns(people=people), seed=0)


def batches(people, p, k, seed=0):
    sampler = PeopleSampler(people, p=p, k=k, generator=torch.Generator().manual_seed(seed))
    found = list(sampler.epoch())
    assert len(found) == sampler.batches
    return found


def test_a_batch_has_p_people_with_k_different_pictures_each():
    people = torch.arange(7).repeat_interleave(6)
    found = batches(people, 3, 4)
    assert len(found) == 4  # 42 pictures, 12 in a batch
    for rows in found:
        who, counts = people[rows].unique(return_counts=True)
        assert (len(who), counts.tolist()) == (3, [4, 4, 4])
        assert len(set(rows.tolist())) == 12


def test_everybody_has_a_turn_before_anybody_has_a_second():
    people = torch.arange(6).repeat_interleave(4)
    first, second = batches(people, 3, 4)
    assert set(people[first].tolist()) | set(people[second].tolist()) == set(range(6))


def test_fewer_people_than_p_and_fewer_pictures_than_k():
    people = torch.tensor([0, 0, 5, 5, 5])
    (rows,) = batches(people, 10, 4)
    who, counts = people[rows].unique(return_counts=True)
    assert (who.tolist(), counts.tolist()) == ([0, 5], [4, 4])
    assert set(rows.tolist()) == set(range(5))


def test_batches_are_those_of_the_seed():
    people = torch.arange(7).repeat_interleave(6)
    assert np.array_equal(torch.cat(batches(people, 3, 4)), torch.cat(batches(people, 3, 4)))
    assert not np.array_equal(torch.cat(batches(people, 3, 4)), torch.cat(batches(people, 3, 4, seed=1)))
