"""The folder in which Gradio keeps what was uploaded, for an hour at most; what is there of people goes earlier.

A file is kept under the hash of its content, so two visitors who upload the same picture share one path. Whoever
uploads it later puts a new file there: only the very file that was noted is ever deleted.
"""

from __future__ import annotations

import filecmp
import os
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder

from facestyle.errors import ImageNotFoundError
from facestyle.ui import samples, texts

Uploads = dict[str, tuple[int, int]]
"""Paths, and which file each was when it was noted."""


def find(path: str) -> Path:
    """The file that a visitor names, if visitors may name it: something uploaded here, or one of the page's samples.

    Gradio itself looks at a path only where the payload calls itself a file, and hands every other one on as it is. An
    upload lies under the hash of its content, so that nobody can name one without having it; which session it came
    from Gradio does not say. All refusals are the same, and nothing elsewhere is as much as looked for.

    Raises:
        ImageNotFoundError: Anything else, whether it exists or not.
    """
    with suppress(OSError, ValueError):  # ValueError: a NUL character in the path
        named = Path(os.path.normpath(path))
        for folder in (Path(get_upload_folder()), samples.FOLDER):
            # by name first, and again where links lead: only what is named as inside is asked of the file system
            if folder in named.parents or folder.resolve() in named.parents:
                file = named.resolve(strict=True)
                if folder.resolve() in file.parents and file.is_file():
                    if folder == samples.FOLDER and file.suffix != samples.SUFFIX:
                        break
                    return file
    raise ImageNotFoundError(texts.UPLOAD_GONE)


def note(noted: Uploads, file: Path) -> None:
    """Remembers an upload; any other file, such as an example, is left out.

    So is a sample picture that somebody uploads: it lies where the page keeps its own copy, which all visitors see.
    """
    with suppress(OSError):
        if Path(get_upload_folder()).resolve() in file.parents and not _is_sample(file):
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
