"""Every picture of an album in one style: uploads and zip archives, read one at a time, nothing unpacked to disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facestyle import images
from facestyle.images.albums import Album, Entry, Limits
from facestyle.settings import Settings
from facestyle.style.batch_work import BatchStep, BatchStyle, Job, Plan, make_folder, safe_stem, work_off
from facestyle.style.fast import AnyFastStyle, stylize_fast
from facestyle.style.painters import Painter
from facestyle.style.vectors import StyleVectors


def paint_album(
    paths: Sequence[str | os.PathLike[str]],
    style: BatchStyle,
    out: str | os.PathLike[str],
    *,
    suffix: str = ".png",
    settings: Settings | None = None,
) -> Generator[BatchStep]:
    """Paint every picture of an album.

    Args:
        paths: Picture files, folders and zip archives, as for `facestyle.images.albums.Album`.
        style: In which.
        out: Folder of the results, made where it is missing; each is named after its picture and the style, and
            numbered where two pictures have one name.
        suffix: .png, .jpg or .webp.
        settings: What an album may cost, and how large a picture may be.

    Returns:
        A generator of steps, as `work_off` gives them. What can't be read or painted, or is beyond the limits, is among
        `failed`.

    Raises:
        InvalidRequestError: `out` can't be used.
        AlbumEmptyError: From the generator: there is no file.
        FacestyleError: From the generator: why the only file can't be opened.
    """
    settings = settings or Settings()
    target = make_folder(Path(out))
    images.check_writable(target / f"a{suffix}")
    return _painted(paths, style, target, suffix, settings)


def album_painter(
    style: AnyFastStyle,
    *,
    size: int | None = None,
    settings: Settings | None = None,
    vectors: StyleVectors | None = None,
) -> Painter:
    """One pass of a fast network, which reads a painting once for all pictures; arguments as for `stylize_fast`."""
    known = StyleVectors() if vectors is None else vectors

    def paint(content: npt.NDArray[np.uint8]) -> Generator[tuple[float, npt.NDArray[np.uint8]]]:
        yield 1.0, stylize_fast(content, style=style, size=size, settings=settings, vectors=known)

    return paint


def _painted(
    paths: Sequence[str | os.PathLike[str]], style: BatchStyle, target: Path, suffix: str, settings: Settings
) -> Generator[BatchStep]:
    with Album(paths, Limits.of(settings)) as album:
        files = _files(album.entries, target, f"--{safe_stem(style.name)}{suffix}")
        jobs = tuple(
            Job(_reader(album, entry), entry.name, ((style, file),))
            for entry, file in zip(album.entries, files, strict=True)
        )
        plan = Plan(jobs, failed=tuple(album.skipped))
        yield from work_off(plan, len(jobs) + len(plan.failed), settings)


def _reader(album: Album, entry: Entry) -> Callable[[], bytes]:
    return lambda: album.read(entry)


def _files(entries: Sequence[Entry], target: Path, ending: str) -> list[Path]:
    """A file for each, no two alike even where upper and lower case are one."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    files = []
    for entry in entries:
        plain = stem = safe_stem(Path(entry.name).stem)
        while stem.casefold() in taken:
            numbers[plain] = numbers.get(plain, 1) + 1
            stem = f"{plain}-{numbers[plain]}"
        taken.add(stem.casefold())
        files.append(target / f"{stem}{ending}")
    return files
