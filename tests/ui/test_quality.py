"""Warnings, the liveness hint, and the override that appears when it is needed."""

import pytest

from facestyle.faces.liveness import Liveness
from facestyle.faces.quality import QualityReason
from facestyle.ui import enroll, identify, texts, verify
from facestyle.ui import quality as pieces
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import request
from tests.ui.fakes import GREEN, PINK, RED, picture

BLURRED = (QualityReason.TOO_BLURRY,)
SENTENCE = QualityReason.TOO_BLURRY.sentence


@pytest.fixture
def upload(tmp_path):
    def make(*faces):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        picture(*faces, path=path)
        return {"path": str(path)}

    return make


@pytest.fixture
def tab(ctx, blocks):
    return enroll.EnrollTab(ctx, VerifyTab(ctx).person)


def compare(ctx, upload, live=False):
    return verify.compare(
        ctx,
        ctx.session(request()),
        mode=verify.PICTURES,
        first=upload(RED),
        second=upload(PINK),
        person=None,
        tau=None,
        live=live,
    )


def recognise(ctx, upload, live=False):
    return identify.recognise(ctx, ctx.session(request()), picture=upload(RED, GREEN), top_k=5, tau=None, live=live)


def run(tab, upload, name, *pictures, poor=False, conflict=False):
    shown, *_, poor_box, conflict_box = tab.on_run(
        name, [{"image": upload(face)} for face in pictures], True, False, poor, conflict, request()
    )
    return shown, poor_box, conflict_box


def names(ctx):
    return [person.name for person in ctx.session(request()).gallery.list()]


# --- warnings -----------------------------------------------------------------------------------------------------


def test_good_faces_are_left_without_a_word(ctx, upload):
    shown = compare(ctx, upload)[1] + recognise(ctx, upload)
    assert "fs-notices" not in shown
    assert "fs-why" not in shown
    assert not any(reason.sentence in shown for reason in QualityReason)


def test_verify_warns_about_each_picture_and_still_answers(ctx, fakes, upload):
    fakes.quality.reasons = (QualityReason.TOO_DARK, QualityReason.FACE_TURNED_AWAY)
    verdict, details, decided = compare(ctx, upload)
    assert texts.VERIFY_SAME in verdict
    assert decided
    assert f"{texts.VERIFY_FIRST}: the face is too dark, turned away" in details
    assert f"{texts.VERIFY_SECOND}: the face is too dark, turned away" in details
    assert QualityReason.TOO_DARK.sentence in details


def test_identify_warns_at_each_face_and_explains_once(ctx, fakes, upload):
    fakes.quality.reasons = BLURRED
    shown = recognise(ctx, upload)
    assert shown.count("Face blurred") == 2
    assert shown.count(SENTENCE) == 1


def test_every_reason_has_words_in_every_place():
    for reason in QualityReason:
        assert reason.value in texts.QUALITY_TITLES
        assert reason.value in texts.REFUSED_TITLES


# --- enrolling ----------------------------------------------------------------------------------------------------


def test_a_poor_picture_is_refused_and_the_override_appears_then(tab, ctx, fakes, upload):
    assert not tab.overrides.poor.visible
    fakes.quality.reasons = BLURRED
    shown, poor, conflict = run(tab, upload, "Ada", RED)
    assert texts.REFUSED_TITLES["too_blurry"] in shown
    assert SENTENCE in shown
    assert poor.visible
    assert poor.value is False
    assert "blurred" in poor.label
    assert conflict.visible is False
    assert names(ctx) == []


def test_the_override_enrols_with_a_warning_and_goes_away(tab, ctx, fakes, upload):
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Ada", RED)
    shown, poor, conflict = run(tab, upload, "Ada", RED, poor=True)
    assert names(ctx) == ["Ada"]
    assert SENTENCE in shown
    assert (poor.visible, poor.value, conflict.visible) == (False, False, False)


def test_somebody_already_enrolled_is_named_and_can_be_overridden(tab, ctx, upload):
    run(tab, upload, "Ada", RED)
    shown, _, conflict = run(tab, upload, "<b>Bea", PINK)
    assert texts.REFUSED_TITLES["resembles_another"] in shown
    assert "looks like Ada" in shown
    assert conflict.label == texts.ENROLL_ANYWAY_CONFLICT["resembles_another"]
    assert names(ctx) == ["Ada"]
    run(tab, upload, "<b>Bea", PINK, poor=True)
    assert names(ctx) == ["Ada"]  # the other override is not for this
    run(tab, upload, "<b>Bea", PINK, conflict=True)
    assert names(ctx) == ["<b>Bea", "Ada"]


