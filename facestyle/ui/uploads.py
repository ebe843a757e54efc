"""The folder in which Gradio keeps what was uploaded, for an hour at most; what is there of people goes earlier.

A file is kept under the hash of its content, so two visitors who upload the same picture share one path. Whoever
uploads it later puts a new file there: only the very file that was noted is ever deleted.
"""

from __future__ import annotations

import filecmp
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder

from facestyle.ui import samples

Uploads = dict[str, tuple[int, int]]
"""Paths, and which file each was when it was noted."""


def note(noted: Uploads, path: str) -> None:
    """Remembers an upload; any other file, such as an example, is left out.

    So is a sample picture that somebody uploads: it lies where the page keeps its own copy, which all visitors see.
    """
    with suppress(OSError, ValueError):
        file = Path(path).resolve()
        if file.is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file() and not _is_sample(file):
            noted[str(file)] = _identity(file)


def discard(noted: Uploads) -> None:
    """Deletes what was noted, unless it was uploaded anew since, and forgets it."""
    while noted:
        path, identity = noted.popitem()
        with suppress(OSError):
            if _identity(Path(path)) == identity:
                Path(path).unlink()


def _is_sample(file: Path) -> bool:
    sample = samples.FOLDER / file.name
    return sample.is_file() and filecmp.cmp(sample, file, shallow=False)


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns
