"""Through the network and back: activations of one tile, and the gradient of J at its pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle.models.vgg import Pooling, Vgg
from facestyle.style.rectifier import hold_back, hold_back_from, passed
from facestyle.style.tiles import Tile

Look = Callable[[str, Tensor], None]
"""Is shown a layer's name and the tile's own part of its activations a, (channels, height, width)."""

Pull = Callable[[Tensor, Tensor], None]
"""Adds dJ/da to the second of two tensors (channels, height, width), of which the first is a: a tile's own part."""

RECOMPUTED = "conv1_1"
"""Its 64 channels at full size are the largest activations of all, and the cheapest: three channels go in."""


@dataclass(slots=True)
class _Layer:
    """A convolution and its rectifier that were passed. Of the activations only what the way back needs is kept."""

    name: str
    block: int
    kept: Tensor | None  # a, where it is asked for; otherwise where the rectifier let it through


@dataclass(slots=True)
class _Pool:
    """A pooling that was passed."""

    shape: torch.Size  # of what was there before
    part: tuple[slice, slice]  # of it, that was pooled
    indices: Tensor | None  # where the maxima were


class Pass:
    """One tile that went through the network, and what is needed for its way back."""

    def __init__(self, sweep: Sweep, tile: Tile, picture: Tensor) -> None:
        self._sweep, self._tile, self._picture = sweep, tile, picture
        self._steps: list[_Layer | _Pool] = []

    @property
    def nbytes(self) -> int:
        """What keeping this pass for its way back takes."""
        kept = [step.kept if isinstance(step, _Layer) else step.indices for step in self._steps]
        return sum(tensor.nbytes for tensor in [self._picture, *kept] if tensor is not None)

    @torch.no_grad()
    def back(self, pulls: Mapping[str, Sequence[Pull]]) -> Tensor:
        """The gradient of J at the tile's window of the picture, float32 (1, 3, height, width). Once only.

        Args:
            pulls: For each layer asked for what J's derivatives there are made by.
        """
        gradient: Tensor | None = None
        while self._steps:
            step = self._steps.pop()
            if isinstance(step, _Pool):
                assert gradient is not None  # noqa: S101  (a layer comes after each pooling)
                gradient = _unpooled(gradient, step)
            else:
                gradient = self._through(step, gradient, pulls.get(f"relu{step.name.removeprefix('conv')}", ()))
        assert gradient is not None  # noqa: S101
        return self._sweep.unprocessed(gradient.float())

    def _through(self, layer: _Layer, gradient: Tensor | None, pulls: Sequence[Pull]) -> Tensor:
        kept = layer.kept if layer.kept is not None else self._sweep.first(self._picture)
        if gradient is None:
            gradient = torch.zeros_like(kept, dtype=self._sweep.dtype)
        if kept.dtype is torch.int8:
            hold_back(gradient, kept)
        else:
            rows, columns = self._tile.own_within(layer.block)
            for pull in pulls:
                pull(kept[0, :, rows, columns], gradient[0, :, rows, columns])
            hold_back_from(gradient, kept)
        return F.conv2d(gradient, self._sweep.turned(layer.name), padding=1)


