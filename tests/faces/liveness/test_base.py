"""What a liveness answer can say."""

import pytest

from facestyle.faces.liveness import Liveness


@pytest.mark.parametrize(("score", "live"), [(0.0, False), (0.5, False), (0.51, True), (1.0, True)])
def test_half_is_not_enough(score, live):
    assert Liveness.of(score, "judge") == Liveness(score=score, live=live, checked=True, reason=None, model="judge")


def test_not_checked_is_not_failed():
    answer = Liveness.unchecked("The face is too small.")
    assert answer.live is None
    assert answer.live is not False
    assert answer.score is None
    assert not answer.checked
    assert answer.reason == "The face is too small."


def test_answers_do_not_change():
    with pytest.raises(AttributeError):
        Liveness.of(0.3, "judge").live = True
