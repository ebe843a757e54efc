"""The passive check as the services use it: loaded once, and a missing network is "not checked", never "failed"."""

import socket

import numpy as np
import pytest

from facestyle.errors import HubOfflineError, HubUnreachableError, InvalidRequestError, WeightsDamagedError
from facestyle.faces.liveness import Liveness, MiniFasLiveness
from facestyle.faces.liveness.passive import HUB_SECONDS, INSTEAD, RETRY_SECONDS, PassiveLiveness, check_mode
from facestyle.faces.results import Box, Face
from facestyle.settings import Settings

PICTURE = np.zeros((50, 50, 3), np.uint8)
FACE = Face(Box(0, 0, 50, 50), 0.9, ((0.0, 0.0),) * 5)


class Checker:
    model = "checker"

    def check(self, image, face):
        return Liveness.of(0.8, self.model)


class Loader:
    def __init__(self, error=None):
        self.calls = 0
        self.error = error

    def __call__(self, settings):
        self.calls += 1
        if self.error is not None:
            raise self.error
        return Checker()


def test_nothing_is_loaded_before_it_is_asked_for_and_then_once():
    load = Loader()
    passive = PassiveLiveness(Settings(), load=load)
    assert load.calls == 0
    assert passive.check(PICTURE, FACE).score == 0.8
    assert passive.check(PICTURE, FACE).live
    assert passive.check(PICTURE, FACE).model == "checker"  # the answer names who gave it
    assert load.calls == 1


def test_a_missing_network_is_not_checked_and_not_failed():
    load = Loader(HubOfflineError("Offline mode is on. Go online once."))
    seconds = [0.0]
    passive = PassiveLiveness(Settings(), load=load, clock=lambda: seconds[0])
    answer = passive.check(PICTURE, FACE)
    assert (answer.checked, answer.live, answer.score) == (False, None, None)
    assert answer.reason.startswith("The liveness networks are not here.")
    assert "HF_HUB_OFFLINE" in answer.reason
    assert passive.check(PICTURE, FACE).reason == answer.reason
    assert load.calls == 1  # a Hub that doesn't answer must not hold up every call
    seconds[0] = RETRY_SECONDS + 1
    load.error = None
    assert passive.check(PICTURE, FACE).checked


def test_really_offline_the_catalogue_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    answer = PassiveLiveness(Settings(cache_dir=tmp_path)).check(PICTURE, FACE)
    assert not answer.checked
    assert answer.reason.startswith("The liveness networks are not here.")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (HubUnreachableError("https://hub.example does not answer ([Errno -2])."), "can't be reached at the moment"),
        (HubOfflineError("owner/name@12345678/file.onnx is not on this computer yet."), "offline mode is on"),
        (WeightsDamagedError("MiniFASNet V2 arrived damaged twice."), "MiniFASNet V2 arrived damaged twice."),
    ],
)
def test_what_is_said_is_why_and_what_to_do_without_them(error, cause):
    reason = PassiveLiveness(Settings(), load=Loader(error)).check(PICTURE, FACE).reason
    assert cause in reason
    assert reason.endswith(INSTEAD)
    assert "Errno" not in reason
    assert "@" not in reason


def test_a_hub_that_accepts_and_says_nothing_holds_the_answer_up_for_a_moment_only(monkeypatch, tmp_path):
    """The socket listens and nobody answers, as behind a firewall that swallows packets."""
    asked = []

    def load(settings):
        asked.append(settings.hub_timeout_s)
        return MiniFasLiveness.from_catalogue(settings)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pattern = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", pattern)
        answer = PassiveLiveness(Settings(cache_dir=tmp_path, hub_timeout_s=60), load=load).check(PICTURE, FACE)
    assert asked == [HUB_SECONDS]
    assert not answer.checked
    assert "can't be reached" in answer.reason


def test_nothing_is_downloaded_for_a_visitor_of_a_shared_page(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    load = Loader()
    answer = PassiveLiveness(Settings(public=True, cache_dir=tmp_path), load=load).check(PICTURE, FACE)
    assert not answer.checked
    assert answer.reason.endswith(INSTEAD)
    assert load.calls == 0


def test_only_the_two_modes():
    check_mode("off")
    check_mode("passive")
    with pytest.raises(InvalidRequestError, match="off, passive"):
        check_mode("strict")