class Sweep:
    """A VGG up to the deepest of some layers, forth and back.

    Autograd would keep each activation in full; here most are kept as a byte that says whether they are zero,
    which is all that a rectifier's derivative is, and the weights are frozen, so that nothing else is needed. So one
    evaluation takes a third of the memory.

    Args:
        network: A VGG; its precision is that of the activations and the gradient.
        layers: Rectified ones, such as `relu3_1`.
        pooling: How blocks are pooled.

    Raises:
        ValueError: No layer, or an unknown one.
    """

    def __init__(self, network: Vgg, layers: Sequence[str], *, pooling: Pooling) -> None:
        unknown = [layer for layer in layers if layer not in network.layers or not layer.startswith("relu")]
        if unknown or not layers:
            raise ValueError(f"no layers {', '.join(unknown)}; this network has {', '.join(network.layers)}")
        names = [name for name in network.layers if name.startswith("conv")]
        wanted = {f"conv{layer.removeprefix('relu')}" for layer in layers}
        self.network, self.pooling, self._wanted = network, pooling, wanted
        self._names = names[: max(names.index(name) for name in wanted) + 1]
        self.convolutions = tuple(
            sum(block_of(name) == block for name in self._names) for block in range(block_of(self._names[-1]) + 1)
        )
        """How many there are in each block in use."""
        self._turned: dict[str, Tensor] = {}

    @property
    def dtype(self) -> torch.dtype:
        """Of activations and gradients."""
        return next(self.network.parameters()).dtype

    @torch.no_grad()
    def run(self, picture: Tensor, tile: Tile, look: Look, *, record: bool) -> Pass:
        """Send one tile through the network.

        Args:
            picture: The tile's window of what the network sees, float32 (1, 3, height, width).
            tile: Which it is.
            look: Is shown the layers asked for as they come; what it does not keep is let go.
            record: Whether `Pass.back` will be asked for.
        """
        found = Pass(self, tile, picture)
        signal = self._prepared(picture)
        block = 0
        for name in self._names:
            if block_of(name) != block:
                signal = self._pool(signal, found, block, record=record)
                block += 1
            signal = F.relu_(self.network.get_submodule(name)(signal))
            if name in self._wanted:
                rows, columns = tile.own_within(block)
                look(f"relu{name.removeprefix('conv')}", signal[0, :, rows, columns])
            if record:
                kept = None if name == RECOMPUTED else signal if name in self._wanted else passed(signal)
                found._steps.append(_Layer(name, block, kept))
        return found

    def first(self, picture: Tensor) -> Tensor:
        """relu1_1 again."""
        return F.relu_(self.network.get_submodule(RECOMPUTED)(self._prepared(picture)))

    def turned(self, name: str) -> Tensor:
        """The weights of a convolution for the way back: those of its adjoint, which is a convolution as well."""
        if name not in self._turned:
            weight = self.network.get_submodule(name).weight
            assert isinstance(weight, Tensor)  # noqa: S101  (narrowing)
            turned = weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=torch.channels_last)
            self._turned[name] = turned
        return self._turned[name]

    def unprocessed(self, gradient: Tensor) -> Tensor:
        """From the gradient at the network's input to that at the picture."""
        scaled = gradient.flip(1) if self.network.spec.bgr else gradient
        return scaled / self.network.std

    def _prepared(self, picture: Tensor) -> Tensor:
        return self.network.preprocess(picture).to(self.dtype).contiguous(memory_format=torch.channels_last)

    def _pool(self, signal: Tensor, found: Pass, block: int, *, record: bool) -> Tensor:
        rows, columns = (
            # Twice the next window: of an odd axis the last position is left out, as in the whole picture.
            slice(2 * axis[block + 1].window.start - start, 2 * axis[block + 1].window.stop - start)
            for axis in (found._tile.rows, found._tile.columns)
            for start in (axis[block].window.start,)
        )
        part = signal[:, :, rows, columns]
        indices = None
        if self.pooling == "average":
            pooled = F.avg_pool2d(part, 2)
        elif record:
            pooled, indices = F.max_pool2d(part, 2, return_indices=True)
        else:
            pooled = F.max_pool2d(part, 2)
        if record:
            found._steps.append(_Pool(signal.shape, (rows, columns), indices))
        return pooled


def block_of(layer: str) -> int:
    """Of a layer, counted from 0: 0 for `conv1_2` and `relu1_2`."""
    return int(layer.lstrip("convrelu").split("_")[0]) - 1


def _unpooled(gradient: Tensor, pool: _Pool) -> Tensor:
    if pool.indices is None:
        part = F.interpolate(gradient / 4, scale_factor=2, mode="nearest")
    else:
        part = F.max_unpool2d(gradient, pool.indices, [2, 2])
    if part.shape == pool.shape:
        return part
    whole = gradient.new_zeros(pool.shape).contiguous(memory_format=torch.channels_last)
    whole[:, :, pool.part[0], pool.part[1]] = part
    return whole
