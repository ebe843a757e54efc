"""The live view of a training: the real one, on a few small digits."""

import re
import zipfile

import gradio as gr
import numpy as np
import pytest

from facestyle.errors import LearningDataError
from facestyle.learning.results import Epoch, Figures, Map
from facestyle.learning.store import load_encoder
from facestyle.ui import learning_plots, texts, training, training_run, training_view
from tests.learning.people import write_folders
from tests.ui.conftest import request


@pytest.fixture
def panel(ctx, blocks):
    return training.TrainingPanel(ctx)


@pytest.fixture(autouse=True)
def show_everything(monkeypatch):
    monkeypatch.setattr(training_run, "SHOW_SECONDS", 0.0)


def train(panel, *, source="digits", upload=None, mode="encoder", loss="triplet", miner="semi-hard", epochs=2, seed=0):
    return panel.on_train(source, upload, mode, loss, miner, 0.2, epochs, seed, request())


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def test_it_shows_the_start_each_step_and_the_end(panel, fakes):
    shown = list(train(panel))
    assert texts.LEARN_STARTING in shown[1][0]
    assert "Epoch 1 of 2, about" in shown[2][0]
    status, view, file = shown[-1]
    assert "Trained: 2 epochs in" in status
    assert texts.LEARN_RESULT.split("{")[0] in status
    for title in (
        texts.LEARN_LOSS_CURVE,
        texts.LEARN_ACTIVE,
        texts.LEARN_MAP_TRAINED,
        texts.LEARN_MAP_HELD_OUT,
        texts.LEARN_HISTOGRAM_HELD_OUT,
        texts.LEARN_HARDEST,
    ):
        assert title in view
    assert view.count("data:image/jpeg") >= 3
    assert file.visible
    (asked, mode) = fakes.learning.asked[0]
    assert (asked.loss, asked.miner, asked.alpha, asked.epochs, asked.seed, mode) == (
        "triplet",
        "semi-hard",
        0.2,
        2,
        0,
        "encoder",
    )


def test_the_network_can_be_downloaded_while_its_folder_lasts(panel):
    for _, _, file in train(panel, epochs=1, loss="logistic"):
        if not skipped(file):
            value = file.value
            assert load_encoder(value["path"] if isinstance(value, dict) else value).loss == "logistic"
            return
    pytest.fail("no file was offered")


def test_stop_ends_it_and_keeps_what_was_learnt(panel, ctx):
    panel.on_lock(request())
    running = train(panel, epochs=100)
    for _ in range(5):
        next(running)
    panel.on_stop(request())
    (last,) = running
    assert "Stopped after" in last[0]
    assert last[2].visible
    assert not ctx.session(request()).training.running


def test_a_closed_tab_ends_its_training(panel, ctx):
    running = train(panel, epochs=100)
    for _ in range(3):
        next(running)
    running.close()
    assert not ctx.session(request()).training.running
    running = train(panel, epochs=100)
    next(running)
    ctx.sessions.forget("a")
    *_, last = running
    assert "Stopped" in last[0]


def test_one_training_at_a_time_for_each_session(panel):
    running = train(panel)
    next(running)
    (update,) = train(panel)
    assert all(map(skipped, update))
    assert all(map(skipped, panel.on_lock(request())))
    assert all(map(skipped, panel.on_unlock(request())))
    running.close()


def test_the_buttons_change_places_and_a_full_queue_is_said(panel):
    _, view, file, run, stop = panel.on_lock(request())
    assert (view, file.visible, run.visible, stop.visible) == ("", False, False, True)
    note, run, stop = panel.on_unlock(request())
    assert texts.QUEUE_FULL in note
    assert (run.visible, stop.visible) == (True, False)


def test_strangers_have_a_deadline(public_ctx, blocks, monkeypatch):
    monkeypatch.setattr(training_run, "PUBLIC_DEADLINE_SECONDS", 0.0)
    *_, last = train(training.TrainingPanel(public_ctx), epochs=100)
    assert "a page that many share" in last[0]


def test_people_of_ones_own(panel, tmp_path):
    write_folders(tmp_path / "people", 8, 3)
    with zipfile.ZipFile(tmp_path / "people.zip", "w") as made:
        for path in (tmp_path / "people").rglob("*.png"):
            made.write(path, f"people/{path.parent.name}/{path.name}")
        made.writestr("people/p0/note.txt", "words")
    *_, last = train(panel, source="own", upload={"path": str(tmp_path / "people.zip")}, epochs=1)
    assert "Trained: 1 epoch in" in last[0]
    assert texts.LEARN_LEFT_OUT.format(count=1) in last[0]
    assert "p0" in last[1] or "p1" in last[1]


def test_refusals_are_said_in_the_place_of_the_result(panel, fakes):
    (*_, last) = train(panel, source="own")
    assert texts.LEARN_NO_FILE in last[0]
    (*_, last) = train(panel, seed=None)
    assert texts.LEARN_SEED_MISSING in last[0]
    (*_, last) = train(panel, loss="arcface")
    assert "There is no loss" in last[0]
    fakes.learning.failure = LearningDataError("There are 3 people.")
    (*_, last) = train(panel)
    assert "There are 3 people." in last[0]


