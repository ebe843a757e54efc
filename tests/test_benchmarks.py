"""Every benchmark starts from a plain checkout, in which the package is not installed, and says how it is used."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import abuse

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted(path for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8"))


def test_there_are_benchmarks():
    assert len(PROGRAMS) >= 10


def test_bad_files_end_in_a_result_or_a_refusal_by_name():
    report = abuse.abuse(98, 5, processes=1)
    assert report.faults == []
    assert report.files.total() == report.results.total() + report.refusals.total() == 98
    assert set(report.files) == set(abuse.KINDS)
    assert report.refusals.total() > 50


def test_what_is_neither_is_told_and_so_is_a_process_that_dies_or_stands_still(tmp_path):
    child = abuse.Child(seconds=120)
    what, which = child.read("request", tmp_path / "nothing.json")
    assert (what, which.split()[0]) == ("fault", "FileNotFoundError")
    for process in multiprocessing.active_children():
        process.kill()
    assert child.read("request", tmp_path / "nothing.json")[1].startswith("the process died")
    assert child.read("request", tmp_path / "nothing.json")[1].startswith("FileNotFoundError")
    child.close()


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_benchmark_says_how_it_is_used(program, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: PLW1510 - its status is asserted, with its words
        [sys.executable, program, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout
