"""The same with the real environment variables, in processes of their own."""

import json

from safetensors.torch import load_file

from tests.hub.conftest import DATA, SHA256, WANTED


def _answer(process):
    out, err = process.communicate(timeout=240)  # seconds of imports, on a busy computer many times that
    return process.returncode, json.loads(out), err


def test_two_processes_at_once_fetch_a_file_once(hub, start):
    hub.faults.chunk_delay_s = 0.05
    both = [start("weights", "pull", "pinned", "big", "--json", endpoint=hub.url) for _ in range(2)]
    answers = [_answer(process) for process in both]
    assert [status for status, _, _ in answers] == [0, 0]
    (first, second) = (answer["models"] for _, answer, _ in answers)
    assert [model["files"] for model in first] == [model["files"] for model in second]
    assert load_file(first[1]["files"][0]).keys() == {f"{prefix}weight" for prefix in WANTED}
    whole = [request for request in hub.requests if request.sent == len(DATA)]
    assert len(whole) == 1
    assert len([request for request in hub.bodies() if request.range]) == 3  # one header, two runs of tensors

    hub.requests.clear()
    status, answer, _ = _answer(start("weights", "verify", "pinned", "big", "--json", endpoint=hub.url))
    assert status == 0
    assert [model["ok"] for model in answer["models"]] == [True, True]
    assert answer["models"][0]["sha256"] == [SHA256]
    assert hub.requests == []


def test_refused_connection_ends_the_whole_command_with_one_sentence(hub, start):
    status, answer, err = _answer(start("weights", "pull", "--all", "--json", endpoint="http://127.0.0.1:9"))
    assert status == 2
    assert answer["error"]["code"] == "hub_unreachable"
    assert answer["error"]["message"].count("can't be downloaded") == 1  # not once for each model
    assert "Traceback" not in err


def test_offline_variable_is_obeyed(hub, start):
    status, answer, _ = _answer(start("weights", "pull", "open", "--json", endpoint=hub.url, HF_HUB_OFFLINE="1"))
    assert (status, answer["error"]["code"]) == (2, "hub_offline")
    assert hub.requests == []


def test_looking_makes_no_request(hub, start):
    status, answer, _ = _answer(start("weights", "list", "--json", endpoint=hub.url))
    assert status == 0
    assert [model["id"] for model in answer["models"]] == ["pinned", "open", "big"]
    assert hub.requests == []
