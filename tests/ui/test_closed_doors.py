"""A stranger names files that are not theirs, to everything on the page that takes a file.

What takes one the running page is asked itself, so that a new handler or endpoint is attacked from its first day on.
"""

import itertools
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from facestyle.accounts import Accounts
from facestyle.ui import samples, texts
from tests.ui.fakes import BLUE, RED, picture
from tests.ui.server import Server

PASSWORD = "correct horse"  # noqa: S105

opened: list[str] = []
"""What was opened in this process; an audit hook can't be taken away again, so there is one."""


def _hear(event, arguments):
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        opened.append(os.fsdecode(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def hearing():
    sys.addaudithook(_hear)


@pytest.fixture(scope="module", params=["public", "member"])
def server(request, tmp_path_factory):
    options = {}
    if request.param == "member":
        options["accounts"] = path = tmp_path_factory.mktemp("accounts") / "accounts.json"
        for name in ("ada", "eve"):
            Accounts(path).put(name, PASSWORD, admin=name == "ada")
    made = Server(public=True, **options)
    yield made
    made.close()


@pytest.fixture(scope="module")
def cookies(server):
    if server.sessions.accounts is None:
        return {}
    answer = httpx.post(f"{server.url}/login", data={"username": "eve", "password": PASSWORD}, timeout=30)
    return {name: value for name, value in answer.cookies.items() if name.startswith("access-token-unsecure")}


def takes_files(component):
    """Whether the values of a component can name files."""
    model = getattr(component, "data_model", None)
    return model is not None and '"path"' in json.dumps(model.model_json_schema())


def doors(server, cookies):
    """Handler and place of each input of the running page that can name a file."""
    config = httpx.get(f"{server.url}/config", cookies=cookies, timeout=30).json()
    blocks = server.demo.blocks
    assert {part["id"] for part in config["components"]} <= set(blocks)
    return [
        (dependency["id"], place)
        for dependency in config["dependencies"]
        for place, part in enumerate(dependency["inputs"])
        if takes_files(blocks[part])
    ]


def forms(kind, path):
    """How a component's value may name a file: as Gradio's own page does, and as whoever calls by hand can."""
    marked = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for file in (marked, {"path": path}):
        if kind == "gallery":
            yield [{"image": file, "caption": None}]
        elif kind == "imageeditor":
            yield {"background": file, "layers": [file], "composite": file, "id": None}
        elif kind in {"file", "uploadbutton"}:
            yield [file]
            yield file
        else:
            yield file


def given(server, index, theirs):
    """A value for each input of a handler: pictures where they belong, and what the page begins with elsewhere."""
    values = []
    for part in server.demo.fns[index].inputs:
        kind = part.get_block_name()
        if takes_files(part):
            values.append(next(iter(forms(kind, theirs))))
        elif kind in {"textbox", "checkbox"}:
            values.append({"textbox": "Mallory", "checkbox": True}[kind])
        else:
            values.append(None if kind == "state" else server.demo.config["components"] and part.value)
    return values


def said(answer, path):
    """An answer without what differs from call to call, and without the name that was asked for."""
    text = json.dumps(answer, sort_keys=True) if isinstance(answer, dict) else answer.text
    text = text.replace(json.dumps(path)[1:-1], "PATH")
    return re.sub(r'"(duration|average_duration)": [^,}]*|\d+\.\d+', "", text)


def test_nobody_reaches_a_file_that_was_not_uploaded(server, cookies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("secret")
    picture(RED, path=folder / "secret.png")
    uploaded = tmp_path_factory.mktemp("mine") / "mine.png"
    picture(BLUE, path=uploaded)
    with uploaded.open("rb") as file:
        url = f"{server.url}/gradio_api/upload"
        (mine,) = httpx.post(url, files={"files": ("mine.png", file)}, cookies=cookies, timeout=30).json()
    uploads = os.environ["GRADIO_TEMP_DIR"]
    # nobody can make a link there from outside; should there be one all the same, it is not followed
    linked = os.path.join(uploads, f"{folder.name}.png")
    os.symlink(folder / "secret.png", linked)
    secret, absent = str(folder / "secret.png"), str(folder / "none.png")
    paths = (secret, absent, os.path.join(uploads, os.path.relpath(secret, uploads)), linked)
    asked, numbers = doors(server, cookies), itertools.count()
    assert len(asked) > 40

    def ask(index, values):  # in a session of its own, so that no answer depends on the one before
        return server.call(index, values, f"mallory-{next(numbers)}", cookies=cookies)

    reached = set()
    for index in dict.fromkeys(index for index, _ in asked):
        del opened[:]
        ask(index, given(server, index, mine))
        if mine in opened:
            reached.add(index)
    # the check can fail: nearly all of these open what is named to them, if it is an upload
    others = sorted(server.demo.fns[index].name for index in {index for index, _ in asked} - reached)
    assert len(reached) > len(others), others

    attempts = []
    for index, place in asked:
        kind = server.demo.fns[index].inputs[place].get_block_name()
        for path in paths:
            for form in forms(kind, path):
                values = given(server, index, mine)
                values[place] = form
                attempts.append((index, path, values))
    del opened[:]
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda attempt: said(ask(attempt[0], attempt[2]), attempt[1]), attempts))
    assert not [file for file in opened if "secret.png" in file or file == linked]
    # and nobody learns what is there
    of = {
        path: [answer for (_, named, _), answer in zip(attempts, answers, strict=True) if named == path]
        for path in paths
    }
    assert of[secret] == of[absent]


def test_nothing_is_fetched_for_a_caller(server, cookies):
    """Gradio downloads what a file's path names, if it is an address."""
    for index, place in doors(server, cookies):
        kind = server.demo.fns[index].inputs[place].get_block_name()
        for form in forms(kind, "http://127.0.0.1:9/a.png"):
            values = given(server, index, samples.path("hopper"))
            values[place] = form
            assert server.call(index, values, "mallory", cookies=cookies)["error"] == texts.UPLOAD_ADDRESS


def test_no_call_goes_around_the_queue(server, cookies):
    who = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    for index, function in server.demo.fns.items():
        body = {"fn_index": index, "data": [], "session_hash": "x"}
        for route in ("predict", str(function.api_name)):
            answer = server.http.post(f"/run/{route}", json=body, headers=who)
            assert function.queue is False or answer.status_code in {404, 422}, function.name
        closed = server.http.post(f"/api/{function.api_name}", json=body, headers=who)
        assert closed.status_code == 404