def test_an_unexpected_failure_is_not_told(panel, fakes, caplog):
    fakes.learning.failure = RuntimeError("secret")
    *_, last = train(panel)
    assert texts.UNEXPECTED_TITLE in last[0]
    assert "secret" not in last[0] + caplog.text


def test_choices_follow_one_another(panel):
    _, upload, mode = panel.on_source("own")
    assert upload.visible
    assert mode.visible
    assert not panel.on_source("digits")[1].visible
    _, miner, margin = panel.on_loss("contrastive")
    assert (miner.visible, margin.visible, margin.value) == (False, True, 1.0)
    assert not panel.on_loss("logistic")[2].visible
    assert panel.on_miner("random").info == texts.LEARN_MINER_HINTS["random"]


def test_visitors_are_offered_no_download(public_ctx, ctx, blocks):
    public = [value for _, value in training.TrainingPanel(public_ctx).source.choices]
    assert public == ["digits", "own"]
    assert "olivetti" in [value for _, value in training.TrainingPanel(ctx).source.choices]
    assert isinstance(blocks, gr.Blocks)


# --- drawings ---------------------------------------------------------------------------------------------------------


def numbers(svg, pattern):
    return [float(value) for value in re.findall(pattern, svg)]


def figures(same, different, tau=0.5):
    return Figures(0.9, 0.95, 0.05, tau, np.array(same, np.float32), np.array(different, np.float32), 4, 8)


def test_a_long_curve_is_thinned_and_stays_inside():
    svg = learning_plots.curve([1.0 / (step + 1) for step in range(1000)], 2000, title="Loss", name="total")
    points = re.search(r'points="([^"]*)"', svg).group(1).split()
    assert 100 < len(points) <= learning_plots.POINTS
    places = [tuple(map(float, point.split(","))) for point in points]
    assert all(learning_plots.LEFT <= x <= learning_plots.WIDTH for x, _ in places)
    assert all(learning_plots.TOP <= y <= learning_plots.HEIGHT - learning_plots.BOTTOM for _, y in places)
    assert places[0][1] < places[-1][1]  # svg's y grows downwards: the loss falls
    assert "step 1000 of 2000" in svg


def test_an_empty_curve_and_one_of_zeros_are_drawn():
    assert "<polyline" not in learning_plots.curve([], 10, title="Loss", name="total")
    assert "<polyline" in learning_plots.curve([0.0, 0.0], 10, title="Loss", name="total", percent=True)


def test_the_histogram_shows_shares_of_each_kind_and_tau():
    svg = learning_plots.histogram(figures([0.1, 0.1, 0.2], [0.9, 1.0]), title="Pairs", axis="distance")
    same = numbers(svg, r'class="fs-bars-same"[^>]* height="([\d.]+)"')
    different = numbers(svg, r'class="fs-bars-different"[^>]* height="([\d.]+)"')
    assert sorted(same)[-1] == pytest.approx(2 * sorted(same)[0], abs=0.2)
    assert different[0] == pytest.approx(different[1], abs=0.2)
    (cut,) = numbers(svg, r'class="fs-cut" x1="([\d.]+)"')
    assert cut == pytest.approx(learning_plots.WIDTH / 2, abs=1)


@pytest.mark.parametrize("found", [figures([0, 0], [0, 0], 0.0), figures([-5, 2], [4, 9], float("-inf"))])
def test_degenerate_histograms_are_drawn(found):
    svg = learning_plots.histogram(found, title="Pairs", axis="score")
    assert "nan" not in svg
    assert "fs-bars-same" in svg


def test_the_map_writes_short_names_and_numbers_long_ones():
    points = np.array([[0, 1], [1, 0], [-2, -2]], np.float32)
    short = learning_plots.plane(Map(points, np.array([0, 1, 1]), ("3", "7")), title="Map")
    assert re.findall(r">(\w+)</text>", short) == ["3", "7", "7"]
    assert "fs-who-key" not in short
    long = learning_plots.plane(Map(points, np.array([0, 1, 1]), ("<Ada>", "Grace Hopper")), title="Map")
    assert re.findall(r">(\w+)</text>", long) == ["1", "2", "2"]
    assert "&lt;Ada&gt;" in long
    assert "<Ada>" not in long
    for svg in (short, long):
        for axis in ("x", "y"):
            assert all(
                0 <= value <= learning_plots.SIDE for value in numbers(svg, rf'fs-who-\d"[^>]* {axis}="([\d.-]+)"')
            )


def test_people_without_an_accuracy_have_a_dash():
    found = Figures(None, 0.9, 0.1, 0.5, np.zeros(1, np.float32), np.ones(1, np.float32), 3, 6)
    empty = Map(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), ())
    epoch = Epoch(0, 1, 0, None, None, found, found, empty, empty, (), 0.0)
    assert "<td>–</td>" in training_view.tiles(epoch, epoch)
    assert training_view.panel(training_view.Watched(), scored=False) == ""
