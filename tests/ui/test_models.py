import subprocess
import sys

import pytest

from facestyle.errors import (
    DownloadCancelledError,
    HubUnreachableError,
    InvalidRequestError,
    NotEnrolledWithModelError,
    UnknownModelError,
)
from facestyle.faces.detection.loading import DEFAULT as DEFAULT_DETECTOR
from facestyle.faces.embedding import DEFAULT
from facestyle.faces.results import Claim
from facestyle.settings import Settings
from facestyle.style.results import DEFAULT_BACKBONE
from facestyle.ui import models, texts
from facestyle.ui.services import real_services
from facestyle.ui.state import Sessions
from tests.ui.conftest import request
from tests.ui.fakes import RED, fake_services, picture


@pytest.fixture
def session(ctx):
    return ctx.session(request())


def switch(ctx, session, **wanted):
    return models.switch(ctx, session, wanted, lambda _: None)


def enroll(session, name="Ada"):
    session.faces.enroll(name, [picture(RED)], consent=True, accept_conflict=True)


def used(ctx, session):
    return [models.current(ctx.services.models(kind), session) for kind in models.KINDS]


def test_what_is_on_board_is_the_default(ctx, session):
    assert used(ctx, None) == used(ctx, session) == ["fake_embedder", "fake_detector", DEFAULT_BACKBONE]
    assert (session.faces.model, session.faces.detector.model) == ("fake_embedder", "fake_detector")
    assert models.backbone(ctx, session) == DEFAULT_BACKBONE


def test_each_choice_leaves_the_others_as_they_are(ctx, session):
    switch(ctx, session, detector="cached_detector")
    assert used(ctx, session) == ["fake_embedder", "cached_detector", DEFAULT_BACKBONE]
    switch(ctx, session, embedder="cached")
    switch(ctx, session, backbone="far_backbone")
    assert used(ctx, session) == ["cached", "cached_detector", "far_backbone"]
    assert (session.faces.model, session.faces.detector.model) == ("cached", "cached_detector")
    assert models.backbone(ctx, session) == "far_backbone"
    switch(ctx, session, embedder="fake_embedder")
    assert session.faces.detector.model == "cached_detector"


@pytest.mark.parametrize("wanted", [{"embedder": "cached"}, {"detector": "cached_detector"}])
def test_switching_with_enrolled_people_says_how_many_must_be_enrolled_again_and_mixes_nothing(ctx, session, wanted):
    enroll(session, "Ada")
    enroll(session, "Grace")
    (kind,) = wanted
    switched = switch(ctx, session, **wanted)
    assert switched.strangers == 2
    assert texts.MODEL_ENROLL_AGAIN.format(count=2) in models.in_use(switched, kind)
    found = session.faces.identify(picture(RED))
    assert found.enrolled == 0
    assert (found.faces[0].recognized, found.faces[0].nearest_distance) == (None, None)
    with pytest.raises(NotEnrolledWithModelError):
        session.faces.verify(picture(RED), Claim("Ada"))

    enroll(session, "Ada")
    found = session.faces.identify(picture(RED))
    assert [match.name for match in found.faces[0].matches] == ["Ada"]
    assert session.gallery.get("Ada").embeddings == 2
    switched = switch(ctx, session, **wanted)
    assert switched.strangers == 1
    assert texts.MODEL_ENROLL_AGAIN_ONE in models.in_use(switched, kind)

    switched = switch(ctx, session, embedder="fake_embedder", detector="fake_detector")
    assert switched.strangers == 0
    assert "must be enrolled again" not in models.in_use(switched, kind)
    assert {match.name for match in session.faces.identify(picture(RED)).faces[0].matches} == {"Ada", "Grace"}


def test_another_backbone_leaves_faces_and_people_alone(ctx, session):
    enroll(session)
    faces = session.faces
    session.last = last = faces.verify(picture(RED), picture(RED))
    switched = switch(ctx, session, backbone="far_backbone")
    assert (switched.faces, switched.strangers) == (None, 0)
    assert session.faces is faces
    assert session.last is last
    assert texts.MODEL_NOW_HINTS["backbone"] in models.in_use(switched, "backbone")


def test_all_that_are_named_or_none_of_them(ctx, session, fakes):
    fakes.hub.failure = HubUnreachableError("The Hub did not answer.")
    with pytest.raises(HubUnreachableError):
        switch(ctx, session, embedder="cached", backbone="far_backbone")
    with pytest.raises(UnknownModelError):
        switch(ctx, session, embedder="cached", detector="nonsense")
    assert used(ctx, session) == ["fake_embedder", "fake_detector", DEFAULT_BACKBONE]


@pytest.mark.parametrize(
    ("kind", "other", "noun"),
    [
        ("embedder", "vgg16", "face model"),
        ("detector", "cached", "face detector"),
        ("backbone", "far", "style network"),
    ],
)
def test_a_model_for_another_purpose_is_refused_before_anything_is_fetched(ctx, session, fakes, kind, other, noun):
    with pytest.raises(UnknownModelError, match=f"There is no {noun} “{other}”. Known: "):
        switch(ctx, session, **{kind: other})
    assert fakes.hub.fetched == []


@pytest.mark.parametrize("wanted", [{"embedder": "far"}, {"detector": "far_detector"}, {"backbone": "far_backbone"}])
def test_in_public_nothing_is_downloaded(public_ctx, fakes, wanted):
    session = public_ctx.session(request())
    with pytest.raises(InvalidRequestError) as refusal:
        switch(public_ctx, session, **wanted)
    assert refusal.value.message == texts.MODEL_PUBLIC
    assert fakes.hub.fetched == []
    assert used(public_ctx, session) == ["fake_embedder", "fake_detector", DEFAULT_BACKBONE]


