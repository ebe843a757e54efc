"""Signing in: wrong guesses wait, more and more, and hold up nobody else.

A guess costs a few tenths of a second of one core (see `accounts`), and they are looked at one at a time. So a guesser
must not fill that line: each address has one guess in it, and comes back later after each wrong one. Wrong guesses at a
name, from wherever, also slow that name down, but never for longer than `LONGEST_FOR_A_NAME`: somebody else's guesses
may not keep an honest person out.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

from facestyle.accounts import Accounts
from facestyle.errors import AccountsError, TooManyGuessesError

log = logging.getLogger(__name__)

ADDRESS: ContextVar[str] = ContextVar("address", default="")
"""Where the request that is being answered comes from; Gradio tells who signs in no more than name and password."""

FREE: Final = 3
"""So many wrong guesses cost nothing: people mistype."""

LONGEST_FOR_AN_ADDRESS: Final = 60.0
LONGEST_FOR_A_NAME: Final = 4.0
"""Seconds between two guesses; from `FREE` on they double from one second."""

FORGET_SECONDS: Final = 900.0
REMEMBERED: Final = 10_000
"""Of addresses and of names; the oldest are forgotten."""

WAITING: Final = 2
"""Guesses of one address that may wait for their turn; more are refused at once."""


class SignIn:
    """Who may come in; Gradio asks `check`.

    Args:
        accounts: Who may.
        clock: Monotonic seconds.
        sleep: Waits for so many.
    """

    def __init__(
        self,
        accounts: Accounts,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._accounts, self._clock, self._sleep = accounts, clock, sleep
        self._turn = asyncio.Lock()
        self._waiting: dict[str, int] = {}
        self._wrong: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    async def check(self, name: str, password: str) -> bool:
        """Whether that is the account's password.

        Raises:
            TooManyGuessesError: The address guesses faster than it may.
        """
        address = ADDRESS.get()
        keys = {("address", address): LONGEST_FOR_AN_ADDRESS, ("name", name): LONGEST_FOR_A_NAME}
        waiting = self._waiting.get(address, 0)
        left = self._left(("address", address), LONGEST_FOR_AN_ADDRESS)
        if waiting >= WAITING or left > LONGEST_FOR_A_NAME:
            raise TooManyGuessesError(
                f"Too many wrong guesses came from here. Wait {max(1, round(left))} seconds and try again."
            )
        self._waiting[address] = waiting + 1
        try:
            while (left := max(self._left(key, longest) for key, longest in keys.items())) > 0:
                await self._sleep(left)
            async with self._turn:
                account = await asyncio.to_thread(self._accounts.check, name, password)
        except AccountsError as error:
            log.error("%s", error.message)
            return False
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
        for key in keys:
            self._note(key, wrong=account is None)
        return account is not None

    def _left(self, key: tuple[str, str], longest: float) -> float:
        """Seconds until the next guess."""
        count, last = self._wrong.get(key, (0, 0.0))
        if count <= FREE:
            return 0.0
        pause = min(longest, 2.0 ** min(count - FREE - 1, 30))
        return max(0.0, last + pause - self._clock())

    def _note(self, key: tuple[str, str], *, wrong: bool) -> None:
        count, last = self._wrong.pop(key, (0, 0.0))
        if not wrong:
            return
        now = self._clock()
        self._wrong[key] = (1 if now - last > FORGET_SECONDS else count + 1, now)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
