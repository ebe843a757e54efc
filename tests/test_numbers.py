"""Numbers that callers and files give, whole ones beyond a float's range among them."""

from fractions import Fraction

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, LearningError, refused
from facestyle.faces.clustering.base import to_radius
from facestyle.faces.live.door import Door
from facestyle.learning.losses.triplet import check_margin
from facestyle.learning.results import TrainRequest
from facestyle.numbers import is_number, shown
from facestyle.style.control import RunControl, RunWeights, between
from facestyle.style.fast import check_fast, fast_styles

NONE = (
    10**400,
    -(10**400),
    10**5000,
    float("nan"),
    float("inf"),
    -float("inf"),
    np.float32("nan"),
    True,
    "1",
    None,
    [1],
)


@pytest.mark.parametrize("value", NONE, ids=range(len(NONE)))
def test_what_cannot_be_reckoned_with_is_no_number_and_is_quoted_in_short(value):
    assert not is_number(value)
    assert len(shown(value)) <= 40


@pytest.mark.parametrize("value", [0, -1, 2.5, 10**300, np.float32(2), np.int64(3), Fraction(1, 3)], ids=range(7))
def test_numbers_of_all_makes_are_numbers(value):
    assert is_number(value)
    assert shown(value) == repr(value)[:39] + "…" * (len(repr(value)) > 40)


PLAIN = RunWeights(1.0, 1.0, {})


@pytest.mark.parametrize(
    "ask",
    [
        lambda value: RunControl().reweigh(RunWeights(value, 1.0, {})),
        lambda value: between(PLAIN, PLAIN, value),
        lambda value: check_fast(fast_styles()[0].id, strength=value),
        lambda value: check_fast(fast_styles()[0].id, size=value),
        lambda value: Door(seconds=value),
        check_margin,
        lambda value: to_radius(value, "cosine"),
        lambda value: TrainRequest(margin=value).checked(),
        lambda value: TrainRequest(rate=value).checked(),
    ],
    ids=["weights", "share", "strength", "size", "seconds", "margin", "tau", "margin of a training", "rate"],
)
@pytest.mark.parametrize("value", [10**400, 10**5000, float("nan"), float("inf")], ids=["400", "5000", "nan", "inf"])
def test_every_part_refuses_them_in_a_short_sentence(ask, value):
    with pytest.raises(InvalidRequestError) as caught:
        ask(value)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("error", [ZeroDivisionError(), RecursionError(), MemoryError(), KeyError("x")])
def test_whatever_a_parser_raises_becomes_the_refusal_and_its_cause_is_kept(error):
    with pytest.raises(LearningError, match="No") as caught, refused(LearningError("No.")):
        raise error
    assert caught.value.__cause__ is error


def test_a_refusal_of_ours_passes_and_so_does_a_stop():
    with pytest.raises(InvalidRequestError, match="mine"), refused(LearningError("No.")):
        raise InvalidRequestError("mine")
    with pytest.raises(KeyboardInterrupt), refused(LearningError("No.")):
        raise KeyboardInterrupt
