import pytest

from facestyle.settings import Settings
from facestyle.ui import admission
from facestyle.ui import demo as page
from facestyle.ui.state import Sessions
from tests.ui.fakes import fake_services

NAMED = {
    "verify",
    "verify_claim",
    "identify",
    "enroll",
    "enroll_group",
    "people",
    "live_frame",
    "cluster",
    "style",
    "style_fast",
    "style_video",
    "style_many",
    "models",
    "use_model",
    "fetch_style",
}


@pytest.fixture(scope="module")
def demo():
    services = fake_services(Settings())
    return page.build_demo(services, Sessions(services))


def test_every_call_of_a_network_runs_in_a_lane(demo):
    lanes = {"faces": set(), "paint": set(), "live": set(), "album": set(), "film": set(), "camera": set()}
    lanes |= {"layers": set(), "convolution": set(), "light": set()}
    for function in demo.fns.values():
        if function.fn is None:
            continue
        if function.concurrency_id in lanes:
            # Paintings stand in a line of their own, which lets one go on at a time.
            several = {"live": 4, "camera": 4, "light": 4, "paint": 12, "convolution": 2}
            assert function.concurrency_limit == several.get(function.concurrency_id, 1)
            lanes[function.concurrency_id].add(function.name)
    assert lanes["paint"] == {"on_paint", "on_more", "style"}
    assert lanes["live"] == lanes["camera"] == {"on_frame"}
    assert lanes["film"] == {"on_film", "on_make_film", "style_video", "on_many", "style_many"}
    assert lanes["layers"] == {"on_run", "on_gradients", "on_draw"}
    assert lanes["convolution"] == {"on_convolve"}
    assert lanes["light"] == {"on_tau", "people", "on_photo", "on_region", "on_settings"}  # no network
    assert lanes["album"] == {"on_group", "cluster"}
    assert lanes["faces"] == {
        "on_enroll",
        "on_run",
        "on_fast",
        "on_paint",
        "on_quick",
        "verify",
        "verify_claim",
        "identify",
        "enroll",
        "enroll_group",
        "live_frame",
        "style_fast",
    }


def test_whatever_takes_an_upload_leaves_the_decoding_to_the_library(demo):
    for function in demo.fns.values():
        if any(type(block).__name__ in {"Image", "Gallery", "File"} for block in function.inputs):
            assert function.preprocess is False


def test_only_the_named_endpoints_are_offered(demo):
    public = {f.api_name for f in demo.fns.values() if f.api_visibility == "public" and f.fn is not None}
    assert public == NAMED
    assert all(f.api_visibility != "undocumented" for f in demo.fns.values())


def test_uploads_do_not_stay_and_the_queue_is_fair(demo):
    assert demo.delete_cache == (page.CACHE_SWEEP_SECONDS, page.CACHE_AGE_SECONDS)
    assert isinstance(demo._queue, admission.FairQueue)
    assert demo.analytics_enabled is False


def test_a_closing_tab_is_noticed(demo):
    assert any(("unload" in target) for f in demo.fns.values() for target in f.targets)
