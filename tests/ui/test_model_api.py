"""The endpoints about models, called by gradio_client over a real socket, with the networks played."""

import threading

import pytest
from gradio_client import handle_file

from facestyle.errors import HubUnreachableError
from facestyle.style.results import DEFAULT_BACKBONE
from facestyle.ui import texts
from tests.ui.fakes import BLUE, PINK, RED, FakeHub, picture
from tests.ui.server import Server


@pytest.fixture(scope="module")
def one_server():
    made = Server(public=False)
    yield made
    made.close()


@pytest.fixture
def server(one_server):
    """The server as on the first day: nothing downloaded, nobody enrolled."""
    one_server.fakes.hub.__dict__.update(vars(FakeHub()))
    one_server.fakes.painter.requests.clear()
    one_server.sessions.get(None).gallery.clear()
    return one_server


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, face in {"red": RED, "pink": PINK, "blue": BLUE}.items():
        picture(face, path=folder / f"{name}.png")
    return lambda name: handle_file(str(folder / f"{name}.png"))


def in_use(client):
    return {model["kind"]: model["id"] for model in client.predict(api_name="/models")["models"] if model["in_use"]}


def test_models_lists_every_choice_with_its_facts(client):
    listed = client.predict(api_name="/models")["models"]
    assert [model["id"] for model in listed] == [
        *("fake_embedder", "cached", "far"),
        *("fake_detector", "cached_detector", "far_detector"),
        *("vgg16", "far_backbone"),
    ]
    assert listed[2] == {
        "id": "far",
        "kind": "embedder",
        "title": "The far",
        "bytes": 12_300_000,
        "licence": "MIT",
        "published": {"LFW": 99.4},
        "verified": "schema",
        "place": "hub",
        "in_use": False,
        "tau_source": "the authors of far",
    }
    assert "tau_source" not in listed[3]
    assert in_use(client) == {"embedder": "fake_embedder", "detector": "fake_detector", "backbone": DEFAULT_BACKBONE}


def test_use_model_is_for_the_callers_session_and_its_next_calls(server, client, files):
    other = server.client()
    answer = client.predict(embedder="far", detector="cached_detector", api_name="/use_model")
    assert answer == {
        "embedder": "far",
        "detector": "cached_detector",
        "backbone": DEFAULT_BACKBONE,
        "tau": 0.5,
        "tau_source": "the authors of far",
        "metric": "squared_euclidean",
        "enroll_again": 0,
    }
    assert in_use(client) == {"embedder": "far", "detector": "cached_detector", "backbone": DEFAULT_BACKBONE}
    assert in_use(other)["embedder"] == "fake_embedder"
    compared = client.predict(picture=files("red"), reference=files("pink"), api_name="/verify")
    assert (compared["model"], compared["tau"]) == ("far", 0.5)
    places = {model["id"]: model["place"] for model in other.predict(api_name="/models")["models"]}
    assert places["far"] == "downloaded"


@pytest.mark.parametrize("wanted", [{"embedder": "cached"}, {"detector": "cached_detector"}])
def test_use_model_counts_who_must_be_enrolled_again(client, files, wanted):
    client.predict(name="Ada", pictures=[files("red")], consent=True, api_name="/enroll")
    assert client.predict(**wanted, api_name="/use_model")["enroll_again"] == 1
    found = client.predict(picture=files("red"), api_name="/identify")
    assert (found["enrolled"], found["faces"][0]["recognized"]) == (0, None)
    claim = client.predict(picture=files("red"), name="Ada", api_name="/verify_claim")
    assert claim["error"]["code"] == "not_enrolled_with_model"
    back = client.predict(embedder="fake_embedder", detector="fake_detector", api_name="/use_model")
    assert back["enroll_again"] == 0
    assert client.predict(picture=files("red"), api_name="/identify")["faces"][0]["recognized"] == "Ada"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "invalid_request"),
        ({"embedder": "nonsense"}, "unknown_model"),
        ({"embedder": "cached", "detector": "vgg16"}, "unknown_model"),
        ({"embedder": "cached", "backbone": "cached"}, "unknown_model"),
    ],
)
def test_refusals_carry_their_code_and_change_nothing(client, wanted, code):
    before = in_use(client)
    answer = client.predict(**wanted, api_name="/use_model")
    assert answer["error"]["code"] == code
    assert in_use(client) == before


