"""What the catalogue says about a model: its files, its contracts, its licence, and how far it was verified."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from facestyle.errors import CatalogueError, UnknownModelError
from facestyle.settings import Settings

Role = Literal["detector", "embedder", "style_features", "fast_style", "liveness"]

_SHA256 = r"^[0-9a-f]{64}$"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFile(_Frozen):
    """One embedded file with what it must be: name in `weights/`, SHA-256 (hex), bytes."""

    name: str
    sha256: str = Field(pattern=_SHA256)
    bytes: int = Field(gt=0)


class HubFile(_Frozen):
    """One file of a Hub repository.

    A file whose SHA-256 is known here is pinned by it. One whose SHA-256 is not (nobody of this project has had the
    file in hands) is pinned by the full commit hash of its repository: the Hub names the SHA-256 that belongs to that
    commit (`X-Linked-Etag`), the downloaded bytes are checked against it, and the sum is recorded and checked on every
    later load. `python -m facestyle weights verify ID` prints it, ready to be entered here.

    Attributes:
        name: Path in the repository.
        sha256: SHA-256 (hex) of the file, where known.
        bytes: Exact size, where known.
        about_bytes: Else the size as its page gives it, rounded: for display.
        tensors_sha256: SHA-256 (hex) of the slice that `HubSource.tensors` makes of it, where known.
    """

    name: str
    sha256: str | None = Field(default=None, pattern=_SHA256)
    bytes: int | None = Field(default=None, gt=0)
    about_bytes: int | None = Field(default=None, gt=0)
    tensors_sha256: str | None = Field(default=None, pattern=_SHA256)

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.bytes is None) == (self.about_bytes is None):
            raise ValueError(f"{self.name}: give either bytes (exact) or about_bytes")
        return self

    @property
    def size(self) -> int:
        """Bytes, exact or rounded."""
        return self.bytes or self.about_bytes or 0


class HubSource(_Frozen):
    """Where on the Hugging Face Hub the files are; the revision is a full commit hash, so a file can't change.

    Attributes:
        repo: `owner/name`.
        revision: Full commit hash.
        files: Files to fetch.
        tensors: Prefixes of the tensors in use. If given, only those are fetched (safetensors, by HTTP Range) and
            loaded.
        about_tensors_bytes: Bytes of these tensors, for display.
    """

    repo: str = Field(pattern=r"^[^/]+/[^/]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: tuple[HubFile, ...] = Field(min_length=1)
    tensors: tuple[str, ...] = ()
    about_tensors_bytes: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _only_safetensors_can_be_sliced(self) -> Self:
        if self.tensors and not all(file.name.endswith(".safetensors") for file in self.files):
            raise ValueError(f"{self.repo}: tensors can be selected in safetensors files only")
        if self.tensors and self.about_tensors_bytes is None:
            raise ValueError(f"{self.repo}: about_tensors_bytes is missing")
        return self

    @property
    def size(self) -> int:
        """Bytes to download, exact or rounded."""
        return self.about_tensors_bytes or sum(file.size for file in self.files)


class KeySchema(_Frozen):
    """The tensors that a file must hold, as `key_digest` sums them up, and how to bring them to the network's names.

    Attributes:
        count: Number of tensors, without those that `ignore` drops and without `num_batches_tracked`.
        sha256: `key_digest` of their names, as they stand in the file, and shapes.
        ignore: Prefixes of tensors that the network has no use for (an old classifier), as they stand in the file.
        strip_prefix: Taken off the front of each name on loading.
    """

    count: int = Field(gt=0)
    sha256: str = Field(pattern=_SHA256)
    ignore: tuple[str, ...] = ()
    strip_prefix: str = ""


class InputContract(_Frozen):
    """What the network expects.

    Attributes:
        size: Side in pixels, 0 for any.
        channels: Channel order.
        scaling: A formula in x, a channel's value from 0 to 255.
        alignment: Name of the template that a face is aligned to (embedders).
        crop_scale: Side of the crop as a multiple of the face box's longer side (liveness).
    """

    size: int = Field(ge=0)
    channels: Literal["RGB", "BGR"]
    scaling: str
    alignment: str | None = None
    crop_scale: float | None = Field(default=None, gt=0)


class OutputContract(_Frozen):
    """What the network gives; for embedders also the metric and the default threshold with its origin."""

    kind: str
    dimension: int | None = None
    metric: Literal["squared_euclidean", "cosine"] | None = None
    tau: float | None = None
    tau_source: str | None = None
    names: tuple[str, ...] = ()


class ModelEntry(_Frozen):
    """One model of the catalogue.

    Attributes:
        verified: `file`: the real file was loaded by this project, and its outputs were checked. `schema`: only the
            network was checked (against an independent implementation with the same random weights) and the names and
            shapes of its tensors recorded; the real file was never here.
        published: Accuracy as its authors give it, in percent, by benchmark: `{ "LFW" = 99.40 }`.
        keys: What tensors the files hold.
        embedded: Files in `weights/`.
        hub: Files on the Hugging Face Hub.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    role: Role
    architecture: str
    licence: str
    credit: str
    source: str
    verified: Literal["file", "schema"]
    published: Mapping[str, float] = Field(default_factory=dict)
    input: InputContract
    output: OutputContract
    keys: KeySchema | None = None
    embedded: tuple[WeightFile, ...] = ()
    hub: HubSource | None = None

    @model_validator(mode="after")
    def _has_files(self) -> Self:
        if not self.embedded and self.hub is None:
            raise ValueError(f"{self.id}: neither embedded files nor a Hub source")
        return self

    @property
    def size(self) -> int:
        """Bytes of all its files, as far as they are fetched; exact for embedded ones."""
        if self.embedded:
            return sum(file.bytes for file in self.embedded)
        return self.hub.size if self.hub else 0


def catalogue(settings: Settings | None = None) -> Mapping[str, ModelEntry]:
    """Reads `catalog.toml`.

    Returns:
        Entries by ID, in the file's order.

    Raises:
        CatalogueError: The file is missing or malformed, or names a model twice.
    """
    path = (settings or Settings()).weights_dir / "catalog.toml"
    try:
        entries = [ModelEntry.model_validate(item) for item in tomllib.loads(path.read_text("utf-8"))["model"]]
    except FileNotFoundError as error:
        raise CatalogueError(
            f"The model catalogue {path} is missing. Restore it from the project's repository."
        ) from error
    except Exception as error:  # of the parser's, and of what it found
        raise CatalogueError(
            f"The model catalogue {path} is malformed ({error}). Restore it from the project's repository."
        ) from error
    found = {entry.id: entry for entry in entries}
    if len(found) != len(entries):
        raise CatalogueError(f"The model catalogue {path} names a model twice. Restore it from the repository.")
    return found


def entry(model_id: str, settings: Settings | None = None) -> ModelEntry:
    """One catalogue entry.

    Raises:
        UnknownModelError: No such ID.
    """
    entries = catalogue(settings)
    if model_id not in entries:
        raise UnknownModelError(f"There is no model “{model_id}”. Known models: {', '.join(entries)}.")
    return entries[model_id]
