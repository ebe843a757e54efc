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
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray

from facestyle import images, weights
from facestyle.errors import CatalogueError, ImageTooSmallError, InvalidRequestError, NotEnoughMemoryError
from facestyle.models.multistyle import MIN_SIDE
from facestyle.models.zoo import load_model
from facestyle.numbers import is_number, shown
from facestyle.settings import Settings
from facestyle.style import pixels as px
from facestyle.style.vectors import PAINTING_MODEL, ReadPainting, StyleVectors, network_input

if TYPE_CHECKING:
    from torch import Tensor

    from facestyle.models.arbitrary_style import ArbitraryStyleNet
    from facestyle.models.multistyle import MultiStyleNet
    from facestyle.models.transformer_net import TransformerNet

MIN_SIZE = 64
"""Smallest longer side that can be asked for, pixels."""

BYTES_PER_PIXEL = 450
"""Peak memory of a run for each pixel of the result, bytes: 432 measured on a CPU (a painting: 306), rounded up."""

HUB_BYTES_PER_PIXEL = 850
"""Likewise for the styles on the Hub: 710 to 800 measured, rounded up."""

MAX_SIDE = 1_000_000
"""Of a size that is asked for; what fits is a matter of memory."""

MAX_PIXELS = 9_000_000
"""Largest result, pixels (3000 x 3000); 3.8 GiB by `BYTES_PER_PIXEL`."""

_STYLES_MODEL = "multistyle26"
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


@dataclass(frozen=True, slots=True, eq=False)
class FastMix:
    """Between two styles of one network: not two pictures laid over each other, but a style of its own.

    Trained styles are mixed by the scale and shift of their normalisations (Dumoulin et al. 2017, section 3.2),
    paintings by their style vectors (Ghiasi et al. 2017, section 3.3).

    Attributes:
        first: ID (or name) of a trained style on board, or a painting, as for `stylize_fast`.
        second: Of the same kind.
        share: Of the second, 0 (the first alone) to 1.
    """

    first: str | NDArray[np.generic]
    second: str | NDArray[np.generic]
    share: float = 0.5


AnyFastStyle: TypeAlias = "str | NDArray[np.generic] | FastMix"
"""What one pass can paint in."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A style that is known to be all right, and what it counts."""

    style: FastStyle | ReadPainting
    weight: float = 1.0


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


def find_style(style: str, settings: Settings | None = None) -> FastStyle:
    """The trained style of that ID or name, on board or on the Hub.

    Raises:
        InvalidRequestError: There is none; the sentence names similar ones.
    """
    styles = {known.id: known for known in fast_styles(settings, include_hub=True)}
    wanted = _identifier(style)
    if wanted in styles:
        return styles[wanted]
    near = difflib.get_close_matches(wanted, styles, n=3, cutoff=0.5)
    advice = f"Did you mean {' or '.join(near)}?" if near else f"Choose one of {', '.join(styles)}."
    raise InvalidRequestError(f"There is no fast style “{style}”. {advice}")


def forecast_bytes(height: int, width: int) -> int:
    """Peak memory of `stylize_fast` for a result of that many pixels, bytes, a little above what was measured."""
    return height * width * BYTES_PER_PIXEL


def stylize_fast(
    content: NDArray[np.uint8],
    *,
    style: AnyFastStyle,
    size: int | None = None,
    strength: float = 1.0,
    settings: Settings | None = None,
    vectors: StyleVectors | None = None,
) -> NDArray[np.uint8]:
    """Paints a picture in one pass. The same input gives the same result on the same machine.

    Args:
        content: uint8 (height, width, 3 or 4), each side 16 pixels or more; a fourth channel (alpha) is carried to the
            result.
        style: ID (or name) of a trained style (one from the Hub is downloaded on first use), or a painting as an array
            that `facestyle.images.decode` takes, transparent parts on white. Paintings are scaled to about 256 x 256
            pixels, keeping their aspect ratio. Or a mix of two of them.
        size: Longer side of the result, pixels, 64 or more; default: that of `content`.
        strength: Share of the painted picture in the result, 0 (the content) to 1 (painted all over).
        settings: Where to find the weights, which device, how much memory.
        vectors: What paintings were read as before; give the same one to calls that may share a painting, such as the
            frames of a clip. The picture is the same with it and without.

    Returns:
        uint8 (height, width, 3 or 4): of the content's aspect ratio and channels.

    Raises:
        InvalidRequestError: An unknown style, or content, size or strength out of range.
        ImageError: The painting is no picture.
        ImageTooSmallError: A side of the content (after scaling) or of the painting is below 16 pixels.
        NotEnoughMemoryError: The result would exceed `MAX_PIXELS` or the memory limit of the settings.
        WeightsError: The network's weights are not usable, or not cached and not to be downloaded.
    """
    return px.to_picture(*_stylize(content, style, size, strength, settings=settings, vectors=vectors))


def stylize_fast_deep(
    content: NDArray[np.uint8],
    *,
    style: AnyFastStyle,
    size: int | None = None,
    strength: float = 1.0,
    settings: Settings | None = None,
    vectors: StyleVectors | None = None,
) -> NDArray[np.uint16]:
    """Like `stylize_fast`, but uint16, 0 to 65535: the network's pixels, rounded less."""
    return px.to_deep_picture(*_stylize(content, style, size, strength, settings=settings, vectors=vectors))


