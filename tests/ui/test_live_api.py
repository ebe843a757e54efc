import json
import shutil
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from facestyle.ui import live_api, samples
from tests.ui.conftest import request
from tests.ui.fakes import GREEN, RED, picture


@pytest.fixture
def endpoint(ctx, blocks):
    made = live_api.LiveEndpoint(ctx)
    made.live.clock = Clock()
    ctx.session(request()).faces.enroll("Ada", [picture(RED)], consent=True)
    return made


class Clock:
    now = 0.0

    def __call__(self):
        self.now += 0.1
        return self.now


def uploaded(*colors):
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "frame.png"
    picture(*colors, path=path)
    return {"path": str(path)}


def call(endpoint, *colors, **options):
    return endpoint.live_frame(request(), uploaded(*colors), **options)


def test_frames_of_one_session_are_one_stream(endpoint):
    answers = [call(endpoint, RED, frames=3) for _ in range(4)]
    assert [answer["door"]["open"] for answer in answers] == [False, False, True, True]
    assert [answer["faces"][0]["track"] for answer in answers] == [1] * 4
    assert answers[-1]["faces"][0]["name"] == answers[-1]["door"]["name"] == "Ada"
    assert json.dumps(answers[-1])
    assert answers[0]["faces"][0]["box"] == [40.0, 60.0, 100.0, 120.0]  # not mirrored


def test_an_unknown_face_has_no_name(endpoint):
    answers = [call(endpoint, GREEN, frames=2) for _ in range(6)]
    assert "Ada" not in json.dumps(answers)
    assert answers[-1]["door"] == {"open": False, "why": "unknown", "name": None, "progress": 0.0, "closes_in": None}


def test_refusals_are_json(endpoint, tmp_path):
    assert endpoint.live_frame(request(), None)["error"]["code"] == "image_empty"
    assert call(endpoint, RED, name="Nobody")["error"]["code"] == "unknown_person"
    assert call(endpoint, RED, tau=-1)["error"]["code"] == "invalid_request"
    assert call(endpoint, RED, frames=0)["error"]["code"] == "invalid_request"


def test_an_uploaded_frame_is_deleted_once_read_and_nothing_else_is(endpoint, tmp_path_factory):
    upload = uploaded(RED)
    endpoint.live_frame(request(), upload)
    assert not Path(upload["path"]).exists()
    Path(upload["path"]).write_text("no picture")
    assert endpoint.live_frame(request(), upload)["error"]["code"] == "image_unreadable"
    assert not Path(upload["path"]).exists()
    elsewhere = shutil.copy(samples.path("hopper"), tmp_path_factory.mktemp("elsewhere") / "mine.jpg")
    endpoint.live_frame(request(), {"path": str(elsewhere)})
    assert Path(elsewhere).exists()


def test_a_head_turn_is_asked_for_only_on_request(endpoint):
    assert "head_turn" not in call(endpoint, RED)
    answers = [call(endpoint, RED, frames=2, head_turn=True) for _ in range(6)]
    assert answers[-1]["head_turn"]["outcome"] == "running"
    assert answers[-1]["head_turn"]["step"] in {"turn_left", "turn_right"}
    assert not any(answer["door"]["open"] for answer in answers)
    assert json.dumps(answers[-1])
