"""Loads the networks before the first click asks for them."""

from __future__ import annotations

import logging
from contextlib import closing

from facestyle import images
from facestyle.style.results import StyleRequest
from facestyle.ui import samples
from facestyle.ui.services import Services

log = logging.getLogger(__name__)

SIDE = 64
"""Side of the pictures of the trial runs: enough to load everything, too small to keep a core from the person."""


def warm_up(services: Services) -> None:
    """Runs every network once on a sample picture. A failure is only logged: the tab that needs it will say it."""
    try:
        portrait = images.decode(samples.path("hopper"))
        with closing(services.session_gallery()) as gallery:
            faces = services.faces(gallery)
            faces.verify(portrait, portrait)
        small = images.resize_longer_side(portrait, SIDE)
        styles = services.fast_styles()
        if styles:
            services.stylize_fast(small, style=styles[0].id, size=SIDE)
        services.stylize_fast(small, style=small, size=SIDE)
        with closing(services.stylize(StyleRequest(content=small, style=small, size=SIDE, steps=1))) as frames:
            for _ in frames:
                pass
    except Exception as error:
        log.warning("Loading the networks ahead failed: %s", type(error).__name__)
