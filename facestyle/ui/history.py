"""The last paintings of a session, to be brought back: bounded in number and in bytes, gone with the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facestyle import images
from facestyle.ui import html, texts

if TYPE_CHECKING:
    from facestyle.ui.painting import Painted

MOST = 12
MOST_BYTES = 64_000_000
PUBLIC_BYTES = 16_000_000
"""Where strangers share the app, many sessions are kept in memory at once."""

THUMBNAIL = 160


@dataclass(frozen=True)
class Kept:
    """One painting.

    Attributes:
        number: Counted from 1 over the session, never used twice.
        painted: The painting with all that is needed to go on with it.
        thumbnail: data: URI.
    """

    number: int
    painted: Painted
    thumbnail: str


@dataclass
class History:
    """The newest paintings, oldest first."""

    _kept: list[Kept] = field(default_factory=list)
    _made: int = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept)

    def add(self, painted: Painted, *, most_bytes: int = MOST_BYTES) -> None:
        """Keeps a painting; the oldest make room, and one that is too large by itself is not kept."""
        self._made += 1
        picture = html.data_uri(images.decode(painted.result), THUMBNAIL)
        self._kept.append(Kept(self._made, painted, picture))
        while self._kept and (len(self._kept) > MOST or self.nbytes > most_bytes):
            del self._kept[0]

    @property
    def nbytes(self) -> int:
        """Of all pictures that it keeps alive; one that several paintings share is counted once."""
        arrays = {id(array): array.nbytes for kept in self._kept for array in kept.painted.arrays()}
        return sum(arrays.values()) + sum(kept.painted.reel_bytes for kept in self._kept)

    def find(self, number: str) -> Painted | None:
        """The painting of that number, if it is still kept."""
        return next((kept.painted for kept in self._kept if str(kept.number) == number), None)

    def clear(self) -> None:
        """Forgets all."""
        self._kept.clear()


def strip(history: History) -> str:
    """A row of buttons with pictures, the newest first; nothing where there is nothing to go back to."""
    if not len(history):
        return ""
    buttons = []
    for kept in reversed(list(history)):
        painted = kept.painted
        fast = painted.request is None
        words = texts.STYLE_HISTORY_FAST if fast else texts.STYLE_HISTORY_STEPS.format(steps=painted.steps)
        label = texts.STYLE_HISTORY_ITEM.format(number=kept.number, words=words)
        buttons.append(
            f'<button type="button" class="fs-tile" data-action="back" data-id="{kept.number}" '
            f'aria-label="{html.esc(label)}"><img src="{kept.thumbnail}" alt=""><span>{html.esc(words)}</span></button>'
        )
    title = html.esc(texts.STYLE_HISTORY)
    return (
        f'<p class="fs-caption">{title}</p><div class="fs-tiles" role="group" aria-label="{title}">'
        f"{''.join(buttons)}</div>"
    )
