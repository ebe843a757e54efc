"""The named endpoints, called by gradio_client over a real socket, with the networks played."""

import time
import zipfile

import httpx
import pytest
from gradio_client import handle_file
from PIL import Image

from facestyle.faces.quality import QualityReason
from facestyle.ui import demo as page
from tests.ui.fakes import BLUE, GREEN, PINK, RED, picture
from tests.ui.server import Server

ENDPOINTS = {
    "/verify": ["picture", "reference", "tau", "liveness"],
    "/verify_claim": ["picture", "name", "tau", "liveness"],
    "/identify": ["picture", "top_k", "tau", "liveness"],
    "/enroll": ["name", "pictures", "consent", "keep_thumbnail", "accept_poor", "accept_conflict"],
    "/live_frame": ["picture", "name", "tau", "frames", "seconds", "head_turn"],
    "/people": [],
    "/cluster": ["files", "method", "k", "same_photo"],
    "/enroll_group": ["group", "name", "consent", "keep_thumbnail", "accept_conflict"],
    "/style": [
        "content", "style", "alpha", "beta", "size", "steps", "init", "optimizer", "seed",
        "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "backbone",
        "colors", "style_loss", "scale", "region", "style2", "mix",
        "content_layer", "pooling", "smoothness", "keep_faces",
    ],
    "/style_fast": ["content", "style", "style_id", "size", "strength", "style_id2", "style2", "mix"],
    "/style_video": ["video", "style", "style_id", "size"],
    "/style_many": ["pictures", "style", "style_id", "size", "form"],
    "/models": [],
    "/use_model": ["embedder", "detector", "backbone"],
    "/fetch_style": ["style_id"],
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    made = Server(public=True, max_image_bytes=200_000, max_archive_bytes=200_000, max_video_bytes=200_000)
    yield made
    made.close()


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    named = {"red": (RED,), "pink": (PINK,), "green": (GREEN,), "blue": (BLUE,), "none": (), "two": (GREEN, PINK)}
    for name, faces in named.items():
        picture(*faces, path=folder / f"{name}.png")
    (folder / "text.jpg").write_text("only words")
    return lambda name: handle_file(str(folder / name))


def test_the_named_endpoints_are_these_and_no_others(client):
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {name: [p["parameter_name"] for p in info["parameters"]] for name, info in named.items()} == ENDPOINTS


def test_verify(client, files):
    answer = client.predict(picture=files("red.png"), reference=files("pink.png"), api_name="/verify")
    assert answer["same"] is True
    assert answer["tau"] == pytest.approx(0.36)
    facts = {"same", "distance", "tau", "metric", "model", "faces", "quality"}
    assert set(answer) == facts | {"probability", "evidence", "rates"}
    assert answer["probability"] is None  # this model has no calibration
    assert answer["faces"] == [[40, 60, 100, 120]] * 2
    strict = client.predict(picture=files("red.png"), reference=files("pink.png"), tau=0, api_name="/verify")
    assert strict["same"] is False
    assert strict["distance"] == pytest.approx(answer["distance"])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("red.png", "none.png", "no_face"),
        ("two.png", "red.png", "several_faces"),
        ("text.jpg", "red.png", "image_unreadable"),
    ],
)
def test_refusals_carry_their_code(client, files, first, second, code):
    answer = client.predict(picture=files(first), reference=files(second), api_name="/verify")
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]


def test_a_tau_out_of_range_is_refused(client, files):
    answer = client.predict(picture=files("red.png"), reference=files("red.png"), tau=-1, api_name="/verify")
    assert answer["error"]["code"] == "invalid_request"


def test_enroll_people_claim_identify(client, files):
    added = client.predict(name="Ada", pictures=[files("red.png"), files("pink.png")], consent=True, api_name="/enroll")
    assert (added["name"], added["added"], added["embeddings"], len(added["faces"])) == ("Ada", 2, 2, 2)
    people = client.predict(api_name="/people")["people"]
    assert [person["name"] for person in people] == ["Ada"]
    assert set(people[0]) == {"id", "name", "embeddings", "models", "created", "thumbnail"}
    claim = client.predict(picture=files("red.png"), name="ada", api_name="/verify_claim")
    assert (claim["same"], claim["claimed"]) == (True, "Ada")
    assert client.predict(picture=files("blue.png"), name=added["id"], api_name="/verify_claim")["same"] is False
    unknown = client.predict(picture=files("red.png"), name="Bea", api_name="/verify_claim")
    assert unknown["error"]["code"] == "unknown_person"
    found = client.predict(picture=files("two.png"), api_name="/identify")
    assert [face["recognized"] for face in found["faces"]] == [None, "Ada"]
    assert found["faces"][0]["matches"] == []
    assert found["enrolled"] == 1


