"""What one run is about: the pictures in their sizes, the network, and the objectives made of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from facestyle import device as devices
from facestyle.models.vgg import Vgg
from facestyle.style import color
from facestyle.style import pixels as px
from facestyle.style.canvas import Canvas
from facestyle.style.control import RunWeights
from facestyle.style.objective import Evaluation, Objective, Painting
from facestyle.style.optimize import Iterate, check_finite
from facestyle.style.results import StyleLosses, StyleRequest
from facestyle.style.stages import Stage, shrunk
from facestyle.style.tiling import WHOLE, Tiling


class Scene:
    """C, the styles, where they go and the network of one run.

    Args:
        request: Checked.
        network: The request's backbone, on `device`.
        device: Where the run takes place.
        tiling: How pictures are divided.

    Attributes:
        size: (height, width) of the result, pixels.
    """

    def __init__(self, request: StyleRequest, *, network: Vgg, device: torch.device, tiling: Tiling = WHOLE) -> None:
        self.request = request
        self._tiling = tiling
        content, self._alpha = px.prepare_content(request.content, request.size)
        self.size: px.Size = (content.shape[0], content.shape[1])
        region = None if request.region is None else px.to_mask(request.region, self.size, device)
        self._emphasis = _counts(request, self.size, device)
        luminance = request.colors == "luminance"
        self._content = px.to_tensor(content, device)
        self._canvas = Canvas(self._content, region, luminance=luminance)
        self._paintings = [
            Painting(
                px.to_tensor(
                    _recolored(request, px.prepare_style(style.picture, self.size, style.scale), content), device
                ),
                style.weight,
                _both(region, None if style.mask is None else px.to_mask(style.mask, self.size, device)),
            )
            for style in request.styles
        ]
        shares = style_shares(
            [painting.share for painting in self._paintings],
            [1.0 if painting.mask is None else float(painting.mask.mean()) for painting in self._paintings],
        )
        self._paintings = [
            Painting(painting.pixels, share, painting.mask)
            for painting, share in zip(self._paintings, shares, strict=True)
        ]
        dtype = devices.fast_dtype(device)
        self._network = network
        self._fast_network = network.converted(dtype)
        self._rounds = dtype is not torch.float32
        self._full, self._exact = self._make_both()

    def start(self) -> Tensor:
        """G before the first step."""
        if self.request.start is not None:
            return px.resize(px.to_tensor(px.on_white(self.request.start), self._content.device), self.size).clamp(0, 1)
        if self.request.init == "noise":
            return px.noise(self.size, self.request.seed, self._content.device)
        if self.request.init == "style":
            # Stretched to the content's shape: every part of the painting stays in the picture.
            return px.resize(self._paintings[0].pixels, self.size).clamp(0, 1)
        return self._content

    def objective(self, stage: Stage) -> Objective:
        """J at the size of a stage."""
        return self._full if stage.divisor == 1 else self._make(self._fast_network, stage.divisor)

    def reweigh(self, weights: RunWeights) -> None:
        """Go on with other weights: J of all that is asked from now on."""
        self.request = replace(
            self.request, alpha=weights.alpha, beta=weights.beta, layer_weights=dict(weights.layer_weights)
        )
        self._full, self._exact = self._make_both()

    def picture(self, iterate: Iterate) -> npt.NDArray[np.uint8]:
        """As it would be saved, uint8 (height, width, 3, or 4 if the content has transparency)."""
        return px.to_picture(self._canvas.finish(iterate.pixels), self._alpha)

    def deep_picture(self, iterate: Iterate) -> npt.NDArray[np.uint16]:
        """Likewise with 16 bits a channel: the same pixels, rounded less."""
        return px.to_deep_picture(self._canvas.finish(iterate.pixels), self._alpha)

    def losses(self, iterate: Iterate) -> StyleLosses:
        """Of the picture at full size; evaluated unless the run has done so."""
        return self._checked(iterate.evaluation or self._full.evaluate(iterate.pixels))

    def exact_losses(self, iterate: Iterate) -> StyleLosses:
        """Of the picture as it is saved, in float32."""
        exact = self._exact or self._make(self._network, 1)
        return self._checked(exact.evaluate_picture(px.rounded(self._canvas.finish(iterate.pixels))))

    def _make_both(self) -> tuple[Objective, Objective | None]:
        """J at full size in the run's precision, and in float32 unless that is to be made when it is wanted."""
        full = self._make(self._fast_network, 1)
        if not self._rounds:
            return full, full
        return full, None if self._tiling.compact else self._make(self._network, 1)

    def _make(self, network: Vgg, divisor: int) -> Objective:
        request = self.request
        canvas, paintings, emphasis = self._canvas, self._paintings, self._emphasis
        if divisor > 1:
            size = shrunk(self.size, divisor)
            emphasis = None if emphasis is None else px.resize(emphasis, size).clamp_min(1)
            canvas = canvas.at(size)
            paintings = [_at(painting, size, divisor) for painting in paintings]
        return Objective(
            network,
            canvas,
            paintings,
            alpha=request.alpha,
            beta=request.beta,
            layer_weights=request.layer_weights,
            style_loss=request.style_loss,
            content_layer=request.content_layer,
            pooling=request.pooling,
            emphasis=emphasis,
            smoothness=request.smoothness,
            tiling=self._tiling,
        )

    @staticmethod
    def _checked(evaluation: Evaluation) -> StyleLosses:
        check_finite(evaluation)
        return evaluation.losses()


def style_shares(weights: list[float], coverages: list[float]) -> list[float]:
    """What each style counts in J_style.

    The loss of a style is a mean over the positions that it covers. Times its coverage, each position is pulled as
    strongly as by one style that covers all: a small region is not painted harder than a large one. Where styles
    overlap, they divide this pull by their weights.

    Args:
        weights: Of the styles, above 0.
        coverages: Shares of the picture that they cover, 0 to 1.

    Returns:
        For each style, 0 to 1; together the share of the picture that is covered, at most 1.
    """
    products = [weight * coverage for weight, coverage in zip(weights, coverages, strict=True)]
    covered = min(1.0, sum(coverages))
    return [product * covered / max(sum(products), 1e-12) for product in products]


def _recolored(
    request: StyleRequest, style: npt.NDArray[np.uint8], content: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    if request.colors == "luminance":
        return color.match_luma(style, content)
    return color.match_colors(style, content) if request.colors == "match" else style


def _counts(request: StyleRequest, size: px.Size, device: torch.device) -> Tensor | None:
    """How many times alpha counts at each pixel."""
    if request.emphasis is None:
        return None
    return 1 + (request.emphasis_weight - 1) * px.to_mask(request.emphasis, size, device)


def _both(region: Tensor | None, mask: Tensor | None) -> Tensor | None:
    if region is None or mask is None:
        return region if mask is None else mask
    return region * mask


def _at(painting: Painting, size: px.Size, divisor: int) -> Painting:
    height, width = painting.pixels.shape[-2:]
    pixels = px.resize(painting.pixels, shrunk((height, width), divisor)).clamp(0, 1)
    mask = None if painting.mask is None else px.resize(painting.mask, size).clamp(0, 1)
    return Painting(pixels, painting.share, mask)
