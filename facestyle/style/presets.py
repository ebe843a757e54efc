"""Named settings: starting points, each nothing but the numbers that it sets."""

from __future__ import annotations

from dataclasses import dataclass

from facestyle.style.results import STYLE_LAYERS, Colors, StyleLoss


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets; all else stays.

    Chosen by looking, on portraits and views with paintings of fine and of large strokes, at 256 px.

    Attributes:
        id: Stable identifier.
        alpha: Weight of the content.
        beta: Weight of the style.
        layers: lambda of each of `STYLE_LAYERS`.
        colors: Whose colours.
        style_loss: What is compared.
        scale: Size of the strokes.
    """

    id: str
    alpha: float = 1.0
    beta: float = 1.0
    layers: tuple[float, ...] = (1.0,) * len(STYLE_LAYERS)
    colors: Colors = "style"
    style_loss: StyleLoss = "gram"
    scale: float = 1.0


PRESETS: tuple[Preset, ...] = (
    # The late layers carry shapes, which are what bends a face.
    Preset("faithful", alpha=4.0, layers=(1.0, 1.0, 1.0, 0.5, 0.25), style_loss="wasserstein", scale=0.75),
    Preset("balanced"),
    Preset("painterly", alpha=0.3, style_loss="wasserstein", scale=1.25),
    Preset("abstract", alpha=0.1, beta=2.0, scale=2.0),
    Preset("colors", alpha=2.0, colors="luminance"),
)
