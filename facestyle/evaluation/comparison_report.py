"""A comparison of models as a table (for a terminal and in Markdown), as JSON and as one plot of all ROCs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from facestyle.errors import FacestyleError, InvalidRequestError
from facestyle.evaluation import plots
from facestyle.evaluation.comparison import Difference
from facestyle.evaluation.lfw import LfwResult

_COLOURS = (plots.INK, plots.ACCENT, "#0f766e", "#be185d", "#4d7c0f", "#7c3aed", "#0369a1", "#78716c")
_STYLES = ("-", "--", "-.", ":")
_HEADER = (
    "model",
    "accuracy",
    "AUC",
    "EER",
    "TAR at FAR 1e-2",
    "missed",
    "pictures/s",
    "right only here / only in the reference",
    "p (Holm)",
)


@dataclass(frozen=True, slots=True)
class Contender:
    """One model of a comparison: its result, or why there is none.

    Attributes:
        name: As it stands in the table.
        result: What was measured; None if it could not be loaded.
        difference: From the first model that could be; None for that one itself.
        refusal: Why it could not be loaded.
    """

    name: str
    result: LfwResult | None = None
    difference: Difference | None = None
    refusal: FacestyleError | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        facts: dict[str, object] = {"name": self.name}
        if self.refusal is not None:
            facts["error"] = self.refusal.as_dict()
        if self.result is not None:
            facts |= self.result.as_dict()
        if self.difference is not None:
            facts["against_first"] = self.difference.as_dict()
        return facts


def table(contenders: Sequence[Contender]) -> list[tuple[str, ...]]:
    """Header and one row a model that could be measured."""
    return [_HEADER, *(_row(item, item.result) for item in contenders if item.result is not None)]


def _row(item: Contender, result: LfwResult) -> tuple[str, ...]:
    tar = result.tars.get(1e-2)
    fresh = result.images - result.remembered
    versus = item.difference
    return (
        item.name,
        f"{result.accuracy.mean:.2%} ± {result.accuracy.stderr:.2%}",
        f"{result.auc:.5f}",
        f"{result.eer:.2%}",
        "–" if tar is None else f"{tar.value:.2%} ({tar.low:.2%} to {tar.high:.2%})",
        str(len(result.failures)),
        # a run that found embeddings of an earlier one has no speed worth telling
        f"{fresh / result.seconds:.1f}" if not result.remembered else "–",
        "reference" if versus is None else f"{versus.only_this} / {versus.only_reference}",
        "" if versus is None else f"{versus.p_holm:.3f}",
    )


def as_text(contenders: Sequence[Contender]) -> str:
    """The table with aligned columns, and beneath it every model that could not be loaded."""
    rows = table(contenders)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *_intervals(contenders), *_refusals(contenders)])


def as_markdown(contenders: Sequence[Contender]) -> str:
    """The same as a Markdown table."""
    header, *rows = table(contenders)
    lines = ["| " + " | ".join(row) + " |" for row in (header, tuple("---" for _ in header), *rows)]
    notes = [f"- {note}" for note in (*_intervals(contenders), *_refusals(contenders))]
    return "\n".join([*lines, "", *notes]) + "\n"


def _intervals(contenders: Sequence[Contender]) -> list[str]:
    return [
        f"{item.name} minus the reference, 95 %: accuracy {_signed(item.difference.accuracy, 100, 2)} percentage "
        f"points, AUC {_signed(item.difference.auc, 1, 5)}"
        for item in contenders
        if item.difference is not None
    ]


def _signed(values: tuple[float, float, float], factor: float, digits: int) -> str:
    value, low, high = (f"{factor * v:+.{digits}f}" for v in values)
    return f"{value} ({low} to {high})"


def _refusals(contenders: Sequence[Contender]) -> list[str]:
    return [f"{item.name}: not measured. {item.refusal.message}" for item in contenders if item.refusal is not None]


def roc_of_all(contenders: Sequence[Contender], *, title: str) -> Figure:
    """All ROCs in one plot, false accept rates logarithmic."""
    figure, axes = plots.new_axes(title, "false accept rate", "true accept rate")
    floor, left = 0.9, 1.0
    for number, item in enumerate(contenders):
        if item.result is None:
            continue
        curve = item.result.curve
        shown = curve.far > 0
        least = float(curve.far[shown].min())
        rates = np.append(curve.tar[~shown][-1], curve.tar[shown])
        floor, left = min(floor, float(rates[0]) - 0.01), min(left, least)
        axes.step(
            np.append(least, curve.far[shown]),
            rates,
            where="post",
            color=_COLOURS[number % len(_COLOURS)],
            linestyle=_STYLES[number % len(_STYLES)],
            label=f"{item.name} (AUC {item.result.auc:.4f})",
        )
    axes.set_xscale("log")
    axes.set_xlim(left, 1)
    axes.set_ylim(max(floor, 0), 1.002)
    axes.legend(loc="lower right", fontsize=8)
    return figure


def write_comparison(contenders: Sequence[Contender], folder: Path, *, title: str) -> tuple[Path, ...]:
    """Writes `comparison.md`, `comparison.json` and `roc.png`.

    Returns:
        The files written.

    Raises:
        InvalidRequestError: The folder can't be written to.
    """
    written = (folder / "comparison.md", folder / "comparison.json", folder / "roc.png")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written[0].write_text(as_markdown(contenders), "utf-8")
        facts = [item.as_dict() for item in contenders]
        written[1].write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
        plots.save(roc_of_all(contenders, title=title), written[2])
    except OSError as error:
        raise InvalidRequestError(f"The report can't be written to {folder} ({error.strerror}).") from error
    return written
