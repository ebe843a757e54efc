"""Whole files: found in huggingface_hub's cache, else downloaded by its client, and checked."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache

from facestyle.errors import DiskFullError, WeightsDamagedError
from facestyle.hub import records
from facestyle.hub.failures import EXPECTED, named
from facestyle.hub.progress import DownloadBar, check_cancelled
from facestyle.hub.remote import RemoteFile
from facestyle.settings import Settings

_SPARE_BYTES = 16_000_000
"""Room that a download leaves on the disk."""

# The client looks this up in each download. After its own 10 MiB a bar would stand still, and a cancelled download go
# on, for ten seconds of a slow line.
constants.DOWNLOAD_CHUNK_SIZE = 1 << 20


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the Hub says about a file before it is downloaded.

    Attributes:
        etag: SHA-256 (64 hex digits) of a large file, Git's blob hash (40) of a small one.
        bytes: Size, if given.
    """

    etag: str
    bytes: int | None


def cached(file: RemoteFile) -> Path | None:
    """The file in huggingface_hub's cache, unchecked; None if it isn't there. No request is made."""
    found = try_to_load_from_cache(file.repo, file.name, revision=file.revision)
    return Path(found) if isinstance(found, str) else None


def metadata(file: RemoteFile, settings: Settings) -> Metadata:
    """Asks the Hub about a file: one request, without the client's long retries.

    This comes before each download. A Hub that is away (refused, silent, 503) is known after `hub_timeout_s` at most;
    the client's own download call would try for about 23 s.

    Raises:
        WeightsError: A named reason why the file can't be had.
        WeightsDamagedError: The Hub's file is not the one that the catalogue names.
    """
    try:
        found = get_hf_file_metadata(
            hf_hub_url(file.repo, file.name, revision=file.revision), timeout=settings.hub_timeout_s
        )
    except EXPECTED as error:
        raise named(error, file.where) from error
    if found.etag is None or found.commit_hash is None:
        raise named(OSError("no Hugging Face Hub: its answer has no ETag or no commit"), file.where)
    size_differs = None not in (file.bytes, found.size) and file.bytes != found.size
    sum_differs = file.sha256 is not None and len(found.etag) == 64 and found.etag != file.sha256
    if found.commit_hash != file.revision or size_differs or sum_differs:
        raise WeightsDamagedError(
            f"{constants.ENDPOINT} offers another file than the catalogue names in the place of {file.where} "
            f"(commit {found.commit_hash[:8]}, {found.size} bytes, sum {found.etag}). It was not downloaded."
        )
    return Metadata(found.etag, found.size)


def download(file: RemoteFile, settings: Settings, bar: type[DownloadBar], known: Metadata | None = None) -> Path:
    """Downloads a file into huggingface_hub's cache and checks it; a damaged one is deleted and fetched once more.

    Args:
        file: Which.
        settings: Time-out, and the folder for the recorded sums.
        bar: From `bar_class`.
        known: Metadata, if they were asked for already.

    Returns:
        Where it is, checked against its SHA-256: the pinned one, else the one that the Hub names for this commit.

    Raises:
        WeightsError: A named reason why the file can't be had.
        WeightsDamagedError: It came damaged twice; nothing of it is left.
    """
    check_cancelled(bar.cancel, bar.title)
    known = known or metadata(file, settings)
    expected = file.sha256 or known.etag
    need_room(known.bytes or 0, Path(constants.HF_HUB_CACHE), file.where)
    for _ in range(2):
        try:
            path = Path(
                hf_hub_download(
                    file.repo,
                    file.name,
                    revision=file.revision,
                    tqdm_class=bar,
                    etag_timeout=settings.hub_timeout_s,
                )
            )
            sums = file_sums(path, with_git=len(expected) != 64)
        except EXPECTED as error:
            raise named(error, file.where) from error
        # A transfer that can't be stopped midway (Xet) ends here.
        check_cancelled(bar.cancel, bar.title)
        if expected in sums:
            if file.sha256 is None:
                records.write(file, records.Record(sha256=sums[0], bytes=path.stat().st_size), settings)
            return path
        discard(path)
    raise WeightsDamagedError(
        f"{file.where} arrived damaged twice: its SHA-256 is {sums[0]}, expected {expected}. It was deleted. "
        "Something between the Hugging Face Hub and this computer alters files; try another network."
    )


def expected_sum(file: RemoteFile, path: Path, settings: Settings) -> str | None:
    """What a cached file's SHA-256 must be; None if nobody has ever recorded it.

    In this order: the pinned sum; the one recorded when it was downloaded; the one that huggingface_hub named the blob
    by (large files, on systems with symbolic links).
    """
    if file.sha256 is not None:
        return file.sha256
    record = records.read(file, settings)
    if record is not None:
        return record.sha256
    blob = path.resolve().name
    return blob if len(blob) == 64 and set(blob) <= set("0123456789abcdef") else None


def file_sums(path: Path, *, with_git: bool = False) -> tuple[str, ...]:
    """SHA-256 (hex) of a file; on request also Git's blob hash, SHA-1 over a header and the contents.

    Raises:
        OSError: The file can't be read.
    """
    with path.open("rb") as stream:
        sums = [hashlib.file_digest(stream, "sha256").hexdigest()]
        if with_git:
            stream.seek(0)
            git = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
            while chunk := stream.read(1 << 20):
                git.update(chunk)
            sums.append(git.hexdigest())
    return tuple(sums)


def discard(path: Path) -> None:
    """Deletes a cached file: the link of its revision and the blob that it leads to, but nothing outside the cache."""
    cache = Path(constants.HF_HUB_CACHE).resolve()
    while True:
        target = (path.parent / path.readlink()) if path.is_symlink() else None
        if not path.parent.resolve().is_relative_to(cache):
            return
        with suppress(FileNotFoundError):  # another process was faster
            path.unlink()
        if target is None:
            return
        path = target


def need_room(size: int, folder: Path, where: str) -> None:
    """Refuses a download for which the disk has no room.

    Args:
        size: Bytes to come.
        folder: Where to; it need not exist yet.
        where: The file, for the sentence.

    Raises:
        DiskFullError: Fewer bytes are free.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        raise DiskFullError(
            f"{where} needs {(size + _SPARE_BYTES) / 1e6:,.0f} MB of free space, but {folder} has only "
            f"{free / 1e6:,.0f} MB left. Make room, or set HF_HOME and FACESTYLE_CACHE_DIR to folders on another disk."
        )