def test_a_failed_download_is_a_named_error_and_changes_nothing(server, client):
    server.fakes.hub.failure = HubUnreachableError("The Hub did not answer.")
    answer = client.predict(embedder="cached", backbone="far_backbone", api_name="/use_model")
    assert answer == {"error": {"code": "hub_unreachable", "message": "The Hub did not answer."}}
    assert in_use(client)["embedder"] == "fake_embedder"


def test_a_download_does_not_hold_up_a_comparison_nor_the_list(server, client, files):
    begun, go_on = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert go_on.wait(30)

    server.fakes.hub.before_second_step = wait
    job = client.submit(embedder="far", api_name="/use_model")
    try:
        assert begun.wait(30)
        other = server.client()
        assert other.predict(picture=files("red"), reference=files("pink"), api_name="/verify")["same"] is True
        assert in_use(client)["embedder"] == "fake_embedder"
        assert not job.done()
    finally:
        go_on.set()
    assert job.result(30)["embedder"] == "far"


def test_painting_takes_the_sessions_backbone_or_the_one_it_is_given(server, client, files):
    pictures = {"content": files("red"), "style": files("blue"), "size": 64, "steps": 1}

    def painted_with(**more):
        _, facts = client.predict(**pictures, **more, api_name="/style")
        return facts["backbone"] if "backbone" in facts else facts["error"]["code"]

    assert painted_with() == DEFAULT_BACKBONE
    assert client.predict(backbone="far_backbone", api_name="/use_model")["backbone"] == "far_backbone"
    assert painted_with() == "far_backbone"
    assert painted_with(backbone="vgg16") == "vgg16"
    assert painted_with(backbone="cached") == "unknown_model"
    asked = [request.backbone for request in server.fakes.painter.requests]
    assert asked == [DEFAULT_BACKBONE, "far_backbone", "vgg16"]


def test_in_public_programs_cannot_download_either(files):
    server = Server(public=True)
    try:
        client = server.client()
        for wanted in ({"embedder": "far"}, {"detector": "far_detector"}, {"backbone": "far_backbone"}):
            answer = client.predict(**wanted, api_name="/use_model")
            assert answer["error"] == {"code": "invalid_request", "message": texts.MODEL_PUBLIC}
        image, answer = client.predict(
            content=files("red"), style=files("blue"), size=64, steps=1, backbone="far_backbone", api_name="/style"
        )
        assert image is None
        assert answer["error"]["message"] == texts.MODEL_PUBLIC
        assert server.fakes.hub.fetched == []
        assert server.fakes.painter.requests == []
        assert client.predict(embedder="cached", api_name="/use_model")["embedder"] == "cached"
    finally:
        server.close()


def test_a_style_of_the_hub_is_fetched_once_and_then_paints(server, client, files):
    paint = {"content": files("red"), "style": None, "style_id": "dusk", "api_name": "/style_fast"}
    _, refused = client.predict(**paint)
    assert refused["error"]["code"] == "weights_missing"
    assert "/fetch_style" in refused["error"]["message"]
    assert server.fakes.hub.fetched == []
    answer = client.predict(style_id="dusk", api_name="/fetch_style")
    assert (answer["id"], answer["name"], answer["model"]["place"]) == ("dusk", "Dusk", "downloaded")
    assert server.fakes.hub.fetched == ["far_style"]
    image, facts = client.predict(**paint)
    assert image
    assert "error" not in facts


def test_a_style_that_cannot_be_fetched_carries_its_code(server, client):
    server.fakes.hub.failure = HubUnreachableError("The Hub is away. Check the network.")
    for style_id, code in (("dusk", "hub_unreachable"), ("night", "unknown_model")):
        assert client.predict(style_id=style_id, api_name="/fetch_style")["error"]["code"] == code
