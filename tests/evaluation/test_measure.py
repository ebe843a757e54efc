"""From files to embeddings: bounded, resumable, and exact about what is wrong with which file."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle.cli import main
from facestyle.errors import ImageError, InvalidRequestError
from facestyle.evaluation import measure
from facestyle.faces.results import Box, Face
from facestyle.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
HOPPER = ROOT / "facestyle" / "ui" / "examples" / "hopper.jpg"


class Detector:
    """A face in every picture; how many pictures it has seen."""

    model, version = "detector_of_a_test", "1"

    def __init__(self):
        self.seen, self.lock = 0, threading.Lock()

    def detect(self, image):
        with self.lock:
            self.seen += 1
        return (Face(Box(0, 0, 4, 4), 1.0, ((0.0, 0.0),) * 5),)


class Embedder:
    """The chip's first pixel; notes how far the detector has got whenever it is asked."""

    model, version, metric, tau = "embedder_of_a_test", "1", "squared_euclidean", 0.1

    def __init__(self, detector):
        self.detector, self.asked = detector, []

    def align(self, image, faces):
        return np.stack([image[:2, :2]] * len(faces))

    def embed(self, chips):
        time.sleep(0.05)
        self.asked.append((len(chips), self.detector.seen))
        return chips[:, 0, 0].astype(np.float32)


def pictures(folder, count):
    folder.mkdir()
    paths = []
    for number in range(count):
        paths.append(folder / f"{number}.png")
        Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(paths[-1])
    return paths


def test_reading_never_runs_far_ahead_of_embedding(tmp_path):
    paths = pictures(tmp_path / "p", 400)
    detector = Detector()
    embedder, done = Embedder(detector), []
    found = measure.embed_files(paths, detector, embedder, cache=None, settings=Settings(), on_done=done.append)
    assert sum(done) == len(found) == detector.seen == 400
    assert [vector.tolist() for vector in found.values()] == [[n % 256, n // 256, 7] for n in range(400)]
    embedded = 0
    for count, seen in embedder.asked:
        embedded += count
        assert seen - embedded <= measure._AHEAD + 1


def test_a_picture_that_is_none_is_named_and_the_others_are_kept(tmp_path):
    paths = pictures(tmp_path / "p", 40)
    (tmp_path / "p" / "39.png").write_bytes(b"not a picture")
    cache, detector = tmp_path / "cache.sqlite", Detector()
    with pytest.raises(ImageError, match=r"39\.png: "):
        measure.embed_files(paths, detector, Embedder(detector), cache=cache, settings=Settings())
    known = []
    measure.embed_files(
        paths[:39], Detector(), Embedder(detector), cache=cache, settings=Settings(), on_known=known.append
    )
    assert sum(known) == measure._EMBED_AT_ONCE
    with pytest.raises(InvalidRequestError, match=r"gone\.png can't be read"):
        measure.embed_files([tmp_path / "gone.png"], detector, Embedder(detector), cache=None, settings=Settings())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_run_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    """SIGKILL in the middle; the next run remembers what was done, and gives what an unbroken run gives."""
    names = [f"Grace_{number:04d}.png" for number in range(1, 81)]
    (tmp_path / "lfw" / "Grace").mkdir(parents=True)
    with Image.open(HOPPER) as picture:
        small = picture.convert("RGB").resize((200, round(200 * picture.height / picture.width)))
    for number, name in enumerate(names):
        small.rotate(number / 8 - 5).save(tmp_path / "lfw" / "Grace" / name)
    rows = [
        f"Grace/{a},Grace/{b},{index % 2}" for index, (a, b) in enumerate(zip(names[::2], names[1::2], strict=True))
    ]
    (tmp_path / "pairs.csv").write_text("\n".join(["file_x,file_y,same", *rows]), "utf-8")

    arguments = ["evaluate", "lfw", "--json", "--images", str(tmp_path / "lfw"), "--pairs", str(tmp_path / "pairs.csv")]

    def run(cache):
        monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(cache))
        assert main(arguments) == 0
        return json.loads(capsys.readouterr().out)

    def stored(cache):
        try:
            with sqlite3.connect(f"file:{cache / 'evaluation.sqlite'}?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM embedding").fetchone()[0]
        except sqlite3.OperationalError:  # not there yet
            return 0

    process = subprocess.Popen(
        [sys.executable, "-m", "facestyle", *arguments],
        cwd=ROOT,
        env=os.environ | {"FACESTYLE_CACHE_DIR": str(tmp_path / "killed")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not stored(tmp_path / "killed"):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert (process.wait(60), process.stdout.read()) == (-signal.SIGKILL, b"")
    kept = stored(tmp_path / "killed")
    assert 0 < kept < 80
    resumed, unbroken = run(tmp_path / "killed"), run(tmp_path / "whole")
    assert (resumed["remembered"], resumed["images"]) == (kept, 80)
    assert unbroken["remembered"] == 0
    for name in ("accuracy", "auc", "eer", "tau", "folds"):
        assert resumed[name] == pytest.approx(unbroken[name], abs=1e-5)
