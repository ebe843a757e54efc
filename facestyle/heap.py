"""Memory that was freed goes back to the machine, in a process that lives long and has many threads."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""


def share() -> None:
    """Lets all threads allocate from one heap; to be called before there are any.

    glibc gives up to eight heaps a core to the threads, and each keeps what pictures and networks left in it: with 50
    visitors memory rose for as long as one watched. Other systems do not, and nothing is done there.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Hands pages that hold nothing back to the machine; costs some milliseconds."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
