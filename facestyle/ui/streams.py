"""One browser tab's camera stream: its engine, its rate, how old its pictures are, and when it has run long enough."""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from facestyle import images
from facestyle.errors import ImageEmptyError, ImageTooLargeError, ImageUnreadableError
from facestyle.faces.results import RGB
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.faces.live import LiveEngine, LiveOptions
    from facestyle.faces.service import FaceService

PUBLIC_SECONDS = 180.0
"""Where strangers share the app a stream ends here; Gradio's time_limit counts only the time spent in calls."""

OLDEST_SECONDS = 1.5
"""A picture that may be older than this opens no door: the person may have gone."""

PREFIX = "data:image/jpeg;base64,"


def frame_of(payload: object, settings: Settings) -> RGB:
    """The picture (H, W, 3) of what Gradio's camera sends, as the camera saw it: a data: URI, so no file is written.

    The component mirrors what it shows and what it sends; here it is turned back.

    Raises:
        ImageError: There is none, or it is none, or it is too large.
    """
    url = payload.get("url") if isinstance(payload, Mapping) else None
    if not isinstance(url, str) or not url:
        raise ImageEmptyError("The camera sent no picture. Stop it and start it again.")
    if not url.startswith(PREFIX):
        raise ImageUnreadableError("The camera's picture came in another form than JPEG.")
    if len(url) > settings.max_image_bytes * 4 // 3 + len(PREFIX) + 4:
        raise ImageTooLargeError("The camera's picture is too large. Choose a lower resolution.")
    try:
        data = base64.b64decode(url[len(PREFIX) :], validate=True)
    except binascii.Error as error:
        raise ImageUnreadableError("The camera's picture is damaged.") from error
    return np.ascontiguousarray(images.decode(data, settings=settings)[:, ::-1])


@dataclass
class Stream:
    """What a running stream needs from frame to frame. No picture is among it.

    Attributes:
        engine: Follows and names the faces.
        faces: The service that the engine was made over; another one asks for another engine.
        options: What the engine was asked.
        began: Clock reading of the first frame.
        last: Of the latest.
        card: The door's card as last sent, so that it is sent again only when it changes.
        rate: The line about the rate as last sent, and when.
    """

    engine: LiveEngine
    faces: FaceService
    options: LiveOptions
    began: float
    last: float
    card: str = ""
    rate: tuple[str, float] = ("", -1e9)
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=20))
    _ages: deque[float] = field(default_factory=lambda: deque(maxlen=20))
    _ms: deque[float] = field(default_factory=lambda: deque(maxlen=20))

    def note(self, now: float, age: float | None, ms: float | None = None) -> None:
        """One more frame was answered; `ms` if it was looked at."""
        self.last = now
        self._times.append(now)
        if ms is not None:
            self._ms.append(ms)
        if age is not None:
            self._ages.append(age)

    @property
    def fps(self) -> float | None:
        """Frames a second over the last few; None before the fifth."""
        if len(self._times) < 5 or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])

    @property
    def ms(self) -> float:
        """Median milliseconds of the last frames that were looked at."""
        return median(self._ms) if self._ms else 0.0

    @property
    def age(self) -> float | None:
        """Median of the bounds on the last pictures' ages, seconds."""
        return median(self._ages) if self._ages else None
