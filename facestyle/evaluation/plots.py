"""Plots of a verification run: ROC, DET, and the worst mistakes as a sheet of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtri

from facestyle import images
from facestyle.evaluation.lfw import LfwResult
from facestyle.evaluation.pairs import Pair
from facestyle.evaluation.verification import Roc

INK = "#3730a3"
ACCENT = "#b45309"
_DET_TICKS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
_SHEET_COLUMNS = 4
_SHEET_MISTAKES = 20
_THUMBNAIL = 160


def new_axes(title: str, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """An empty figure with one titled pair of axes."""
    # A Figure of its own instead of pyplot: pyplot keeps global state and picks a windowing system.
    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    return figure, axes


def roc_plot(curve: Roc, *, title: str, auc: float) -> Figure:
    """True accept rate over false accept rate, the latter logarithmic down to what the data can tell."""
    figure, axes = new_axes(title, "false accept rate", "true accept rate")
    shown = curve.far > 0
    least = float(curve.far[shown].min())
    axes.step(
        np.append(least, curve.far[shown]), np.append(curve.tar[~shown][-1], curve.tar[shown]), where="post", color=INK
    )
    axes.set_xscale("log")
    axes.set_xlim(least, 1)
    axes.set_ylim(min(0.9, float(curve.tar[shown].min()) - 0.01), 1.001)
    axes.annotate(f"AUC {auc:.4f}", (0.97, 0.05), xycoords="axes fraction", ha="right")
    return figure


def det_plot(curve: Roc, *, title: str, eer: float) -> Figure:
    """Detection error trade-off (Martin et al. 1997): both errors on normal-deviate axes."""
    figure, axes = new_axes(title, "false accept rate", "false reject rate")
    frr = 1 - curve.tar
    inside = (curve.far > 0) & (curve.far < 1) & (frr > 0) & (frr < 1)
    axes.plot(ndtri(curve.far[inside]), ndtri(frr[inside]), color=INK, marker=".", markersize=3)
    if 0 < eer < 1:
        axes.plot(ndtri(eer), ndtri(eer), "o", color=ACCENT, label=f"equal error rate {eer:.2%}")
        axes.legend()
    places, names = ndtri(np.array(_DET_TICKS)), [f"{100 * tick:g} %" for tick in _DET_TICKS]
    axes.set_xticks(places, names)
    axes.set_yticks(places, names)
    axes.set_xlim(places[0], places[-1])
    axes.set_ylim(places[0], places[-1])
    return figure


def mistakes_sheet(result: LfwResult, tau: float) -> Figure | None:
    """The pairs on the wrong side of tau, the farthest from it first; None if there are none."""
    same = np.array([pair.same for pair in result.pairs])
    wrong = np.flatnonzero((result.distances <= tau) != same)
    if not len(wrong):
        return None
    worst = wrong[np.argsort(-np.abs(result.distances[wrong] - tau), kind="stable")][:_SHEET_MISTAKES]
    return _sheet([result.pairs[index] for index in worst], result.distances[worst])


def _sheet(pairs: Sequence[Pair], distances: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Figure:
    rows = -(-len(pairs) // _SHEET_COLUMNS)
    figure = Figure(figsize=(3.4 * _SHEET_COLUMNS, 2.1 * rows), layout="constrained")
    axes = figure.subplots(rows, _SHEET_COLUMNS, squeeze=False).ravel()
    for place in axes:
        place.axis("off")
    for place, pair, apart in zip(axes, pairs, distances, strict=False):
        place.imshow(np.hstack([_square(pair.a), _square(pair.b)]))
        kind = "same person" if pair.same else "different people"
        seen = f"d = {apart:.3f}" if np.isfinite(apart) else "no face found"
        place.set_title(f"{pair.a.stem}\n{pair.b.stem}\n{kind}, {seen}", fontsize=7)
    return figure


def _square(path: Path) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    small = images.resize_longer_side(images.decode(path), _THUMBNAIL)
    canvas = np.full((_THUMBNAIL, _THUMBNAIL, 3), 255, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def save(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG."""
    figure.savefig(path, dpi=120)
