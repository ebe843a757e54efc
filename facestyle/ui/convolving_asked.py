"""What the lower half of the Layers tab is asked for, and what it shows for it; no layout in here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.explain.convolution import filters, signals
from facestyle.explain.convolution.lessons import Lesson, Sliding, lesson
from facestyle.explain.convolution.volumes import read_volume, wandering
from facestyle.explain.pictures import fitted
from facestyle.explain.service import DEFAULT_BACKBONE
from facestyle.ui import convolving_view, samples
from facestyle.ui.context import Context
from facestyle.ui.state import Session

MATCHED, NETWORK = "matched", "network"
CHOICES: dict[int, tuple[str, ...]] = {
    1: (MATCHED, *filters.LINES),
    2: (*filters.PICTURES, NETWORK),
    3: tuple(filters.VOLUMES),
}
FIRST: dict[int, str] = {1: MATCHED, 2: "scharr_vertical", 3: "motion"}
"""What is chosen before anything was."""

BLURS = frozenset({"average", "blur", "time_average"})
"""Filters whose answers are brightness again."""

SIDE = 320
"""Shorter side of a photo, pixels."""

SAMPLE = "china"


@dataclass(frozen=True)
class Asked:
    """What the controls hold.

    Attributes:
        axes: 1 to 3.
        filter: One of `CHOICES`.
        sliding: How it is slid.
        signal: `heartbeat` or `row`, for one axis.
        row: 0 to 1.
        number: Of a filter of the network.
        photo: What Gradio hands over for a picture.
        clip: Likewise for a file.
    """

    axes: int = 2
    filter: str = FIRST[2]
    sliding: Sliding = field(default_factory=Sliding)
    signal: str = "heartbeat"
    row: float = 0.5
    number: int = 0
    photo: object = None
    clip: object = None

    @property
    def chosen(self) -> str:
        """The filter, or the first where it belongs to another number of axes."""
        return self.filter if self.filter in CHOICES[self.axes] else FIRST[self.axes]


@cache
def sample_photo() -> npt.NDArray[np.uint8]:
    """The one that is shown before another is given."""
    return fitted(images.decode(samples.path(SAMPLE)), SIDE)


def computed(ctx: Context, session: Session | None, asked: Asked) -> str:
    """What the page shows for what was asked."""
    photo = sample_photo() if asked.photo is None else fitted(ctx.decode(asked.photo), SIDE)
    if asked.axes == 2 and asked.chosen == NETWORK and session is not None:
        return _learned(ctx, session, asked, photo)
    done = _classic(ctx, asked, photo)
    return convolving_view.shown(done, answers_as_brightness=asked.chosen in BLURS)


def _learned(ctx: Context, session: Session, asked: Asked, photo: npt.NDArray[np.uint8]) -> str:
    layer = ctx.services.explainer().first_layer(backbone(session))
    if not 0 <= asked.number < len(layer.filters):
        raise InvalidRequestError(f"The first layer has filters 0 to {len(layer.filters) - 1}.")
    done = lesson(layer.signal(photo), layer.filters[asked.number], asked.sliding)
    return convolving_view.shown(done, answers_as_brightness=False, photo=photo)


def _classic(ctx: Context, asked: Asked, photo: npt.NDArray[np.uint8]) -> Lesson:
    if asked.axes == 1:
        return _line(asked, photo)
    if asked.axes == 2:
        return lesson(signals.luma(photo)[None], filters.PICTURES[asked.chosen][None], asked.sliding)
    path = ctx.upload(asked.clip)
    volume = wandering(photo) if path is None else read_volume(path, ctx.settings)
    return lesson(volume[None], filters.VOLUMES[asked.chosen][None], asked.sliding)


def _line(asked: Asked, photo: npt.NDArray[np.uint8]) -> Lesson:
    heart = asked.signal == "heartbeat"
    signal = signals.heartbeat() if heart else signals.brightness(photo, asked.row)
    if asked.chosen == MATCHED:
        taps = signals.beat_pattern() if heart else signals.strongest_pattern(signal)[0]
    else:
        taps = filters.LINES[asked.chosen]
    return lesson(signal[None], taps[None], asked.sliding)


def backbone(session: Session) -> str:
    """Catalogue ID of the feature network that a session works with."""
    return session.choice.backbone or DEFAULT_BACKBONE
