"""A verification run on disk: figures as JSON, every pair's distance as CSV, plots as PNG."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from facestyle.errors import InvalidRequestError
from facestyle.evaluation import plots
from facestyle.evaluation.lfw import LfwResult


def write_report(result: LfwResult, folder: Path) -> tuple[Path, ...]:
    """Writes `report.json`, `distances.csv`, `roc.png`, `det.png` and, if there are any, `mistakes.png`.

    Returns:
        The files written.

    Raises:
        InvalidRequestError: The folder can't be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "report.json", folder / "distances.csv"]
        written[0].write_text(json.dumps(result.as_dict(), indent=2) + "\n", "utf-8")
        with written[1].open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["a", "b", "same", "fold", "distance"])
            for pair, apart in zip(result.pairs, result.distances, strict=True):
                table.writerow([pair.a.name, pair.b.name, int(pair.same), pair.fold, f"{apart:.6f}"])
        title = f"{result.model}, {len(result.pairs):,} pairs"
        figures = {
            "roc.png": plots.roc_plot(result.curve, title=title, auc=result.auc),
            "det.png": plots.det_plot(result.curve, title=title, eer=result.eer),
            "mistakes.png": plots.mistakes_sheet(result, result.tau),
        }
        for name, figure in figures.items():
            if figure is not None:
                plots.save(figure, folder / name)
                written.append(folder / name)
    except OSError as error:
        raise InvalidRequestError(f"The report can't be written to {folder} ({error.strerror}).") from error
    return tuple(written)
