import gradio as gr
import pytest

from facestyle.ui import identify, samples, texts
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, picture

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def upload(tmp_path):
    def make(*faces):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        picture(*faces, path=path)
        return {"path": str(path)}

    return make


@pytest.fixture
def session(ctx):
    return ctx.session(request())


@pytest.fixture
def run(ctx, session):
    return lambda image, top_k=5, tau=0.36: identify.recognise(ctx, session, picture=image, top_k=top_k, tau=tau)


def test_every_face_gets_its_answer(run, upload, session):
    session.faces.enroll("Ada", [picture(RED)], consent=True)
    shown = run(upload(GREEN, PINK))
    assert "2 faces found, 1 recognised." in shown
    assert shown.count("fs-box") == 2
    assert f"1 · {texts.IDENTIFY_UNKNOWN}" in shown
    assert '2 · <bdi class="fs-name">Ada</bdi>' in shown
    assert shown.count("<tr>") == 3


def test_an_unknown_face_reveals_no_name(run, upload, session):
    session.faces.enroll("Ada", [picture(RED)], consent=True)
    shown = run(upload(GREEN))
    assert texts.IDENTIFY_UNKNOWN in shown
    assert "Ada" not in shown
    assert "nearest enrolled person at" in shown
    assert "1 face found, none recognised." in shown


def test_candidates_are_listed_nearest_first_and_cut_at_top_k(run, upload, session):
    session.faces.enroll("Near", [picture(RED)], consent=True)
    session.faces.enroll("Nearer", [picture(PINK)], consent=True, accept_conflict=True)
    shown = run(upload(PINK))
    table = shown[shown.index("<tbody>") :]
    candidates = table[table.index("<ol>") :]
    assert candidates.index("Nearer") < candidates.index("Near</bdi>")
    assert "Near</bdi>" not in run(upload(PINK), top_k=1)


def test_tau_zero_names_only_the_identical(run, upload, session):
    session.faces.enroll("Ada", [picture(RED)], consent=True)
    assert "Ada" in run(upload(RED), tau=0)
    assert "Ada" not in run(upload(PINK), tau=0)


def test_an_empty_gallery_says_so_and_leads_to_enroll(run, upload):
    shown = run(upload(RED))
    assert texts.IDENTIFY_NO_GALLERY_TITLE in shown
    assert f'data-action="{identify.GO_ENROLL}"' in shown
    assert "fs-box" in shown


def test_no_face_and_no_picture_are_said(run, upload):
    assert texts.REFUSED_TITLES["no_face"] in run(upload())
    assert texts.REFUSED_TITLES["image_empty"] in run(None)


def test_names_in_any_script_and_html_are_shown_as_typed(run, upload, session):
    for name, color in ((EVIL, RED), ("山田 花子", GREEN), ("עדה לאבלייס", BLUE)):
        session.faces.enroll(name, [picture(color)], consent=True)
    shown = run(upload(RED, GREEN, BLUE))
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "山田 花子" in shown
    assert '<bdi class="fs-name">עדה לאבלייס</bdi>' in shown


def test_the_tab_answers_for_the_callers_session_only(public_ctx, blocks, upload):
    tab = identify.IdentifyTab(public_ctx)
    public_ctx.session(request("a")).faces.enroll("Ada", [picture(RED)], consent=True)
    assert "Ada" in tab.on_run(upload(RED), 5, 0.36, False, request("a"))
    theirs = tab.on_run(upload(RED), 5, 0.36, False, request("b"))
    assert "Ada" not in theirs
    assert texts.IDENTIFY_NO_GALLERY_TITLE in theirs


@pytest.mark.parametrize("index", range(len(samples.IDENTIFY)))
def test_each_example_fills_in_a_picture(ctx, blocks, index):
    tab = identify.IdentifyTab(ctx)
    assert tab.on_example(click(id=str(index))).endswith(".jpg")


def test_an_answer_follows_the_threshold_and_none_is_given_unasked(ctx, blocks, upload, session):
    tab = identify.IdentifyTab(ctx)
    session.faces.enroll("Ada", [picture(RED)], consent=True, accept_poor=True)
    here = (upload(PINK), 5)
    assert tab.on_tau(*here, 0.36, request()) == gr.skip()  # nothing was asked yet
    assert "Ada" in tab.on_run(*here, 0.36, False, request())

    def refuse(*_):
        pytest.fail("moving the threshold runs a network")

    with pytest.MonkeyPatch.context() as patch:
        for network in (session.faces.embedder, session.faces.detector):
            for name in ("embed", "detect"):
                patch.setattr(type(network), name, refuse, raising=False)
        assert "Ada" not in tab.on_tau(*here, 0.0, request())
        assert "Ada" in tab.on_tau(*here, 0.36, request())
    tab.on_run(None, 5, 0.36, False, request())  # refused: the refusal stays
    assert tab.on_tau(None, 5, 0.2, request()) == gr.skip()
