"""Which activations a rectifier let through, at a byte each, and the gradient that goes back the same way.

On a CPU `masked_fill_` and products with a mask of booleans take a value at a time: for the 40 million activations of
a picture of 512 px a tenth of an evaluation of J. A mask that is 0 or -1, that is no bits or all, is widened and laid
over the bits of the gradient by instructions that take 16 to 32 values at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

_CHUNK = 2**18
"""Values of the widened mask at a time: it stays in the processor's cache."""

_BITS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


def passed(activations: Tensor) -> Tensor:
    """Where a rectifier let something through: int8 of the same shape and strides, -1 there and 0 elsewhere.

    Args:
        activations: float, after the rectifier.
    """
    if activations.device.type != "cpu":
        return (activations > 0).view(torch.int8).neg_()
    # As integers, floats above 0 are above 0 as well, and are compared sooner than half precision is.
    return (activations.view(_BITS[activations.element_size()]) > 0).view(torch.int8).neg_()


def hold_back(gradient: Tensor, mask: Tensor) -> None:
    """Set a gradient to 0, in place, where nothing was let through.

    Args:
        gradient: float, of the shape of `mask`.
        mask: From `passed`.
    """
    flat = _flat(gradient, mask)
    if flat is None:
        gradient.masked_fill_(mask == 0, 0)
        return
    values, masks = flat
    bits = values.view(_BITS[values.element_size()])
    wide = torch.empty(min(_CHUNK, len(bits)), dtype=bits.dtype)
    for start in range(0, len(bits), _CHUNK):
        part = bits[start : start + _CHUNK]
        part.bitwise_and_(wide[: len(part)].copy_(masks[start : start + _CHUNK]))


def hold_back_from(gradient: Tensor, activations: Tensor) -> None:
    """Like `hold_back`, from the activations themselves, of the gradient's shape and type."""
    torch.ops.aten.threshold_backward.grad_input(gradient, activations, 0, grad_input=gradient)


def _flat(gradient: Tensor, mask: Tensor) -> tuple[Tensor, Tensor] | None:
    """Both as vectors over the same memory, channels last; None where that would take copies."""
    if gradient.device.type != "cpu" or gradient.stride() != mask.stride():
        return None
    if not gradient.is_contiguous(memory_format=torch.channels_last):
        return None
    return gradient.movedim(1, 3).view(-1), mask.movedim(1, 3).view(-1)
