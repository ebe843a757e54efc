"""A loopback Hub with files for entries of the real catalogue, and that catalogue with the sums of these files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from facestyle import weights
from tests.hub.server import Blob, Hub, Repo
from tests.models.catalogues import to_toml


def hub_with(folder: Path, files: Mapping[str, bytes]) -> Hub:
    """A Hub, not yet started, and in `folder` a catalogue with what is on board and these models.

    Args:
        folder: Where to; the embedded files are linked into it.
        files: By catalogue ID of a model of the Hub: the contents of its only file.
    """
    real = Path(weights.resolve("mtcnn")[0]).parent
    for path in real.glob("*.safetensors*"):
        (folder / path.name).symlink_to(path)
    repos, text = {}, ""
    for entry in weights.catalogue().values():
        facts = entry.model_dump(exclude_none=True)
        if not entry.embedded:
            if entry.id not in files:
                continue
            data = files[entry.id]
            (file,) = facts["hub"]["files"]
            file.pop("about_bytes", None)
            file |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            repos[entry.hub.repo] = Repo(entry.hub.revision, {file["name"]: Blob(data)})
        text += "[[model]]\n" + "".join(f"{key} = {to_toml(value)}\n" for key, value in facts.items())
    (folder / "catalog.toml").write_text(text, "utf-8")
    return Hub(repos=repos)
