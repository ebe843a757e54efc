"""J = alpha J_content + beta J_style of a picture G, and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from facestyle.models.vgg import Vgg
from facestyle.style.canvas import Canvas
from facestyle.style.content import ContentTarget
from facestyle.style.features import extend, extended_size
from facestyle.style.losses import style_loss, total_variation
from facestyle.style.masks import Masks
from facestyle.style.matching import LayerStyle, describe, is_centred
from facestyle.style.pixels import Size
from facestyle.style.results import DEFAULT_CONTENT_LAYER, Pooling, StyleLoss, StyleLosses
from facestyle.style.statistics import Statistics, StatisticsPull, measure
from facestyle.style.sweep import Pass, Pull, Sweep, block_of
from facestyle.style.tiles import Tile, divide
from facestyle.style.tiling import WHOLE, Tiling

STYLE_SCALE = 3.0
"""What beta = 1 stands for beside alpha = 1, in normalised units; chosen by looking (see `Objective`)."""

SMOOTHNESS_SCALE = 20.0
"""What smoothness = 1 stands for beside alpha = 1. A painted picture's total variation is 0.01 to 0.03: at 1 this is
some tenths of J, and grain is gone; strokes stay."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """J of one picture, as scalars on the device.

    Attributes:
        total: alpha J_content + beta J_style in normalised units; what is minimised.
        content: The course's J_content(C, G), not normalised; where C is emphasised, its squares count so many times.
        style: The course's J_style(S, G), not normalised; with several styles, the sum of theirs by their shares.
    """

    total: Tensor
    content: Tensor
    style: Tensor

    def losses(self) -> StyleLosses:
        """As numbers. Waits for the device."""
        total, content, style = torch.stack([self.total, self.content, self.style]).tolist()
        return StyleLosses(total=total, content=content, style=style)


@dataclass(frozen=True, slots=True)
class Painting:
    """One style S as the objective takes it.

    Attributes:
        pixels: float (1, 3, height, width) in [0, 1].
        share: Its part of J_style.
        mask: Where in G it is wanted, float (1, 1, height of G, width of G) in [0, 1]; None for everywhere.
    """

    pixels: Tensor
    share: float = 1.0
    mask: Tensor | None = None


class Objective:
    """J of pictures of one size, for given C and S.

    The course's losses are sums whose size depends on the layer, on the number of pixels and on the two pictures: the
    useful relative weights range over four decades. So what is minimised is normalised, each term by its value for G
    with no activations at all, that is by the energy of its target:

        J(G) = alpha J_content(C, G) / (1/2 ||a(C)||^2)
             + beta STYLE_SCALE sum_l lambda^[l] J_style^[l](S, G) / J_style^[l](S, 0)

    and, where smoothness is above 0, smoothness SMOOTHNESS_SCALE times the total variation of the picture besides.

    Each fraction is 0 for a perfect match and does not depend on the size. At alpha = beta = lambda = 1 this gives a
    picture that is clearly painted, and in which a scene can be recognised even if G starts from noise; with a third of
    that little style is left, with three times as much a start from noise loses the content. The course's sliders keep
    their meaning, as J is linear in each of them. With several styles J_style is the sum over them, each times its
    share and, with a mask, of the activations that the mask lets through.

    A picture that is divided into tiles goes through the network twice. The first time the tiles' sums (see
    `Statistics`) are added up to those of the whole picture, which J and dJ/dsums follow from; the second time the
    gradient of each tile follows from dJ/dsums, and where tiles overlap the gradients add up. J and its gradient are
    those of the undivided picture but for rounding: there are no seams. Tiles whose first pass is kept for its way
    back, as far as memory allows, save the second.

    Args:
        network: A VGG with the layers asked for; its precision is that of the gradient.
        canvas: C, and how G becomes a picture.
        styles: At least one.
        alpha: Weight of the content.
        beta: Weight of the style.
        layer_weights: lambda for each style layer; layers with 0 are not computed.
        style_loss: How activations are compared.
        content_layer: Where content is compared.
        pooling: How the network's blocks are pooled.
        emphasis: How many times alpha counts, float32 (1, 1, height, width) of C's size; None for once everywhere.
        smoothness: Weight of the total variation.
        tiling: How pictures are divided.
    """

    def __init__(
        self,
        network: Vgg,
        canvas: Canvas,
        styles: Sequence[Painting],
        *,
        alpha: float,
        beta: float,
        layer_weights: Mapping[str, float],
        style_loss: StyleLoss = "gram",
        content_layer: str = DEFAULT_CONTENT_LAYER,
        pooling: Pooling = "average",
        emphasis: Tensor | None = None,
        smoothness: float = 0.0,
        tiling: Tiling = WHOLE,
    ) -> None:
        self._canvas, self._tiling = canvas, tiling
        self._alpha, self._beta = alpha, beta
        self._weights = {layer: weight for layer, weight in layer_weights.items() if weight > 0}
        self._content_layer, self._smoothness = content_layer, smoothness
        self._sweep = Sweep(network, list(dict.fromkeys((content_layer, *self._weights))), pooling=pooling)
        size = extended_size((canvas.target.shape[-2], canvas.target.shape[-1]))
        self._tiles = divide(size, tiling.side, self._sweep.convolutions)
        self._centred = is_centred(style_loss)
        self._masks = Masks(size, canvas.target.shape[-2:])
        self._emphasis = Masks(size, canvas.target.shape[-2:])
        self._emphasis.add(emphasis, [content_layer])
        self._content = ContentTarget(compact=tiling.compact)
        with torch.no_grad():
            self._keep_content(Sweep(network, [content_layer], pooling=pooling), size)
            self._styles = [self._keep_style(painting, style_loss) for painting in styles] if self._weights else []

    def evaluate(self, pixels: Tensor) -> Evaluation:
        """J of the picture that G makes, float (1, 3, height, width) in [0, 1]."""
        with torch.no_grad():
            found = self._sum_up(self._look(pixels, self._canvas)[0])[0]
            return self._smoothed(found, self._canvas.compose(pixels)) if self._smoothness else found

    def evaluate_picture(self, picture: Tensor) -> Evaluation:
        """J of a finished picture, float (1, 3, height, width) in [0, 1]."""
        with torch.no_grad():
            found = self._sum_up(self._look(picture, self._canvas.unmasked())[0])[0]
            return self._smoothed(found, self._canvas.seen(picture)) if self._smoothness else found

    def differentiate(self, pixels: Tensor) -> tuple[Evaluation, Tensor]:
        """J and dJ/dG, the latter of the shape of `pixels`. One forward and one backward pass, or see `Objective`."""
        pixels = pixels.detach()
        found, passes = self._look(pixels, self._canvas, budget=self._tiling.keep_bytes)
        evaluation, pulls = self._sum_up(found)
        gradient = torch.zeros_like(pixels, memory_format=torch.contiguous_format)
        while passes:
            number = len(passes) - 1
            tile, kept = self._tiles[number], passes.pop()
            if kept is None:
                seen = self._seen(pixels, self._canvas, tile)
                kept = self._sweep.run(seen, tile, lambda _layer, _activations: None, record=True)
            gradient[..., *tile.window] += self._back(pixels, tile, kept, pulls)
        if self._smoothness:
            with torch.enable_grad():
                leaf = pixels.requires_grad_()
                smoothed = self._smoothed(evaluation, self._canvas.compose(leaf))
                gradient += torch.autograd.grad(smoothed.total, leaf)[0]
            evaluation = replace(smoothed, total=smoothed.total.detach())
        return evaluation, gradient

    def _smoothed(self, found: Evaluation, picture: Tensor) -> Evaluation:
        """With the total variation of what the network sees."""
        return replace(found, total=found.total + self._smoothness * SMOOTHNESS_SCALE * total_variation(picture))

    def _keep_content(self, sweep: Sweep, size: Size) -> None:
        block = block_of(self._content_layer)
        for tile in divide(size, self._tiling.side, sweep.convolutions):
            seen = extend(self._canvas.target[..., *tile.window], tile)

            def keep(_layer: str, activations: Tensor, tile: Tile = tile) -> None:
                self._content.keep(activations, tile.own(block), (size[0] >> block, size[1] >> block))

            sweep.run(seen, tile, keep, record=False)

    def _keep_style(self, painting: Painting, kind: StyleLoss) -> _Kept:
        sweep = Sweep(self._sweep.network, list(self._weights), pooling=self._sweep.pooling)
        size = extended_size((painting.pixels.shape[-2], painting.pixels.shape[-1]))
        found: dict[str, Statistics] = {}

        def add(layer: str, activations: Tensor) -> None:
            part = measure(activations, None, centred=self._centred)
            found[layer] = found[layer] + part if layer in found else part

        for tile in divide(size, self._tiling.side, sweep.convolutions):
            sweep.run(extend(painting.pixels[..., *tile.window], tile), tile, add, record=False)
        targets = {layer: describe(kind, found[layer]) for layer in self._weights}
        return _Kept(targets, self._masks.add(painting.mask, list(self._weights)), painting.share)

    def _seen(self, pixels: Tensor, canvas: Canvas, tile: Tile) -> Tensor:
        return extend(canvas.compose(pixels[..., *tile.window], tile.window), tile)

    @torch.no_grad()
    def _look(self, pixels: Tensor, canvas: Canvas, *, budget: int | None = None) -> tuple[_Found, list[Pass | None]]:
        """The sums over all tiles, and the passes that are kept: none without a budget of bytes."""
        found = _Found({}, torch.zeros((), device=pixels.device))
        passes: list[Pass | None] = []
        used = largest = 0
        for tile in self._tiles:

            def look(layer: str, activations: Tensor, tile: Tile = tile) -> None:
                own = tile.own(block_of(layer))
                if layer == self._content_layer:
                    found.content += self._content.loss(activations, own, self._emphasis.at(0, layer, own))
                if layer in self._weights:
                    for number in range(len(self._masks)):
                        mask = self._masks.at(number, layer, own)
                        found.add((layer, number), measure(activations, mask, centred=self._centred))

            record = budget is not None and (len(self._tiles) == 1 or used + largest < budget)
            done = self._sweep.run(self._seen(pixels, canvas, tile), tile, look, record=record)
            passes.append(done if record else None)
            if record:
                largest = max(largest, done.nbytes)
                used += done.nbytes
        return found, passes

    def _sum_up(self, found: _Found) -> tuple[Evaluation, dict[str, list[_TilePull]]]:
        """J of the sums, and what it pulls at each layer by."""
        content = found.content
        total = self._alpha * content / self._content.energy
        style = torch.zeros_like(content)
        pulls: dict[str, list[_TilePull]] = {self._content_layer: [self._pull_content]}
        with torch.enable_grad():
            sums = {key: _leaf(statistics) for key, statistics in found.sums.items()}
            normalised = torch.zeros_like(content)
            for kept in self._styles:
                by_layer = {
                    layer: kept.share * target.loss(sums[layer, kept.mask]) for layer, target in kept.targets.items()
                }
                # lambda / energy for each layer: the normalised style loss is the course's with these weights instead.
                weights = {layer: self._weights[layer] / target.energy for layer, target in kept.targets.items()}
                style = style + style_loss(by_layer, self._weights).detach()
                normalised = normalised + self._beta * STYLE_SCALE * style_loss(by_layer, weights)
        if sums:
            leaves = [leaf for kept in sums.values() for leaf in (kept.scatter, kept.mean) if leaf is not None]
            slopes = iter(torch.autograd.grad(normalised, leaves))
            for (layer, number), whole in found.sums.items():
                scatter, mean = next(slopes), None if whole.mean is None else next(slopes)
                pulls.setdefault(layer, []).append(self._pull_style(layer, number, whole, scatter, mean))
        return Evaluation(total + normalised.detach(), content, style), pulls

    def _pull_content(self, tile: Tile) -> Pull:
        own = tile.own(block_of(self._content_layer))
        return self._content.pull(self._alpha, own, self._emphasis.at(0, self._content_layer, own))

    def _pull_style(
        self, layer: str, number: int, whole: Statistics, scatter: Tensor, mean: Tensor | None
    ) -> _TilePull:
        def at(tile: Tile) -> Pull:
            return StatisticsPull.of(whole, scatter, mean, self._masks.at(number, layer, tile.own(block_of(layer))))

        return at

    def _back(self, pixels: Tensor, tile: Tile, done: Pass, pulls: Mapping[str, Sequence[_TilePull]]) -> Tensor:
        """dJ/dG at a tile's window, as far as there is picture."""
        gradient = done.back({layer: [pull(tile) for pull in at_layer] for layer, at_layer in pulls.items()})
        with torch.enable_grad():
            leaf = pixels[..., *tile.window].requires_grad_()
            seen = extend(self._canvas.compose(leaf, tile.window), tile)
            if seen is leaf:
                return gradient
            return torch.autograd.grad(seen, leaf, gradient)[0]


_TilePull = Callable[[Tile], Pull]


@dataclass(slots=True)
class _Found:
    """The sums of the tiles so far: for each layer and mask, and of the content loss."""

    sums: dict[tuple[str, int], Statistics]
    content: Tensor

    def add(self, key: tuple[str, int], part: Statistics) -> None:
        self.sums[key] = self.sums[key] + part if key in self.sums else part


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of one painting: what to match at each layer, and the number of its mask."""

    targets: Mapping[str, LayerStyle]
    mask: int
    share: float


def _leaf(found: Statistics) -> Statistics:
    mean = None if found.mean is None else found.mean.detach().requires_grad_()
    return Statistics(found.weight, mean, found.scatter.detach().requires_grad_())
