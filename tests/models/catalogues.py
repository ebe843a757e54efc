"""Catalogues of a test's own: entries of the real one, with files that the test made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from facestyle import weights
from facestyle.settings import Settings


def to_toml(value: object) -> str:
    """A value as TOML writes it, tables in line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {to_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def with_files(folder: Path, files: Mapping[str, bytes], **settings: object) -> Settings:
    """Settings over a folder in which models lie beside the catalogue, as embedded ones do.

    Args:
        folder: Where; holds nothing else.
        files: By catalogue ID: the contents of the model's only file.
        settings: Further settings.
    """
    text = ""
    for model_id, data in files.items():
        real = weights.entry(model_id)
        name = real.hub.files[0].name if real.hub else f"{model_id}.safetensors"
        file = {"name": f"{model_id}-{name}", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        (folder / file["name"]).write_bytes(data)
        facts = real.model_dump(exclude_none=True, exclude={"hub", "embedded"}) | {"embedded": [file]}
        text += "[[model]]\n" + "".join(f"{key} = {to_toml(value)}\n" for key, value in facts.items())
    (folder / "catalog.toml").write_text(text, "utf-8")
    return Settings(weights_dir=folder, **settings)