def test_a_picture_unlike_the_others_is_refused(tab, ctx, upload):
    run(tab, upload, "<b>Ada", RED)
    shown, _, conflict = run(tab, upload, "<b>Ada", GREEN)
    assert texts.REFUSED_TITLES["unlike_others"] in shown
    assert "<b>Ada" not in shown
    assert conflict.label == texts.ENROLL_ANYWAY_CONFLICT["unlike_others"]
    assert ctx.session(request()).gallery.list()[0].embeddings == 1


def test_one_public_session_learns_nothing_of_anothers_people(public_ctx, blocks, upload):
    tab = enroll.EnrollTab(public_ctx, VerifyTab(public_ctx).person)
    run(tab, upload, "Ada", RED)
    other = tab.on_run("Bea", [{"image": upload(RED)}], True, False, False, False, request("b"))
    assert "Bea is enrolled" in other[0].replace("\u2068", "").replace("\u2069", "")
    assert "Ada" not in "".join(map(str, other))


def test_an_override_is_for_the_refused_request_only(tab, ctx, fakes, upload):
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Ada", RED, poor=True)
    assert names(ctx) == []  # ticked before any refusal
    for name, pictures in (("Eve", (RED,)), ("Ada", (GREEN,)), ("Ada", (RED, PINK)), ("Ada", (PINK, RED))):
        run(tab, upload, "Ada", RED)
        shown, poor, _ = run(tab, upload, name, *pictures, poor=True)
        assert texts.REFUSED_TITLES["too_blurry"] in shown
        assert (poor.visible, poor.value) == (True, False)
        assert names(ctx) == []
    run(tab, upload, "Ada", RED)
    run(tab, upload, "Ada", RED, poor=True)
    assert names(ctx) == ["Ada"]


def test_an_override_is_used_up_by_an_enrolment_and_belongs_to_its_session(ctx, fakes, upload, blocks):
    tab = enroll.EnrollTab(ctx, VerifyTab(ctx).person)
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Ada", RED)
    tab.on_run("Ada", [{"image": upload(RED)}], True, False, True, False, request("b"))
    assert names(ctx) == []
    for _ in range(2):
        run(tab, upload, "Ada", RED, poor=True)
    assert ctx.session(request()).gallery.get("Ada").embeddings == 1


def test_both_overrides_of_one_request_hold_together(tab, ctx, fakes, upload):
    run(tab, upload, "Ada", RED)
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Bea", PINK)
    _, poor, conflict = run(tab, upload, "Bea", PINK, poor=True)
    assert conflict.visible
    assert not hasattr(poor, "visible")  # stays as it is: ticked
    run(tab, upload, "Bea", PINK, poor=True, conflict=True)
    assert names(ctx) == ["Ada", "Bea"]


def test_another_picture_that_is_good_takes_the_old_box_away(tab, ctx, fakes, upload):
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Ada", RED)
    fakes.quality.reasons = ()
    run(tab, upload, "Ada", RED)
    fakes.quality.reasons = BLURRED
    run(tab, upload, "Bea", PINK)
    fakes.quality.reasons = ()
    _, poor, conflict = run(tab, upload, "Cleo", PINK, poor=True)
    assert (poor.visible, poor.value, conflict.visible) == (False, False, True)


# --- liveness -----------------------------------------------------------------------------------------------------


def test_liveness_is_off_unless_asked_for(ctx, fakes, upload):
    shown = compare(ctx, upload)[1] + recognise(ctx, upload)
    assert fakes.liveness.calls == 0
    assert not any(text in shown for text in (texts.LIVENESS_LIVE, texts.LIVENESS_FAKE, texts.LIVENESS_UNCHECKED))


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (Liveness.of(0.93, "judge"), texts.LIVENESS_LIVE),
        (Liveness.of(0.12, "judge"), texts.LIVENESS_FAKE),
        (Liveness.unchecked("Nobody could look."), texts.LIVENESS_UNCHECKED),
    ],
)
def test_the_hint_stands_beside_the_answer_and_never_changes_it(ctx, fakes, upload, answer, title):
    fakes.liveness.answer = answer
    verdict, details, _ = compare(ctx, upload, live=True)
    assert texts.VERIFY_SAME in verdict
    assert title in details
    assert (answer.reason or texts.LIVENESS_HINT) in details
    assert ("by judge" in details) is answer.checked
    shown = recognise(ctx, upload, live=True)
    assert shown.count(title) == 2
    assert (answer.reason or texts.LIVENESS_HINT) in shown
    assert fakes.liveness.calls == 3  # the probe of the first, both faces of the second


def test_not_checked_does_not_look_like_failed():
    assert "fs-warn" not in pieces.liveness(Liveness.unchecked("Too small."))
    assert "fs-good" not in pieces.liveness(Liveness.of(0.99, "judge"))
    assert "fs-warn" in pieces.liveness(Liveness.of(0.01, "judge"))
