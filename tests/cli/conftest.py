"""Runs commands in this process and reads what they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facestyle.cli import main

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "facestyle" / "ui" / "examples"


@pytest.fixture(autouse=True)
def own_gallery(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESTYLE_GALLERY", str(tmp_path / "gallery.sqlite"))


@pytest.fixture
def run(capsys):
    """Arguments -> (status, standard output, standard error)."""

    def _run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return _run


@pytest.fixture
def run_json(run):
    """Arguments -> (status, the one JSON object on standard output)."""

    def _run(*arguments: object) -> tuple[int, dict]:
        status, out, _ = run(*arguments, "--json")
        assert len(out.strip().splitlines()) == 1
        return status, json.loads(out)

    return _run


@pytest.fixture
def hopper() -> Path:
    return EXAMPLES / "hopper.jpg"


@pytest.fixture
def altered() -> Path:
    return EXAMPLES / "hopper_altered.jpg"


@pytest.fixture
def collins() -> Path:
    return EXAMPLES / "collins.jpg"


@pytest.fixture
def montage() -> Path:
    return EXAMPLES / "montage.jpg"
