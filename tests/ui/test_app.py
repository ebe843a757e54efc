import os
from pathlib import Path

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

import app
from facestyle.errors import CatalogueError
from facestyle.settings import Settings
from facestyle.ui import demo as page
from facestyle.ui import texts
from facestyle.ui.demo import footer, header
from facestyle.ui.warm import warm_up
from tests.ui.fakes import Fakes, fake_services


def test_the_defaults_keep_to_this_computer():
    args = app.parse([])
    assert (args.public, args.host, args.port, args.share) == (False, None, None, "no")


@pytest.mark.parametrize("arguments", [["--share", "maybe"], ["--port", "x"], ["--nonsense"]])
def test_a_wrong_argument_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        app.parse(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_wrong_argument_is_not_repeated_whole(capsys):
    with pytest.raises(SystemExit):
        app.parse(["--port", f"data:image/png;base64,{'iVBORw0KGgo/' * 1000}"])
    assert len(capsys.readouterr().err.splitlines()[-1]) < 200


@pytest.mark.parametrize(
    ("variables", "came_from"),
    [
        ({"SPACE_ID": "somebody/facestyle"}, "198.51.100.7"),
        ({"SPACE_ID": "somebody/facestyle", "FORWARDED_ALLOW_IPS": "127.0.0.1"}, "10.16.1.2"),
        ({}, "10.16.1.2"),
    ],
)
def test_on_a_space_a_visitor_comes_from_where_the_proxy_says(monkeypatch, variables, came_from):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")  # put back afterwards
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def fail(*_):
        raise OSError("enough")

    async def tell(scope, receive, send):
        await PlainTextResponse(scope["client"][0])(scope, receive, send)

    monkeypatch.setattr(page, "build_demo", fail)
    app.main([])
    config = uvicorn.Config(tell)
    config.load()
    asking = TestClient(config.loaded_app, client=("10.16.1.2", 1))
    # the left one is what the visitor itself claims
    assert asking.get("/", headers={"x-forwarded-for": "203.0.113.9, 198.51.100.7, 10.16.3.4"}).text == came_from


def test_analytics_are_off_and_uploads_go_to_a_folder_of_ones_own(monkeypatch):
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    cleanups = []
    monkeypatch.setattr(app.atexit, "register", lambda *call, **options: cleanups.append((call, options)))
    app.prepare_environment()
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert folder.stat().st_mode & 0o077 == 0
    ((clean, *arguments), options) = cleanups[0]
    clean(*arguments, **options)
    assert not folder.exists()


def test_a_folder_that_was_chosen_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    app.prepare_environment()
    assert os.environ["GRADIO_TEMP_DIR"] == str(tmp_path)


@pytest.mark.parametrize("error", [CatalogueError("The catalogue is gone."), OSError("Cannot find empty port: 7860.")])
def test_a_start_that_fails_is_a_sentence_and_not_a_traceback(error, monkeypatch, capsys):
    def fail(*_):
        raise error

    monkeypatch.setattr(page, "build_demo", fail)
    assert app.main([]) == 2
    assert capsys.readouterr().err.strip().endswith(f"facestyle could not start: {error}")


def test_without_a_place_for_temporary_files_it_says_so(monkeypatch, capsys):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    assert app.main([]) == 2
    assert "could not start: no temporary file can be written (No space left on device)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"), [("FACESTYLE_DEVICE", "abacus"), ("FACESTYLE_THREADS", "many"), ("SPACES_ZERO_GPU", "perhaps")]
)
def test_a_setting_that_means_nothing_is_named_as_it_was_written(name, value, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    assert app.main([]) == 2
    said = capsys.readouterr().err
    assert f"facestyle could not start: A setting is not usable: {name}: " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_said_before_the_page_opens(device, monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    monkeypatch.setenv("FACESTYLE_DEVICE", device)
    assert app.main([]) == 2
    assert f"FACESTYLE_DEVICE asks for {device}, which this machine doesn't have" in capsys.readouterr().err


def test_a_shared_link_never_shows_this_computers_people(monkeypatch):
    seen = []

    def build(services, sessions):
        seen.append((services.settings.is_public, sessions.public))
        raise OSError("enough")

    monkeypatch.setattr(page, "build_demo", build)
    app.main(["--share", "yes"])
    app.main(["--public"])
    app.main([])
    assert seen == [(True, True), (True, True), (False, False)]


def test_header_and_footer_say_who_sees_the_people(tmp_path):
    local, public = Settings(gallery=tmp_path / "<g>.sqlite"), Settings(public=True)
    assert texts.SCOPE_LOCAL in header(local)
    assert "&lt;g&gt;.sqlite" in header(local)
    assert texts.SCOPE_PUBLIC in header(public)
    assert ".sqlite" not in header(public)
    assert "this browser tab only" in footer(public)
    assert "until you delete them" in footer(local)


def test_warming_up_runs_each_network_once(caplog):
    fakes = Fakes()
    warm_up(fake_services(Settings(), fakes))
    assert fakes.embedder.calls == 1
    assert len(fakes.painter.requests) == 1
    assert caplog.text == ""


def test_a_network_that_fails_to_warm_up_is_logged_and_holds_up_no_other(caplog):
    fakes = Fakes()
    fakes.embedder.fail = RuntimeError("secret")
    warm_up(fake_services(Settings(), fakes))
    assert "Loading a network ahead failed: RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert len(fakes.painter.requests) == 1
