import threading
import time

import gradio as gr
import pytest

from facestyle.errors import HubOfflineError, HubUnreachableError
from facestyle.hub.progress import Progress
from facestyle.ui import identify, model_panel, models, texts, verify, watched
from tests.ui.conftest import request
from tests.ui.fakes import GREEN, PINK, RED, picture

STATE, CANCEL, TABLE, CHOICE, VERIFY_TAU, IDENTIFY_TAU, VERDICT, DETAILS, IDENTIFIED = range(9)


@pytest.fixture
def session(ctx):
    return ctx.session(request())


def panel_of(ctx):
    answers = ((gr.HTML(), verify.EMPTY), (gr.HTML(), ""), (gr.HTML(), identify.EMPTY))
    followers = model_panel.Followers(taus=(gr.Slider(), gr.Slider()), answers=answers)
    return model_panel.ModelPanel(ctx, followers)


@pytest.fixture
def panel(ctx, blocks):
    return panel_of(ctx)


def silent(_):
    """Nobody is told of the progress."""


def click(panel, kind, ident):
    """All that the page is told after a click."""
    return list(panel.on_choice(kind, ident, request()))


def test_the_page_opens_with_what_is_on_board(panel):
    assert {kind: listed.value for kind, listed in panel.choices.items()} == {
        "embedder": "fake_embedder",
        "detector": "fake_detector",
        "backbone": "vgg16",
    }
    for title in ("fake_embedder", "fake_detector", "vgg16"):
        assert f"The {title} <small>{texts.MODEL_IN_USE}</small>" in panel.table.value
    assert not panel.cancel.visible


def test_the_table_has_a_line_for_each_model_also_for_those_without_a_choice(panel, fakes):
    for ident in fakes.hub.places:
        assert panel.table.value.count(f"The {ident}<") + panel.table.value.count(f"The {ident} <") == 1
    assert texts.MODEL_GROUPS["fast_style"] in panel.table.value
    assert texts.MODEL_GROUPS["liveness"] not in panel.table.value  # none in this catalogue
    assert panel.table.value.count(texts.MODEL_IN_USE) == 3
    assert texts.MODEL_LEGEND in panel.table.value


def test_a_choice_says_what_it_downloads(panel):
    assert dict(panel.choices["embedder"].choices) == {
        "The fake_embedder (on board)": "fake_embedder",
        "The cached (downloaded)": "cached",
        "The far (get 12 MB)": "far",
    }


def test_a_page_that_is_opened_later_shows_where_the_models_are_by_then(panel, fakes, session):
    fakes.hub.places["far"] = "downloaded"
    session.paint_with("far_backbone")
    table, embedders, *others = panel.on_load(request())
    assert ("The far (downloaded)", "far") in embedders.choices
    assert all("value" not in listed.constructor_args for listed in (embedders, *others))
    assert f"The far_backbone <small>{texts.MODEL_IN_USE}</small>" in table
    assert [type(part) for part in panel.shown] == [gr.HTML] + [gr.Dropdown] * 3


@pytest.mark.parametrize(
    ("kind", "ident"), [("embedder", "far"), ("detector", "far_detector"), ("backbone", "far_backbone")]
)
def test_a_model_that_is_not_here_is_downloaded_with_a_bar(panel, session, fakes, monkeypatch, kind, ident):
    monkeypatch.setattr(watched, "EVERY_SECONDS", 0.0)
    asking, *steps, last = [told[STATE] for told in click(panel, kind, ident)]
    assert texts.MODEL_ASKING in asking
    assert "fs-busy" in asking
    assert 'aria-valuenow="50"' in steps[-1]
    assert f"Downloading {ident}: 1.0 of 2.0 MB, 0.5 MB/s, about 2.0 s left" in steps[-1]
    assert texts.MODEL_NOW.format(title=f"The {ident}") in last
    assert fakes.hub.fetched == [ident]
    assert getattr(session.choice, kind) == ident


def test_a_size_that_the_server_hides_is_no_share():
    shown = model_panel.bar(Progress("far", 3_000_000, None, None, None))
    assert "Downloading far: 3.0 MB<" in shown
    assert "fs-busy" in shown


