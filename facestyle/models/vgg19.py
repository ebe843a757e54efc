"""VGG-19 with torchvision's weights, whose names and input contract differ from those of the original VGG-16."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from facestyle.models.vgg import SPECS, Vgg, torchvision_key


class VGG19(Vgg):
    """VGG-19 (see `SPECS`), up to the last layer that style transfer looks at.

    Args:
        deepest: The last convolution to build.
    """

    def __init__(self, *, deepest: str = "conv5_1") -> None:
        super().__init__(SPECS["vgg19"], deepest=deepest)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> NamedTuple:
        """As torch's; takes weights under torchvision's and timm's names (`features.28.weight`) and its own."""
        own = {torchvision_key(self.spec, layer): layer for layer in self.spec.layers}
        parts = ((name.rpartition("."), tensor) for name, tensor in state_dict.items())
        renamed = {f"{own.get(layer, layer)}.{part}": tensor for (layer, _, part), tensor in parts}
        found: NamedTuple = super().load_state_dict(renamed, strict=strict, assign=assign)
        return found
