"""One network, many styles: feed-forward stylisation with conditional instance normalisation.

Dumoulin, Shlens, Kudlur, "A Learned Representation for Artistic Style", ICLR 2017: the transformer network of Johnson
et al. 2016 with nearest-neighbour upsampling and reflection padding, in which a style is nothing but the scale gamma
and the shift beta after each normalisation (equation 5). A mixture of styles is a mixture of these numbers.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-5
MIN_SIDE = 16
"""Smallest picture side, pixels: below it the reflected borders would outweigh the picture."""


def instance_norm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Conditional instance normalisation, z = gamma (x - mu) / sigma + beta (Dumoulin et al. 2017, equation 5).

    Mean and (biased) variance are taken over each channel's own pixels.

    Args:
        x: Activations (B, C, H, W).
        gamma: Scale (B, C).
        beta: Shift (B, C).

    Returns:
        (B, C, H, W).
    """
    batch, channels, height, width = x.shape
    # A batch of pictures, each with a style of its own, is one picture with B*C channels: the library's fused kernel
    # then does it in one pass.
    flat = x.reshape(1, batch * channels, height, width)
    z = F.instance_norm(flat, weight=gamma.reshape(-1), bias=beta.reshape(-1), eps=EPSILON)
    return z.view(batch, channels, height, width)


def require_picture(x: Tensor) -> None:
    """Refuses what is no batch of RGB pictures of a usable size.

    Raises:
        ValueError: The shape is not (B, 3, H, W) with H, W >= `MIN_SIDE`.
    """
    if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < MIN_SIDE:
        raise ValueError(f"expected (B, 3, H, W) with H, W >= {MIN_SIDE}, got {tuple(x.shape)}")


class ConditionalInstanceNorm(nn.Module):
    """Scale and shift for each of N styles; a weight vector selects one or mixes several.

    Args:
        channels: C.
        styles: N.
    """

    def __init__(self, channels: int, styles: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(styles, channels))
        self.beta = nn.Parameter(torch.zeros(styles, channels))

    def forward(self, x: Tensor, style_weights: Tensor) -> Tensor:
        """Normalises x (B, C, H, W) in the styles mixed by `style_weights` (B, N)."""
        return instance_norm(x, style_weights @ self.gamma, style_weights @ self.beta)


class StyledConv(nn.Module):
    """Reflection padding, convolution, normalisation in a style, activation.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        kernel: Side of the (odd, square) kernel.
        norm: Module of (activations, style) over `outputs` channels.
        stride: Of the convolution.
        upsample: Double the size before the convolution, by nearest neighbour: no checkerboard as from a transposed
            convolution (Odena et al. 2016).
        activation: What follows.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        norm: nn.Module,
        *,
        stride: int = 1,
        upsample: bool = False,
        activation: Literal["relu", "sigmoid", "none"] = "relu",
    ) -> None:
        super().__init__()
        # The normalisation takes any constant away again, so the convolution has no bias.
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=False)
        self.norm = norm
        self.pad = kernel // 2
        self.upsample = upsample
        self.activation = activation

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, inputs, H, W) and what `norm` takes as a style -> (B, outputs, H', W')."""
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.norm(self.conv(F.pad(x, (self.pad,) * 4, mode="reflect")), style)
        if self.activation == "relu":
            return F.relu(x)
        return x.sigmoid() if self.activation == "sigmoid" else x


class Residual(nn.Module):
    """Two styled convolutions whose result is added to their input; no activation follows the sum.

    Args:
        first: With its ReLU.
        second: Without activation.
    """

    def __init__(self, first: StyledConv, second: StyledConv) -> None:
        super().__init__()
        self.first = first
        self.second = second

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, C, H, W) and a style -> (B, C, H, W)."""
        y: Tensor = self.second(self.first(x, style), style)
        return x + y


class MultiStyleNet(nn.Module):
    """The 26 styles of TensorFlow's "stylize" demo: a slim variant (32 channels throughout, six residual blocks).

    Args:
        styles: Number of styles N.
    """

    def __init__(self, styles: int = 26) -> None:
        super().__init__()
        self.styles = styles

        def norm(channels: int) -> ConditionalInstanceNorm:
            return ConditionalInstanceNorm(channels, styles)

        self.contract = nn.ModuleList(
            [
                StyledConv(3, 32, 9, norm(32)),
                StyledConv(32, 32, 3, norm(32), stride=2),
                StyledConv(32, 32, 3, norm(32), stride=2),
            ]
        )
        self.residual = nn.ModuleList(
            Residual(StyledConv(32, 32, 3, norm(32)), StyledConv(32, 32, 3, norm(32), activation="none"))
            for _ in range(6)
        )
        self.expand = nn.ModuleList(
            [
                StyledConv(32, 8, 3, norm(8), upsample=True),
                StyledConv(8, 4, 3, norm(4), upsample=True),
                StyledConv(4, 3, 9, norm(3), activation="sigmoid"),
            ]
        )

    def forward(self, x: Tensor, style_weights: Tensor) -> Tensor:
        """Paints pictures in mixtures of styles.

        Args:
            x: RGB pictures (B, 3, H, W) in [0, 1], H, W >= 16, of any parity.
            style_weights: (B, N), for each picture the weight of each style, adding up to 1; one-hot is one style.

        Returns:
            RGB pictures (B, 3, H, W) in (0, 1).

        Raises:
            ValueError: A shape is none of these.
        """
        require_picture(x)
        if style_weights.shape != (x.shape[0], self.styles):
            raise ValueError(f"expected style weights {(x.shape[0], self.styles)}, got {tuple(style_weights.shape)}")
        height, width = x.shape[2:]
        for layer in (*self.contract, *self.residual, *self.expand):
            x = layer(x, style_weights)
        # Two halvings round up and two doublings restore: up to three pixels too many on the right and at the bottom.
        return x[:, :, :height, :width]