def test_a_backbone_for_one_run_is_checked_and_not_kept(ctx, public_ctx):
    session, other = ctx.session(request()), public_ctx.session(request())
    assert models.backbone(ctx, session, "far_backbone") == "far_backbone"
    assert models.backbone(ctx, session) == models.backbone(ctx, session, "") == DEFAULT_BACKBONE
    with pytest.raises(UnknownModelError):
        models.backbone(ctx, session, "cached")
    with pytest.raises(InvalidRequestError):
        models.backbone(public_ctx, other, "far_backbone")


def test_a_cancelled_download_leaves_the_session_as_it_was(ctx, session, fakes):
    fakes.hub.before_second_step = session.cancel
    with pytest.raises(DownloadCancelledError):
        switch(ctx, session, embedder="far")
    assert session.faces.model == "fake_embedder"
    assert session.download is None
    fakes.hub.before_second_step = lambda: None
    switch(ctx, session, embedder="far")
    assert session.faces.model == "far"


def test_cancelling_without_a_download_does_nothing_to_the_next(ctx, session):
    session.cancel()
    switch(ctx, session, embedder="far")
    assert session.faces.model == "far"


def test_one_session_cannot_cancel_anothers_download(ctx, session, fakes):
    other = ctx.session(request("b"))
    fakes.hub.before_second_step = other.cancel
    switch(ctx, session, embedder="far")
    assert session.faces.model == "far"


def test_closing_the_tab_ends_its_download(ctx, session, fakes):
    fakes.hub.before_second_step = lambda: ctx.sessions.forget("a")
    with pytest.raises(DownloadCancelledError):
        switch(ctx, session, embedder="far")


def test_the_choice_is_the_sessions_own_though_the_gallery_is_shared(ctx, session):
    switch(ctx, session, embedder="cached", detector="cached_detector", backbone="far_backbone")
    other = ctx.session(request("b"))
    assert other.gallery is session.gallery
    assert used(ctx, other) == ["fake_embedder", "fake_detector", DEFAULT_BACKBONE]
    assert (other.faces.model, other.faces.detector.model) == ("fake_embedder", "fake_detector")


def test_in_public_a_choice_keeps_to_its_session_and_its_gallery(public_ctx):
    mine, other = public_ctx.session(request("a")), public_ctx.session(request("b"))
    switch(public_ctx, mine, embedder="cached")
    enroll(mine)
    assert other.faces.model == "fake_embedder"
    assert other.gallery.list() == ()


def test_the_notice_says_where_the_threshold_comes_from(ctx, session):
    said = models.in_use(switch(ctx, session, embedder="cached"), "embedder")
    assert "τ 0.700" in said
    assert texts.METRICS["cosine"] in said
    assert texts.MODEL_TAU_SOURCE.format(source="the authors of cached") in said
    said = models.in_use(switch(ctx, session, detector="cached_detector"), "detector")
    assert "τ" not in said


def test_the_line_of_the_threshold_is_escaped_and_left_out_where_nothing_is_known(ctx, fakes, monkeypatch):
    assert "The cached: default threshold τ 0.700. Where" in models.tau_line(ctx, "cached", 0.7)
    assert models.tau_line(ctx, "nonsense", 0.7) == ""
    fakes.hub.places["<b>"] = "on_board"
    assert "<b>" not in models.tau_line(ctx, "<b>", 0.7)


@pytest.mark.parametrize("wanted", [{"embedder": "cached"}, {"detector": "cached_detector"}])
def test_a_choice_outlasts_idleness_but_not_the_tab(fakes, wanted):
    now = [0.0]
    services = fake_services(Settings(public=True), fakes)
    sessions = Sessions(services, idle_seconds=60, clock=lambda: now[0])
    session = sessions.get("a")
    before = session.faces.preprocessing, session.faces.model
    session.use(services.faces(session.gallery, wanted.get("embedder"), wanted.get("detector")))
    session.paint_with("far_backbone")
    chosen = session.choice
    enroll(session)
    now[0] = 100
    sessions.sweep()
    assert len(sessions) == 0
    again = sessions.get("a")
    assert again is not session
    assert again.gallery.list() == ()
    assert again.choice == chosen
    assert (again.faces.preprocessing, again.faces.model) != before
    assert again.faces.gallery is again.gallery
    sessions.forget("a")
    back = sessions.get("a")
    assert (back.faces.preprocessing, back.faces.model) == before
    assert back.choice.backbone is None
    sessions.close()


def test_the_real_models_are_those_of_the_catalogue():
    services = real_services(Settings())
    found = {kind: services.models(kind) for kind in models.KINDS}
    assert [listed[0].id for listed in found.values()] == [DEFAULT, DEFAULT_DETECTOR, DEFAULT_BACKBONE]
    assert {listed[0].place for listed in found.values()} == {"on_board"}
    assert {"facenet", "sface", "adaface_ir18"} <= {model.id for model in found["embedder"]}
    assert [model.id for model in found["detector"]] == [DEFAULT_DETECTOR, "mtcnn", "retinaface", "yunet"]
    assert [model.id for model in found["backbone"]] == ["vgg16", "vgg19"]
    for model in (model for listed in found.values() for model in listed):
        assert model.size
        assert model.licence
        # The file on board does not say which of two trainings it is, so neither's figures are claimed for it.
        assert bool(model.published) == (model.kind != "backbone" and model.id != DEFAULT_DETECTOR)
        assert bool(model.tau_source) == (model.kind == "embedder")


def test_the_panel_needs_no_torch_to_be_imported():
    code = "import sys, facestyle.ui.model_panel, facestyle.ui.model_api; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
