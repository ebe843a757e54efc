"""A gallery that strangers share: they sign in, and only administrators change it. Tried through the API."""

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AuthenticationError

import app
from facestyle.accounts import Accounts
from facestyle.errors import NotAllowedError
from facestyle.settings import Settings
from facestyle.ui import demo as page
from facestyle.ui import people_html, texts
from facestyle.ui.demo import footer, header
from tests.ui.fakes import RED, Fakes, fake_services, picture
from tests.ui.server import Server

PASSWORD = "correct horse"  # noqa: S105
CHANGES = (
    "on_confirm", "on_save", "on_undo", "on_erase", "on_export", "on_table", "on_import", "on_enroll", "on_run",
)  # fmt: skip
"""Handlers of the page that would change the gallery or carry it away."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("accounts") / "accounts.json"
    accounts = Accounts(path)
    for name in ("ada", "eve"):
        accounts.put(name, PASSWORD, admin=name == "ada")
    return path


@pytest.fixture(scope="module")
def server(path):
    made = Server(public=True, accounts=path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(server):
    return server.client(auth=("ada", PASSWORD))


@pytest.fixture(scope="module")
def member(server):
    return server.client(auth=("eve", PASSWORD))


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "red.png"
    picture(RED, path=path)
    return handle_file(str(path))


@pytest.fixture
def grace(server, admin, red):
    added = admin.predict(name="Grace", pictures=[red], consent=True, api_name="/enroll")
    yield added
    server.sessions.get("test", "ada").gallery.clear()


def names(client):
    return [person["name"] for person in client.predict(api_name="/people")["people"]]


def cookies(server, name):
    answer = httpx.post(f"{server.url}/login", data={"username": name, "password": PASSWORD}, timeout=30)
    assert answer.status_code == 200
    return {
        cookie.name: cookie.value for cookie in answer.cookies.jar if cookie.name.startswith("access-token-unsecure")
    }


def test_nobody_gets_in_without_a_password(server):
    with pytest.raises(AuthenticationError):
        server.client()
    with pytest.raises(ValueError, match="Could not login"):
        server.client(auth=("eve", "correct house"))
    body = {"fn_index": 0, "data": [], "session_hash": "x"}
    for method, route in (
        ("POST", "run/on_tau"),
        ("POST", "call/people"),
        ("POST", "queue/join"),
        ("POST", "upload"),
        ("GET", "config"),
        ("GET", "info"),
        ("GET", "queue/data?session_hash=x"),
        ("GET", f"file={__file__}"),
    ):
        url = f"{server.url}/gradio_api/{route}" if route != "config" else f"{server.url}/config"
        options = {"files": {"files": b"x"}} if route == "upload" else {"json": body} if method == "POST" else {}
        assert httpx.request(method, url, timeout=30, **options).status_code == 401, route


def test_members_recognise_people_and_administrators_enrol_them(server, admin, member, grace, red):
    assert names(admin) == names(member) == ["Grace"]
    found = member.predict(picture=red, api_name="/identify")
    assert (found["faces"][0]["recognized"], found["enrolled"]) == ("Grace", 1)
    claim = member.predict(picture=red, name="Grace", api_name="/verify_claim")
    assert claim["same"] is True
    refused = member.predict(name="Eve", pictures=[red], consent=True, api_name="/enroll")
    assert refused["error"]["code"] == "not_allowed"
    assert names(member) == ["Grace"]


def call(server, user, session_hash, name, data=(), **event):
    """A handler of the page, called by hand; what `gr.State` holds the page itself remembers for the session."""
    answers = []
    for index in server.handlers(name):
        given = [*data, *[True] * len(server.demo.fns[index].inputs)][: len(server.demo.fns[index].inputs)]
        answers.append(server.call(index, given, session_hash, cookies=cookies(server, user), **event))
    return answers


@pytest.mark.parametrize("whose", ["own", "the administrator's"])
def test_no_handler_of_the_page_changes_anything_for_a_member(server, admin, member, grace, whose):
    """Buttons that are hidden are no protection; and knowing an administrator's session is of no use either."""
    assert names(admin) == ["Grace"]
    session_hash = member.session_hash if whose == "own" else admin.session_hash
    before = server.sessions.get("test", "ada").gallery.list()
    for name in CHANGES:
        call(server, "eve", session_hash, "on_people", action="delete", id=grace["id"])
        for answer in call(server, "eve", session_hash, name, ["", "Mine"], action="undo", id=grace["id"]):
            assert "UEsDB" not in str(answer)  # how a zip begins in base64
    assert server.sessions.get("test", "ada").gallery.list() == before
    call(server, "eve", session_hash, "on_people", action="delete", id=grace["id"])
    assert texts.REFUSED_TITLES["not_allowed"] in str(call(server, "eve", session_hash, "on_confirm")[0])


