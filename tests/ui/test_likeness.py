"""What the Style tab says of the faces in a painting."""

from dataclasses import replace

import pytest

from facestyle.errors import WeightsMissingError
from facestyle.faces.results import Box, Face
from facestyle.portraits.results import Likeness
from facestyle.style.results import StyleRequest
from facestyle.ui import likeness, painting, texts
from tests.ui.conftest import request
from tests.ui.fakes import BLUE, RED, picture

FACE = Face(Box(0, 0, 10, 10), 0.99, ((0.0, 0.0),) * 5)
SAME = Likeness(FACE, 0.12, 0.36, same=True, found=True, model="m", metric="cosine")
CHANGED = replace(SAME, distance=0.5, same=False)


@pytest.mark.parametrize(
    ("found", "kept", "words"),
    [
        ((), False, ""),
        ((SAME,), False, "it is still the same person: 0.12 from the photo, 0.36 is the limit."),
        ((SAME, SAME), True, "all 2 people are still themselves: 0.12, 0.12 from"),
        ((CHANGED,), False, texts.STYLE_FACES_ADVICE),
        ((SAME, CHANGED), True, "1 of 2 people are no longer themselves: 0.12, 0.50 from"),
    ],
)
def test_the_sentence_fits_what_was_found(found, kept, words):
    said = likeness.said(found, kept=kept)
    assert words in said
    assert bool(said) == bool(found)
    assert texts.STYLE_FACES_ADVICE not in said or not kept


def painted(ctx, content, **options):
    asked = StyleRequest(content=picture(*content), style=picture(BLUE), size=64, steps=5)
    if options.get("keep_faces"):
        asked = ctx.services.keep_faces(asked)
    *_, last = painting.paint(ctx.services, ctx.session(request()), asked, **options)
    return asked, last.status


def test_a_finished_run_says_it(ctx):
    asked, status = painted(ctx, [RED], keep_faces=True)
    assert asked.emphasis.max() == 255
    assert "To the face network" in status


def test_without_a_face_nothing_is_said_unless_one_was_to_be_kept(ctx):
    assert "face" not in painted(ctx, [])[1]
    asked, status = painted(ctx, [], keep_faces=True)
    assert asked.emphasis is None
    assert texts.STYLE_FACES_NONE in status


def test_a_painting_is_finished_without_the_face_network(ctx):
    def missing(photo, painting):
        raise WeightsMissingError("gone")

    services = replace(ctx.services, likeness=missing)
    asked = StyleRequest(content=picture(RED), style=picture(BLUE), size=64, steps=5)
    *_, last = painting.paint(services, ctx.session(request()), asked)
    assert last.pair is not None
    assert texts.STYLE_FINISHED.partition(":")[0] in last.status
