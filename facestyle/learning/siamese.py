"""What is trained: a small Siamese encoder of pictures, or a projection of a pretrained network's embeddings.

"Siamese": both pictures of a pair go through one network with one set of weights (Bromley et al. 1993; Taigman et al.
2014). So there is one network here, f, and it is the losses that look at two or three of its embeddings at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize
from torch.nn.utils import skip_init

from facestyle.learning.datasets.base import SIDE

DIMENSION = 64
_CHANNELS = (24, 48, 96, 96)


class SiameseEncoder(nn.Module):
    """f(x): a grey picture to 64 numbers of length 1.

    Four blocks of a 3 x 3 convolution, batch normalisation, ReLU and 2 x 2 max pooling: 32 x 32 x 1 to 2 x 2 x 96; then
    a linear layer, scaled to length 1 as in FaceNet (section 3). Each picture is standardised first, so that brightness
    and contrast do not count.

    Args:
        generator: Of the weights at the start (He et al. 2015).
    """

    def __init__(self, generator: torch.Generator | None = None) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for into, out in zip((1, *_CHANNELS[:-1]), _CHANNELS, strict=True):
            convolution = _undrawn(nn.Conv2d, into, out, 3, padding=1, bias=False)
            blocks += [convolution, nn.BatchNorm2d(out), nn.ReLU(), nn.MaxPool2d(2)]
        self.blocks = nn.Sequential(*blocks)
        self.out = _undrawn(nn.Linear, _CHANNELS[-1] * (SIDE // 16) ** 2, DIMENSION)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.out.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embeddings (N, 64) of pictures (N, 1, SIDE, SIDE) in any range."""
        mean = pictures.mean(dim=(2, 3), keepdim=True)
        spread = pictures.std(dim=(2, 3), keepdim=True).clamp_min(1e-6)
        features: Tensor = self.blocks((pictures - mean) / spread)
        return normalize(self.out(features.flatten(1)), dim=1)


class ProjectionHead(nn.Module):
    """f(x) = W g(x) + b, scaled to length 1, over a pretrained network's embedding g(x), which is left as it is.

    Transfer learning: few people suffice, since g has seen thousands. W begins with orthogonal rows, which keep much of
    the distances of g.

    Args:
        size: Components of g(x).
        generator: Of the weights at the start.
    """

    def __init__(self, size: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.out = _undrawn(nn.Linear, size, min(DIMENSION, size))
        nn.init.orthogonal_(self.out.weight, generator=generator)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Embeddings (N, 64) of features (N, size)."""
        return normalize(self.out(features), dim=1)


def _undrawn(kind: type[nn.Module], *sizes: int, **options: Any) -> Any:  # noqa: ANN401 - an instance of `kind`
    """A layer whose weights are set later: torch's own start would be drawn from the process's random state."""
    return skip_init(kind, *sizes, **options)  # type: ignore[no-untyped-call]


def as_input(pictures: Any) -> Tensor:  # noqa: ANN401 - any uint8 array
    """Grey pictures uint8 (N, H, W) as the encoder takes them: float32 (N, 1, SIDE, SIDE), 0 to 1."""
    tensor = torch.as_tensor(pictures).float()[:, None] / 255
    if tensor.shape[-2:] == (SIDE, SIDE):
        return tensor
    return interpolate(tensor, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
