import subprocess
import sys

import gradio as gr
import pytest

from facestyle.errors import HubOfflineError, HubUnreachableError
from facestyle.faces.embedding import DEFAULT
from facestyle.settings import Settings
from facestyle.ui import identify, models, texts, verify
from facestyle.ui.services import real_services
from facestyle.ui.state import Sessions
from tests.ui.conftest import request
from tests.ui.fakes import GREEN, PINK, RED, fake_services, model_of, picture


class Bar:
    def __init__(self):
        self.steps = []

    def __call__(self, share, *, desc):
        self.steps.append((share, desc))


@pytest.fixture
def bar():
    return Bar()


@pytest.fixture
def session(ctx):
    return ctx.session(request())


def panel_of(ctx):
    followers = models.Followers(
        taus=(gr.Slider(), gr.Slider()), verdict=gr.HTML(), details=gr.HTML(), identified=gr.HTML()
    )
    return models.ModelPanel(ctx, followers)


@pytest.fixture
def panel(ctx, blocks):
    return panel_of(ctx)


def enroll(session, name="Ada"):
    session.faces.enroll(name, [picture(RED)], consent=True)


def test_the_model_on_board_is_the_default(ctx, panel):
    assert panel.choice.value == "fake_embedder"
    assert ctx.session(request()).faces.model == "fake_embedder"
    assert f"The fake_embedder <small>{texts.MODEL_IN_USE}</small>" in panel.table.value


def test_the_table_has_the_facts_of_each_model(fakes):
    shown = models.table(fakes.hub.models(), "cached", public=False)
    rows = shown.split("<tr>")[2:]
    assert len(rows) == 3
    assert texts.MODEL_PLACES["on_board"] in rows[0]
    assert texts.MODEL_VERIFIED["file"] in rows[0]
    assert texts.MODEL_PLACES["downloaded"] in rows[1]
    assert texts.MODEL_IN_USE in rows[1]
    for fact in (texts.MODEL_PLACES["hub"], texts.MODEL_VERIFIED["schema"], "LFW 99.4 %", "12 MB", "MIT"):
        assert fact in rows[2]


def test_the_table_escapes_what_the_catalogue_says():
    entry = model_of("evil", "on_board", title="<b>", licence="<i>", published={"<u>": 1.0}, size=400_000)
    shown = models.table([entry], "evil", public=False)
    assert not {"<b>", "<i>", "<u>"} & {shown[index : index + 3] for index in range(len(shown))}
    assert texts.MODEL_SIZE_SMALL in shown


def test_a_model_that_is_not_here_is_downloaded_with_a_bar(ctx, session, fakes, bar):
    said, done = models.choose(ctx, session, "far", bar)
    assert done
    assert texts.MODEL_NOW.format(title="The far") in said
    assert fakes.hub.fetched == ["far"]
    assert [share for share, _ in bar.steps] == [0.0, 0.5]
    assert bar.steps[1][1] == "Downloading far: 1.0 of 2.0 MB, 0.5 MB/s, about 2.0 s left"
    assert session.faces.model == "far"


def test_a_size_that_the_server_hides_is_no_share(fakes, bar):
    from facestyle.hub.progress import Progress

    models.show(bar, Progress("far", 3_000_000, None, None, None))
    assert bar.steps == [(None, "Downloading far: 3.0 MB")]


@pytest.mark.parametrize(
    "failure", [HubUnreachableError("The Hub did not answer."), HubOfflineError("Offline mode is on.")]
)
def test_a_failed_download_is_said_in_place_and_nothing_changes(ctx, session, fakes, bar, failure):
    session.last = last = session.faces.verify(picture(RED), picture(PINK))
    fakes.hub.failure = failure
    said, done = models.choose(ctx, session, "far", bar)
    assert not done
    assert 'role="alert"' in said
    assert texts.REFUSED_TITLES[failure.code] in said
    assert failure.message in said
    assert texts.MODEL_STAYS.format(title="The fake_embedder") in said
    assert session.faces.model == "fake_embedder"
    assert session.last is last


def test_an_unexpected_failure_tells_the_log_and_not_the_page(ctx, session, fakes, bar, caplog):
    fakes.hub.failure = RuntimeError("secret")
    said, done = models.choose(ctx, session, "far", bar)
    assert not done
    assert texts.UNEXPECTED_TITLE in said
    assert "secret" not in said + caplog.text
    assert session.model is None


def test_an_unknown_model_is_refused_before_anything_is_fetched(ctx, session, fakes, bar):
    said, done = models.choose(ctx, session, "nonsense", bar)
    assert not done
    assert "There is no face model “nonsense”." in said
    assert fakes.hub.fetched == []


def test_people_enrolled_with_another_model_must_be_enrolled_again(ctx, session, bar):
    enroll(session)
    said, done = models.choose(ctx, session, "cached", bar)
    assert done
    assert texts.MODEL_ENROLL_AGAIN_ONE in said
    assert session.faces.identify(picture(RED)).enrolled == 0
    enroll(session, "Ada")
    enroll(session, "Grace")
    said, _ = models.choose(ctx, session, "cached", bar)
    assert "must be enrolled again" not in said
    session.gallery.remove("Grace")
    said, _ = models.choose(ctx, session, "fake_embedder", bar)
    assert "must be enrolled again" not in said
    assert session.faces.identify(picture(RED)).faces[0].recognized == "Ada"


