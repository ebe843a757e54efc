"""Stylisation in one pass of a network instead of an optimisation: 26 trained styles, five more, or any painting.

The trained styles on board are Dumoulin et al. 2017 (`facestyle.models.multistyle`), a painting goes through Ghiasi et
al. 2017 (`facestyle.models.arbitrary_style`), and each of the five on the Hub is a network of its own, Johnson et al.
2016 (`facestyle.models.transformer_net`). A fraction of a second at 512 pixels on two CPU cores (the five: about one
second), where an optimisation takes minutes.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from facestyle import images, weights
from facestyle.errors import CatalogueError, ImageTooSmallError, InvalidRequestError, NotEnoughMemoryError
from facestyle.models.arbitrary_style import STYLE_SIZE
from facestyle.models.multistyle import MIN_SIDE
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor, nn

    from facestyle.models.arbitrary_style import ArbitraryStyleNet
    from facestyle.models.multistyle import MultiStyleNet
    from facestyle.models.transformer_net import TransformerNet

MIN_SIZE = 64
"""Smallest longer side that can be asked for, pixels."""

BYTES_PER_PIXEL = 450
"""Peak memory of a run for each pixel of the result, bytes: 432 measured on a CPU (a painting: 306), rounded up."""

HUB_BYTES_PER_PIXEL = 850
"""Likewise for the styles on the Hub: 710 to 800 measured, rounded up."""

MAX_PIXELS = 9_000_000
"""Largest result, pixels (3000 x 3000); 3.8 GiB by `BYTES_PER_PIXEL`."""

_STYLES_MODEL = "multistyle26"
_PAINTING_MODEL = "arbitrary_style"
_HUB_ARCHITECTURE = "transformer_net"


@dataclass(frozen=True, slots=True)
class FastStyle:
    """A trained style.

    Attributes:
        id: What to ask for: lower case, words joined by underscores.
        name: For people, in English.
        model: Catalogue ID of the network that paints it.
    """

    id: str
    name: str
    model: str = _STYLES_MODEL


def fast_styles(settings: Settings | None = None, *, include_hub: bool = False) -> tuple[FastStyle, ...]:
    """The trained styles, in the network's order.

    Args:
        settings: Where to find the catalogue.
        include_hub: Also those that have a network of their own on the Hub, cached or not, after the others.

    Raises:
        CatalogueError: The catalogue is missing or malformed, or does not name each style differently.
    """
    names = weights.entry(_STYLES_MODEL, settings).output.names
    styles = tuple(FastStyle(_identifier(name), name) for name in names)
    if not styles or len({style.id for style in styles}) != len(styles):
        raise CatalogueError(f"The catalogue does not give each style of “{_STYLES_MODEL}” a name of its own.")
    return styles + _hub_styles(settings) if include_hub else styles


def forecast_bytes(height: int, width: int) -> int:
    """Peak memory of `stylize_fast` for a result of that many pixels, bytes, a little above what was measured."""
    return height * width * BYTES_PER_PIXEL


def stylize_fast(
    content: NDArray[np.uint8],
    *,
    style: str | NDArray[np.generic],
    size: int | None = None,
    strength: float = 1.0,
    settings: Settings | None = None,
) -> NDArray[np.uint8]:
    """Paints a picture in one pass. The same input gives the same result on the same machine.

    Args:
        content: uint8 (height, width, 3 or 4), each side 16 pixels or more; a fourth channel (alpha) is carried to the
            result.
        style: ID (or name) of a trained style (one from the Hub is downloaded on first use), or a painting as an array
            that `facestyle.images.decode` takes, transparent parts on white. Paintings are scaled to about 256 x 256
            pixels, keeping their aspect ratio.
        size: Longer side of the result, pixels, 64 or more; default: that of `content`.
        strength: Share of the painted picture in the result, 0 (the content) to 1 (painted all over).
        settings: Where to find the weights, which device, how much memory.

    Returns:
        uint8 (height, width, 3 or 4): of the content's aspect ratio and channels.

    Raises:
        InvalidRequestError: An unknown style, or content, size or strength out of range.
        ImageError: The painting is no picture.
        ImageTooSmallError: A side of the content (after scaling) or of the painting is below 16 pixels.
        NotEnoughMemoryError: The result would exceed `MAX_PIXELS` or the memory limit of the settings.
        WeightsError: The network's weights are not usable, or not cached and not to be downloaded.
    """
    settings = settings or Settings()
    if not _is_share(strength):
        raise InvalidRequestError(f"Strength must be a number from 0 to 1, not {strength!r}.")
    chosen = _find(style, settings) if isinstance(style, str) else _painting(style, settings)
    from_hub = isinstance(chosen, FastStyle) and chosen.model != _STYLES_MODEL
    longer = _target_size(content, size, settings, HUB_BYTES_PER_PIXEL if from_hub else BYTES_PER_PIXEL)
    # Alpha is scaled with its colours (premultiplied), so that no colour bleeds out of transparent parts.
    scaled = images.resize_longer_side(content, longer)
    with torch.inference_mode():
        if isinstance(chosen, FastStyle):
            painted, x = _paint_trained(scaled, chosen, settings)
        else:
            painted, x = _paint_like(scaled, chosen, settings)
        # A blend of pixels, not of style vectors: only it gives the very content back at strength 0.
        mixed = torch.lerp(x, painted, float(strength))
        result = mixed[0].permute(1, 2, 0).mul(255).add(0.5).clamp(0, 255).to(torch.uint8).cpu().numpy()
    return np.concatenate([result, scaled[:, :, 3:]], axis=2)


def _paint_trained(content: NDArray[np.uint8], style: FastStyle, settings: Settings) -> tuple[Tensor, Tensor]:
    network = load_model(style.model, settings=settings)
    x = _to_tensor(content, network)
    if style.model != _STYLES_MODEL:
        return cast("TransformerNet", network)(x), x
    many = cast("MultiStyleNet", network)
    index = torch.tensor([fast_styles(settings).index(style)], device=x.device)
    return many(x, F.one_hot(index, many.styles).to(x.dtype)), x


def _paint_like(content: NDArray[np.uint8], painting: NDArray[np.uint8], settings: Settings) -> tuple[Tensor, Tensor]:
    network = cast("ArbitraryStyleNet", load_model(_PAINTING_MODEL, settings=settings))
    x = _to_tensor(content, network)
    return network.transfer(x, network.style_vector(_to_tensor(painting, network))), x


def _to_tensor(image: NDArray[np.uint8], network: nn.Module) -> Tensor:
    """uint8 (H, W, 3 or 4) -> float (1, 3, H, W) in [0, 1], on the network's device."""
    device = next(network.parameters()).device
    return torch.from_numpy(image[:, :, :3].copy()).to(device).permute(2, 0, 1)[None].float().div(255).contiguous()


