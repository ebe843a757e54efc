"""What in a patch excites a channel: the gradient of its activation, guided.

Source: Springenberg et al. 2015, "Striving for simplicity: the all convolutional net" (arXiv:1412.6806), section 3.4:
at each rectifier only what is positive both ways passes back, so that nothing that calms the channel is drawn.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facestyle.explain.results import Patch, TopPatches
from facestyle.models.vgg import Vgg

RGB = npt.NDArray[np.uint8]

_FULL_CONTRAST = 99.5
"""Percentile of the gradient's size that is shown at full contrast."""


class _GuidedRelu(torch.autograd.Function):
    """A rectifier that lets only positive gradients back."""

    @staticmethod
    def forward(ctx: Any, signal: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        ctx.save_for_backward(signal)
        return signal.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        (signal,) = ctx.saved_tensors
        passed: Tensor = gradients[0].clamp_min(0) * (signal > 0)
        return passed


def guided_gradients(network: Vgg, found: TopPatches, number: int, channel: int) -> tuple[RGB, ...]:
    """For each patch of a channel a picture of what excites it: grey where nothing does.

    Args:
        network: That the patches were found with.
        found: The patches.
        number: Of the layer.
        channel: Of the layer.

    Returns:
        uint8 (side, side, 3), in the order of the patches.

    Raises:
        InvalidRequestError: No such layer or channel.
    """
    layer = found.layer(number)
    return tuple(
        _shown(gradient)
        for gradient in _gradients(
            network,
            layer.name,
            [(patch, found.pictures[patch.picture]) for patch in found.patches(number, channel)],
            layer.field.jump,
            channel,
        )
    )


def _gradients(
    network: Vgg, name: str, patches: list[tuple[Patch, RGB]], jump: int, channel: int
) -> list[npt.NDArray[np.float32]]:
    """(side, side, 3) each."""
    device = next(network.parameters()).device
    results = []
    for patch, picture in patches:
        # A piece that begins where a window of every pooling begins: so the position sees what it saw in the whole.
        top, left = patch.top - patch.top % jump, patch.left - patch.left % jump
        bottom, right = patch.top + patch.side, patch.left + patch.side
        bottom, right = bottom + -bottom % jump, right + -right % jump
        piece = np.array(picture[top:bottom, left:right])
        pixels = torch.from_numpy(piece).to(device).permute(2, 0, 1)[None].float() / 255
        pixels.requires_grad_()
        answers = _guided(network, name, pixels)
        answer = answers[0, channel, patch.place.row - top // jump, patch.place.column - left // jump]
        (gradient,) = torch.autograd.grad(answer, pixels)
        inside = gradient[0, :, patch.top - top :, patch.left - left :][:, : patch.side, : patch.side]
        results.append(inside.permute(1, 2, 0).cpu().numpy())
    return results


def _guided(network: Vgg, name: str, pictures: Tensor) -> Tensor:
    """A rectifier's activations, through guided rectifiers."""
    deepest = f"conv{name.removeprefix('relu')}"
    signal = network.preprocess(pictures)
    for layer in network.layers:
        if not layer.startswith("conv"):
            continue
        if layer.endswith("_1") and layer != "conv1_1":
            signal = F.max_pool2d(signal, 2)
        signal = cast("Tensor", _GuidedRelu.apply(cast("nn.Conv2d", network.get_submodule(layer))(signal)))
        if layer == deepest:
            break
    return signal


def _shown(gradient: npt.NDArray[np.float32]) -> RGB:
    largest = max(float(np.percentile(np.abs(gradient), _FULL_CONTRAST)), 1e-30)
    return np.asarray(np.rint(255 * np.clip(0.5 + 0.5 * gradient / largest, 0, 1)), np.uint8)
