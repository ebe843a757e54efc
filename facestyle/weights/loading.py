"""From a model's ID to files and tensors, each checked against its SHA-256 on every load."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load as load_safetensors

from facestyle.errors import WeightsDamagedError, refused
from facestyle.hub import ProgressListener, layout
from facestyle.hub.files import file_sums
from facestyle.hub.progress import bar_class
from facestyle.settings import Settings
from facestyle.weights.keys import key_digest, rename, used
from facestyle.weights.onnx_file import read_initializers
from facestyle.weights.schema import entry
from facestyle.weights.sources import Source, sources


@dataclass(frozen=True, slots=True)
class FileState:
    """What one file of a model is like on this computer.

    Attributes:
        path: Where it is; None if it isn't here.
        sha256: SHA-256 (hex) of the file as it is now; None if it isn't here.
        state: `ok`, `missing`, or `damaged`: not what the catalogue or the recorded sum says.
        pinned: Whether the catalogue itself gives the sum that it was compared with.
    """

    path: Path | None
    sha256: str | None
    state: Literal["ok", "missing", "damaged"]
    pinned: bool


def resolve(
    model_id: str,
    settings: Settings | None = None,
    *,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
) -> tuple[Path, ...]:
    """Finds a model's files: embedded, else from the local cache, else downloaded from the Hub; and checks each.

    Args:
        model_id: Catalogue ID.
        settings: Folders and time-outs.
        progress: Told about a download as it goes on; the terminal has its bar anyway.
        cancel: Set it from another thread to stop a download.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: A file is in none of the three places; its children say why.
        WeightsDamagedError: A file is not the one that the catalogue names. A downloaded one was deleted, fetched once
            more, and deleted again.
    """
    settings = settings or Settings()
    model = entry(model_id, settings)
    bar = bar_class(model.title, progress, cancel)
    return tuple(source.read(bar)[0] for source in sources(model, settings))


def load_tensors(
    model_id: str,
    settings: Settings | None = None,
    *,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, torch.Tensor]:
    """All tensors of a model, in float32 on the CPU, read from verified bytes.

    Half-precision files are widened: the networks compute in float32 unless their caller decides otherwise. Integer
    tensors (BatchNorm's counters) become float32 too; `load_state_dict` turns them back.

    Args:
        model_id: Catalogue ID.
        settings: Folders and time-outs.
        progress: As in `resolve`.
        cancel: As in `resolve`.

    Returns:
        Tensors by name: as in the file, without what the entry's `keys` ignore and strip. An ONNX file gives its
        initialisers.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: A file is nowhere to be had; its children say why.
        WeightsDamagedError: A file is truncated, altered or malformed.
    """
    settings = settings or Settings()
    model = entry(model_id, settings)
    bar = bar_class(model.title, progress, cancel)
    tensors: dict[str, torch.Tensor] = {}
    for source in sources(model, settings):
        # The bytes that were hashed are the bytes that are parsed: no window in which the file could be swapped.
        path, data = source.read(bar)
        if path.suffix != ".json":  # the index that stands beside shards
            tensors.update({name: tensor.float() for name, tensor in parse_tensors(path, data).items()})
    return rename(used(tensors, model.keys), model.keys)


def is_cached(model_id: str, settings: Settings | None = None) -> bool:
    """Whether a model can be loaded without the network: its files are embedded or downloaded. Makes no request.

    The files are not read: a damaged one is noticed on loading.

    Raises:
        UnknownModelError: No such ID.
    """
    settings = settings or Settings()
    return all(source.find() is not None for source in sources(entry(model_id, settings), settings))


def inspect(model_id: str, settings: Settings | None = None) -> tuple[FileState, ...]:
    """Looks at a model's files as they are: nothing is downloaded, deleted or recorded.

    Raises:
        UnknownModelError: No such ID.
    """
    settings = settings or Settings()
    return tuple(_state(source) for source in sources(entry(model_id, settings), settings))


def keys_match(model_id: str, settings: Settings | None = None) -> bool | None:
    """Whether a model's files hold the tensors that its catalogue entry records: names and shapes, not values.

    Returns:
        None if there is nothing to compare: no record, or files that are not here or not safetensors.

    Raises:
        UnknownModelError: No such ID.
        WeightsDamagedError: A file's header is malformed.
    """
    settings = settings or Settings()
    model = entry(model_id, settings)
    paths = [source.find() for source in sources(model, settings)]
    present = [path for path in paths if path is not None and path.suffix == ".safetensors"]
    if model.keys is None or not present or len(present) < len(paths):
        return None
    shapes: dict[str, tuple[int, ...]] = {}
    for path in present:
        shapes.update(tensor_shapes(path))
    kept = used(shapes, model.keys)
    return key_digest(kept) == model.keys.sha256


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes by name, from a safetensors file's header alone.

    Raises:
        WeightsDamagedError: Malformed.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(layout.PREFIX_BYTES)
            head += stream.read(layout.header_bytes(head) - len(head))
        return {place.name: place.shape for place in layout.parse(head)}
    except ValueError as error:
        raise WeightsDamagedError(f"The weight file {path} is no valid safetensors file ({error}).") from error


def parse_tensors(path: Path, data: bytes) -> dict[str, torch.Tensor]:
    """The tensors in a file's bytes, in the file's own precision; the path's ending says which format.

    Raises:
        WeightsDamagedError: Malformed.
    """
    if path.suffix == ".onnx":
        try:
            return read_initializers(data)
        except ValueError as error:
            raise WeightsDamagedError(f"The weight file {path} is no valid ONNX file ({error}).") from error
    with refused(WeightsDamagedError(f"The weight file {path} is no valid safetensors file.")):
        return load_safetensors(data)


def _state(source: Source) -> FileState:
    path = source.find()
    if path is None:
        return FileState(None, None, "missing", source.pinned)
    found = file_sums(path)[0]
    sound = source.expected(path) in {None, found}
    return FileState(path, found, "ok" if sound else "damaged", source.pinned)
