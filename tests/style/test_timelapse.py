"""The film of a run: which frames it takes, how long they stand, and that it never ends the run."""

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import InvalidRequestError, LossNotFiniteError
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.style.service import stylize
from facestyle.style.timelapse import Timelapse, write_film
from tests.style.drawn import scene, strokes
from tests.style.video.clips import read_clip


def frames(steps, every=1, shape=(48, 64, 3), fail=False):
    for step in range(0, steps + 1, every):
        level = np.full(shape, 20 + 200 * step // steps, np.uint8)
        if len(shape) == 3 and shape[2] == 4:
            level[..., 3] = 0
        yield StyleFrame(level, step, steps, StyleLosses(1.0, 1.0, 1.0), float(step))
        if fail and step >= steps // 2:
            raise LossNotFiniteError("The loss became infinite.")


def levels(path):
    return read_clip(path)[0][:, 20, 20, 0].astype(int)


def test_first_and_last_stand_longer(tmp_path):
    lapse = Timelapse(tmp_path / "a.mp4", rate=10, hold=1.0)
    assert [frame.step for frame in lapse.watch(frames(10))] == list(range(11))
    seen = levels(tmp_path / "a.mp4")
    assert (np.abs(seen - 20) <= 3).sum() == 1 + 3
    assert (np.abs(seen - 220) <= 3).sum() == 1 + 10
    assert len(seen) == 11 + 3 + 10
    assert (np.diff(seen) >= -2).all()


@pytest.mark.parametrize(("steps", "every"), [(1000, 1), (1000, 7), (30, 1)])
def test_long_runs_are_thinned_evenly_and_keep_both_ends(tmp_path, steps, every):
    with Timelapse(tmp_path / "a.mp4", hold=0, max_frames=20) as lapse:
        for frame in frames(steps, every):
            lapse.add(frame)
    assert 12 <= lapse.frames <= 21
    seen = levels(tmp_path / "a.mp4")
    assert len(seen) == lapse.frames
    assert abs(seen[0] - 20) <= 3
    assert seen[-1] >= 215
    assert np.diff(seen).max() <= 3 * 200 / 20


def test_gif(tmp_path):
    for _ in Timelapse(tmp_path / "a.gif", rate=10, hold=1.0).watch(frames(6, shape=(300, 700, 3))):
        pass
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (480, 206)
        assert film.n_frames == 7
        durations = []
        for page in range(film.n_frames):
            film.seek(page)
            durations.append(film.info["duration"])
        assert durations == [430, 100, 100, 100, 100, 100, 1100]
        assert np.abs(np.asarray(film.convert("RGB")).astype(int) - 220).max() <= 3


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_a_stopped_run_has_a_film_of_what_there_was(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    watched = Timelapse(path, hold=0).watch(frames(10))
    for frame in watched:
        if frame.step == 4:
            break
    watched.close()
    if suffix == "mp4":
        assert abs(levels(path)[-1] - 100) <= 3
    else:
        assert Image.open(path).n_frames == 5
    assert list(tmp_path.iterdir()) == [path]


def test_so_has_a_run_that_failed(tmp_path):
    with pytest.raises(LossNotFiniteError):
        list(Timelapse(tmp_path / "a.mp4", hold=0).watch(frames(10, fail=True)))
    assert abs(levels(tmp_path / "a.mp4")[-1] - 120) <= 3


def test_no_frame_no_file(tmp_path):
    assert not list(Timelapse(tmp_path / "a.mp4").watch(iter_nothing()))
    assert not list(tmp_path.iterdir())


def iter_nothing():
    yield from ()


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_transparent_parts_are_laid_on_white(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    list(Timelapse(path, hold=0).watch(frames(3, shape=(48, 64, 4))))
    if suffix == "mp4":
        assert levels(path).min() >= 250
    else:
        assert np.asarray(Image.open(path).convert("RGB")).min() >= 250


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_trouble_with_the_film_never_ends_the_run(tmp_path, monkeypatch, suffix):
    def full(*_):
        raise OSError(28, "No space left on device")

    lapse = Timelapse(tmp_path / f"a.{suffix}")
    monkeypatch.setattr("os.replace", full)
    assert len(list(lapse.watch(frames(5)))) == 6
    assert lapse.failure is not None
    assert "No space left" in lapse.failure.message
    assert not list(tmp_path.iterdir())


def test_a_folder_that_goes_away_during_the_run(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    lapse = Timelapse(folder / "a.mp4")
    folder.rmdir()
    assert len(list(lapse.watch(frames(5)))) == 6
    assert lapse.failure is not None


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.avi", {}), ("none/a.mp4", {}), ("a.mp4", {"rate": 0}), ("a.mp4", {"hold": -1}), ("a.gif", {"max_frames": 1})],
)
def test_refused_before_the_run(tmp_path, name, options):
    with pytest.raises(InvalidRequestError):
        Timelapse(tmp_path / name, **options)


def test_a_real_run(tmp_path):
    run = stylize(StyleRequest(content=scene(), style=strokes(), size=65, steps=6))
    shown = list(Timelapse(tmp_path / "a.mp4", hold=0).watch(run))
    pictures, _, _ = read_clip(tmp_path / "a.mp4")
    assert len(pictures) == len(shown)
    height, width = shown[0].image.shape[:2]
    for film, frame in ((pictures[0], shown[0]), (pictures[-1], shown[-1])):
        assert np.abs(film[:height, :width].astype(int) - frame.image).mean() < 9


def test_a_film_of_pictures_that_were_kept_has_them_all_in_their_order(tmp_path):
    pictures = [np.full((32, 48, 3), level, np.uint8) for level in (20, 120, 220)]
    write_film(tmp_path / "kept.gif", iter(pictures), len(pictures))
    with Image.open(tmp_path / "kept.gif") as film:
        assert film.n_frames == 3
        levels = []
        for number in range(3):
            film.seek(number)
            levels.append(round(np.asarray(film.convert("RGB")).mean()))
    assert levels == [20, 120, 220]


@pytest.mark.parametrize(("name", "count"), [("film.mp4", 0), ("film.avi", 1), ("no such folder/film.mp4", 1)])
def test_a_film_that_cannot_be_is_refused_and_leaves_nothing(tmp_path, name, count):
    with pytest.raises(InvalidRequestError):
        write_film(tmp_path / name, iter([np.zeros((32, 48, 3), np.uint8)] * count), count)
    assert list(tmp_path.iterdir()) == []