@pytest.mark.parametrize("consent", [False, None, "yes", 1])
def test_nobody_is_enrolled_without_consent(client, files, consent):
    answer = client.predict(name="Ada", pictures=[files("red.png")], consent=consent, api_name="/enroll")
    assert answer["error"]["code"] == "consent_missing"
    assert client.predict(api_name="/people") == {"people": []}


def test_quality_and_conflicts_of_an_enrolment(server, files):
    client = server.client()
    server.fakes.quality.reasons = (QualityReason.TOO_BLURRY,)
    try:
        asked = {"name": "Ada", "pictures": [files("red.png")], "consent": True, "api_name": "/enroll"}
        assert client.predict(**asked)["error"]["code"] == "too_blurry"
        assert client.predict(**asked, accept_poor=True)["quality"] == [["too_blurry"]]
        face = client.predict(picture=files("red.png"), api_name="/identify")["faces"][0]
        assert face["quality"] == ["too_blurry"]
    finally:
        server.fakes.quality.reasons = ()
    asked = {"name": "Bea", "pictures": [files("pink.png")], "consent": True, "api_name": "/enroll"}
    assert client.predict(**asked)["error"]["code"] == "resembles_another"
    assert client.predict(**asked, accept_conflict=True)["name"] == "Bea"


def test_liveness_is_a_hint_beside_the_answer(client, files):
    pictures = {"picture": files("red.png"), "reference": files("pink.png"), "api_name": "/verify"}
    assert "liveness" not in client.predict(**pictures)
    answer = client.predict(**pictures, liveness="passive")
    assert answer["liveness"] == {"checked": True, "live": True, "score": 0.9, "reason": None, "model": "fake_liveness"}
    assert answer["same"] is True
    face = client.predict(picture=files("red.png"), liveness="passive", api_name="/identify")["faces"][0]
    assert face["liveness"]["live"] is True
    assert client.predict(**pictures, liveness="strict")["error"]["code"] == "invalid_request"


def test_two_clients_never_see_each_other(server, files):
    one, other = server.client(), server.client()
    one.predict(name="Ada", pictures=[files("red.png")], consent=True, api_name="/enroll")
    other.predict(name="Bea", pictures=[files("green.png")], consent=True, api_name="/enroll")
    assert [person["name"] for person in one.predict(api_name="/people")["people"]] == ["Ada"]
    assert [person["name"] for person in other.predict(api_name="/people")["people"]] == ["Bea"]
    assert other.predict(picture=files("red.png"), api_name="/identify")["faces"][0]["recognized"] is None
    claim = other.predict(picture=files("red.png"), name="Ada", api_name="/verify_claim")
    assert claim["error"]["code"] == "unknown_person"


def test_a_private_endpoint_acts_on_the_callers_session_only(server, files):
    # "private" hides an endpoint but does not lock it: whoever calls delete by hand reaches only what is theirs.
    one, other = server.client(), server.client()
    added = one.predict(name="Ada", pictures=[files("red.png")], consent=True, api_name="/enroll")
    calls = 0
    for index, function in server.demo.fns.items():
        if function.name in {"on_confirm", "on_save", "on_people"}:
            data = [added["id"], "Mine"][: len(function.inputs)]
            answer = server.call(index, data, other.session_hash, action="delete", id=added["id"])
            assert "Ada" not in str(answer)
            calls += 1
    assert calls >= 3
    assert [person["name"] for person in one.predict(api_name="/people")["people"]] == ["Ada"]


def test_closing_the_tab_wipes_its_people(server, files):
    client = server.client()
    client.predict(name="Ada", pictures=[files("red.png")], consent=True, api_name="/enroll")
    session = server.sessions.get(client.session_hash)
    assert [person.name for person in session.gallery.list()] == ["Ada"]
    # A tab is open as long as its heartbeat is.
    with httpx.stream("GET", f"{server.url}/gradio_api/heartbeat/{client.session_hash}", timeout=30) as heartbeat:
        next(heartbeat.iter_raw())
    assert session.stop.wait(10)
    assert client.predict(api_name="/people") == {"people": []}


def test_style_gives_a_picture_and_its_facts(client, files):
    image, facts = client.predict(
        content=files("red.png"), style=files("blue.png"), size=96, steps=4, relu1_1=0.5, api_name="/style"
    )
    with Image.open(image) as painted:
        assert max(painted.size) == 96
        assert facts["size"] == [painted.height, painted.width]
    assert facts["steps"] == 4
    assert set(facts["losses"]) == {"total", "content", "style"}


