"""The example of docs/faces.md is run as it stands there, over played networks."""

import re
import zipfile
from pathlib import Path

from facestyle.faces.calibration import store
from facestyle.faces.calibration.fit import fit_calibration
from tests.faces.calibration.conftest import make_pairs
from tests.ui.fakes import BLUE, GREEN, PINK, RED, picture
from tests.ui.server import Server

DOCS = Path(__file__).resolve().parents[2] / "docs" / "faces.md"
ADDRESS = "http://127.0.0.1:7860"


def test_the_documented_calls_do_what_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, faces in {"grace": [RED], "other": [PINK], "crowd": [GREEN, PINK], "frame": [RED]}.items():
        picture(*faces, path=tmp_path / "one.png")
        (tmp_path / "one.png").rename(f"{name}.jpg")  # the content decides, and a JPEG would blur the played faces
    with zipfile.ZipFile("album.zip", "w") as archive:
        for number, color in enumerate((GREEN, GREEN, GREEN, BLUE, BLUE, BLUE)):
            picture(color, path=tmp_path / "one.png")
            archive.write("one.png", f"{number}.png")
    section = DOCS.read_text("utf-8").partition("## From a program")[2]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert example is not None
    pairs = make_pairs(dimension=3, same=100, different=100, noise=0.15)
    made_by = {"model": "fake_embedder", "preprocessing": "fake_detector-1/1", "metric": "squared_euclidean"}
    store.save(fit_calibration(pairs, **made_by, head="distance"), tmp_path / "own" / "fake_embedder.json")
    server = Server(public=True, calibration=tmp_path / "own")
    try:
        known: dict = {}
        exec(example[1].replace(ADDRESS, server.url), known)  # noqa: S102 - our own page of documentation
        assert ADDRESS in example[1]
        assert known["answer"]["same"] is True
        assert known["answer"]["liveness"]["checked"] is True
        assert known["done"]["name"] == "Grace"
        assert [face["recognized"] for face in known["found"]["faces"]] == [None, "Grace"]
        people = known["app"].predict(api_name="/people")["people"]
        assert sorted(person["name"] for person in people) == ["Ada", "Grace"]
    finally:
        server.close()
    assert "'done': 6, 'total': 6" in capsys.readouterr().out