def test_the_choice_is_the_sessions_own_though_the_gallery_is_shared(ctx, session, bar):
    models.choose(ctx, session, "cached", bar)
    other = ctx.session(request("b"))
    assert other.gallery is session.gallery
    assert (session.faces.model, other.faces.model) == ("cached", "fake_embedder")


def test_in_public_a_choice_keeps_to_its_session_and_its_gallery(public_ctx, bar):
    mine, other = public_ctx.session(request("a")), public_ctx.session(request("b"))
    models.choose(public_ctx, mine, "cached", bar)
    enroll(mine)
    assert other.faces.model == "fake_embedder"
    assert other.gallery.list() == ()


def test_in_public_only_what_is_here_can_be_chosen(public_ctx, blocks, fakes, bar):
    panel = panel_of(public_ctx)
    assert [ident for _, ident in panel.choice.choices] == ["fake_embedder", "cached"]
    assert panel.choice.info == texts.MODEL_CHOOSE_INFO_PUBLIC
    assert texts.MODEL_PLACE_PUBLIC in panel.table.value
    session = public_ctx.session(request())
    said, done = models.choose(public_ctx, session, "far", bar)
    assert not done
    assert texts.MODEL_PUBLIC in said
    assert fakes.hub.fetched == []
    assert session.faces.model == "fake_embedder"


def test_tau_and_the_answers_follow_the_model(panel, ctx):
    said, table, choice, verify_tau, identify_tau, *answers = panel.on_choice("cached", request(), Bar())
    assert texts.METRICS["cosine"] in said
    assert f"The cached <small>{texts.MODEL_IN_USE}</small>" in table
    assert choice.value == "cached"
    for tau in (verify_tau, identify_tau):
        assert (tau.minimum, tau.maximum, tau.value) == (0, 2.0, 0.7)
        assert tau.buttons == []
    assert not verify_tau.visible
    assert answers == [verify.EMPTY, "", identify.EMPTY]
    *_, identify_tau, _, _, _ = panel.on_choice("fake_embedder", request(), Bar())
    assert (identify_tau.value, identify_tau.buttons) == (0.36, ["reset"])
    assert identify_tau.maximum == pytest.approx(3 * 0.36)


def test_only_the_button_changes_the_model_and_only_once_at_a_time(panel, blocks):
    (event,) = blocks.fns.values()
    assert event.targets == [(panel.run._id, "click")]
    assert event.trigger_mode == "once"
    assert event.api_visibility == "private"


def test_after_a_failure_the_list_goes_back_and_nothing_else_moves(panel, fakes):
    panel.on_choice("cached", request(), Bar())
    fakes.hub.failure = HubUnreachableError("The Hub did not answer.")
    said, table, choice, *rest = panel.on_choice("far", request(), Bar())
    assert "The Hub did not answer." in said
    assert choice.value == "cached"
    assert f"The cached <small>{texts.MODEL_IN_USE}</small>" in table
    assert rest == [gr.skip()] * 5


def test_the_scale_of_the_verdict_is_that_of_the_model(ctx, session, bar, tmp_path):
    models.choose(ctx, session, "cached", bar)
    picture(RED, path=tmp_path / "a.png")
    picture(GREEN, path=tmp_path / "b.png")
    verdict, _, decided = verify.compare(
        ctx,
        session,
        mode=verify.PICTURES,
        first={"path": str(tmp_path / "a.png")},
        second={"path": str(tmp_path / "b.png")},
        person=None,
        tau=0.7,
    )
    assert decided
    assert "different people · 2<" in verdict
    assert "different people · 2<" in verify.decide(session, 0.1)
    assert "cached" in verdict


def test_a_comparison_that_another_model_overtook_is_not_decided_anew(ctx, session, bar, fakes, tmp_path):
    picture(RED, path=tmp_path / "a.png")
    upload = {"path": str(tmp_path / "a.png")}
    embed = fakes.embedder.embed

    def slow(chips):
        models.choose(ctx, session, "cached", bar)
        return embed(chips)

    fakes.embedder.embed = slow
    verdict, _, decided = verify.compare(
        ctx, session, mode=verify.PICTURES, first=upload, second=upload, person=None, tau=0.36
    )
    assert "fake_embedder" in verdict
    assert not decided
    assert verify.decide(session, 0.7) == verify.EMPTY


def test_a_choice_outlasts_idleness_but_not_the_tab(fakes):
    now = [0.0]
    sessions = Sessions(fake_services(Settings(public=True), fakes), idle_seconds=60, clock=lambda: now[0])
    session = sessions.get("a")
    session.use(sessions._services.faces(session.gallery, "cached"))
    enroll(session)
    now[0] = 100
    sessions.sweep()
    assert len(sessions) == 0
    again = sessions.get("a")
    assert again is not session
    assert again.gallery.list() == ()
    assert again.faces.model == "cached"
    assert again.faces.gallery is again.gallery
    sessions.forget("a")
    assert sessions.get("a").faces.model == "fake_embedder"
    sessions.close()


def test_the_real_models_are_those_of_the_catalogue():
    found = real_services(Settings()).face_models()
    assert found[0].id == DEFAULT
    assert found[0].place == "on_board"
    assert {"facenet", "sface", "adaface_ir18"} <= {model.id for model in found}
    assert all(model.size and model.licence and model.published for model in found)


def test_the_panel_needs_no_torch_to_be_imported():
    code = "import sys, facestyle.ui.models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
