"""Training: it learns, it repeats, it stops, it notices NaN, and what it learnt is kept."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from facestyle.errors import EncoderDamagedError, InvalidRequestError, LearningDataError, LearningNotFiniteError
from facestyle.learning.datasets.digits import digits
from facestyle.learning.distortion import distorted
from facestyle.learning.results import LOSSES, MINER_NAMES, Epoch, TrainingStep, TrainRequest
from facestyle.learning.siamese import SiameseEncoder, as_input
from facestyle.learning.store import load_encoder, save_encoder
from facestyle.learning.train import Training
from tests.learning.people import patterns

QUICK = TrainRequest(epochs=2, people=4, pictures=3)


def frames(request=QUICK, data=None, **options):
    training = Training(patterns() if data is None else data, request, **options)
    return training, list(training.run())


@pytest.fixture(scope="module")
def ran():
    return frames()


def test_the_frames_come_in_order_and_say_how_far(ran):
    training, found = ran
    steps = [frame for frame in found if isinstance(frame, TrainingStep)]
    epochs = [frame for frame in found if isinstance(frame, Epoch)]
    assert isinstance(found[0], Epoch)
    assert isinstance(found[-1], Epoch)
    assert [frame.step for frame in steps] == list(range(1, training.steps + 1))
    assert {frame.steps for frame in steps} == {training.steps}
    assert [frame.epoch for frame in epochs] == [0, 1, 2]
    assert epochs[0].loss is None
    assert epochs[2].loss == pytest.approx(np.mean([frame.loss for frame in steps if frame.epoch == 2]))
    assert all(0 <= frame.active <= 1 for frame in steps)
    assert steps[-1].seconds_left < steps[0].seconds_left
    assert epochs[0].held_out.people == 4
    assert set(epochs[0].held_out_map.names).isdisjoint(epochs[0].trained_map.names)
    assert epochs[0].held_out_map.points.shape == (16, 2)
    assert 1 <= len(epochs[0].hardest) <= 3


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(ran):
    training, found = ran
    again, repeated = frames()
    for a, b in zip(training.network.state_dict().values(), again.network.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert [f.loss for f in found] == [f.loss for f in repeated]
    other, _ = frames(replace(QUICK, seed=1))
    assert not torch.equal(training.network.out.weight, other.network.out.weight)


def test_it_touches_no_random_state_but_its_own():
    before = torch.random.get_rng_state()
    frames(replace(QUICK, epochs=1))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_separates_the_people_it_learns_from(loss):
    request = TrainRequest(loss, epochs=6, people=4, pictures=4)
    _, found = frames(request, patterns(noise=60))
    assert found[-1].trained.auc > 0.97
    assert found[-1].loss < next(frame.loss for frame in found if isinstance(frame, Epoch) and frame.epoch == 1)


@pytest.mark.parametrize("miner", MINER_NAMES)
def test_every_miner_runs(miner):
    _, found = frames(replace(QUICK, miner=miner, epochs=1))
    assert found[-1].trained.auc > 0.5
    assert all(frame.mined >= 0 for frame in found if isinstance(frame, TrainingStep))


def test_unseen_digits_are_told_apart_better_than_before():
    data = digits(30)
    _, found = frames(TrainRequest(epochs=8), data)
    assert found[-1].held_out.auc > found[0].held_out.auc
    assert found[-1].trained.auc > 0.98


def test_a_projection_on_frozen_features_learns():
    data = patterns(people=16, features=True)
    training, found = frames(TrainRequest(epochs=8), data, mode="head")
    assert training.size == 12
    assert found[-1].trained.auc >= found[0].trained.auc
    with pytest.raises(LearningDataError, match="projection"):
        Training(patterns(), QUICK, mode="head")


def test_closing_the_generator_stops_it_and_keeps_what_was_learnt():
    training = Training(patterns(), replace(QUICK, epochs=1000))
    run = training.run()
    before = training.network.out.weight.clone()
    for frame in run:
        if isinstance(frame, TrainingStep) and frame.step == 3:
            run.close()
            break
    assert next(run, None) is None
    assert not torch.equal(before, training.network.out.weight)
    assert training.last.step <= 3


def test_nan_ends_it_with_the_weights_of_the_step_before():
    training = Training(patterns(), replace(QUICK, loss="logistic"))
    run = training.run()
    next(run)
    next(run)
    weights = {name: value.clone() for name, value in training.network.named_parameters()}
    training.objective.head.forward = lambda a, b: (a * b).sum(dim=1) * torch.nan
    with pytest.raises(LearningNotFiniteError, match="learning rate"):
        list(run)
    for name, value in training.network.named_parameters():
        assert torch.equal(value, weights[name])


@pytest.mark.parametrize(
    "wrong",
    [
        {"loss": "arcface"},
        {"miner": "hardest"},
        {"margin": -1.0},
        {"margin": float("nan")},
        {"epochs": 0},
        {"epochs": 10**6},
        {"seed": -1},
        {"people": 1},
        {"pictures": 1},
        {"people": 100, "pictures": 100},
        {"rate": 0.0},
        {"rate": float("inf")},
    ],
    ids=str,
)
def test_a_request_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidRequestError):
        Training(patterns(), replace(QUICK, **wrong))


def test_the_encoder_gives_unit_vectors_and_does_not_see_brightness_or_contrast():
    network = SiameseEncoder(torch.Generator().manual_seed(0)).eval()
    pictures = patterns().pictures
    vectors = network(as_input(pictures))
    assert torch.allclose(vectors.norm(dim=1), torch.ones(len(pictures)), atol=1e-5)
    dimmer = network(as_input(pictures) * 0.5 + 0.2)
    assert torch.allclose(vectors, dimmer, atol=1e-3)
    assert torch.isfinite(network(torch.zeros(1, 1, 32, 32))).all()
    assert as_input(np.zeros((2, 8, 8), np.uint8)).shape == (2, 1, 32, 32)


def test_distortion_moves_a_little_and_mirrors_half():
    pictures = torch.zeros(200, 1, 32, 32)
    pictures[:, :, :, :8] = 1  # bright on the left
    found = distorted(pictures, mirror=True, generator=torch.Generator().manual_seed(0))
    right = (found[:, 0, :, 24:].mean(dim=(1, 2)) > 0.3).float().mean()
    assert 0.35 < float(right) < 0.65
    plain = distorted(pictures, mirror=False, generator=torch.Generator().manual_seed(0))
    assert float((plain[:, 0, :, :4].mean(dim=(1, 2)) > 0.5).float().mean()) == 1
    assert not torch.equal(plain[0], plain[1])


@pytest.mark.parametrize("loss", ["triplet", "chi-square"])
@pytest.mark.parametrize("mode", ["encoder", "head"])
def test_what_was_learnt_is_kept_and_read_again(tmp_path, loss, mode):
    data = patterns(features=True)
    training, _ = frames(replace(QUICK, loss=loss, epochs=1), data, mode=mode)
    path = tmp_path / "model.safetensors"
    save_encoder(training, path)
    found = load_encoder(path)
    inputs = data.pictures if mode == "encoder" else data.features
    vectors = found.embed(inputs)
    assert np.allclose(vectors, training.embed(np.arange(len(inputs))).numpy(), atol=1e-6)
    assert (found.mode, found.loss, found.facts["epochs_done"]) == (mode, loss, 1)
    assert found.facts["held_out"]["auc"] == training.last.held_out.auc
    if loss == "triplet":
        with pytest.raises(InvalidRequestError, match="no probabilities"):
            found.probability(vectors, vectors)
    else:
        said = found.probability(vectors[:-1], vectors[1:])
        expected = torch.sigmoid(-training.objective.scores(*map(torch.as_tensor, (vectors[:-1], vectors[1:]))))
        assert np.allclose(said, expected.detach().numpy(), atol=1e-6)
    assert [item.name for item in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_file_that_is_no_encoder_is_refused(tmp_path, ran):
    from safetensors.torch import load_file, save_file

    training, _ = ran
    path = tmp_path / "model.safetensors"
    save_encoder(training, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(EncoderDamagedError, match="no whole"):
        load_encoder(path)
    path.write_bytes(whole)
    tensors = load_file(path)
    save_file(tensors, path)
    with pytest.raises(EncoderDamagedError, match="not written by"):
        load_encoder(path)
    described = {"format": "facestyle-encoder-1", "mode": "encoder", "loss": "triplet", "facts": "{}"}
    save_file({name: value for name, value in tensors.items() if "out" not in name}, path, described)
    with pytest.raises(EncoderDamagedError, match="not those of"):
        load_encoder(path)
    broken = {
        name: torch.full_like(value, torch.nan) if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    save_file(broken, path, described)
    with pytest.raises(EncoderDamagedError, match="NaN"):
        load_encoder(path)
    save_file(tensors, path, described | {"facts": '{"a":' * 100_000 + "1" + "}" * 100_000})
    with pytest.raises(EncoderDamagedError, match="not those of"):
        load_encoder(path)
    with pytest.raises(EncoderDamagedError):
        load_encoder(tmp_path / "nowhere.safetensors")


def test_a_place_that_cannot_be_written_is_said(tmp_path, ran):
    with pytest.raises(InvalidRequestError, match="can't be written"):
        save_encoder(ran[0], tmp_path / "nowhere" / "model.safetensors")


@pytest.mark.slow
@pytest.mark.data
def test_orl_people_never_seen_are_told_apart(shared_data):
    from facestyle.learning.service import read_people

    data = read_people([shared_data / "faces" / "orl"])
    _, found = frames(TrainRequest(epochs=15), data)
    assert found[-1].held_out.auc > found[0].held_out.auc + 0.04
    assert found[-1].held_out.auc > 0.94
