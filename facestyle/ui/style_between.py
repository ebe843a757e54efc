"""Between two settings of the weights: a slider that moves alpha, beta and all lambdas at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from facestyle.errors import FacestyleError
from facestyle.style.control import RunWeights, between
from facestyle.style.results import STYLE_LAYERS
from facestyle.ui import html, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.state import Session

Values = list[float]
"""Of alpha, beta and the lambdas, in the order of their sliders."""


class Between:
    """Two buttons that keep the sliders as they stand, and a slider from the one to the other.

    Attributes:
        share: Where between the two; shown once both are kept.
    """

    def __init__(self) -> None:
        gr.HTML(f'<p class="fs-fine">{html.esc(texts.STYLE_BETWEEN_HINT)}</p>')
        with gr.Row():
            self.keep_a = gr.Button(texts.STYLE_KEEP_A, size="sm", min_width=120, elem_id="style-keep-a")
            self.keep_b = gr.Button(texts.STYLE_KEEP_B, size="sm", min_width=120, elem_id="style-keep-b")
        self.share = gr.Slider(
            0, 1, value=1, step=0.01, label=texts.STYLE_BETWEEN, visible=False, elem_id="style-between"
        )
        self.a: gr.State = gr.State(None)
        self.b: gr.State = gr.State(None)

    def wire(self, ctx: Context, weights: Sequence[gr.Slider], *, live: bool) -> None:
        """Connects them.

        Args:
            ctx: Knows the session, whose run may be going on.
            weights: The sliders of alpha, beta and the lambdas.
            live: Whether a run that is going on follows.
        """

        def on_share(share: float, a: Values | None, b: Values | None, request: gr.Request) -> tuple[Any, ...]:
            if a is None or b is None:
                return (gr.skip(),) * len(weights)
            found = between(as_weights(a), as_weights(b), float(share))
            if live:
                follow(ctx.session(request), found)
            return tuple(round(value, 4) for value in as_values(found))

        # Who keeps B last stands at B, who keeps A last at A: the sliders do not jump.
        self.keep_a.click(keep, [self.b, *weights], [self.a, self.share, self.keep_a], **QUIET)
        self.keep_b.click(keep_second, [self.a, *weights], [self.b, self.share, self.keep_b], **QUIET)
        self.share.input(
            on_share, [self.share, self.a, self.b], list(weights), trigger_mode="always_last", queue=False, **QUIET
        )


def keep(other: Values | None, *values: float) -> tuple[Values, gr.Slider, gr.Button]:
    """Keeps the sliders as A."""
    return list(values), gr.Slider(value=0, visible=other is not None), gr.Button(texts.STYLE_KEPT_A)


def keep_second(other: Values | None, *values: float) -> tuple[Values, gr.Slider, gr.Button]:
    """Keeps the sliders as B."""
    return list(values), gr.Slider(value=1, visible=other is not None), gr.Button(texts.STYLE_KEPT_B)


def follow(session: Session, weights: RunWeights) -> None:
    """Has a run that is going on go on with those weights, or says why it can't."""
    if session.control is None:
        return
    try:
        session.control.reweigh(weights)
    except FacestyleError as error:
        gr.Warning(error.message)


def as_weights(values: Sequence[float]) -> RunWeights:
    """From what the sliders hold."""
    alpha, beta, *layers = values
    return RunWeights(alpha, beta, dict(zip(STYLE_LAYERS, layers, strict=True)))


def as_values(weights: RunWeights) -> Values:
    """What the sliders hold."""
    return [weights.alpha, weights.beta, *(weights.layer_weights[layer] for layer in STYLE_LAYERS)]
