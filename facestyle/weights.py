"""The catalogue of pretrained networks, and the way from a model's ID to verified tensors.

`weights/catalog.toml` names every model with its files, SHA-256 sums, licence and contract. An ID resolves to its
embedded files, else to the local Hub cache, else to a download from the Hugging Face Hub at a pinned revision. Each
file is checked against its SHA-256 on every load: nothing ever runs on weights that are not the ones named.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors

from facestyle.errors import CatalogueError, UnknownModelError, WeightsDamagedError, WeightsMissingError
from facestyle.settings import Settings

Role = Literal["detector", "embedder", "style_features", "fast_style", "liveness"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFile(_Frozen):
    """One file with what it must be: name (in `weights/` or in the Hub repository), SHA-256 (hex), bytes."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)


class HubSource(_Frozen):
    """Where on the Hugging Face Hub the files are; the revision is a full commit hash, so a file can't change."""

    repo: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: tuple[WeightFile, ...] = Field(min_length=1)


class InputContract(_Frozen):
    """What the network expects: size (pixels, 0 for any), channel order, scaling as a formula in x (0 to 255)."""

    size: int = Field(ge=0)
    channels: Literal["RGB", "BGR"]
    scaling: str


class OutputContract(_Frozen):
    """What the network gives; for embedders also the metric and the default threshold with its origin."""

    kind: str
    dimension: int | None = None
    metric: Literal["squared_euclidean", "cosine"] | None = None
    tau: float | None = None
    tau_source: str | None = None
    names: tuple[str, ...] = ()


class ModelEntry(_Frozen):
    """One model of the catalogue."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    role: Role
    architecture: str
    licence: str
    credit: str
    source: str
    verified: Literal["file", "schema"]
    input: InputContract
    output: OutputContract
    embedded: tuple[WeightFile, ...] = ()
    hub: HubSource | None = None

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        files = self.embedded or (self.hub.files if self.hub else ())
        return sum(file.bytes for file in files)


def catalogue(settings: Settings | None = None) -> Mapping[str, ModelEntry]:
    """Reads `catalog.toml`.

    Returns:
        Entries by ID, in the file's order.

    Raises:
        CatalogueError: The file is missing or malformed.
    """
    path = (settings or Settings()).weights_dir / "catalog.toml"
    try:
        entries = [ModelEntry.model_validate(item) for item in tomllib.loads(path.read_text("utf-8"))["model"]]
    except FileNotFoundError as error:
        raise CatalogueError(
            f"The model catalogue {path} is missing. Restore it from the project's repository."
        ) from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError, ValidationError) as error:
        raise CatalogueError(
            f"The model catalogue {path} is malformed ({error}). Restore it from the project's repository."
        ) from error
    return {entry.id: entry for entry in entries}


def entry(model_id: str, settings: Settings | None = None) -> ModelEntry:
    """One catalogue entry.

    Raises:
        UnknownModelError: No such ID.
    """
    entries = catalogue(settings)
    if model_id not in entries:
        raise UnknownModelError(f"There is no model “{model_id}”. Known models: {', '.join(entries)}.")
    return entries[model_id]


def resolve(model_id: str, settings: Settings | None = None) -> tuple[Path, ...]:
    """Finds a model's files: embedded, else from the Hub's local cache, else downloaded from the Hub.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: A file is in none of the three places.
        WeightsDamagedError: An embedded file is not the one that the catalogue names.
    """
    settings = settings or Settings()
    model = entry(model_id, settings)
    if model.embedded:
        paths = tuple(settings.weights_dir / file.name for file in model.embedded)
        for path, file in zip(paths, model.embedded, strict=True):
            _read_verified(path, file, restore="Restore it from the project's repository or run weights/convert.py.")
        return paths
    return tuple(_from_hub(model, file) for file in _hub_files(model))


def load_tensors(model_id: str, settings: Settings | None = None) -> dict[str, torch.Tensor]:
    """All tensors of a model, in float32 on the CPU, read from verified bytes.

    Half-precision files are widened: the networks compute in float32 unless their caller decides otherwise.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: A file is nowhere to be had.
        WeightsDamagedError: A file is truncated, altered or no safetensors file.
    """
    settings = settings or Settings()
    model = entry(model_id, settings)
    if model.embedded:
        restore = "Restore it from the project's repository or run weights/convert.py."
        located = [(settings.weights_dir / file.name, file, restore) for file in model.embedded]
    else:
        restore = "Delete it and try again to download it anew."
        located = [(_from_hub(model, file), file, restore) for file in _hub_files(model)]
    tensors: dict[str, torch.Tensor] = {}
    for path, file, advice in located:
        if path.suffix != ".safetensors":  # a shard index stands beside the shards it lists
            continue
        # The bytes that were hashed are the bytes that are parsed: no window in which the file could be swapped.
        data = _read_verified(path, file, restore=advice)
        try:
            part = load_safetensors(data)
        except SafetensorError as error:
            raise WeightsDamagedError(f"The weight file {path} is no valid safetensors file ({error}).") from error
        tensors.update({name: tensor.float() for name, tensor in part.items()})
    return tensors


def _hub_files(model: ModelEntry) -> tuple[WeightFile, ...]:
    if model.hub is None:
        raise CatalogueError(f"Model “{model.id}” has neither embedded files nor a Hub source.")
    return model.hub.files


def _read_verified(path: Path, file: WeightFile, *, restore: str) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsMissingError(
            f"The weight file {path} is missing ({file.bytes:,} bytes expected). {restore}"
        ) from error
    except OSError as error:
        raise WeightsMissingError(f"The weight file {path} can't be read ({error.strerror}). {restore}") from error
    if len(data) != file.bytes:
        raise WeightsDamagedError(
            f"The weight file {path} has {len(data):,} bytes, expected {file.bytes:,}: it is truncated or altered. "
            f"{restore}"
        )
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise WeightsDamagedError(
            f"The weight file {path} is altered: its SHA-256 is {found}, expected {file.sha256}. {restore}"
        )
    return data


def _from_hub(model: ModelEntry, file: WeightFile) -> Path:
    hub = model.hub
    assert hub is not None  # noqa: S101  (narrowing: _hub_files has refused it)
    where = f"{hub.repo}@{hub.revision[:8]}/{file.name}"
    try:
        return Path(hf_hub_download(hub.repo, file.name, revision=hub.revision))
    except GatedRepoError as error:
        raise WeightsMissingError(
            f"{where} is gated. Accept its terms on the Hugging Face Hub and log in with `hf auth login`."
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError) as error:
        raise WeightsMissingError(f"{where} is not on the Hugging Face Hub any more.") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise WeightsMissingError(
            f"{where} is not in the local cache and the Hugging Face Hub can't be reached. Check the network, or use "
            "an embedded model."
        ) from error
