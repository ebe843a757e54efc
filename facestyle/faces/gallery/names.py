"""Which names people may have in a gallery, and when two names are the same."""

from __future__ import annotations

import unicodedata

from facestyle.errors import InvalidNameError

MAX_NAME_LENGTH = 200
"""Characters (Unicode code points) after normalisation."""

_MAX_RAW_LENGTH = 10 * MAX_NAME_LENGTH
"""Longer input is refused unread: NFC takes quadratic time on long runs of combining marks."""

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The Bidi_Control property (Unicode Standard Annex 9): they can make one name look like another."""
_INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u2800\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
) | frozenset(map(chr, range(0xE0000, 0xE0080)))
"""Characters that show nothing, such as the zero width space, the fillers of Hangul and the tags.

The zero width joiners and the variation selectors stay: scripts need them.
"""


def normalize_name(name: str) -> str:
    """The form in which a name is stored: Unicode NFC, stripped, each run of inner white space one space.

    Raises:
        InvalidNameError: Empty or longer than `MAX_NAME_LENGTH`, nothing visible in it, or it holds a line break, a
            control, surrogate or invisible character, or one that changes the writing direction.
    """
    if len(name) > _MAX_RAW_LENGTH:
        raise _too_long()
    text = unicodedata.normalize("NFC", name).strip()
    if not text:
        raise InvalidNameError("The name is empty: enter a name.")
    for character in text:
        _check_character(character)
    text = " ".join(text.split())
    if len(text) > MAX_NAME_LENGTH:
        raise _too_long()
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise InvalidNameError("The name has no visible character: enter a name.")
    return text


def name_key(name: str) -> str:
    """What two names must share to be the same: the canonical caseless form (Unicode Standard 3.13, D145)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _check_character(character: str) -> None:
    category = unicodedata.category(character)
    if character in "\n\v\f\r\u0085" or category in ("Zl", "Zp"):
        raise InvalidNameError("The name has a line break in it: write it on one line.")
    if (category == "Cc" and character != "\t") or category == "Cs":
        raise InvalidNameError(
            f"The name holds a control or broken character (U+{ord(character):04X}): type the name again without it."
        )
    if character in _BIDI_CONTROLS or character in _INVISIBLE:
        raise InvalidNameError(
            f"The name holds an invisible character (U+{ord(character):04X}) that can make it look like another name: "
            "type the name again without it."
        )


def _too_long() -> InvalidNameError:
    return InvalidNameError(f"The name is longer than {MAX_NAME_LENGTH} characters: enter a shorter one.")
