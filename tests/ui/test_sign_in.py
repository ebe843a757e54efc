"""Wrong guesses wait, and hold up nobody else; on a clock that only waiting moves."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from facestyle.errors import AccountsError, TooManyGuessesError
from facestyle.ui.sign_in import ADDRESS, FREE, LONGEST_FOR_A_NAME, LONGEST_FOR_AN_ADDRESS, REMEMBERED, WAITING, SignIn

RIGHT = "correct horse"


class Played:
    """Accounts whose every look costs a quarter of a second of a clock that nothing else moves."""

    def __init__(self):
        self.now = 0.0
        self.looked = []
        self.slept = []

    def check(self, name, password):
        self.now += 0.25
        self.looked.append((name, password))
        return object() if password == RIGHT else None

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds


@pytest.fixture
def played():
    return Played()


@pytest.fixture
def sign_in(played):
    return SignIn(played, clock=lambda: played.now, sleep=played.sleep)


async def guess(sign_in, address, name, password="wrong"):  # noqa: S107
    ADDRESS.set(address)  # each call is a task of its own, as a request is
    try:
        return await sign_in.check(name, password)
    except TooManyGuessesError as error:
        return error


def waited(coroutine):
    """In a thread of its own: a browser that an earlier test opened keeps the main one's loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def together(*guesses):
    async def ask():
        return await asyncio.gather(*guesses)

    return waited(ask())


def test_the_right_password_opens_at_once(sign_in, played):
    assert together(guess(sign_in, "10.0.0.1", "ada", RIGHT)) == [True]
    assert not played.slept


def test_forty_guesses_in_parallel_hold_up_nobody(sign_in, played):
    *wrong, right = together(
        *(guess(sign_in, "10.6.6.6", "ada") for _ in range(40)), guess(sign_in, "10.0.0.1", "ada", RIGHT)
    )
    assert right is True
    assert len(played.looked) == WAITING + 1
    assert sum(isinstance(answer, TooManyGuessesError) for answer in wrong) == 40 - WAITING
    assert played.now < LONGEST_FOR_A_NAME


def test_an_address_waits_longer_from_guess_to_guess_and_then_is_sent_away(sign_in, played):
    answers = [together(guess(sign_in, "10.6.6.6", f"name {number}"))[0] for number in range(FREE + 6)]
    assert answers[:FREE] == [False] * FREE
    assert [round(seconds, 6) for seconds in played.slept] == [1, 2, 4]
    assert [isinstance(answer, TooManyGuessesError) for answer in answers[FREE + 4 :]] == [True, True]
    assert "Wait 8 seconds" in answers[-1].message
    played.now += LONGEST_FOR_AN_ADDRESS
    assert together(guess(sign_in, "10.6.6.6", "ada", RIGHT)) == [True]
    assert together(guess(sign_in, "10.6.6.6", "ada")) == [False]  # who was right is trusted again


def test_guesses_from_many_addresses_slow_a_name_down_but_never_for_long(sign_in, played):
    for number in range(30):
        assert together(guess(sign_in, f"10.6.6.{number}", "ada")) == [False]
    assert max(played.slept) <= LONGEST_FOR_A_NAME
    played.slept.clear()
    assert together(guess(sign_in, "10.0.0.1", "ada", RIGHT)) == [True]
    assert sum(played.slept) <= LONGEST_FOR_A_NAME
    played.slept.clear()
    assert together(guess(sign_in, "10.0.0.2", "grace", RIGHT)) == [True]
    assert not played.slept  # another name never waits


def test_what_is_remembered_has_a_bound(sign_in):
    async def many():
        for number in range(REMEMBERED // 2 + 50):
            sign_in._note(("address", str(number)), wrong=True)
            sign_in._note(("name", str(number)), wrong=True)

    waited(many())
    assert len(sign_in._wrong) == REMEMBERED


def test_damaged_accounts_let_nobody_in(sign_in, played, caplog):
    def damaged(name, password):
        raise AccountsError("The accounts are damaged.")

    played.check = damaged
    assert together(guess(sign_in, "10.0.0.1", "ada", RIGHT)) == [False]
    assert "The accounts are damaged." in caplog.text
    assert RIGHT not in caplog.text
