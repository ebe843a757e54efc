"""Who may sign in: passwords that the file does not hold, roles, and files that are none."""

import json
import os
import stat

import pytest

from facestyle.accounts import Account, Accounts
from facestyle.errors import AccountsError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "accounts.json"


@pytest.fixture
def accounts(path):
    made = Accounts(path)
    made.put("ada", "correct horse", admin=True)
    made.put("山田 太郎", "battery staple", admin=False)
    return made


def test_only_the_right_password_lets_somebody_in(accounts):
    assert accounts.check("ada", "correct horse") == Account("ada", admin=True)
    assert accounts.check("山田 太郎", "battery staple") == Account("山田 太郎", admin=False)
    for name, password in (
        ("ada", "battery staple"),
        ("ada", ""),
        ("ada", "correct horse "),
        ("Ada", "correct horse"),
        ("nobody", "correct horse"),
        ("", ""),
        ("ada", "x" * 1_000_000),
        ("\ud800", "\ud800"),
    ):
        assert accounts.check(name, password) is None


def test_the_file_is_its_owners_and_holds_no_password(accounts, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    text = path.read_text(encoding="utf-8")
    assert "horse" not in text
    salts = {entry["salt"] for entry in json.loads(text)["accounts"]}
    assert len(salts) == 2


def test_changes_hold_at_once_for_whoever_has_the_file_open(accounts, path):
    other = Accounts(path)
    assert [account.name for account in other.list()] == ["ada", "山田 太郎"]
    accounts.put("ada", "another horse", admin=False)
    assert other.find("ada") == Account("ada", admin=False)
    assert other.check("ada", "correct horse") is None
    assert other.check("ada", "another horse") is not None
    assert accounts.remove("ada") == Account("ada", admin=False)
    assert other.find("ada") is None
    with pytest.raises(AccountsError, match="no account 'ada'"):
        other.remove("ada")


@pytest.mark.parametrize(
    ("name", "password"),
    [("", "long enough"), (" a", "long enough"), ("a\nb", "long enough"), ("a" * 65, "long enough"), ("a", "short")],
)
def test_what_is_no_account_is_refused_and_changes_nothing(accounts, path, name, password):
    before = path.read_bytes()
    with pytest.raises(AccountsError, match=r"must be|too short"):
        accounts.put(name, password, admin=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"format": "facestyle accounts", "version": 2, "accounts": []}',
        b'{"a": 1}',
        b'{"format": "facestyle accounts", "version": 1, "accounts": '
        b'[{"name": "ada", "admin": true, "salt": "YWJjZ", "password": "YWJj"}]}',
    ],
)
def test_a_file_that_is_none_lets_nobody_in(tmp_path, content):
    path = tmp_path / "accounts.json"
    if content is not None:
        path.write_bytes(content)
    accounts = Accounts(path)
    for call in (accounts.list, lambda: accounts.find("ada"), lambda: accounts.check("ada", "correct horse")):
        with pytest.raises(AccountsError, match="cannot be read"):
            call()


def test_a_file_that_breaks_later_locks_everybody_out(accounts, path):
    assert accounts.find("ada") is not None
    path.write_text("{", encoding="utf-8")
    with pytest.raises(AccountsError, match="no file of accounts"):
        accounts.find("ada")


def test_a_place_that_cannot_be_written_is_named(accounts, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(AccountsError, match="Permission denied"):
        accounts.put("eve", "long enough", admin=True)
    assert accounts.find("eve") is None
