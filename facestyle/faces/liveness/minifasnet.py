"""MiniFASNet's two networks and their two crops behind the liveness protocol.

The crops and the averaging are those of the authors' demonstration (Minivision, Silent-Face-Anti-Spoofing). One
departure: that calls a face live if the live class is the likeliest of three; here its probability must exceed one
half, which is a little stricter and can be read off the score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle import weights
from facestyle.errors import CatalogueError, InvalidRequestError, WeightsDamagedError
from facestyle.faces.liveness.base import Liveness
from facestyle.faces.results import RGB, Box, Face
from facestyle.models.minifasnet import LIVE, SIZE, load_checkpoint
from facestyle.models.onnx_session import OnnxSession, load_session
from facestyle.settings import Settings

MODELS = ("minifasnet_v2", "minifasnet_v1se")
"""Catalogue IDs of the two networks."""


@dataclass(frozen=True)
class Judge:
    """One network with the crop that it was trained on.

    Attributes:
        crop_scale: Sides of the crop, as a multiple of those of the face's box.
        logits: (1, 3, 80, 80), BGR from 0 to 255 -> (1, 3).
    """

    crop_scale: float
    logits: Callable[[Tensor], Tensor]


class MiniFasLiveness:
    """Asks every judge and averages their probabilities.

    Args:
        judges: One or more.
        model: Name to answer under.

    Raises:
        InvalidRequestError: No judge.
    """

    def __init__(self, judges: Sequence[Judge], model: str = "minifasnet") -> None:
        if not judges:
            raise InvalidRequestError("A liveness check needs at least one network.")
        self.model = model
        self._judges = tuple(judges)
        self._smallest = SIZE / min(judge.crop_scale for judge in judges)

    @classmethod
    def from_catalogue(cls, settings: Settings | None = None) -> MiniFasLiveness:
        """With the catalogue's ONNX files, in onnxruntime.

        Raises:
            OnnxRuntimeMissingError: onnxruntime is not installed.
            WeightsMissingError: A file is nowhere to be had.
            WeightsDamagedError: A file is altered, or is another network.
        """
        settings = settings or Settings()
        return cls([_onnx_judge(model_id, settings) for model_id in MODELS])

    @classmethod
    def from_checkpoints(cls, *paths: Path) -> MiniFasLiveness:
        """With the authors' own weight files (`.pth`), in torch.

        Raises:
            WeightsMissingError: A file can't be read.
            WeightsDamagedError: A file is no weight file of MiniFASNet V2 or V1SE.
        """
        networks = [load_checkpoint(path) for path in paths]
        return cls([Judge(network.CROP_SCALE, network) for network in networks])

    @torch.inference_mode()
    def check(self, image: RGB, face: Face) -> Liveness:
        """Judges one face.

        Args:
            image: Upright picture (H, W, 3).
            face: Where in it.

        Returns:
            Not checked if the face is so small that even the narrowest crop had to be enlarged: an enlarged face lacks
            the fine structure that prints and screens are known by.
        """
        box = face.box
        if not min(box.width, box.height) >= self._smallest:  # this way round, NaN is refused too
            return Liveness.unchecked(
                f"The face is too small to tell whether it is live: {max(0, box.width):.0f} x {max(0, box.height):.0f} "
                f"pixels, {self._smallest:.0f} needed on each side."
            )
        crops = [(judge, crop(image, box, judge.crop_scale)) for judge in self._judges]
        if any(pixels is None for _, pixels in crops):
            return Liveness.unchecked("The face is outside the picture.")
        scores = [judge.logits(pixels).softmax(1)[0, LIVE].item() for judge, pixels in crops if pixels is not None]
        return Liveness.of(float(np.mean(scores)), self.model)


def crop(image: RGB, box: Box, scale: float) -> Tensor | None:
    """The part of a picture around a box that a network sees.

    The box grows by `scale` about its centre, or by less where the picture is smaller than that; then it is moved into
    the picture, not cut off at its edge.

    Args:
        image: (H, W, 3).
        box: In its pixels.
        scale: Multiple of the box's sides.

    Returns:
        (1, 3, 80, 80), BGR, whole numbers from 0 to 255 as float32; None if nothing of the box is in the picture.
    """
    height, width = image.shape[:2]
    if min(box.right, width) <= max(box.left, 0) or min(box.bottom, height) <= max(box.top, 0):
        return None
    scale = min(scale, (height - 1) / box.height, (width - 1) / box.width)
    left, right = _fit((box.left + box.right) / 2, box.width * scale, width)
    top, bottom = _fit((box.top + box.bottom) / 2, box.height * scale, height)
    cut = np.ascontiguousarray(image[top:bottom, left:right, ::-1])
    pixels = torch.from_numpy(cut).permute(2, 0, 1)[None].float()
    # Without antialiasing, although that loses detail of large faces: so the networks saw their training pictures.
    return F.interpolate(pixels, (SIZE, SIZE), mode="bilinear", align_corners=False).round()


def _fit(centre: float, length: float, limit: int) -> tuple[int, int]:
    """A stretch of that length about a centre, moved into 0 to `limit`; whole pixels, one or more."""
    start = min(max(centre - length / 2, 0.0), limit - length)
    first = min(int(start), limit - 1)
    return first, max(int(start + length), first + 1)


def _onnx_judge(model_id: str, settings: Settings) -> Judge:
    entry = weights.entry(model_id, settings)
    session = load_session(model_id, settings)
    if entry.input.crop_scale is None:
        raise CatalogueError(f"The catalogue gives no crop_scale for “{model_id}”.")
    if session.input_shape[1:] != (3, SIZE, SIZE) or len(session.outputs) != 1:
        raise WeightsDamagedError(
            f"The file of {entry.title} holds another network: its input is {session.input_shape}, its outputs are "
            f"{', '.join(session.outputs)}."
        )
    return Judge(entry.input.crop_scale, _Logits(session))


class _Logits:
    """A session with tensors at both ends."""

    def __init__(self, session: OnnxSession) -> None:
        self._session = session

    def __call__(self, x: Tensor) -> Tensor:
        (logits,) = self._session.run(x.numpy()).values()
        return torch.from_numpy(logits)
