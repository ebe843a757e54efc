"""The page on a disk that takes nothing more."""

import httpx
import pytest

from tests.full_disk import full_disk
from tests.ui.fakes import RED, picture
from tests.ui.server import Server


@pytest.fixture(scope="module")
def server():
    server = Server(public=True)
    yield server
    server.close()


# of the upload that Gradio gives up: closing it fails once more
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_people_are_recognised_and_what_must_be_kept_is_refused_by_name(server, tmp_path):
    path = tmp_path / "red.png"
    picture(RED, path=path)

    def upload():
        return httpx.post(f"{server.url}/gradio_api/upload", files={"files": path.read_bytes()}, timeout=60)

    def call(name, *data):
        (index,) = server.handlers(name)
        return server.call(index, list(data), "a")["data"]

    (uploaded,) = upload().json()
    asked = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    with full_disk():
        answer = upload()
        assert answer.status_code == 507
        assert answer.json()["error"]["code"] == "storage"
        assert "make room" in answer.json()["detail"]
        assert "faces" in call("identify", asked, 1, None, "off")[0]
        assert "people" in call("people")[0]
        _, painted = call("style_fast", asked, asked, "", 64, 1.0, "", None, 0.5)
        assert "File too large" in painted["error"]["message"]
    assert upload().status_code == 200
