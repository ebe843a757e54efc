"""A gallery as one file to carry away: a zip of a manifest, the people as JSON and their embeddings as safetensors.

Members are stored uncompressed, so that no archive unpacks to more than it weighs. The manifest holds the SHA-256 of
every other member; that finds damage, but only a passphrase (see `sealing`) keeps somebody from changing both.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from safetensors import numpy as tensors

from facestyle import files
from facestyle.errors import ArchiveError, PassphraseError, refused
from facestyle.faces.gallery import sealing
from facestyle.faces.gallery.base import Embeddings, EmbeddingSet, Gallery, Record
from facestyle.faces.results import Consent, Person

_MANIFEST, _PEOPLE, _TENSOR = "manifest.json", "people.json", "embeddings"
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
_ENTRY, _MOST_MEMBERS = b"PK\x01\x02", 1000
"""How the directory of a zip begins each entry (APPNOTE.TXT 6.3.10, section 4.3.12), and how many are looked at."""

Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Set(_Strict):
    file: Annotated[str, Field(pattern=r"^embeddings-[0-9]{1,9}\.safetensors$")]
    model: str
    preprocessing: str
    dimension: Count
    count: Count


class _Manifest(_Strict):
    format: Literal["facestyle gallery"]
    version: Literal[1]
    written: AwareDatetime
    people: Count
    embeddings: tuple[_Set, ...]
    sha256: dict[str, str]


class _Rows(_Strict):
    set: Count
    start: Count
    count: Count


class _Consent(_Strict):
    text: str
    version: str
    given: AwareDatetime


class _Person(_Strict):
    name: str
    created: AwareDatetime
    expires: AwareDatetime | None
    consent: _Consent | None
    thumbnail: str | None
    embeddings: tuple[_Rows, ...]


class _People(_Strict):
    people: tuple[_Person, ...]


def export_gallery(
    gallery: Gallery, target: str | os.PathLike[str] | None = None, *, passphrase: str | None = None
) -> bytes:
    """Everybody of the gallery's namespace, with embeddings, thumbnails, consent and times.

    Args:
        gallery: What to export.
        target: A new file to write it to as well, readable by its owner only.
        passphrase: Encrypts the archive; None leaves it readable by whoever has it.

    Returns:
        The archive.

    Raises:
        PassphraseError: The passphrase is too short.
        ArchiveError: `target` exists already or cannot be written.
    """
    data = _pack(gallery)
    if passphrase is not None:
        data = sealing.seal(data, passphrase)
    if target is not None:
        write_new(target, data)
    return data


def import_gallery(
    gallery: Gallery,
    source: bytes | str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    models: Collection[str] | None = None,
) -> tuple[Person, ...]:
    """Enrols everybody of an archive, or nobody: see `Gallery.upsert`.

    Args:
        gallery: Where to.
        source: The archive, or its path.
        passphrase: Of an encrypted archive. With one, an archive that is not encrypted is refused: somebody may have
            put it in the other's place.
        models: Catalogue IDs of the models whose embeddings are of use; None for all.

    Returns:
        The people as now stored.

    Raises:
        ArchiveError: The file cannot be read, is no archive, was changed, or holds another model's embeddings.
        PassphraseError: The passphrase is missing or wrong.
        InvalidEmbeddingError: The gallery's embeddings of a model have another length.
    """
    data = source if isinstance(source, bytes) else _read(Path(source).expanduser())
    if sealing.is_sealed(data):
        if passphrase is None:
            raise PassphraseError("This archive is encrypted: give the passphrase it was exported with.")
        data = sealing.unseal(data, passphrase)
    elif passphrase is not None:
        raise PassphraseError(
            "This archive is not encrypted, though a passphrase was given. Nothing was imported: check that it is the "
            "right file, and leave the passphrase out if it is."
        )
    records = _unpack(data, models)
    return gallery.upsert(records)


def _pack(gallery: Gallery) -> bytes:
    spaces: dict[tuple[str, str], list[Embeddings]] = {}
    lengths: dict[tuple[str, str], int] = {}
    people: list[_Person] = []
    for record in gallery.records():
        rows = []
        for item in record.sets:
            which = (item.model, item.preprocessing)
            spaces.setdefault(which, []).append(item.vectors)
            start = lengths.get(which, 0)
            lengths[which] = start + len(item.vectors)
            rows.append(_Rows(set=list(spaces).index(which), start=start, count=len(item.vectors)))
        consent = record.consent
        people.append(
            _Person(
                name=record.name,
                created=record.created or datetime.now(UTC),
                expires=record.expires,
                consent=None
                if consent is None
                else _Consent(text=consent.text, version=consent.version, given=consent.given),
                thumbnail=None if record.thumbnail is None else base64.b64encode(record.thumbnail).decode(),
                embeddings=tuple(rows),
            )
        )
    members = {_PEOPLE: _People(people=tuple(people)).model_dump_json().encode()}
    sets = []
    for number, ((model, preprocessing), blocks) in enumerate(spaces.items()):
        vectors = np.concatenate(blocks)
        file = f"embeddings-{number}.safetensors"
        members[file] = tensors.save({_TENSOR: vectors})
        sets.append(
            _Set(
                file=file,
                model=model,
                preprocessing=preprocessing,
                dimension=vectors.shape[1],
                count=len(vectors),
            )
        )
    manifest = _Manifest(
        format="facestyle gallery",
        version=1,
        written=datetime.now(UTC),
        people=len(people),
        embeddings=tuple(sets),
        sha256={name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {_MANIFEST: manifest.model_dump_json(indent=1).encode(), **members}.items():
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), content)
    return packed.getvalue()


def _unpack(data: bytes, models: Collection[str] | None) -> list[Record]:
    members = _members(data)
    with refused(_changed("it is not laid out as an exported gallery is")):
        manifest = _Manifest.model_validate_json(members.pop(_MANIFEST))
        if members.keys() != manifest.sha256.keys() or any(
            hashlib.sha256(content).hexdigest() != manifest.sha256[name] for name, content in members.items()
        ):
            raise _changed("its content is not what its manifest says")
        if members.keys() != {_PEOPLE, *(item.file for item in manifest.embeddings)}:
            raise _changed("it holds files that no exported gallery has")
        _check_models(manifest.embeddings, models)
        blocks = [_vectors(item, members[item.file]) for item in manifest.embeddings]
        people = _People.model_validate_json(members[_PEOPLE]).people
        if len(people) != manifest.people:
            raise _changed("people are missing")
        _check_rows(people, manifest.embeddings)
        return [_record(person, manifest.embeddings, blocks) for person in people]


def _members(data: bytes) -> dict[str, bytes]:
    if data.count(_ENTRY) > _MOST_MEMBERS:  # before zipfile makes an object of each
        raise _changed("it holds more files than an exported gallery has")
    damaged = "This is no exported gallery, or it is damaged. Nothing was imported: choose another file."
    with refused(ArchiveError(damaged)), zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.infolist()
        if any(item.compress_type != zipfile.ZIP_STORED for item in listed):
            raise _changed("it was packed anew")
        if sum(item.file_size for item in listed) > len(data) or len({item.filename for item in listed}) < len(listed):
            raise _changed("members overlap")
        return {item.filename: archive.read(item) for item in listed}


def _check_models(sets: Sequence[_Set], models: Collection[str] | None) -> None:
    strangers = sorted({item.model for item in sets} - set(models)) if models is not None else []
    if strangers:
        shown = ", ".join(f"“{model[:60]}”" for model in strangers)
        raise ArchiveError(
            f"The archive holds embeddings of {shown}, which cannot be compared with those of "
            f"{', '.join(sorted(models or ()))}. Nothing was imported: enrol the people again from pictures."
        )


def _vectors(item: _Set, content: bytes) -> Embeddings:
    vectors = tensors.load(content)[_TENSOR]
    if vectors.dtype != np.float32 or vectors.shape != (item.count, item.dimension):
        raise _changed("its embeddings are not those of its manifest")
    return vectors


def _check_rows(people: Sequence[_Person], sets: Sequence[_Set]) -> None:
    """Each embedding belongs to one person: else a small file could ask for endless copies of one."""
    used = [0] * len(sets)
    for person in people:
        for rows in person.embeddings:
            used[rows.set] += rows.count
    if used != [item.count for item in sets]:
        raise _changed("embeddings are missing, or belong to several people")


def _record(person: _Person, sets: Sequence[_Set], blocks: Sequence[Embeddings]) -> Record:
    if any(rows.start + rows.count > len(blocks[rows.set]) for rows in person.embeddings):
        raise _changed("embeddings are missing")
    consent = person.consent
    return Record(
        name=person.name,
        sets=tuple(
            EmbeddingSet(
                sets[rows.set].model,
                sets[rows.set].preprocessing,
                blocks[rows.set][rows.start : rows.start + rows.count],
            )
            for rows in person.embeddings
        ),
        thumbnail=None if person.thumbnail is None else base64.b64decode(person.thumbnail, validate=True),
        consent=None if consent is None else Consent(consent.text, consent.version, consent.given),
        created=person.created,
        expires=person.expires,
    )


def _changed(reason: str) -> ArchiveError:
    return ArchiveError(f"The archive was changed or damaged ({reason}). Nothing was imported: use another copy.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArchiveError(f"The archive {path} cannot be read ({reason}): check the path.") from error


def write_new(target: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file that its owner alone may read: whole or not at all, and never over another one.

    Raises:
        ArchiveError: The file exists already, or cannot be written.
    """
    path = Path(target).expanduser()
    try:
        with files.replacing(path, private=True, new=True) as file:
            file.write(data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArchiveError(f"The archive {path} cannot be written ({reason}): choose another name.") from error
