"""J = alpha J_content + beta J_style of a picture G, and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from facestyle.models.vgg import Vgg
from facestyle.style.features import CONTENT_LAYER, extract
from facestyle.style.losses import content_loss, mean_gram_loss, mean_gram_matrix, style_loss
from facestyle.style.results import StyleLosses

STYLE_SCALE = 3.0
"""What beta = 1 stands for beside alpha = 1, in normalised units; chosen by looking (see `Objective`)."""

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Evaluation:
    """J of one picture, as scalars on the device.

    Attributes:
        total: alpha J_content + beta J_style in normalised units; what is minimised.
        content: The course's J_content(C, G), not normalised.
        style: The course's J_style(S, G), not normalised.
    """

    total: Tensor
    content: Tensor
    style: Tensor

    def losses(self) -> StyleLosses:
        """As numbers. Waits for the device."""
        total, content, style = torch.stack([self.total, self.content, self.style]).tolist()
        return StyleLosses(total=total, content=content, style=style)


class Objective:
    """J of pictures of one size, for given C and S.

    The course's losses are sums whose size depends on the layer, on the number of pixels and on the two pictures: the
    useful relative weights range over four decades. So what is minimised is normalised, each term by its value for G
    with no activations at all, that is by the energy of its target:

        J(G) = alpha J_content(C, G) / (1/2 ||a(C)||^2)
             + beta STYLE_SCALE sum_l lambda^[l] J_style^[l](S, G) / J_style^[l](S, 0)

    Each fraction is 0 for a perfect match and does not depend on the size. At alpha = beta = lambda = 1 this gives a
    picture that is clearly painted and in which people can be recognised; the course's sliders keep their meaning, as J
    is linear in each of them.

    Args:
        network: A VGG with the layers asked for; its precision is that of the gradient.
        content: C, float (1, 3, height, width) in [0, 1].
        style: S, float (1, 3, height', width') in [0, 1].
        alpha: Weight of the content.
        beta: Weight of the style.
        layer_weights: lambda for each style layer; layers with 0 are not computed.
    """

    def __init__(
        self,
        network: Vgg,
        content: Tensor,
        style: Tensor,
        *,
        alpha: float,
        beta: float,
        layer_weights: Mapping[str, float],
    ) -> None:
        self._network = network
        self._alpha, self._beta = alpha, beta
        self._weights = {layer: weight for layer, weight in layer_weights.items() if weight > 0}
        self._layers = (CONTENT_LAYER, *self._weights)
        with torch.no_grad():
            self._content = extract(network, content, [CONTENT_LAYER])[CONTENT_LAYER]
            self._content_energy = content_loss(torch.zeros_like(self._content), self._content).clamp_min(_TINY)
            found = extract(network, style, list(self._weights)) if self._weights else {}
            self._grams = {layer: mean_gram_matrix(activations) for layer, activations in found.items()}
            # lambda / energy for each layer: the normalised style loss is the course's with these weights instead.
            self._normalised = {
                layer: self._weights[layer] / float(mean_gram_loss(torch.zeros_like(gram), gram).clamp_min(_TINY))
                for layer, gram in self._grams.items()
            }

    def evaluate(self, pixels: Tensor) -> Evaluation:
        """J of a picture, float (1, 3, height, width) in [0, 1]."""
        with torch.no_grad():
            return self._evaluate(pixels)

    def differentiate(self, pixels: Tensor) -> tuple[Evaluation, Tensor]:
        """J and dJ/dG, the latter of the shape of `pixels`. One forward and one backward pass."""
        leaf = pixels.detach().requires_grad_()
        with torch.enable_grad():
            found = self._evaluate(leaf)
            (gradient,) = torch.autograd.grad(found.total, leaf)
        return Evaluation(found.total.detach(), found.content.detach(), found.style.detach()), gradient.contiguous()

    def _evaluate(self, pixels: Tensor) -> Evaluation:
        activations = extract(self._network, pixels, self._layers)
        content = content_loss(activations[CONTENT_LAYER], self._content)
        total = self._alpha * content / self._content_energy
        style = torch.zeros_like(content)
        if self._grams:
            by_layer = {
                layer: mean_gram_loss(mean_gram_matrix(activations[layer]), gram) for layer, gram in self._grams.items()
            }
            style = style_loss(by_layer, self._weights)
            total = total + self._beta * STYLE_SCALE * style_loss(by_layer, self._normalised)
        return Evaluation(total, content, style)