def test_closing_the_page_in_the_middle_ends_the_download(panel, session, fakes):
    begun, ended = threading.Event(), threading.Event()

    def wait():
        begun.set()
        deadline = time.monotonic() + 30
        while not session.download.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
        ended.set()

    fakes.hub.before_second_step = wait
    steps = panel.on_choice("embedder", "far", request())
    next(steps)
    next(steps)
    assert begun.wait(30)
    steps.close()
    assert ended.wait(30)
    assert session.faces.model == "fake_embedder"


@pytest.mark.parametrize(
    "failure", [HubUnreachableError("The Hub did not answer."), HubOfflineError("Offline mode is on.")]
)
@pytest.mark.parametrize(
    ("kind", "ident", "stays"),
    [
        ("embedder", "far", "The fake_embedder"),
        ("detector", "far_detector", "The fake_detector"),
        ("backbone", "far_backbone", "The vgg16"),
    ],
)
def test_a_failed_download_is_said_in_place_and_nothing_changes(ctx, session, fakes, failure, kind, ident, stays):
    session.last = last = session.faces.verify(picture(RED), picture(PINK))
    before = session.choice
    fakes.hub.failure = failure
    said, done = model_panel.choose(ctx, session, kind, ident, silent)
    assert not done
    assert 'role="alert"' in said
    assert texts.REFUSED_TITLES[failure.code] in said
    assert failure.message in said
    assert texts.MODEL_STAYS.format(title=stays) in said
    assert session.choice == before
    assert session.last is last


def test_an_unexpected_failure_tells_the_log_and_not_the_page(ctx, session, fakes, caplog):
    fakes.hub.failure = RuntimeError("secret")
    said, done = model_panel.choose(ctx, session, "embedder", "far", silent)
    assert not done
    assert texts.UNEXPECTED_TITLE in said
    assert "secret" not in said + caplog.text
    assert session.model is None


def test_a_cancelled_download_is_no_failure(ctx, session, fakes):
    fakes.hub.before_second_step = session.cancel
    said, done = model_panel.choose(ctx, session, "embedder", "far", silent)
    assert not done
    assert 'role="status"' in said
    assert texts.MODEL_CANCELLED in said
    assert texts.MODEL_STAYS.format(title="The fake_embedder") in said


def test_cancel_is_shown_during_a_download_and_only_then(panel, fakes):
    first, *steps, last = click(panel, "embedder", "far")
    assert first[CANCEL].visible
    assert first[CANCEL].interactive
    assert first[CANCEL].value == texts.MODEL_CANCEL
    assert all(part == gr.skip() for part in first[TABLE:])
    assert {str(step[CANCEL]) for step in steps} == {str(gr.skip())}
    assert not last[CANCEL].visible
    loading, last = click(panel, "embedder", "far")  # it is here now
    assert texts.MODEL_LOADING in loading[STATE]
    assert loading[CANCEL] == gr.skip()
    assert not last[CANCEL].visible
    fakes.hub.failure = HubUnreachableError("The Hub did not answer.")
    first, *_, last = click(panel, "detector", "far_detector")
    assert (first[CANCEL].visible, last[CANCEL].visible) == (True, False)


def test_cancel_ends_the_callers_download(panel, session, fakes):
    pressed = []
    fakes.hub.before_second_step = lambda: pressed.append(panel.on_cancel(request()))
    said = click(panel, "embedder", "far")[-1][STATE]
    assert texts.MODEL_CANCELLED in said
    (button,) = pressed
    assert (button.value, button.interactive) == (texts.MODEL_CANCELLING, False)
    assert session.faces.model == "fake_embedder"


def test_in_public_only_what_is_here_can_be_chosen(public_ctx, blocks, fakes):
    panel = panel_of(public_ctx)
    assert {kind: [ident for _, ident in listed.choices] for kind, listed in panel.choices.items()} == {
        "embedder": ["fake_embedder", "cached"],
        "detector": ["fake_detector", "cached_detector"],
        "backbone": ["vgg16"],
    }
    assert texts.MODEL_PLACE_PUBLIC in panel.table.value
    for kind, ident in (("embedder", "far"), ("detector", "far_detector"), ("backbone", "far_backbone")):
        *_, said = click(panel, kind, ident)
        assert texts.MODEL_PUBLIC in said[STATE]
        assert not said[CANCEL].visible
    assert fakes.hub.fetched == []


