"""Steering a run from another thread: pausing it, and other weights while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from facestyle.errors import InvalidRequestError
from facestyle.numbers import is_number, shown


@dataclass(frozen=True, slots=True)
class RunWeights:
    """What may change during a run.

    Attributes:
        alpha: Weight of the content loss, 0 or more.
        beta: Weight of the style loss, 0 or more.
        layer_weights: lambda for each style layer, 0 or more; layers left out count 0.
    """

    alpha: float
    beta: float
    layer_weights: Mapping[str, float]


def between(a: RunWeights, b: RunWeights, share: float) -> RunWeights:
    """The weights on the straight line from one setting to another.

    J is linear in each weight, so J of these weights is the same mixture of both settings' J for every picture.

    Args:
        a: At share 0.
        b: At share 1.
        share: 0 to 1.

    Raises:
        InvalidRequestError: The share is out of its range.
    """
    if not (is_number(share) and 0 <= share <= 1):
        raise InvalidRequestError(f"A share between two settings must be a number from 0 to 1, not {shown(share)}.")

    def mixed(first: float, second: float) -> float:
        return (1 - share) * first + share * second

    layers = dict.fromkeys([*a.layer_weights, *b.layer_weights])
    return RunWeights(
        mixed(a.alpha, b.alpha),
        mixed(a.beta, b.beta),
        {layer: mixed(a.layer_weights.get(layer, 0), b.layer_weights.get(layer, 0)) for layer in layers},
    )


class RunControl:
    """Handed to `stylize` to steer its run; safe to call from any thread.

    Pausing and other weights take effect between two steps. Other weights make another J: what the optimiser learned
    of the old one's curvature does not hold for it, and neither do its values, so the optimiser starts afresh at the
    picture it has reached.

    Args:
        patience: Seconds after which a paused run goes on by itself, so that a forgotten one does not hold up others;
            None for never.
    """

    def __init__(self, *, patience: float | None = None) -> None:
        self._patience = patience
        self._moved = threading.Condition()
        self._paused = False
        self._stopped = False
        self._wanted: RunWeights | None = None
        self._latest: RunWeights | None = None
        self._check: Callable[[RunWeights], object] = _check_plain

    @property
    def paused(self) -> bool:
        """Whether the run waits, or will before its next step."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether the run shall end with the picture it has."""
        return self._stopped

    @property
    def latest(self) -> RunWeights | None:
        """The weights asked for last; None while the run keeps those that it began with."""
        return self._latest

    def pause(self) -> None:
        """Let the run wait before its next step."""
        with self._moved:
            self._paused = not self._stopped

    def resume(self) -> None:
        """Let a paused run go on."""
        with self._moved:
            self._paused = False
            self._moved.notify_all()

    def stop(self) -> None:
        """End the run with the picture it has, also a paused one."""
        with self._moved:
            self._stopped, self._paused = True, False
            self._moved.notify_all()

    def reweigh(self, weights: RunWeights) -> None:
        """Go on with other weights from the next step.

        Raises:
            InvalidRequestError: They leave nothing to optimise, or one is out of range; the run keeps those it has.
        """
        self._check(weights)
        with self._moved:
            self._wanted = self._latest = weights

    def bind(self, check: Callable[[RunWeights], object]) -> None:
        """For the run: what weights are checked with from now on, and those that were asked for before.

        Raises:
            InvalidRequestError: From the check.
        """
        with self._moved:
            wanted = self._wanted
        if wanted is not None:
            check(wanted)
        self._check = check

    def take(self) -> RunWeights | None:
        """For the run: the weights that were asked for since the last call, if any."""
        with self._moved:
            wanted, self._wanted = self._wanted, None
            return wanted

    def wait(self) -> None:
        """For the run: returns at once, or when a pause ends."""
        with self._moved:
            if not self._moved.wait_for(lambda: not self._paused, self._patience):
                self._paused = False


def _check_plain(weights: RunWeights) -> None:
    """What holds whatever the network."""
    for name, value in (("alpha", weights.alpha), ("beta", weights.beta), *weights.layer_weights.items()):
        if not is_number(value) or value < 0:
            raise InvalidRequestError(f"{name} must be a number of 0 or more, not {shown(value)}.")
    if weights.alpha == 0 and weights.beta == 0:
        raise InvalidRequestError("alpha and beta are both 0, so there is nothing to optimise. Raise one of them.")