def test_style_takes_colors_strokes_region_and_a_second_painting(server, client, files):
    client.predict(
        content=files("red.png"),
        style=files("blue.png"),
        size=64,
        steps=2,
        colors="luminance",
        style_loss="wasserstein",
        scale=1.5,
        region=files("red.png"),
        style2=files("pink.png"),
        mix=0.25,
        api_name="/style",
    )
    asked = server.fakes.painter.requests[-1]
    assert (asked.colors, asked.style_loss) == ("luminance", "wasserstein")
    assert [(style.weight, style.scale) for style in asked.styles] == [(0.75, 1.5), (0.25, 1.5)]
    assert asked.region.shape == asked.content.shape[:2]
    for mix, weights in ((0, [1]), (1, [1])):
        client.predict(
            content=files("red.png"),
            style=files("blue.png"),
            size=64,
            steps=2,
            style2=files("pink.png"),
            mix=mix,
            api_name="/style",
        )
        assert [style.weight for style in server.fakes.painter.requests[-1].styles] == weights


def test_style_reports_its_steps_and_can_be_cancelled(server, files):
    client = server.client()
    server.fakes.painter.delay = 0.05
    try:
        job = client.submit(content=files("red.png"), style=files("blue.png"), size=64, steps=400, api_name="/style")
        while not job.outputs():
            time.sleep(0.01)
        assert job.outputs()[0][1]["steps"] == 400
        before = server.fakes.painter.closed
        assert job.cancel()
        deadline = time.monotonic() + 10
        while server.fakes.painter.closed == before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.fakes.painter.closed == before + 1
    finally:
        server.fakes.painter.delay = 0.0


def test_a_painting_does_not_hold_up_a_comparison(server, files):
    painter, other = server.client(), server.client()
    server.fakes.painter.delay = 0.05
    try:
        job = painter.submit(content=files("red.png"), style=files("blue.png"), size=64, steps=400, api_name="/style")
        while not job.outputs():
            time.sleep(0.01)
        answer = other.predict(picture=files("red.png"), reference=files("pink.png"), api_name="/verify")
        assert answer["same"] is True
        assert not job.done()
        assert job.cancel()
    finally:
        server.fakes.painter.delay = 0.0


def test_style_refusals_carry_their_code(client, files):
    image, answer = client.predict(content=files("text.jpg"), style=files("blue.png"), api_name="/style")
    assert image is None
    assert answer["error"]["code"] == "image_unreadable"


def test_style_fast(client, files):
    image, facts = client.predict(content=files("red.png"), style=None, style_id="night", api_name="/style_fast")
    assert image.endswith(".png")
    assert facts["size"]
    image, _ = client.predict(content=files("red.png"), style=files("blue.png"), api_name="/style_fast")
    assert image is not None
    image, answer = client.predict(content=files("red.png"), style=None, style_id="?", api_name="/style_fast")
    assert image is None
    assert answer["error"]["code"] == "unknown_model"
    _, answer = client.predict(content=files("red.png"), style=None, api_name="/style_fast")
    assert answer["error"]["code"] == "image_empty"


def test_a_file_beyond_the_cap_is_refused_before_it_is_kept(server):
    answer = httpx.post(f"{server.url}/gradio_api/upload", files={"files": ("big.jpg", b"\xff" * 300_000)}, timeout=30)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/etc/passwd", "pyproject.toml", "facestyle/ui/examples/make.py/../../demo.py"])
def test_no_file_outside_the_uploads_is_served(server, path):
    assert httpx.get(f"{server.url}/gradio_api/file={path}", timeout=30).status_code in {403, 404}


def test_a_path_that_was_not_uploaded_is_no_picture(server, client, files):
    for path in ("/etc/passwd", str(page.LOGO_PATH)):
        body = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}] * 2 + [None]}
        event = httpx.post(f"{server.url}/gradio_api/call/verify", json=body, timeout=30).json()["event_id"]
        answer = httpx.get(f"{server.url}/gradio_api/call/verify/{event}", timeout=30).text
        assert "event: error" in answer
        assert "same" not in answer


def test_deep_links_and_run_history_are_closed(server):
    assert httpx.get(f"{server.url}/gradio_api/deep_link?session_hash=x", timeout=30).status_code == 404
    assert httpx.get(f"{server.url}/gradio_api/runs", timeout=30).status_code == 404
    assert httpx.get(f"{server.url}/monitoring", timeout=30).status_code == 404


def test_the_page_itself_carries_the_policy_and_no_outside_address(server):
    answer = httpx.get(server.url, timeout=30)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    config = httpx.get(f"{server.url}/config", timeout=30).json()
    assert config["analytics_enabled"] is False
    assert config["run_history"] is False