def test_tau_and_the_answers_follow_the_embedder(panel):
    *_, told = click(panel, "embedder", "cached")
    assert texts.METRICS["cosine"] in told[STATE]
    assert f"The cached <small>{texts.MODEL_IN_USE}</small>" in told[TABLE]
    assert told[CHOICE].value == "cached"
    for tau in (told[VERIFY_TAU], told[IDENTIFY_TAU]):
        assert (tau.minimum, tau.maximum, tau.value) == (0, 2.0, 0.7)
        assert tau.buttons == []
    assert not told[VERIFY_TAU].visible
    assert told[VERDICT:] == (verify.EMPTY, "", identify.EMPTY)
    *_, told = click(panel, "embedder", "fake_embedder")
    tau = told[IDENTIFY_TAU]
    assert (tau.value, tau.buttons) == (0.36, ["reset"])
    assert tau.maximum == pytest.approx(3 * 0.36)


def test_with_another_detector_the_answers_go_and_the_threshold_stays(panel):
    *_, told = click(panel, "detector", "cached_detector")
    assert texts.MODEL_NOW_HINTS["detector"] in told[STATE]
    assert told[IDENTIFY_TAU] == gr.skip()
    assert told[VERIFY_TAU].constructor_args == {"visible": False}
    assert told[VERDICT:] == (verify.EMPTY, "", identify.EMPTY)


def test_another_backbone_moves_nothing_else(panel):
    told = click(panel, "backbone", "far_backbone")[-1]
    assert told[CHOICE].value == "far_backbone"
    assert list(told[VERIFY_TAU:]) == [gr.skip()] * 5


def test_only_the_buttons_change_a_model_and_only_once_at_a_time(panel, blocks):
    events = {event.targets[0]: event for event in blocks.fns.values()}
    assert set(events) == {(button._id, "click") for button in [*panel.buttons.values(), panel.cancel]}
    for button in panel.buttons.values():
        event = events[button._id, "click"]
        assert event.trigger_mode == "once"
        assert event.api_visibility == "private"
        assert event.concurrency_id == "models"
    assert events[panel.cancel._id, "click"].queue is False


def test_after_a_failure_the_list_goes_back_and_nothing_else_moves(panel, fakes):
    click(panel, "embedder", "cached")
    fakes.hub.failure = HubUnreachableError("The Hub did not answer.")
    told = click(panel, "embedder", "far")[-1]
    assert "The Hub did not answer." in told[STATE]
    assert told[CHOICE].value == "cached"
    assert f"The cached <small>{texts.MODEL_IN_USE}</small>" in told[TABLE]
    assert list(told[VERIFY_TAU:]) == [gr.skip()] * 5


def test_the_scale_of_the_verdict_is_that_of_the_model_and_its_details_say_whose_threshold_it_is(
    ctx, session, tmp_path
):
    model_panel.choose(ctx, session, "embedder", "cached", silent)
    picture(RED, path=tmp_path / "a.png")
    picture(GREEN, path=tmp_path / "b.png")
    verdict, details, decided = verify.compare(
        ctx,
        session,
        mode=verify.PICTURES,
        first={"path": str(tmp_path / "a.png")},
        second={"path": str(tmp_path / "b.png")},
        person=None,
        tau=0.2,
    )
    assert decided
    assert "different people · 2<" in verdict
    assert "different people · 2<" in verify.decide(session, 0.1)
    assert "cached" in verdict
    assert "The cached: default threshold τ 0.700." in details
    assert texts.MODEL_TAU_SOURCE.format(source="the authors of cached") in details


def test_a_comparison_that_another_model_overtook_is_not_decided_anew(ctx, session, fakes, tmp_path):
    picture(RED, path=tmp_path / "a.png")
    upload = {"path": str(tmp_path / "a.png")}
    embed = fakes.embedder.embed

    def slow(chips):
        models.switch(ctx, session, {"embedder": "cached"}, lambda _: None)
        return embed(chips)

    fakes.embedder.embed = slow
    verdict, _, decided = verify.compare(
        ctx, session, mode=verify.PICTURES, first=upload, second=upload, person=None, tau=0.36
    )
    assert "fake_embedder" in verdict
    assert not decided
    assert verify.decide(session, 0.7) == verify.EMPTY