def _stylize(
    content: NDArray[np.uint8],
    style: AnyFastStyle,
    size: int | None,
    strength: float,
    *,
    settings: Settings | None,
    vectors: StyleVectors | None,
) -> tuple[Tensor, NDArray[np.uint8] | None]:
    """The picture, float (1, 3, H, W), and its alpha, uint8 (H, W, 1), if it has any."""
    settings = settings or Settings()
    parts = _chosen(style, strength, settings, vectors)
    from_hub = isinstance(parts[0].style, FastStyle) and parts[0].style.model != _STYLES_MODEL
    longer = _target_size(content, size, settings, HUB_BYTES_PER_PIXEL if from_hub else BYTES_PER_PIXEL)
    # Alpha is scaled with its colours (premultiplied), so that no colour bleeds out of transparent parts.
    scaled = images.resize_longer_side(content, longer)
    with torch.inference_mode():
        painted, x = _paint(scaled, parts, settings)
        # A blend of pixels, not of style vectors: only it gives the very content back at strength 0.
        mixed = torch.lerp(x, painted, float(strength))
    return mixed, scaled[:, :, 3:] if scaled.shape[2] == 4 else None


def check_fast(
    style: AnyFastStyle,
    *,
    size: int | None = None,
    strength: float = 1.0,
    settings: Settings | None = None,
) -> str | None:
    """Refuses what `stylize_fast` would refuse for every content.

    Returns:
        The ID of the trained style; None for a painting or a mix.

    Raises:
        FacestyleError: As for `stylize_fast`.
    """
    parts = _chosen(style, strength, settings or Settings())
    _check_size(size)
    only = parts[0].style
    return only.id if len(parts) == 1 and isinstance(only, FastStyle) else None


def _chosen(
    style: AnyFastStyle, strength: object, settings: Settings, vectors: StyleVectors | None = None
) -> tuple[_Part, ...]:
    """One style, or the two of a mix that both count."""
    if not _is_share(strength):
        raise InvalidRequestError(f"Strength must be a number from 0 to 1, not {shown(strength)}.")
    vectors = StyleVectors() if vectors is None else vectors
    if not isinstance(style, FastMix):
        return (_Part(_known(style, settings, vectors)),)
    if not _is_share(style.share):
        raise InvalidRequestError(
            f"The share of the second style must be a number from 0 to 1, not {shown(style.share)}."
        )
    share = float(style.share)
    ends = [_known(end, settings, vectors) for end in (style.first, style.second)]
    parts = (_Part(ends[0], 1 - share), _Part(ends[1], share))
    trained = [part.style for part in parts if isinstance(part.style, FastStyle)]
    apart = next((one for one in trained if one.model != _STYLES_MODEL), None)
    if apart is not None:
        raise InvalidRequestError(f"{apart.name} has a network of its own and mixes with no other. Choose another.")
    if len(trained) == 1:
        raise InvalidRequestError("A trained style mixes with another trained style, a painting with another painting.")
    return tuple(part for part in parts if part.weight > 0)


def _known(style: str | NDArray[np.generic], settings: Settings, vectors: StyleVectors) -> FastStyle | ReadPainting:
    return find_style(style, settings) if isinstance(style, str) else vectors.look_at(style, settings)


def _paint(content: NDArray[np.uint8], parts: Sequence[_Part], settings: Settings) -> tuple[Tensor, Tensor]:
    """The painted picture and the content, float (1, 3, H, W) in [0, 1]."""
    trained = [(part.style, part.weight) for part in parts if isinstance(part.style, FastStyle)]
    if not trained:
        paintings = [(part.style, part.weight) for part in parts if isinstance(part.style, ReadPainting)]
        return _paint_like(content, paintings, settings)
    network = load_model(trained[0][0].model, settings=settings)
    x = network_input(content, network)
    if trained[0][0].model != _STYLES_MODEL:
        return cast("TransformerNet", network)(x), x
    many = cast("MultiStyleNet", network)
    order = fast_styles(settings)
    mixed = x.new_zeros(1, many.styles)
    for style, weight in trained:
        mixed[0, order.index(style)] += weight
    return many(x, mixed), x


def _paint_like(
    content: NDArray[np.uint8], paintings: Sequence[tuple[ReadPainting, float]], settings: Settings
) -> tuple[Tensor, Tensor]:
    network = cast("ArbitraryStyleNet", load_model(PAINTING_MODEL, settings=settings))
    x = network_input(content, network)
    vectors = [painting.vector() * weight for painting, weight in paintings]
    return network.transfer(x, torch.stack(vectors).sum(dim=0)), x


def _target_size(content: NDArray[np.uint8], size: int | None, settings: Settings, bytes_per_pixel: int) -> int:
    """Longer side of the result, once everything about the content and the size is known to be all right."""
    if not isinstance(content, np.ndarray):
        raise InvalidRequestError("No picture was given to paint. Give a uint8 array (height, width, 3 or 4).")
    if content.dtype != np.uint8 or content.ndim != 3 or content.shape[2] not in (3, 4) or content.size == 0:
        raise InvalidRequestError(
            f"A picture must be a uint8 array of shape (height, width, 3 or 4), not {content.dtype} of {content.shape}."
        )
    _check_size(size)
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


def _check_size(size: object) -> None:
    if size is not None and not _is_size(size):
        raise InvalidRequestError(
            f"Size must be a whole number of pixels from {MIN_SIZE} to {MAX_SIDE:,}, not {shown(size)}."
        )


def _is_share(value: object) -> bool:
    return is_number(value) and 0 <= value <= 1


def _is_size(value: object) -> bool:
    return isinstance(value, Integral) and MIN_SIZE <= int(value) <= MAX_SIDE


def _hub_styles(settings: Settings | None) -> tuple[FastStyle, ...]:
    entries = weights.catalogue(settings).values()
    return tuple(
        FastStyle(_identifier(name), name, entry.id)
        for entry in entries
        if entry.architecture == _HUB_ARCHITECTURE
        for name in entry.output.names
    )


def _identifier(name: str) -> str:
    """`Stained glass` -> `stained_glass`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
