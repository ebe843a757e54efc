"""Plots of a calibration: reliability, and both error rates over the threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from facestyle.faces.calibration.base import Bin, Calibration
from facestyle.faces.calibration.rates import error_rates

_INK, _OTHER = "#3730a3", "#b45309"


def reliability_plot(bins: Sequence[Bin], *, title: str) -> Figure:
    """What was seen over what was said, with exact 95 % intervals and the number of pairs behind each point."""
    figure = Figure(figsize=(5.2, 4.9), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("probability said")
    axes.set_ylabel("share of same pairs seen")
    axes.plot([0, 1], [0, 1], color="#888888", linestyle="--", linewidth=1)
    said, seen = np.array([b.said for b in bins]), np.array([b.seen for b in bins])
    spread = np.array([[b.seen - b.low for b in bins], [b.high - b.seen for b in bins]])
    axes.errorbar(said, seen, yerr=np.maximum(spread, 0), fmt="o", color=_INK, ecolor=_INK, capsize=3, elinewidth=1)
    for each in bins:
        side = 1 if each.said < 0.5 else -1
        axes.annotate(
            f"{each.same + each.different:,}",
            (each.said, each.seen),
            xytext=(7 * side, -3),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            fontsize=8,
        )
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.grid(alpha=0.3)
    return figure


def rates_plot(calibration: Calibration, tau: float, *, title: str) -> Figure:
    """False accept and false reject rate over the threshold, each with its exact 95 % interval."""
    figure = Figure(figsize=(5.2, 4.9), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("threshold τ")
    axes.set_ylabel("error rate")
    taus = np.linspace(0, 2.5 * tau, 250)
    rates = [error_rates(calibration.same_distances, calibration.different_distances, float(t)) for t in taus]
    for name, color, line in (
        ("false accept", _OTHER, [r.false_accept for r in rates]),
        ("false reject", _INK, [r.false_reject for r in rates]),
    ):
        axes.step(taus, [r.value for r in line], color=color, label=name, where="post")
        axes.fill_between(taus, [r.low for r in line], [r.high for r in line], color=color, alpha=0.15, step="post")
    axes.axvline(tau, color="#888888", linestyle=":", label=f"default τ {tau:g}")
    axes.set_ylim(0, 1)
    axes.set_yscale("symlog", linthresh=0.05)
    axes.set_yticks(
        [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], ["0", "1 %", "2 %", "5 %", "10 %", "20 %", "50 %", "100 %"]
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure
