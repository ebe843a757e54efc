"""A weights folder in which one catalogue model's file is made by the test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from facestyle import weights
from facestyle.models import zoo
from facestyle.settings import Settings

WithFile = Callable[[str, str, bytes], Settings]


@pytest.fixture
def with_file(tmp_path: Path):
    """(model ID, file name, bytes) -> settings over a catalogue in which the model has this file, all else unchanged.

    The file counts as embedded, so that no network is needed; contracts, key names and architecture are the real ones.
    """

    def make(model_id: str, name: str, data: bytes) -> Settings:
        facts = weights.entry(model_id).model_dump(exclude_none=True, exclude={"hub"})
        facts["embedded"] = [{"name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}]
        (tmp_path / name).write_bytes(data)
        lines = [f"{key} = {_toml(value)}" for key, value in facts.items()]
        (tmp_path / "catalog.toml").write_text("\n".join(["[[model]]", *lines]) + "\n", "utf-8")
        return Settings(weights_dir=tmp_path)

    yield make
    zoo.clear_cache()


def _toml(value: object) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