def _target_size(content: NDArray[np.uint8], size: int | None, settings: Settings, bytes_per_pixel: int) -> int:
    """Longer side of the result, once everything about the content and the size is known to be all right."""
    if not isinstance(content, np.ndarray):
        raise InvalidRequestError("No picture was given to paint. Give a uint8 array (height, width, 3 or 4).")
    if content.dtype != np.uint8 or content.ndim != 3 or content.shape[2] not in (3, 4) or content.size == 0:
        raise InvalidRequestError(
            f"A picture must be a uint8 array of shape (height, width, 3 or 4), not {content.dtype} of {content.shape}."
        )
    if size is not None and not _is_size(size):
        raise InvalidRequestError(f"Size must be a whole number of pixels, {MIN_SIZE} or more, not {size!r}.")
    height, width = content.shape[:2]
    longer = max(height, width) if size is None else int(size)
    scale = longer / max(height, width)
    height, width = int(height * scale + 0.5), int(width * scale + 0.5)
    if min(height, width) < MIN_SIDE:
        raise ImageTooSmallError(
            f"The picture would be painted at {width} x {height} pixels, but each side needs {MIN_SIDE} or more. "
            "Choose a larger size, or a picture that is less narrow."
        )
    need = height * width * bytes_per_pixel
    limit = MAX_PIXELS * BYTES_PER_PIXEL
    if settings.memory_limit_mb is not None:
        limit = min(limit, settings.memory_limit_mb * 2**20)
    if need > limit:
        fitting = int(max(height, width) * math.sqrt(limit / need))
        raise NotEnoughMemoryError(
            f"Painting {width} x {height} pixels takes about {need / 2**30:.1f} GiB of memory; {limit / 2**30:.1f} GiB "
            f"may be used. Choose a size of {fitting} or less."
        )
    return longer


def _is_share(value: object) -> bool:
    return isinstance(value, Real) and 0 <= float(value) <= 1


def _is_size(value: object) -> bool:
    return isinstance(value, Integral) and int(value) >= MIN_SIZE


def _hub_styles(settings: Settings | None) -> tuple[FastStyle, ...]:
    entries = weights.catalogue(settings).values()
    return tuple(
        FastStyle(_identifier(name), name, entry.id)
        for entry in entries
        if entry.architecture == _HUB_ARCHITECTURE
        for name in entry.output.names
    )


def _find(style: str, settings: Settings) -> FastStyle:
    styles = {known.id: known for known in fast_styles(settings, include_hub=True)}
    wanted = _identifier(style)
    if wanted in styles:
        return styles[wanted]
    near = difflib.get_close_matches(wanted, styles, n=3, cutoff=0.5)
    advice = f"Did you mean {' or '.join(near)}?" if near else f"Choose one of {', '.join(styles)}."
    raise InvalidRequestError(f"There is no fast style “{style}”. {advice}")


def _identifier(name: str) -> str:
    """`Stained glass` -> `stained_glass`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _painting(style: NDArray[np.generic], settings: Settings) -> NDArray[np.uint8]:
    """The painting at the scale that the style network knows: the area of a square of `STYLE_SIZE`.

    Departs from Magenta, which scales the shorter side to 256: the area bounds the cost for every shape.
    """
    image = images.decode(style, settings=settings)
    height, width = image.shape[:2]
    scale = STYLE_SIZE / math.sqrt(height * width)
    if min(height, width) * min(scale, 1) < MIN_SIDE:
        raise ImageTooSmallError(
            f"The style picture ({width} x {height} pixels) is too small or too narrow: its shorter side needs "
            f"{MIN_SIDE} pixels, and the longer one may be {(STYLE_SIZE // MIN_SIDE) ** 2} times that. Choose another."
        )
    return images.resize_longer_side(image, round(max(height, width) * scale))