def test_an_administrator_changes_it_by_the_same_handlers(server, admin, member, grace):
    call(server, "ada", admin.session_hash, "on_people", action="rename", id=grace["id"])
    call(server, "ada", admin.session_hash, "on_save", ["", "Mary"])
    assert names(member) == ["Mary"]
    assert "UEsDB" in str(call(server, "ada", admin.session_hash, "on_export", [""])[0])
    call(server, "ada", admin.session_hash, "on_people", action="delete", id=grace["id"])
    call(server, "ada", admin.session_hash, "on_confirm")
    assert names(member) == []
    call(server, "ada", admin.session_hash, "on_undo", action="undo", id=grace["id"])
    assert names(member) == ["Mary"]
    call(server, "ada", admin.session_hash, "on_erase")
    assert names(member) == []


def test_a_tab_that_a_stranger_claims_to_close_stays(server, member, grace):
    assert names(member) == ["Grace"]
    session = server.sessions.get(member.session_hash, "eve")
    server.sessions.forget(member.session_hash, None)
    server.sessions.forget(member.session_hash, "ada")
    assert server.sessions.get(member.session_hash, "eve") is session
    server.sessions.forget(member.session_hash, "eve")
    assert server.sessions.get(member.session_hash, "eve") is not session
    assert names(member) == ["Grace"]  # the gallery is everybody's


def test_an_account_that_is_taken_away_may_do_nothing_from_then_on(server, path, red, grace):
    Accounts(path).put("mallory", PASSWORD, admin=True)
    client = server.client(auth=("mallory", PASSWORD))
    assert names(client) == ["Grace"]
    Accounts(path).put("mallory", PASSWORD, admin=False)
    refused = client.predict(name="Mine", pictures=[red], consent=True, api_name="/enroll")
    assert refused["error"]["code"] == "not_allowed"
    Accounts(path).remove("mallory")
    assert client.predict(api_name="/people")["error"]["code"] == "not_allowed"
    with pytest.raises(NotAllowedError):
        server.sessions.get(client.session_hash, "mallory")


def test_the_page_says_that_the_gallery_is_shared(path, tmp_path):
    settings = Settings(public=True, accounts=path, gallery=tmp_path / "people.sqlite")
    assert texts.SCOPE_SHARED in header(settings)
    assert "everybody who signs in" in footer(settings)
    place = people_html.where(settings, 30)
    assert "shared by everybody who signs in" in place
    assert "30 days" in place
    listed = people_html.people_list([], people_html.View(), 0, 0, may_change=False)
    assert texts.PEOPLE_LOOK_ONLY in listed


def test_without_accounts_no_address_that_others_reach_shares_the_gallery(monkeypatch, capsys, path, tmp_path):
    monkeypatch.setattr(page, "build_demo", lambda *_: (_ for _ in ()).throw(OSError("that far")))
    anywhere = ["--host", "0.0.0.0"]  # noqa: S104
    assert app.main(anywhere) == 2
    assert "FACESTYLE_ACCOUNTS" in capsys.readouterr().err
    assert app.main([*anywhere, "--public"]) == 2
    assert "that far" in capsys.readouterr().err
    monkeypatch.setenv("FACESTYLE_ACCOUNTS", str(path))
    assert app.main(anywhere) == 2
    assert "that far" in capsys.readouterr().err
    members = tmp_path / "members.json"
    Accounts(members).put("eve", PASSWORD, admin=False)
    monkeypatch.setenv("FACESTYLE_ACCOUNTS", str(members))
    assert app.main(anywhere) == 2
    assert "administrator" in capsys.readouterr().err
    monkeypatch.setenv("FACESTYLE_ACCOUNTS", str(tmp_path / "none.json"))
    assert app.main([]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_consent_is_recorded_as_it_was_shown(path):
    services = fake_services(Settings(public=True, accounts=path), Fakes())
    sessions = page.make_context(services, page.Sessions(services))
    from facestyle.ui.enroll import agreement

    agreed = agreement(sessions)
    assert agreed.version == f"{texts.CONSENT_VERSION}-shared"
    assert texts.ENROLL_CONSENT_SHARED in agreed.text