def test_cluster(client, files):
    album = [files("red.png"), files("pink.png"), files("two.png"), files("none.png"), files("text.jpg")]
    answer = client.predict(files=album, api_name="/cluster")
    assert [len(group["faces"]) for group in answer["groups"]] == [3]
    assert len(answer["not_grouped"]) == 1
    assert {item["picture"]: item["code"] for item in answer["skipped"]} == {
        "none.png": "no_face",
        "text.jpg": "image_unreadable",
    }
    by_k = client.predict(files=album, method="kmeans", k=2, api_name="/cluster")
    assert [len(group["faces"]) for group in by_k["groups"]] == [3, 1]
    assert client.predict(files=[], api_name="/cluster")["error"]["code"] == "album_empty"
    refused = client.predict(files=album, k=2, api_name="/cluster")
    assert refused["error"]["code"] == "invalid_request"


def test_a_group_of_the_callers_album_is_enrolled(client, server, files):
    asked = {"group": 1, "name": "Ada", "consent": True, "api_name": "/enroll_group"}
    assert "Group it again" in client.predict(**asked)["error"]["message"]  # there is no album yet
    album = [files("red.png"), files("pink.png"), files("two.png")]
    (group,) = client.predict(files=album, api_name="/cluster")["groups"]
    assert group["number"] == 1
    assert client.predict(**asked | {"consent": False})["error"]["code"] == "consent_missing"
    assert client.predict(**asked | {"name": " "})["error"]["code"] == "invalid_name"
    for number in (0, 2, None):
        assert client.predict(**asked | {"group": number})["error"]["code"] == "invalid_request"
    stranger = server.client()
    assert "Group it again" in stranger.predict(**asked)["error"]["message"]
    answer = client.predict(**asked)
    assert (answer["name"], answer["added"], answer["embeddings"]) == ("Ada", 3, 3)
    found = client.predict(picture=files("red.png"), api_name="/identify")
    assert found["faces"][0]["recognized"] == "Ada"
    assert client.predict(**asked | {"name": "Bea"})["error"]["code"] == "resembles_another"
    assert client.predict(**asked | {"name": "Bea"}, accept_conflict=True)["name"] == "Bea"
    assert client.predict(files=[files("none.png")], api_name="/cluster")["error"]["code"] == "no_face"
    assert "Group it again" in client.predict(**asked)["error"]["message"]  # the album before it is gone


def test_cluster_tells_how_far_it_is_and_can_be_cancelled(client, files):
    album = [files("red.png"), files("pink.png")]
    job = client.submit(files=album, api_name="/cluster")
    job.result()
    steps = [output for output in job.outputs() if "total" in output]
    assert steps[0] == {"done": 0, "total": 2, "faces": 0}
    assert steps[-1]["done"] == 2


def test_style_fast_mixes_two_of_a_kind(client, files):
    asked = {"content": files("red.png"), "style": None, "style_id": "night", "api_name": "/style_fast"}
    path, facts = client.predict(**asked, style_id2="day", mix=0.25)
    assert facts["size"]
    with Image.open(path) as painted:
        assert painted.format == "PNG"
    _, refusal = client.predict(**asked, style_id2="no_such")
    assert refusal["error"]["code"] == "unknown_model"


def test_style_video(client, files, server, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"film")
    path, facts = client.predict(video=handle_file(str(clip)), style=None, style_id="night", api_name="/style_video")
    assert (facts["frames"], facts["size"], facts["sound"]) == (5, [48, 64], True)
    with open(path, "rb") as file:
        assert file.read(12)[4:8] == b"ftyp"
    _, refusal = client.predict(video=None, style=None, style_id="night", api_name="/style_video")
    assert refusal["error"]["code"] == "video_empty"
    _, refusal = client.predict(video=handle_file(str(clip)), style=None, style_id="far", api_name="/style_video")
    assert refusal["error"]["code"] == "unknown_model"


def test_style_many(client, files):
    asked = {"style": None, "style_id": "night", "api_name": "/style_many"}
    path, facts = client.predict(pictures=[files("red.png"), files("text.jpg"), files("blue.png")], form="jpg", **asked)
    assert facts["made"] == ["red--Night.jpg", "blue--Night.jpg"]
    assert [(one["name"], one["code"]) for one in facts["failed"]] == [("text.jpg", "image_unreadable")]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == facts["made"]
    _, refusal = client.predict(pictures=[files("red.png")], size=1280, **asked)
    assert "up to 640 pixels" in refusal["error"]["message"]
