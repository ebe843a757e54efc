"""The content and style losses of neural style transfer, as the course writes them.

Sources: Gatys, Ecker & Bethge 2016, "Image style transfer using convolutional neural networks", equations 1 to 5;
constants as in deeplearning.ai's course "Convolutional neural networks", week 4. `a` are the activations of one layer l
of a picture: C the content, S the style, G the generated one; n_H, n_W, n_C their height, width and channels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from facestyle.style.statistics import measure


def content_loss(generated: Tensor, content: Tensor, weights: Tensor | None = None) -> Tensor:
    """J_content(C, G) = 1/2 ||a(C) - a(G)||^2 (Gatys et al., equation 1).

    With weights the squares of each position count so many times: not in the paper, for what shall stay recognisable.

    Args:
        generated: a(G), float (channels, height, width) or any shape.
        content: a(C), of the same shape.
        weights: Of the positions, float32 (height, width), 0 or more; None for 1 each.

    Returns:
        A scalar, 0 or more, float32 or wider.
    """
    squares = (_wide(generated) - _wide(content)) ** 2
    return 0.5 * torch.sum(squares if weights is None else squares * weights)


def gram_matrix(activations: Tensor) -> Tensor:
    """G_kk' = sum over positions ij of a_ijk a_ijk' (Gatys et al., equation 3), not normalised.

    Half precision is widened first: a sum over positions overflows float16 on ordinary pictures.

    Args:
        activations: float (channels, height, width).

    Returns:
        float32 or wider (channels, channels), symmetric, positive semidefinite.
    """
    # Positions by channels is a view whether the memory holds channels first or last; channels first would be a copy.
    positions = _wide(activations).movedim(0, 2).reshape(-1, activations.shape[0])
    return positions.T @ positions


def mean_gram_matrix(activations: Tensor, mask: Tensor | None = None) -> Tensor:
    """The Gram matrix per position, G / (n_H n_W): comparable between pictures of different sizes.

    With a mask the mean is weighted: sum_ij m_ij a_ijk a_ijk' / sum_ij m_ij, the spatial guidance of Gatys et al. 2017,
    "Controlling perceptual factors in neural style transfer", section 4, with T_r = sqrt(m).

    Args:
        activations: float (channels, height, width).
        mask: float32 (height, width), 0 or more, not all 0.

    Returns:
        float32 or wider (channels, channels).
    """
    found = measure(activations, mask, centred=False)
    return found.scatter / found.weight


def layer_style_loss(generated: Tensor, style: Tensor) -> Tensor:
    """J_style^[l](S, G), one layer's share of the style loss (Gatys et al., equation 4).

    The course has 1/(2 n_H n_W n_C)^2 sum_kk' (G_kk'(S) - G_kk'(G))^2, which needs S and G to have one size. Here each
    Gram matrix is divided by its own n_H n_W before they are compared: the same number where the sizes are the same,
    and the natural extension (statistics of a position, whatever their number) where they are not.

    Args:
        generated: a(G), float (channels, height, width).
        style: a(S), float (channels, height', width').

    Returns:
        A scalar, 0 or more.
    """
    return mean_gram_loss(mean_gram_matrix(generated), mean_gram_matrix(style))


def mean_gram_loss(generated: Tensor, style: Tensor) -> Tensor:
    """`layer_style_loss` of two Gram matrices that are already divided by their number of positions."""
    channels = generated.shape[0]
    return torch.sum((style - generated) ** 2) / (4 * channels**2)


def total_variation(picture: Tensor) -> Tensor:
    """The mean squared difference of a pixel to its right and lower neighbours.

    Mahendran & Vedaldi 2015, "Understanding deep image representations by inverting them", section 2.2, with beta = 2
    and a mean instead of a sum, so that it does not depend on the size.

    Args:
        picture: float (1, channels, height, width); a side of one pixel has no neighbours and adds nothing.

    Returns:
        A scalar, 0 or more.
    """
    down, right = picture.diff(dim=-2), picture.diff(dim=-1)
    return (down.square().sum() + right.square().sum()) / picture.numel()


def style_loss(layer_losses: Mapping[str, Tensor], layer_weights: Mapping[str, float]) -> Tensor:
    """J_style(S, G) = sum over layers of lambda^[l] J_style^[l](S, G) (Gatys et al., equation 5).

    Args:
        layer_losses: J_style^[l] for each layer, at least one.
        layer_weights: lambda^[l] for each layer of `layer_losses`.

    Returns:
        A scalar.
    """
    return torch.stack([layer_weights[layer] * loss for layer, loss in layer_losses.items()]).sum()


def _wide(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
