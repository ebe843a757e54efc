"""Every picture of a folder in every one of several styles, in a way that can be interrupted and taken up again.

A result's file name ends with a digest of all that decides its pixels: the bytes of the photo and of the painting, the
settings and the version of the program. So a result is there or not, and no list has to be kept beside the pictures
that could disagree with them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

from facestyle import __version__, images
from facestyle.errors import AlbumEmptyError, FacestyleError, ImageNotFoundError, InvalidRequestError
from facestyle.images.albums import Skipped, display_name, is_clutter
from facestyle.settings import Settings
from facestyle.style.batch_work import BatchStep, BatchStyle, Job, Plan, make_folder, safe_stem, work_off

_DIGEST_LENGTH = 12


def pictures_of(folder: str | os.PathLike[str], out: str | os.PathLike[str]) -> list[Path]:
    """The files of a folder, in all depths and by name, without those in `out` and what systems add unseen.

    Raises:
        ImageNotFoundError: No such folder.
        InvalidRequestError: The results would be written among the pictures.
        AlbumEmptyError: No file in it.
    """
    root, results = Path(folder), Path(out)
    if not root.is_dir():
        raise ImageNotFoundError(f"There is no folder “{display_name(root.name)}”. Check the path and try again.")
    if root.resolve() == results.resolve():
        raise InvalidRequestError("The results would be written among the pictures. Choose another folder for them.")
    inside = results.resolve()
    found: list[Path] = []
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if Path(parent, name).resolve() != inside)
        files = (Path(parent, name) for name in names)
        found += [file for file in files if file.is_file() and not is_clutter(str(file.relative_to(root)))]
    if not found:
        raise AlbumEmptyError(f"There is no picture in “{display_name(root.name)}”. Choose another folder.")
    return sorted(found)


def run_batch(
    folder: str | os.PathLike[str],
    styles: Sequence[BatchStyle],
    out: str | os.PathLike[str],
    *,
    suffix: str = ".png",
    settings: Settings | None = None,
) -> Generator[BatchStep]:
    """Paint every picture of a folder in every style.

    Args:
        folder: Of the pictures, looked through in all depths.
        styles: One or more.
        out: Folder of the results; made where it is missing.
        suffix: .png, .jpg or .webp.
        settings: How large a picture may be.

    Returns:
        A generator of steps, the last of which has `done == total`. A file appears whole or not at all; closing the
        generator keeps what is written, and the next run with the same settings makes the rest.

    Raises:
        InvalidRequestError: No style, two alike, or `out` can't be used.
        ImageNotFoundError: No such folder.
        AlbumEmptyError: No file in it.
    """
    settings = settings or Settings()
    if not styles:
        raise InvalidRequestError("No style was given. Give at least one painting, or --fast STYLE_ID.")
    facts = [_canonical(style.facts) for style in styles]
    if len(set(facts)) < len(facts):
        raise InvalidRequestError("The same style was given twice. Leave one out.")
    sources = pictures_of(folder, out)
    target = make_folder(Path(out))
    images.check_writable(target / f"a{suffix}")
    return work_off(
        _plan(Path(folder), sources, styles, target / f"a{suffix}", settings), len(sources) * len(styles), settings
    )


def _plan(root: Path, sources: Sequence[Path], styles: Sequence[BatchStyle], pattern: Path, settings: Settings) -> Plan:
    """What is left to be made; `pattern` has the folder and the suffix of the results."""
    jobs: list[Job] = []
    kept: list[Path] = []
    failed: list[Skipped] = []
    for source in sources:
        name = display_name(str(source.relative_to(root)))
        try:
            digest = _digest_file(source, settings)
        except FacestyleError as error:
            failed.append(Skipped.because(name, error))
            continue
        pairs = [(style, pattern.with_name(_file_name(source, style, digest, pattern.suffix))) for style in styles]
        kept += [path for _, path in pairs if path.is_file()]
        missing = tuple(pair for pair in pairs if not pair[1].is_file())
        if missing:
            jobs.append(Job(_reader(source), name, missing))
    return Plan(tuple(jobs), tuple(kept), tuple(failed))


def _digest_file(path: Path, settings: Settings) -> str:
    try:
        if path.stat().st_size > settings.max_image_bytes:
            return "too large"  # `decode` refuses it in its own words
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ImageNotFoundError("The file can't be read. Check that it is there and may be read.") from error


def _reader(source: Path) -> Callable[[], Path]:
    return lambda: source


def _canonical(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False)


def _file_name(source: Path, style: BatchStyle, content_digest: str, suffix: str) -> str:
    decisive = json.dumps([__version__, content_digest, _canonical(style.facts)])
    digest = hashlib.sha256(decisive.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{safe_stem(source.stem)}--{safe_stem(style.name)}--{digest}{suffix}"
