"""The passive check behind the services: loaded when first asked for, "not checked" where that is impossible."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from facestyle import weights
from facestyle.errors import HubOfflineError, HubUnreachableError, InvalidRequestError, WeightsError, shown
from facestyle.faces.liveness.base import Liveness, LivenessChecker
from facestyle.faces.liveness.minifasnet import MODELS, MiniFasLiveness
from facestyle.faces.results import RGB, Face
from facestyle.settings import Settings

MODES = ("off", "passive")

RETRY_SECONDS = 60.0
"""After a failed attempt to get the networks: a Hub that doesn't answer must not hold up every call."""

HUB_SECONDS = 2.0
"""How long a silent Hub may keep an answer waiting that comes without the hint as well."""

INSTEAD = "A check that needs no download: ask for a head turn on the Live tab."
"""What to do without the networks."""


def check_mode(mode: str) -> None:
    """Refuses what is no mode.

    Raises:
        InvalidRequestError: `mode` is not one of `MODES`.
    """
    if mode not in MODES:
        raise InvalidRequestError(f"There is no liveness check {shown(mode)}. Choose one of: {', '.join(MODES)}.")


class PassiveLiveness:
    """MiniFASNet, from the local cache or the Hub.

    On a page that strangers share nothing is downloaded for a visitor: there the networks must be here already.

    Args:
        settings: Where to find the weights.
        load: Makes the checker; default: from the catalogue.
        clock: Monotonic seconds.
    """

    model = "minifasnet"

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        load: Callable[[Settings], LivenessChecker] = MiniFasLiveness.from_catalogue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings or Settings()
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._checker: LivenessChecker | None = None
        self._refused: tuple[float, str] | None = None

    def check(self, image: RGB, face: Face) -> Liveness:
        """Judges one face of an upright picture (H, W, 3); never raises for want of weights."""
        with self._lock:
            checker = self._checker if self._checker is not None else self._get()
        return Liveness.unchecked(checker) if isinstance(checker, str) else checker.check(image, face)

    def _get(self) -> LivenessChecker | str:
        """Loads the networks; a sentence why they can't be had, or them."""
        now = self._clock()
        if self._refused is not None and now - self._refused[0] < RETRY_SECONDS:
            return self._refused[1]
        try:
            if self._settings.is_public and not all(weights.is_cached(model, self._settings) for model in MODELS):
                return f"The liveness networks are not installed on this page. {INSTEAD}"
            patience = min(self._settings.hub_timeout_s, HUB_SECONDS)
            self._checker = checker = self._load(self._settings.model_copy(update={"hub_timeout_s": patience}))
        except WeightsError as error:
            self._refused = (self._clock(), f"The liveness networks are not here. {_cause(error)} {INSTEAD}")
            return self._refused[1]
        return checker


def _cause(error: WeightsError) -> str:
    """Why, for somebody who asked about a face and not about a file: no path, address or time-out of the common cases.

    The Models table and `weights pull` name those.
    """
    if isinstance(error, HubUnreachableError):
        return "They are downloaded when first asked for, and the Hugging Face Hub can't be reached at the moment."
    if isinstance(error, HubOfflineError):
        return "They are downloaded when first asked for, and offline mode is on (HF_HUB_OFFLINE)."
    return error.message
