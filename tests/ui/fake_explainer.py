"""A played network for the Layers tab: a channel is a colour, an activation how much of it there is."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facestyle.explain.first_layer import FirstLayer
from facestyle.explain.maximize import DreamFrame
from facestyle.explain.ranking import PATCHES, Ranking, strongest
from facestyle.explain.receptive import ReceptiveField
from facestyle.explain.results import Layer, PatchStep, TopPatches

CHANNELS = 30
SILENT = 29
"""A channel that nothing excites."""


@dataclass
class FakeExplainer:
    """Looks at pictures in cells; counts the runs that were closed before their end.

    Attributes:
        delay: Seconds a picture takes.
        failure: Raised at the second picture.
    """

    delay: float = 0.0
    failure: Exception | None = None
    closed: int = 0
    backbones: list[str | None] = field(default_factory=list)

    def patches(
        self,
        pictures: Sequence[npt.NDArray[np.uint8]],
        *,
        numbers: Sequence[int] = (1, 2, 3, 4, 5),
        backbone: str | None = None,
        per_picture: int | None = None,
    ) -> Generator[PatchStep]:
        self.backbones.append(backbone)
        layers = tuple(Layer(n, f"relu{n}_1", CHANNELS, ReceptiveField(8 * n, 8, 0)) for n in numbers)
        rankings = tuple(Ranking.empty(CHANNELS, PATCHES) for _ in layers)
        seen: tuple[npt.NDArray[np.uint8], ...] = ()
        try:
            yield PatchStep(0, len(pictures), 0.0, None, TopPatches(layers, rankings, seen, 3))
            for number, picture in enumerate(pictures):
                time.sleep(self.delay)
                if number == 1 and self.failure is not None:
                    raise self.failure
                cells = picture[::8, ::8].transpose(2, 0, 1)[np.arange(CHANNELS) % 3].astype(np.float32)
                cells[SILENT] = 0
                rankings = tuple(
                    ranking.merged(
                        strongest(
                            cells,
                            picture=number,
                            most=3,
                            apart=layer.number,
                            rows=layer.field.inside(picture.shape[0], cells.shape[1]),
                            columns=layer.field.inside(picture.shape[1], cells.shape[2]),
                        )
                    )
                    for layer, ranking in zip(layers, rankings, strict=True)
                )
                seen = (*seen, picture)
                left = 0.1 * (len(pictures) - number - 1)
                found = TopPatches(layers, rankings, seen, 3)
                yield PatchStep(number + 1, len(pictures), 0.1 * (number + 1), left, found)
        except GeneratorExit:
            self.closed += 1
            raise

    def first_layer(self, backbone: str | None = None) -> FirstLayer:
        self.backbones.append(backbone)
        if self.failure is not None:
            raise self.failure
        filters = np.random.default_rng(0).normal(size=(4, 3, 3, 3))
        return FirstLayer(filters, np.zeros(4), np.full(3, 0.5), np.ones(3))

    def gradients(
        self, found: TopPatches, number: int, channel: int, *, backbone: str | None = None
    ) -> tuple[npt.NDArray[np.uint8], ...]:
        self.backbones.append(backbone)
        if self.failure is not None:
            raise self.failure
        return tuple(255 - found.crop(patch) for patch in found.patches(number, channel))

    def maximise(
        self, number: int, channel: int, *, backbone: str | None = None, seed: int = 0, every: int = 8
    ) -> Generator[DreamFrame]:
        self.backbones.append(backbone)
        try:
            for step in range(0, 33, every):
                if step == 16 and self.failure is not None:
                    raise self.failure
                image = np.full((32, 32, 3), 5 * step, np.uint8)
                yield DreamFrame(image, step, 32, -5.0 + step * 100, step / 10, 3.2 - step / 10 if step else None)
        except GeneratorExit:
            self.closed += 1
            raise
