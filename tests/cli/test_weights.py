"""weights, from the terminal's side, with a loopback Hub behind it."""

import pytest
from safetensors.torch import save

from facestyle import weights
from facestyle.weights import key_digest
from tests.hub.conftest import DATA, REVISION, SHA256, client, hub, settings, tensors  # noqa: F401  (fixtures)
from tests.hub.server import Blob


@pytest.fixture
def three(client, settings, monkeypatch):  # noqa: F811
    """The commands see the loopback Hub and the catalogue of its three models."""
    monkeypatch.setenv("FACESTYLE_WEIGHTS_DIR", str(settings.weights_dir))
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(settings.cache_dir))
    monkeypatch.setenv("FACESTYLE_HUB_TIMEOUT_S", "1")
    return client


def test_list_of_the_real_catalogue(run_json):
    status, answer = run_json("weights", "list")
    assert status == 0
    models = {model["id"]: model for model in answer["models"]}
    assert models.keys() == weights.catalogue().keys()
    for model in models.values():
        assert model["bytes"] > 0
        assert model["licence"]
        assert model["verified"] in {"file", "schema"}
        assert model["cached"] or not model["embedded"]
    assert models["mtcnn"]["embedded"]
    assert models["mtcnn"]["cached"]


def test_list_in_words_has_a_line_for_each_model(run):
    status, out, err = run("weights", "list")
    assert status == 0
    head, *lines = out.splitlines()
    entries = weights.catalogue()
    assert [line.split()[0] for line in lines] == list(entries)
    assert "on board" in lines[0]
    for line, entry in zip(lines, entries.values(), strict=True):
        assert line[head.index("ROLE") :].startswith(entry.role)
        assert line[head.index("VERIFIED") :].split()[0] == entry.verified
        assert line[head.index("LICENCE") :].startswith(entry.licence)
        assert all(f"{benchmark} {percent:g} %" in line for benchmark, percent in entry.published.items())
        assert line[: head.index("WHERE")].rstrip().endswith(f"{entry.size / 1e6:.1f} MB")
    assert "schema = only the network" in err


def test_list_in_a_narrow_terminal_breaks_the_last_column_only(run, monkeypatch):
    whole = run("weights", "list")[1]
    monkeypatch.setattr("facestyle.cli.weights._columns", lambda: 100)
    head, *lines = run("weights", "list")[1].splitlines()
    last = head.index("LICENCE")
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines if not line[:last].isspace()] == list(weights.catalogue())
    words = " ".join(line[last:] if line[:last].isspace() else line for line in lines)
    assert words.split() == whole.split("\n", 1)[1].split()
    assert not any(line[last:].startswith("%") for line in lines)


def test_list_says_what_is_downloaded(run, run_json, three):
    run("weights", "pull", "open")
    _, answer = run_json("weights", "list")
    assert [(model["id"], model["cached"]) for model in answer["models"]] == [
        ("pinned", False),
        ("open", True),
        ("big", False),
    ]
    assert answer["models"][0]["source"] == f"someone/pinned@{REVISION}"
    _, pinned, opened, _ = run("weights", "list")[1].splitlines()
    assert "not downloaded" in pinned
    assert " downloaded" in opened
    assert "not downloaded" not in opened


def test_pull_downloads_once(run, run_json, three):
    status, answer = run_json("weights", "pull", "pinned", "big", "pinned")
    assert status == 0
    pinned, big = answer["models"]
    assert (pinned["id"], pinned["bytes"]) == ("pinned", len(DATA))
    assert (big["id"], big["bytes"]) == ("big", 360_000)
    three.requests.clear()
    status, out, _ = run("weights", "pull", "pinned")
    assert (status, out) == (0, "pinned: was here already\n")
    assert three.requests == []


def test_pull_all(run_json, three):
    status, answer = run_json("weights", "pull", "--all")
    assert status == 0
    assert [model["id"] for model in answer["models"]] == ["pinned", "open", "big"]


