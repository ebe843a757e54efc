"""Models on a loopback Hub, for an app that downloads them: the embedded networks, under other names and from afar."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

from facestyle import weights
from tests.hub.server import Blob, Hub, Repo
from tests.models import fast_neural_style
from tests.models.catalogues import to_toml

REVISION = "7" * 40

FAR = {"dlib_far": "dlib_resnet", "dlib_gone": "dlib_resnet", "mtcnn_far": "mtcnn", "vgg16_far": "vgg16"}
"""ID -> the embedded model whose files it has."""


STYLE = "candy"
"""A learned style of the real catalogue, with weights from a formula."""


def title(model_id: str) -> str:
    """What the page calls it."""
    return f"{weights.entry(FAR[model_id]).title} as {model_id}"


def far_hub() -> Hub:
    """A Hub with the files of all of them."""
    folder = Path(weights.resolve("mtcnn")[0]).parent
    repos = {}
    for model_id, real in FAR.items():
        files = {file.name: Blob((folder / file.name).read_bytes()) for file in weights.entry(real).embedded}
        repos[f"someone/{model_id}"] = Repo(REVISION, files)
    source = weights.entry(STYLE).hub
    repos[source.repo] = Repo(source.revision, {source.files[0].name: Blob(_style_file())})
    return Hub(repos=repos)


def write_catalogue(folder: Path) -> None:
    """The real catalogue with its embedded files, and behind them the models from afar."""
    real = Path(weights.resolve("mtcnn")[0]).parent
    for path in real.glob("*.safetensors*"):
        (folder / path.name).symlink_to(path)
    added = "".join(_entry(model_id, of) for model_id, of in FAR.items())
    text, pinned, data = (real / "catalog.toml").read_text("utf-8"), weights.entry(STYLE).hub.files[0], _style_file()
    there = f'sha256 = "{pinned.sha256}", bytes = {pinned.bytes}'
    assert there in text
    text = text.replace(there, f'sha256 = "{hashlib.sha256(data).hexdigest()}", bytes = {len(data)}')
    (folder / "catalog.toml").write_text(f"{text}\n{added}", "utf-8")


@functools.cache
def _style_file() -> bytes:
    return fast_neural_style.onnx_file(fast_neural_style.tensors(STYLE), 224, 224)


def _entry(model_id: str, real: str) -> str:
    model = weights.entry(real)
    files = [file.model_dump() for file in model.embedded if file.name.endswith(".safetensors")]
    hub = {"repo": f"someone/{model_id}", "revision": REVISION, "files": files}
    facts: Mapping[str, object] = model.model_dump(exclude_none=True, exclude={"embedded"}) | {
        "id": model_id,
        "title": title(model_id),
        "hub": hub,
    }
    return "[[model]]\n" + "".join(f"{key} = {to_toml(value)}\n" for key, value in facts.items())
