"""Plots of an identification run: CMC, and DIR over FAR."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from facestyle.errors import InvalidRequestError
from facestyle.evaluation import plots
from facestyle.evaluation.identification import FAR, IdentificationResult
from facestyle.evaluation.search import operating_curve, unknowns_accepted


def cmc_plot(result: IdentificationResult, *, title: str) -> Figure:
    """Cumulative match characteristic: share of probes of enrolled people with the right one among the first r."""
    figure, axes = plots.new_axes(title, "rank r", "share with the right person at rank r or better")
    axes.plot(range(1, len(result.cmc) + 1), result.cmc, color=plots.INK, marker=".")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(min(0.9, result.cmc[0] - 0.02), 1.002)
    axes.annotate(f"rank 1: {result.cmc[0]:.2%}", (0.97, 0.05), xycoords="axes fraction", ha="right")
    return figure


def dir_far_plot(result: IdentificationResult, *, title: str) -> Figure:
    """Detection and identification rate over the share of unknowns accepted, logarithmic down to one unknown."""
    figure, axes = plots.new_axes(title, "unknown people accepted (FAR)", "enrolled people identified (DIR, rank 1)")
    tau, far, rate = operating_curve(result.outcomes)
    least = 1 / result.unknown
    shown = far > 0
    before = rate[~shown][-1]
    axes.step(np.append(least, far[shown]), np.append(before, rate[shown]), color=plots.INK, where="post")
    at = int(np.searchsorted(tau, result.default_tau, side="right")) - 1
    accepted = unknowns_accepted(result.outcomes, result.default_tau)
    assert accepted is not None  # noqa: S101  (there are unknowns, or there would be no curve)
    axes.plot(max(accepted.value, least), rate[at], "o", color=plots.ACCENT, label=f"tau {result.default_tau:g}")
    if result.far_tau is not None:
        axes.axvline(FAR, color="#9ca3af", linestyle=":", label=f"FAR {FAR:.0%}")
    axes.set_xscale("log")
    axes.set_xlim(least, 1)
    axes.set_ylim(min(0.9, float(rate[shown].min()), float(rate[at])) - 0.02, 1.002)
    axes.legend(loc="lower right")
    return figure


def write_identification(result: IdentificationResult, folder: Path) -> tuple[Path, ...]:
    """Writes `report.json`, `outcomes.csv`, and `cmc.png` and `dir_far.png` where the probes allow them.

    Returns:
        The files written.

    Raises:
        InvalidRequestError: The folder can't be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "report.json", folder / "outcomes.csv"]
        written[0].write_text(json.dumps(result.as_dict(), indent=2) + "\n", "utf-8")
        with written[1].open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["path", "name", "enrolled", "nearest", "distance", "rank"])
            found = result.outcomes
            for index, probe in enumerate(result.probes):
                rank = int(found.rank[index]) if np.isfinite(found.own[index]) else ""
                nearest = (result.nearest[index] or "", f"{found.nearest[index]:.6f}")
                table.writerow([probe.path, probe.name, int(found.mated[index]), *nearest, rank])
        title = f"{result.model}, {result.people:,} people, {len(result.probes):,} probes"
        figures = {
            "cmc.png": cmc_plot(result, title=title) if result.cmc else None,
            "dir_far.png": dir_far_plot(result, title=title) if result.mated and result.unknown else None,
        }
        for name, figure in figures.items():
            if figure is not None:
                plots.save(figure, folder / name)
                written.append(folder / name)
    except OSError as error:
        raise InvalidRequestError(f"The report can't be written to {folder} ({error.strerror}).") from error
    return tuple(written)
