"""VGG-19 with torchvision's weights, whose names and input contract differ from those of the original VGG-16."""

from __future__ import annotations

from torch import Tensor, nn

from facestyle.models.vgg import SPECS, Vgg, torchvision_key


class VGG19(Vgg):
    """VGG-19 (see `SPECS`), up to the last layer that style transfer looks at.

    Weights are taken under torchvision's and timm's names (`features.28.weight`) as well as under its own
    (`conv5_1.weight`).

    Args:
        deepest: The last convolution to build.
    """

    def __init__(self, *, deepest: str = "conv5_1") -> None:
        super().__init__(SPECS["vgg19"], deepest=deepest)
        self.register_load_state_dict_pre_hook(_rename)


def _rename(network: nn.Module, tensors: dict[str, Tensor], prefix: str, *_: object) -> None:
    spec = SPECS["vgg19"]
    for layer in spec.layers:
        for part in ("weight", "bias"):
            published = f"{prefix}{torchvision_key(spec, layer)}.{part}"
            if published in tensors:
                tensors[f"{prefix}{layer}.{part}"] = tensors.pop(published)
