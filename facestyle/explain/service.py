"""What the app, the CLI and programs call: patches of a network by its catalogue ID.

Torch is imported on the first call, so that a page can be laid out before.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.explain.first_layer import FirstLayer
    from facestyle.explain.maximize import DreamFrame
    from facestyle.explain.results import PatchStep, TopPatches
    from facestyle.models.vgg import Vgg

DEFAULT_BACKBONE = "vgg16"
NUMBERS = (1, 2, 3, 4, 5)
"""Of the layers, shallow to deep."""


class Explainer:
    """Looks into a feature network.

    Args:
        settings: Where networks run and where their weights are.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def patches(
        self,
        pictures: Sequence[npt.NDArray[np.uint8]],
        *,
        numbers: Sequence[int] = NUMBERS,
        backbone: str | None = None,
        per_picture: int | None = None,
    ) -> Generator[PatchStep]:
        """The nine patches that most activate each channel; see `facestyle.explain.patches.find_patches`.

        Args:
            pictures: uint8 (height, width, 3), any sizes.
            numbers: Layers, 1 to 5.
            backbone: Catalogue ID of a VGG; default: the one on board.
            per_picture: Patches that one picture may give to a channel; default: as many as the pictures are few.

        Raises:
            InvalidRequestError: No picture, no such layer, or a model without layers to look at.
            ImageTooSmallError: A picture is a strip.
            UnknownModelError: No such backbone.
            WeightsError: Its weights are not usable.
        """
        from facestyle.explain.layers import layers_by_number
        from facestyle.explain.patches import find_patches

        network = self._network(backbone)
        layers = layers_by_number(network, numbers)
        yield from find_patches(network, layers, pictures, per_picture=per_picture)

    def first_layer(self, backbone: str | None = None) -> FirstLayer:
        """The filters of the first convolution, as numbers.

        Raises:
            InvalidRequestError: A model without layers to look at.
            UnknownModelError: No such backbone.
            WeightsError: Its weights are not usable.
        """
        from facestyle.explain.first_layer import first_layer

        return first_layer(self._network(backbone))

    def gradients(
        self, found: TopPatches, number: int, channel: int, *, backbone: str | None = None
    ) -> tuple[npt.NDArray[np.uint8], ...]:
        """What in each patch of a channel excites it; see `facestyle.explain.gradients.guided_gradients`.

        Args:
            found: The patches.
            number: Of the layer.
            channel: Of the layer.
            backbone: That they were found with.

        Raises:
            InvalidRequestError: No such layer or channel.
            WeightsError: The weights are not usable.
        """
        from facestyle.explain.gradients import guided_gradients

        return guided_gradients(self._network(backbone), found, number, channel)

    def maximise(
        self, number: int, channel: int, *, backbone: str | None = None, seed: int = 0, every: int = 8
    ) -> Generator[DreamFrame]:
        """A picture made for one channel; see `facestyle.explain.maximize.maximise`.

        Args:
            number: Of the layer, 1 to 5.
            channel: Of the layer.
            backbone: Catalogue ID of a VGG; default: the one on board.
            seed: Another one gives another picture.
            every: A frame after so many steps.

        Raises:
            InvalidRequestError: No such layer or channel.
            UnknownModelError: No such backbone.
            WeightsError: Its weights are not usable.
        """
        from facestyle.explain.layers import layers_by_number
        from facestyle.explain.maximize import maximise

        network = self._network(backbone)
        (layer,) = layers_by_number(network, [number])
        yield from maximise(network, layer, channel, seed=seed, every=every)

    def _network(self, backbone: str | None) -> Vgg:
        from facestyle import device
        from facestyle.explain.layers import load_backbone

        return load_backbone(backbone or DEFAULT_BACKBONE, device.pick(self._settings), self._settings)
