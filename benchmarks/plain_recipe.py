"""The usual recipe, as PyTorch's tutorial "Neural Transfer Using PyTorch" sets it up: what benchmarks compare with.

Written plainly and not weakened: autograd through the network up to the deepest layer in use, torch's own L-BFGS with
its defaults on all pixels at full size, clamped to [0, 1] before each evaluation. J is the one that the engine lowers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import cast

import torch
from torch import Tensor

from facestyle.models.vgg import Vgg
from facestyle.style.losses import content_loss, mean_gram_loss, style_loss
from facestyle.style.objective import STYLE_SCALE
from facestyle.style.results import DEFAULT_CONTENT_LAYER, StyleRequest

CHANNELS_LAST = torch.channels_last


class _EnoughError(Exception):
    """Ends the run within a step of torch's optimiser, which takes up to 20 evaluations."""


class PlainObjective:
    """J of one pair of pictures at one size, by autograd.

    Args:
        network: Its precision is that of the gradient.
        content: C, float (1, 3, height, width) in [0, 1].
        style: S, float (1, 3, height', width') in [0, 1].
        request: The weights.
    """

    def __init__(self, network: Vgg, content: Tensor, style: Tensor, request: StyleRequest) -> None:
        self._network, self._request = network, request
        self._weights = {layer: weight for layer, weight in request.layer_weights.items() if weight > 0}
        with torch.no_grad():
            self._content = self._activations(content)[DEFAULT_CONTENT_LAYER]
            self._energy = content_loss(torch.zeros_like(self._content), self._content)
            of_style = self._activations(style)
            self._grams = {layer: _gram(of_style[layer]) for layer in self._weights}
            self._normalised = {
                layer: weight / float(mean_gram_loss(torch.zeros_like(self._grams[layer]), self._grams[layer]))
                for layer, weight in self._weights.items()
            }

    def differentiate(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """J and dJ/dG."""
        leaf = pixels.detach().requires_grad_()
        with torch.enable_grad():
            found = self._activations(leaf)
            by_layer = {layer: mean_gram_loss(_gram(found[layer]), gram) for layer, gram in self._grams.items()}
            total = self._request.alpha * content_loss(found[DEFAULT_CONTENT_LAYER], self._content) / self._energy
            total = total + self._request.beta * STYLE_SCALE * style_loss(by_layer, self._normalised)
            (gradient,) = torch.autograd.grad(total, leaf)
        return total.detach(), gradient.contiguous()

    def _activations(self, pixels: Tensor) -> dict[str, Tensor]:
        layers = [*dict.fromkeys((DEFAULT_CONTENT_LAYER, *self._weights))]
        found = self._network(pixels.contiguous(memory_format=CHANNELS_LAST), layers, pooling=self._request.pooling)
        return {layer: activations[0] for layer, activations in found.items()}


def minimise(objective: PlainObjective, start: Tensor, evaluations: int, watch: Callable[[int, Tensor], None]) -> None:
    """The tutorial's loop.

    Args:
        objective: J.
        start: G at the beginning.
        evaluations: When to end.
        watch: Told the number of evaluations done before, and G, after each.
    """
    pixels = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([pixels])
    done = 0

    def closure() -> float:
        nonlocal done
        if done > evaluations:
            raise _EnoughError
        with torch.no_grad():
            pixels.clamp_(0, 1)
        total, gradient = objective.differentiate(pixels)
        watch(done, pixels.detach())
        pixels.grad = gradient
        done += 1
        return float(total)

    with suppress(_EnoughError):
        while True:
            optimizer.step(cast("Callable[[], float]", closure))


def _gram(activations: Tensor) -> Tensor:
    """As the tutorial has it: activations to a matrix, times its transpose, per position."""
    channels, height, width = activations.shape
    positions = activations.float().movedim(0, 2).reshape(-1, channels)
    return positions.T @ positions / (height * width)
