"""Every picture in every style: what is made, what is kept, what is listed, and what an interruption leaves."""

import numpy as np
import pytest
from PIL import Image

from facestyle import images
from facestyle.errors import AlbumEmptyError, ImageNotFoundError, InvalidRequestError, LossNotFiniteError
from facestyle.style.batch import run_batch
from facestyle.style.batch_work import BatchStyle
from tests.style.drawn import scene


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "photos"
    (root / "sub").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.jpg", "sub/a.png")):
        Image.fromarray(scene(48 + number, 64)).save(root / name)
    return root


def inverting(name="inverted", facts=None, log=None):
    """A style that is no network: a negative, in two steps."""

    def paint(content):
        if log is not None:
            log.append(content.shape)
        yield 0.5, content
        yield 1.0, 255 - content

    return BatchStyle(name, facts or {"is": name}, paint)


def last(steps):
    *_, step = steps
    return step


def test_each_picture_is_painted_in_each_style(folder, tmp_path):
    log = []
    out = tmp_path / "new" / "out"
    steps = list(run_batch(folder, [inverting(log=log), inverting("again", log=log)], out))
    assert steps[-1].done == steps[-1].total == 6
    assert len(log) == 6
    assert sorted(steps[-1].made) == sorted(out.iterdir())
    assert {path.name.split("--")[0] for path in out.iterdir()} == {"a", "b"}
    shapes = sorted(np.asarray(Image.open(path)).shape[0] for path in out.glob("*--inverted--*"))
    assert shapes == [48, 49, 50]
    first = next(path for path in steps[-1].made if "inverted" in path.name)
    assert np.array_equal(images.decode(first), 255 - scene(48, 64))


def test_progress_never_falls_and_tells_the_time_left(folder, tmp_path):
    steps = list(run_batch(folder, [inverting()], tmp_path / "out"))
    progress = [step.done + step.share for step in steps]
    assert progress == sorted(progress)
    assert steps[0].seconds_left is None
    assert all(step.seconds_left is not None for step in steps[1:])
    assert steps[-1].seconds_left == 0


def test_what_is_finished_is_not_made_again(folder, tmp_path):
    out = tmp_path / "out"
    first = last(run_batch(folder, [inverting()], out))
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    log = []
    second = last(run_batch(folder, [inverting(log=log)], out))
    assert not log
    assert not second.made
    assert sorted(second.kept) == sorted(first.made)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before


@pytest.mark.parametrize("change", ["settings", "picture", "format"])
def test_another_setting_or_picture_is_made_beside_the_old_result(folder, tmp_path, change):
    out = tmp_path / "out"
    old = last(run_batch(folder, [inverting(facts={"size": 64})], out)).made
    facts = {"size": 65 if change == "settings" else 64}
    if change == "picture":
        Image.fromarray(scene(48, 80)).save(folder / "a.png")
    step = last(run_batch(folder, [inverting(facts=facts)], out, suffix=".jpg" if change == "format" else ".png"))
    assert len(step.made) == (1 if change == "picture" else 3)
    assert all(path.is_file() for path in old)


def test_an_interruption_keeps_what_is_done_and_leaves_nothing_half_written(folder, tmp_path):
    out = tmp_path / "out"
    steps = run_batch(folder, [inverting()], out)
    for step in steps:
        if step.done == 1 and step.share > 0:  # in the midst of the second
            break
    steps.close()
    assert len(list(out.iterdir())) == 1
    rest = last(run_batch(folder, [inverting()], out))
    assert (len(rest.made), len(rest.kept)) == (2, 1)


def test_a_write_that_breaks_off_leaves_no_file(folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    step = last(run_batch(folder, [inverting()], out))
    assert {failure.code for failure in step.failed} == {"invalid_request"}
    assert "No space left" in step.failed[0].reason
    assert not list(out.iterdir())


def test_what_fails_is_listed_and_does_not_stop_the_rest(folder, tmp_path):
    (folder / "broken.jpg").write_bytes((folder / "b.jpg").read_bytes()[:300])
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("not a picture")

    def paint(content):
        yield 0.1, content
        if content.shape[0] == 49:
            raise LossNotFiniteError("The loss became infinite.")
        if content.shape[0] == 50:
            raise RuntimeError("out of memory")
        yield 1.0, content

    step = last(run_batch(folder, [BatchStyle("x", {}, paint)], tmp_path / "out"))
    assert step.done == step.total == 6
    assert len(step.made) == 1
    assert {failure.name: failure.code for failure in step.failed} == {
        "b.jpg (x)": "loss_not_finite",
        "sub/a.png (x)": "style_error",
        "broken.jpg": "image_truncated",
        "empty.png": "image_empty",
        "notes.txt": "image_unreadable",
    }


def test_results_inside_the_folder_are_no_pictures_of_it(folder):
    out = folder / "painted"
    assert last(run_batch(folder, [inverting()], out)).total == 3
    assert last(run_batch(folder, [inverting()], out)).total == 3


def test_transparency_is_kept(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    Image.fromarray(np.dstack([scene(48, 64), alpha])).save(folder / "a.png")
    seen = []
    (path,) = last(run_batch(folder, [inverting(log=seen)], tmp_path / "out")).made
    assert seen == [(48, 64, 4)]
    assert np.asarray(Image.open(path)).shape == (48, 64, 4)


def test_what_cannot_be_run_is_refused_at_once(folder, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InvalidRequestError, match="No style"):
        run_batch(folder, [], out)
    with pytest.raises(InvalidRequestError, match="twice"):
        run_batch(folder, [inverting("a", {"x": 1}), inverting("b", {"x": 1})], out)
    with pytest.raises(ImageNotFoundError, match="no folder"):
        run_batch(tmp_path / "none", [inverting()], out)
    with pytest.raises(InvalidRequestError, match="among the pictures"):
        run_batch(folder, [inverting()], folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequestError, match="could not be made"):
        run_batch(folder, [inverting()], tmp_path / "file" / "out")
    (tmp_path / "void").mkdir()
    with pytest.raises(AlbumEmptyError):
        run_batch(tmp_path / "void", [inverting()], out)
    assert not out.exists()
