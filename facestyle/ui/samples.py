"""The pictures that ship with the page, and the strips of examples made of them. Credits: examples/CREDITS.md."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from facestyle.ui import html, texts

FOLDER = Path(__file__).resolve().parent / "examples"
SUFFIX = ".jpg"


def path(sample: str) -> str:
    """The file of a sample picture."""
    return str(FOLDER / f"{sample}{SUFFIX}")


def files() -> list[str]:
    """All sample pictures: what of the folder may be served."""
    return sorted(str(file) for file in FOLDER.glob(f"*{SUFFIX}"))


@dataclass(frozen=True, slots=True)
class Example:
    """One click: the pictures it fills in, and what its button says.

    Attributes:
        pictures: Sample names, in the order of the tab's inputs.
        caption: What they show; an altered copy is called one.
        name: For enrolling.
        alpha: For painting: how much of the photo to keep; a busy style needs more to leave it recognisable.
    """

    pictures: tuple[str, ...]
    caption: str
    name: str = ""
    alpha: float = 1.0


VERIFY = (
    Example(("hopper", "hopper_altered"), texts.SAMPLE_SAME_HOPPER),
    Example(("collins", "hopper"), texts.SAMPLE_DIFFERENT),
    Example(("collins", "collins_altered"), texts.SAMPLE_SAME_COLLINS),
    Example(("hopper", "coffee"), texts.SAMPLE_NO_FACE),
)
IDENTIFY = (
    Example(("montage",), texts.SAMPLE_MONTAGE),
    Example(("hopper_altered",), texts.SAMPLE_HOPPER_ALTERED),
    Example(("collins",), texts.SAMPLE_COLLINS_PORTRAIT),
)
ENROLL = (
    Example(("hopper",), texts.SAMPLE_ENROLL_HOPPER, texts.HOPPER),
    Example(("collins",), texts.SAMPLE_ENROLL_COLLINS, texts.COLLINS),
)
ALBUM = (Example(("hopper", "collins", "montage", "hopper_altered", "collins_altered", "coffee"), texts.SAMPLE_ALBUM),)
STYLE = (
    Example(("china", "swirls"), texts.SAMPLE_STYLE_CHINA),
    Example(("chelsea", "glass"), texts.SAMPLE_STYLE_CHELSEA, alpha=4.0),
    Example(("flower", "waves"), texts.SAMPLE_STYLE_FLOWER, alpha=10.0),
    Example(("collins", "swirls"), texts.SAMPLE_STYLE_COLLINS, alpha=2.0),
)
TRIPLET = (
    Example(("hopper", "hopper_altered", "collins"), texts.SAMPLE_TRIPLET_HOPPER),
    Example(("collins", "collins_altered", "hopper"), texts.SAMPLE_TRIPLET_COLLINS),
    Example(("hopper", "collins", "hopper_altered"), texts.SAMPLE_TRIPLET_WRONG),
)
FAST = (
    Example(("chelsea",), texts.SAMPLE_FAST_CHELSEA),
    Example(("collins",), texts.SAMPLE_FAST_COLLINS),
    Example(("china",), texts.SAMPLE_FAST_CHINA),
    Example(("flower",), texts.SAMPLE_FAST_FLOWER),
)


@cache
def thumbnail(sample: str, side: int = 180) -> str:
    """A data: URI of a sample, its shorter side `side` pixels."""
    with Image.open(path(sample)) as picture:
        scale = side / min(picture.size)
        small = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def strip(examples: Sequence[Example]) -> str:
    """A row of buttons with pictures; a click sends the example's index as `id`."""
    cards = []
    for index, example in enumerate(examples):
        pictures = "".join(f'<img src="{thumbnail(picture)}" alt="">' for picture in example.pictures)
        cards.append(
            f'<button type="button" class="fs-card" data-action="example" data-id="{index}">'
            f'<span class="fs-card-pictures">{pictures}</span><span>{html.esc(example.caption)}</span></button>'
        )
    return f'<p class="fs-caption">{html.esc(texts.EXAMPLES)}</p><div class="fs-strip">{"".join(cards)}</div>'
