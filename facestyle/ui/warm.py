"""Loads the networks before the first click asks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing

from facestyle import images
from facestyle.faces.results import RGB
from facestyle.style.results import StyleRequest
from facestyle.ui import samples
from facestyle.ui.services import Services

log = logging.getLogger(__name__)

SIDE = 64
"""Side of the pictures of the trial runs: enough to load everything, too small to keep a core from the person."""


def warm_up(services: Services) -> None:
    """Runs every network once on a sample picture. A failure is only logged: the tab that needs it will say it.

    A lent GPU is left to the visitors.
    """
    portrait = images.decode(samples.path("hopper"))
    small = images.resize_longer_side(portrait, SIDE)
    trials: tuple[Callable[[], object], ...] = (
        lambda: _faces(services, portrait),
        lambda: services.stylize_fast(small, style=services.fast_styles()[0].id, size=SIDE),
        lambda: services.stylize_fast(small, style=small, size=SIDE),
        *([] if services.settings.zero_gpu else [lambda: _paint(services, small)]),
    )
    for trial in trials:
        try:
            trial()
        except Exception as error:
            log.warning("Loading a network ahead failed: %s", type(error).__name__)


def _faces(services: Services, portrait: RGB) -> None:
    with closing(services.session_gallery()) as gallery:
        services.faces(gallery).identify(portrait)


def _paint(services: Services, small: RGB) -> None:
    with closing(services.stylize(StyleRequest(content=small, style=small, size=SIDE, steps=1))) as frames:
        for _ in frames:
            pass