def test_pull_goes_on_after_a_model_that_is_gone_and_says_so(run, three):
    three.repos["someone/pinned"].gated = True
    status, out, err = run("weights", "pull", "--all")
    assert (status, out) == (2, "")
    assert "open: 1.3 MB in" in err
    assert "big: 0.4 MB in" in err
    assert "someone/pinned@55555555/model.safetensors is gated" in err


def test_pull_stops_where_no_model_can_be_had(run_json, three):
    three.faults.status = 503
    status, answer = run_json("weights", "pull", "--all")
    assert (status, answer["error"]["code"]) == (2, "hub_unreachable")
    assert len(three.requests) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["pull"], "invalid_request"),
        (["pull", "open", "--all"], "invalid_request"),
        (["pull", "open", "nothing"], "unknown_model"),
        (["verify", "nothing"], "unknown_model"),
        (["path", "nothing"], "unknown_model"),
        (["path"], "invalid_request"),
        (["path", "open"], "weights_missing"),
        (["eat"], "invalid_request"),
    ],
)
def test_refusals(run_json, three, arguments, code):
    status, answer = run_json("weights", *arguments)
    assert (status, answer["error"]["code"]) == (2, code)
    assert answer["error"]["message"]
    assert three.requests == []


def test_path_is_where_the_file_is(run, three):
    run("weights", "pull", "big")
    status, out, _ = run("weights", "path", "big")
    assert status == 0
    assert out.splitlines() == [str(path) for path in weights.resolve("big")]


def test_verify_of_the_real_catalogue(run_json):
    status, answer = run_json("weights", "verify")
    assert status == 0
    on_board = {entry.id for entry in weights.catalogue().values() if entry.embedded}
    assert {model["id"] for model in answer["models"] if model["ok"]} >= on_board


def test_verify_prints_the_sum_that_nobody_has_pinned(run, run_json, three):
    run("weights", "pull", "pinned", "open")
    status, out, _ = run("weights", "verify")
    assert status == 0
    assert out.count(SHA256) == 1
    assert "pinned: 1 file(s), as the catalogue names them\nopen: 1 file(s)" in out
    assert "big: not downloaded" in out
    models = run_json("weights", "verify")[1]["models"]
    assert [(model["id"], model["ok"]) for model in models] == [("pinned", True), ("open", True), ("big", None)]


def test_verify_finds_damage_and_deletes_nothing(run_json, three):
    assert run_json("weights", "pull", "open")[0] == 0
    (path,) = weights.resolve("open")
    path.resolve().write_bytes(DATA[::-1])
    three.requests.clear()
    status, answer = run_json("weights", "verify")
    assert (status, answer["error"]["code"]) == (2, "weights_damaged")
    assert "weights pull open" in answer["error"]["message"]
    assert path.exists()
    assert three.requests == []


@pytest.mark.parametrize("as_recorded", [True, False])
def test_verify_compares_the_tensors_with_the_recorded_names(run_json, three, settings, as_recorded):  # noqa: F811
    shapes = {name: value.shape for name, value in tensors().items() if not name.startswith("head.")}
    if not as_recorded:
        other = save({"features.0.weight": tensors()["head.fc.weight"]})
        three.repos["someone/open"].files["model.safetensors"] = Blob(other)
    source = '[model.hub]\nrepo = "someone/open"'
    keys = f'keys = {{ count = 3, sha256 = "{key_digest(shapes)}", ignore = ["head."] }}'
    path = settings.weights_dir / "catalog.toml"
    path.write_text(path.read_text("utf-8").replace(source, f"{keys}\n{source}"), "utf-8")
    assert run_json("weights", "pull", "open")[0] == 0
    status, answer = run_json("weights", "verify", "open")
    if as_recorded:
        assert answer["models"][0]["ok"] is True
    else:
        assert (status, answer["error"]["code"]) == (2, "weights_damaged")
        assert "other tensors" in answer["error"]["message"]
