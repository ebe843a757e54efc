"""From what the controls or an API call hold to what the style engine is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.style.results import DEFAULT_CONTENT_LAYER, STYLE_LAYERS, Style, StyleRequest
from facestyle.ui.context import Context


def make_request(
    ctx: Context,
    *,
    content: object,
    style: object,
    alpha: float,
    beta: float,
    size: float,
    steps: float,
    init: str,
    optimizer: str,
    seed: float,
    layers: Sequence[float],
    backbone: str,
    colors: str = "style",
    style_loss: str = "gram",
    scale: float = 1.0,
    region: npt.NDArray[np.uint8] | None = None,
    style2: object = None,
    mix: float = 0.5,
    content_layer: str = DEFAULT_CONTENT_LAYER,
    pooling: str = "average",
    smoothness: float = 0.0,
    keep_faces: bool = False,
) -> StyleRequest:
    """A request from what the controls hold.

    Args:
        ctx: Decodes the uploads.
        content: Upload of the photo.
        style: Upload of the painting.
        alpha: As `StyleRequest` has it, and so are all that are not named here.
        beta: See `alpha`.
        size: See `alpha`.
        steps: See `alpha`.
        init: See `alpha`.
        optimizer: See `alpha`.
        seed: See `alpha`.
        layers: lambda of each of `STYLE_LAYERS`.
        backbone: See `alpha`.
        colors: See `alpha`.
        style_loss: See `alpha`.
        scale: Size of the strokes of both paintings.
        region: See `alpha`.
        style2: Upload of a second painting, or nothing.
        content_layer: See `alpha`.
        pooling: See `alpha`.
        smoothness: See `alpha`.
        keep_faces: Whether the content counts more where the photo shows a face.
        mix: What the second painting counts beside the first, 0 (nothing) to 1 (it alone).

    Raises:
        ImageError: A picture is missing or can't be read.
    """
    made = StyleRequest(
        content=ctx.decode_rgba(content),
        style=_styles(ctx, style, style2, mix=float(mix), scale=float(scale)),
        alpha=float(alpha),
        beta=float(beta),
        layer_weights={layer: float(weight) for layer, weight in zip(STYLE_LAYERS, layers, strict=True)},
        size=int(size),
        steps=int(steps),
        init=init,  # type: ignore[arg-type]  # the service refuses what it doesn't know
        optimizer=optimizer,  # type: ignore[arg-type]
        seed=int(seed),
        backbone=backbone,
        colors=colors,  # type: ignore[arg-type]
        style_loss=style_loss,  # type: ignore[arg-type]
        region=region,
        content_layer=content_layer,
        pooling=pooling,  # type: ignore[arg-type]
        smoothness=float(smoothness),
    )
    return ctx.services.keep_faces(made) if keep_faces else made


def _styles(ctx: Context, style: object, second: object, *, mix: float, scale: float) -> tuple[Style, ...]:
    first = ctx.decode(style)
    if second is None:
        return (Style(first, scale=scale),)
    parts = (Style(first, 1 - mix, scale), Style(ctx.decode(second), mix, scale))
    # A painting that counts nothing is left out; what is out of range stays, and the service refuses it.
    return tuple(part for part in parts if part.weight != 0)
