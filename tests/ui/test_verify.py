import gradio as gr
import pytest

from facestyle.errors import ImageUnreadableError
from facestyle.ui import samples, texts, verify
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, picture


@pytest.fixture
def upload(tmp_path):
    def make(*faces, **options):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        picture(*faces, path=path, **options)
        return {"path": str(path), "orig_name": "photo.png", "meta": {"_type": "gradio.FileData"}}

    return make


@pytest.fixture
def session(ctx):
    return ctx.session(request())


@pytest.fixture
def run(ctx, session):
    def run(first, second=None, *, mode=verify.PICTURES, person=None, tau=0.36):
        return verify.compare(ctx, session, mode=mode, first=first, second=second, person=person, tau=tau)

    return run


def test_two_pictures_of_one_person(run, upload):
    verdict, details, decided = run(upload(RED), upload(PINK))
    assert texts.VERIFY_SAME in verdict
    assert decided
    assert details.count('class="fs-chip"') == 2
    assert details.count("fs-box") == 2


def test_two_pictures_of_different_people(run, upload):
    verdict, _, decided = run(upload(RED), upload(GREEN))
    assert texts.VERIFY_DIFFERENT in verdict
    assert decided


def test_a_picture_and_an_enrolled_person(run, upload, session):
    person = session.faces.enroll("Ada", [picture(RED)], consent=True).person
    verdict, details, decided = run(upload(PINK), mode=verify.CLAIM, person=person.id)
    assert "This is <bdi" in verdict
    assert "Ada" in verdict
    assert decided
    assert details.count('class="fs-chip"') == 1
    assert "This is not <bdi" in run(upload(BLUE), mode=verify.CLAIM, person=person.id)[0]


def test_nobody_enrolled_is_said(run, upload):
    verdict, _, decided = run(upload(RED), mode=verify.CLAIM, person=None)
    assert texts.VERIFY_PERSON_NONE in verdict
    assert not decided


def test_a_person_deleted_meanwhile_is_said(run, upload, session):
    person = session.faces.enroll("Ada", [picture(RED)], consent=True).person
    session.gallery.remove(person.id)
    verdict, _, decided = run(upload(RED), mode=verify.CLAIM, person=person.id)
    assert texts.REFUSED_TITLES["unknown_person"] in verdict
    assert not decided


def test_moving_tau_decides_again_without_the_network(ctx, run, upload, session, fakes):
    run(upload(RED), upload(PINK))
    calls = fakes.embedder.calls
    assert texts.VERIFY_SAME in verify.decide(session, 0.36)
    assert texts.VERIFY_DIFFERENT in verify.decide(session, 0.001)
    assert fakes.embedder.calls == calls


def test_moving_tau_before_any_comparison_shows_the_empty_place(ctx, session):
    assert verify.decide(session, 0.1) == verify.EMPTY


def test_a_refusal_leaves_nothing_to_decide_about(ctx, run, upload, session):
    run(upload(RED), upload(PINK))
    run(upload(RED), upload())
    assert verify.decide(session, 0.1) == verify.EMPTY


def test_no_face_is_said_in_the_place_of_the_result(run, upload):
    verdict, details, decided = run(upload(RED), upload())
    assert texts.REFUSED_TITLES["no_face"] in verdict
    assert "the second picture" in verdict
    assert f"{texts.VERIFY_FIRST}: {texts.ONE_FACE}" in details
    assert f"{texts.VERIFY_SECOND}: {texts.NO_FACES}" in details
    assert not decided


def test_several_faces_are_numbered_with_a_word_on_cropping(run, upload):
    verdict, details, decided = run(upload(RED, GREEN, BLUE), upload(RED))
    assert texts.REFUSED_TITLES["several_faces"] in verdict
    assert texts.CROP_HINT in verdict
    assert details.count("fs-box") == 4
    for number in (1, 2, 3):
        assert f">{number}</span>" in details
    assert not decided


def test_a_clear_subject_is_used_and_said_so(run, upload):
    verdict, details, _ = run(upload(RED, GREEN, sides=(120, 30)), upload(PINK))
    assert texts.VERIFY_SAME in verdict
    assert texts.SUBJECT_PROPOSED.format(picture=texts.VERIFY_FIRST) in details


@pytest.mark.parametrize(
    ("content", "code"), [(b"just text", "image_unreadable"), (b"", "image_empty"), (b"\x89PNG\r\n\x1a\n", None)]
)
def test_a_bad_upload_is_named(run, upload, tmp_path, content, code):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    verdict, _, decided = run(upload(RED), {"path": str(path)})
    assert 'role="alert"' in verdict
    if code:
        assert texts.REFUSED_TITLES[code] in verdict
    assert texts.UNEXPECTED_TITLE not in verdict
    assert not decided


def test_a_missing_picture_is_said(run, upload):
    assert texts.REFUSED_TITLES["image_empty"] in run(None, upload(RED))[0]
    assert texts.REFUSED_TITLES["image_empty"] in run(upload(RED), None)[0]


def test_an_unexpected_failure_tells_the_log_and_not_the_page(run, upload, fakes, caplog):
    fakes.embedder.fail = RuntimeError("secret /home/ada/photo.png")
    verdict, _, decided = run(upload(RED), upload(PINK))
    assert texts.UNEXPECTED_TITLE in verdict
    assert "secret" not in verdict
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert "ada" not in caplog.text
    assert not decided


def test_an_expected_failure_of_the_network_speaks_for_itself(run, upload, fakes):
    fakes.embedder.fail = ImageUnreadableError("Odd one.")
    assert "Odd one." in run(upload(RED), upload(PINK))[0]


@pytest.fixture
def tab(ctx, blocks):
    return verify.VerifyTab(ctx)


def test_the_tab_shows_tau_once_there_is_something_to_decide(tab, upload):
    verdict, _, tau = tab.on_run(verify.PICTURES, upload(RED), upload(PINK), None, 0.36, False, request())
    assert tau.visible
    assert texts.VERIFY_DIFFERENT in tab.on_tau(0.0005, request())
    *_, tau = tab.on_run(verify.PICTURES, upload(RED), None, None, 0.36, False, request())
    assert not tau.visible
    assert texts.VERIFY_SAME in verdict


def test_one_session_can_not_decide_about_anothers_comparison(tab, upload):
    tab.on_run(verify.PICTURES, upload(RED), upload(PINK), None, 0.36, False, request("a"))
    assert tab.on_tau(0.36, request("b")) == verify.EMPTY


def test_the_mode_swaps_the_second_picture_for_the_people(tab):
    image, person = tab.on_mode(verify.CLAIM)
    assert (image.visible, person.visible) == (False, True)
    image, person = tab.on_mode(verify.PICTURES)
    assert (image.visible, person.visible) == (True, False)


@pytest.mark.parametrize("index", range(len(samples.VERIFY)))
def test_each_example_fills_in_two_pictures(tab, index):
    mode, first, second, _ = tab.on_example(click(action="example", id=str(index)))
    assert mode == verify.PICTURES
    assert isinstance(first, gr.Image)
    assert second.visible
