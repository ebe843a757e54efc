"""Files as they are written: whole or not at all, and nothing is left for long of a process that was killed.

What is unfinished is locked by whoever makes it. The kernel lets go of the lock when that process ends, however it
ends: what is free and bears a name of ours is dead, and the next to write in that folder removes it.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from facestyle.errors import StorageError

if sys.platform != "win32":
    import fcntl

_DRAFT: Final = re.compile(r"\.facestyle-[0-9a-f]{16}\.tmp")
_SIDECARS: Final = ("-journal", "-wal", "-shm")
"""What SQLite puts beside a draft that is a database."""

_TAKES_NOTHING: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
_FOLDER: Final = re.compile(r"facestyle-app-[a-z0-9_]{8}")


@contextmanager
def replacing(path: str | os.PathLike[str], *, private: bool = False, new: bool = False) -> Iterator[IO[bytes]]:
    """A file under a temporary name in the same folder, which takes its place at the end of the block.

    If the block fails, nothing is changed. Others may write the file too, by its `name`.

    Args:
        path: Where the file shall be.
        private: Whether its owner alone may read it.
        new: Whether a file that is there already is an error, not replaced.

    Raises:
        OSError: It can't be written; FileExistsError: see `new`.
        ValueError: A NUL character in the path.
    """
    target = Path(path)
    sweep(target.parent)
    file, held = _draft(target.parent, 0o600 if private else 0o666)
    draft = Path(file.name)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not held:
                file.close()  # where there are no locks an open file may not be renamed
            _place(draft, target, new=new)
        settle(target.parent)
    finally:
        _remove(draft)


def sweep(folder: Path) -> None:
    """Removes what killed processes left unfinished in a folder."""
    for path in _ours(folder, _DRAFT):
        with suppress(OSError), open(path, "r+b") as file:
            if _hold(file.fileno(), wait=False):
                _remove(path)


def own_folder() -> tuple[Path, int]:
    """A new folder for temporary files that its owner alone may read; those of dead processes are removed.

    Returns:
        The folder, and the open handle that shows others that its process lives.

    Raises:
        OSError: None can be made.
    """
    parent = Path(tempfile.gettempdir())
    for path in _ours(parent, _FOLDER):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                if _hold(handle, wait=False):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)
    while True:
        folder = Path(tempfile.mkdtemp(prefix="facestyle-app-"))
        if sys.platform == "win32":  # which opens no folders
            return folder, -1
        with suppress(FileNotFoundError):  # somebody swept between the two steps
            handle = os.open(folder, os.O_RDONLY)
            _hold(handle, wait=True)
            if folder.exists():
                return folder, handle
            os.close(handle)


def named(error: BaseException) -> StorageError | None:
    """What to say of an error of the file system, if it is that nothing more can be written."""
    if isinstance(error, OSError) and error.errno in _TAKES_NOTHING:
        return StorageError(
            f"There is no room on the disk ({os.strerror(error.errno)}). Nothing was changed: make room, or ask "
            "whoever runs this to."
        )
    return None


def settle(path: Path) -> None:
    """Waits until a file or a folder is on the disk."""
    with suppress(OSError):  # some systems refuse it for folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _draft(folder: Path, mode: int) -> tuple[IO[bytes], bool]:
    """A new file, and whether it is locked."""
    while True:
        path = folder / f".facestyle-{secrets.token_hex(8)}.tmp"
        # Not tempfile: its files are readable by their owner only, and the rename would keep that.
        file = open(path, "x+b", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        held = _hold(file.fileno(), wait=True)
        if os.fstat(file.fileno()).st_nlink:
            return file, held
        file.close()  # somebody swept between the two steps


def _hold(handle: int, *, wait: bool) -> bool:
    """Locks an open file or folder until it is closed; whether that was done."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by a living process, or a file system without locks, where nothing is ever swept
        return False
    return True


def _ours(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """What lies in a folder under such a name and is this user's; nothing behind a link."""
    found = []
    with suppress(OSError, ValueError), os.scandir(folder) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and not entry.is_symlink() and _is_mine(entry):
                found.append(Path(entry.path))
    return found


def _is_mine(entry: os.DirEntry[str]) -> bool:
    return sys.platform == "win32" or entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def _place(draft: Path, target: Path, *, new: bool) -> None:
    if not new:
        os.replace(draft, target)
        return
    try:
        os.link(draft, target)  # unlike a rename, never replaces what another process made meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise
        draft.rename(target)


def _remove(draft: Path) -> None:
    """The draft last: as long as it is there, the rest is found again."""
    for suffix in (*_SIDECARS, ""):
        with suppress(OSError):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)
