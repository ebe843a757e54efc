"""What paintings were read as: a painting is looked at once, however many pictures are painted in its style.

Reading takes longer than painting a frame of the camera does, and gives 100 numbers that depend on nothing else.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray

from facestyle import images
from facestyle.errors import ImageTooSmallError
from facestyle.models.arbitrary_style import STYLE_SIZE
from facestyle.models.multistyle import MIN_SIDE
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor, nn

    from facestyle.models.arbitrary_style import ArbitraryStyleNet

PAINTING_MODEL = "arbitrary_style"
"""Catalogue ID of the network that reads paintings, and paints like them."""

_Key: TypeAlias = tuple[Settings, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class ReadPainting:
    """A painting that is known to be all right.

    Attributes:
        picture: At the scale that the network knows, uint8 (height, width, 3); None where its vector is known.
    """

    picture: NDArray[np.uint8] | None
    _settings: Settings
    _digest: bytes | None
    _known: Tensor | None
    _vectors: StyleVectors

    def vector(self) -> Tensor:
        """Its style vector, float (1, 100), on the network's device. Must not be changed in place.

        Raises:
            WeightsError: The network's weights are not usable.
        """
        if self._known is not None:
            return self._known
        assert self.picture is not None  # noqa: S101  (narrowing)
        network = cast("ArbitraryStyleNet", load_model(PAINTING_MODEL, settings=self._settings))
        with torch.inference_mode():
            found = network.style_vector(network_input(self.picture, network))
        if self._digest is not None:
            self._vectors.remember((self._settings, self._digest), found)
        return found


class StyleVectors:
    """The style vectors of the paintings that were used last. No picture is kept: a digest and 100 numbers for each.

    Safe to share between threads; two that ask for the same painting at once both read it, and find the same.

    Args:
        most: Paintings that are remembered; the longest unused go first.
    """

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[_Key, Tensor] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def look_at(self, painting: NDArray[np.generic], settings: Settings) -> ReadPainting:
        """Checks a painting, unless its like was read before with the same settings.

        Args:
            painting: An array that `facestyle.images.decode` takes, transparent parts on white.
            settings: Where to find the weights, how large a picture may be.

        Raises:
            ImageError: It is no picture.
            ImageTooSmallError: It is too small or too narrow.
        """
        digest = _digest(painting)
        known = None if digest is None else self._find((settings, digest))
        picture = _scaled(painting, settings) if known is None else None
        return ReadPainting(picture, settings, digest, known, self)

    def remember(self, key: _Key, vector: Tensor) -> None:
        """Keeps what was read, and lets the longest unused go."""
        with self._lock:
            self._found[key] = vector
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)

    def _find(self, key: _Key) -> Tensor | None:
        with self._lock:
            known = self._found.get(key)
            if known is not None:
                self._found.move_to_end(key)
            return known


def network_input(image: NDArray[np.uint8], network: nn.Module) -> Tensor:
    """uint8 (H, W, 3 or 4) -> float (1, 3, H, W) in [0, 1], on the network's device."""
    device = next(network.parameters()).device
    return torch.from_numpy(image[:, :, :3].copy()).to(device).permute(2, 0, 1)[None].float().div(255).contiguous()


def _digest(painting: object) -> bytes | None:
    """Of all that `decode` looks at in an array; None for anything else, which is not remembered."""
    if not isinstance(painting, np.ndarray) or painting.dtype.hasobject or not painting.size:
        return None
    found = hashlib.sha256(repr((painting.shape, painting.dtype.str)).encode())
    found.update(np.ascontiguousarray(painting).data)
    return found.digest()


def _scaled(style: NDArray[np.generic], settings: Settings) -> NDArray[np.uint8]:
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
