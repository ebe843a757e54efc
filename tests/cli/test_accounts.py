"""`facestyle accounts`: made, listed, taken away."""

import getpass

import pytest


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "accounts.json"
    monkeypatch.setenv("FACESTYLE_ACCOUNTS", str(path))
    return path


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text("correct horse\nmore\n", encoding="utf-8")
    return file


def test_accounts_are_made_listed_and_taken_away(run, run_json, path, password):
    assert run_json("accounts", "add", "ada", "--admin", "--password-file", password)[1] == {
        "name": "ada",
        "admin": True,
    }
    assert "to look" in run("accounts", "add", "bob", "--password-file", password)[1]
    assert run("accounts", "list")[1].splitlines() == ["ada\tadministrator", "bob\tmay look"]
    assert run_json("accounts", "remove", "bob")[1] == {"removed": {"name": "bob", "admin": False}}
    assert run_json("accounts", "list", "--file", path)[1] == {"accounts": [{"name": "ada", "admin": True}]}


def test_a_password_is_typed_twice(run_json, path, monkeypatch):
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    typed = iter(["correct horse", "correct house", "correct horse", "correct horse"])
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))
    assert "differ" in run_json("accounts", "add", "ada", "--admin")[1]["error"]["message"]
    assert not path.exists()
    assert run_json("accounts", "add", "ada", "--admin")[0] == 0


@pytest.mark.usefixtures("path")
def test_wrong_input_is_refused(run_json, tmp_path, password, monkeypatch):
    def code(*arguments):
        status, answer = run_json("accounts", *arguments)
        assert status == 2
        return answer["error"]["code"]

    assert code("list") == "accounts"  # there is no file yet
    assert code("remove", "ada") == "accounts"
    assert code("add", "ada", "--password-file", tmp_path / "none") == "accounts"
    assert code("add", " ", "--password-file", password) == "accounts"
    empty = tmp_path / "empty"
    empty.write_text("", encoding="utf-8")
    assert code("add", "ada", "--password-file", empty) == "accounts"
    monkeypatch.setattr("sys.stdin", None)
    assert code("add", "ada") == "accounts"
    monkeypatch.delenv("FACESTYLE_ACCOUNTS")
    assert code("list") == "invalid_request"
