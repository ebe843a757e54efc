"""Any painting as a style, feed-forward: one network reads the style, another paints in it.

Ghiasi, Lee, Kudlur, Dumoulin, Shlens, "Exploring the structure of a real-time, arbitrary neural artistic stylization
network", BMVC 2017: conditional instance normalisation whose scale and shift are predicted from the painting, through a
bottleneck of 100 numbers. This is Magenta's mobile variant: MobileNetV2 reads the style (the paper uses Inception v3),
and the painter is slim (8-16-32 channels) with five residual blocks.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from facestyle.models.multistyle import Residual, StyledConv, instance_norm, require_picture

STYLE_DIMENSION = 100
STYLE_SIZE = 256
"""Side (pixels) of the paintings that the style network was trained on."""

_INVERTED_RESIDUALS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, output channels, repeats, first stride (Sandler et al. 2018, MobileNetV2, table 2)."""


class SamePadConv(nn.Conv2d):
    """Convolution with TensorFlow's "SAME" zero padding: output side ceil(n / stride), the odd pixel at the end."""

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', ceil(H / stride), ceil(W / stride))."""
        pads = []
        for axis in (1, 0):  # F.pad wants the last axis first
            side, kernel, stride = input.shape[2 + axis], self.kernel_size[axis], self.stride[axis]
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(input, pads))


class InvertedResidual(nn.Module):
    """MobileNetV2's block: expand (1x1), filter each channel (3x3), project (1x1, linear); batch norms folded in.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        stride: Of the 3x3 convolution.
        expansion: Factor of the expansion; 1 has none.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = SamePadConv(hidden, hidden, 3, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, ceil(H / stride), ceil(W / stride))."""
        y: Tensor = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class StylePredictor(nn.Module):
    """Painting -> style vector: MobileNetV2, averaged over the picture, then a linear map to the bottleneck."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SamePadConv(3, 32, 3, 2)
        blocks: list[InvertedResidual] = []
        channels = 32
        for expansion, outputs, repeats, first_stride in _INVERTED_RESIDUALS:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(channels, outputs, 1 if repeat else first_stride, expansion))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Conv2d(channels, 1280, 1)
        self.bottleneck = nn.Linear(1280, STYLE_DIMENSION)

    def forward(self, style: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] -> (B, 100)."""
        x = F.relu6(self.stem(style))
        for block in self.blocks:
            x = block(x)
        vector: Tensor = self.bottleneck(F.relu6(self.head(x)).mean(dim=(2, 3)))
        return vector


class PredictedInstanceNorm(nn.Module):
    """Conditional instance normalisation whose gamma and beta are affine in the style vector.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Linear(STYLE_DIMENSION, channels)
        self.beta = nn.Linear(STYLE_DIMENSION, channels)

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        """Normalises x (B, C, H, W) in the styles `vector` (B, 100)."""
        return instance_norm(x, self.gamma(vector), self.beta(vector))


class ContentConv(nn.Module):
    """Reflection padding, convolution, ReLU: the contracting layers know no style (their batch norms are folded in).

    Args:
        inputs: Channels in.
        outputs: Channels out.
        kernel: Side of the (odd, square) kernel.
        stride: Of the convolution.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride)
        self.pad = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, ceil(H / stride), ceil(W / stride))."""
        return F.relu(self.conv(F.pad(x, (self.pad,) * 4, mode="reflect")))


class StyleTransformer(nn.Module):
    """Content and style vector -> painting."""

    def __init__(self) -> None:
        super().__init__()
        self.contract = nn.ModuleList([ContentConv(3, 8, 9), ContentConv(8, 16, 3, 2), ContentConv(16, 32, 3, 2)])
        norm = PredictedInstanceNorm
        self.residual = nn.ModuleList(
            Residual(StyledConv(32, 32, 3, norm(32)), StyledConv(32, 32, 3, norm(32), activation="none"))
            for _ in range(5)
        )
        self.expand = nn.ModuleList(
            [
                StyledConv(32, 16, 3, norm(16), upsample=True),
                StyledConv(16, 8, 3, norm(8), upsample=True),
                StyledConv(8, 3, 9, norm(3), activation="sigmoid"),
            ]
        )

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] and (B, 100) -> (B, 3, H, W) in (0, 1)."""
        height, width = x.shape[2:]
        for layer in self.contract:
            x = layer(x)
        for layer in (*self.residual, *self.expand):
            x = layer(x, vector)
        # Two halvings round up and two doublings restore: up to three pixels too many on the right and at the bottom.
        return x[:, :, :height, :width]


class ArbitraryStyleNet(nn.Module):
    """Both networks: `style_vector` reads a painting once, `transfer` paints any number of pictures in its style.

    Vectors can be mixed linearly; a mixture with the content picture's own vector weakens a style without a double
    image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.predict = StylePredictor()
        self.transform = StyleTransformer()

    def style_vector(self, style: Tensor) -> Tensor:
        """Reads a style.

        Args:
            style: RGB paintings (B, 3, H, W) in [0, 1], H, W >= 16; trained on about 256 x 256, so that is what keeps
                strokes at the scale it knows.

        Returns:
            (B, 100), unbounded; about -2 to 3 for paintings.

        Raises:
            ValueError: The shape is none of these.
        """
        require_picture(style)
        vector: Tensor = self.predict(style)
        return vector

    def transfer(self, content: Tensor, vector: Tensor) -> Tensor:
        """Paints pictures.

        Args:
            content: RGB pictures (B, 3, H, W) in [0, 1], H, W >= 16, of any parity.
            vector: Style vectors (B, 100).

        Returns:
            RGB pictures (B, 3, H, W) in (0, 1).

        Raises:
            ValueError: A shape is none of these.
        """
        require_picture(content)
        if vector.shape != (content.shape[0], STYLE_DIMENSION):
            raise ValueError(f"expected style vectors {(content.shape[0], STYLE_DIMENSION)}, got {tuple(vector.shape)}")
        painted: Tensor = self.transform(content, vector)
        return painted

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Paints `content` (B, 3, H, W) in the styles of `style` (B, 3, H', W'), both RGB in [0, 1]."""
        return self.transfer(content, self.style_vector(style))
