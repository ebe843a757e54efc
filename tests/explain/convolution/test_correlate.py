"""Our convolution against loops that spell the formula out, and against torch's."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facestyle.errors import InvalidRequestError
from facestyle.explain.convolution.arithmetic import cost, output_size, same_padding
from facestyle.explain.convolution.correlate import convolve
from facestyle.explain.convolution.lessons import Sliding, course_examples, lesson

TORCH = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
SIGNALS = {1: (2, 17), 2: (3, 9, 8), 3: (2, 6, 7, 5)}
FILTERS = {1: (4, 2, 3), 2: (2, 3, 3, 2), 3: (3, 2, 2, 3, 1)}


def naive(signal, filters, stride, padding, dilation):
    """Every place, every tap, one multiplication at a time."""
    taps = filters.shape[2:]
    sizes = [
        (n + 2 * padding - (f - 1) * dilation - 1) // stride + 1 for n, f in zip(signal.shape[1:], taps, strict=True)
    ]
    result = np.zeros((filters.shape[0], *sizes))
    multiplications = 0
    for k in range(filters.shape[0]):
        for place in itertools.product(*map(range, sizes)):
            for c in range(signal.shape[0]):
                for tap in itertools.product(*map(range, taps)):
                    at = [p * stride + t * dilation - padding for p, t in zip(place, tap, strict=True)]
                    inside = all(0 <= a < n for a, n in zip(at, signal.shape[1:], strict=True))
                    multiplications += 1
                    if inside:
                        result[(k, *place)] += filters[(k, c, *tap)] * signal[(c, *at)]
    return result, multiplications


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 2, 2)])
def test_it_is_the_formula_and_what_torch_computes(axes, stride, padding, dilation):
    rng = np.random.default_rng(axes)
    signal, filters = rng.normal(size=SIGNALS[axes]), rng.normal(size=FILTERS[axes])
    ours = convolve(signal, filters, stride=stride, padding=padding, dilation=dilation)
    spelled, multiplications = naive(signal, filters, stride, padding, dilation)
    theirs = TORCH[axes](
        torch.from_numpy(signal)[None], torch.from_numpy(filters), stride=stride, padding=padding, dilation=dilation
    )
    assert np.allclose(ours, spelled, atol=1e-12)
    assert np.allclose(ours, theirs[0].numpy(), atol=1e-12)
    counted = cost(
        signal.shape[1:],
        filters.shape[2:],
        channels=len(signal),
        filters=len(filters),
        stride=stride,
        padding=padding,
        dilation=dilation,
    )
    assert counted.multiplications == multiplications
    assert counted.output == (*ours.shape[1:], len(filters))


def test_parameters_are_those_of_torchs_layer():
    layer = torch.nn.Conv2d(3, 10, 3)
    assert (
        cost((39, 39), (3, 3), channels=3, filters=10).parameters == sum(p.numel() for p in layer.parameters()) == 280
    )


def test_the_filter_is_not_flipped():
    answers = convolve(np.array([[0.0, 0, 1, 0, 0]]), np.array([[[1.0, 2, 3]]]))
    assert answers.tolist() == [[3, 2, 1]]


@pytest.mark.parametrize(
    ("n", "f", "options", "size"),
    [
        (6, 3, {}, 4),
        (6, 3, {"padding": 1}, 6),
        (7, 3, {"stride": 2}, 3),
        (8, 3, {"stride": 2}, 3),  # rounded down: the filter must lie inside
        (39, 3, {}, 37),
        (37, 5, {"stride": 2}, 17),
        (17, 5, {"stride": 2}, 7),  # the course's example network
        (14, 5, {}, 10),
        (9, 3, {"dilation": 4}, 1),
        (224, 7, {"stride": 2, "padding": 3}, 112),
    ],
)
def test_sizes(n, f, options, size):
    assert output_size(n, f, **options) == size


@pytest.mark.parametrize(
    ("n", "f", "options"),
    [(0, 1, {}), (5, 0, {}), (5, 3, {"stride": 0}), (5, 3, {"padding": -1}), (5, 3, {"dilation": 0}), (5, 6, {})],
)
def test_sizes_that_make_no_sense(n, f, options):
    with pytest.raises(InvalidRequestError):
        output_size(n, f, **options)


@pytest.mark.parametrize(("f", "dilation"), [(1, 1), (3, 1), (5, 1), (3, 2), (7, 3)])
def test_same_keeps_the_length(f, dilation):
    assert output_size(50, f, padding=same_padding(f, dilation), dilation=dilation) == 50


@pytest.mark.parametrize(
    ("signal", "filters"),
    [((5,), (1, 3)), ((2, 5), (1, 3, 3)), ((2, 5), (1, 2, 3, 3)), ((1, 2), (1, 1, 3))],
)
def test_shapes_that_do_not_fit(signal, filters):
    with pytest.raises(InvalidRequestError):
        convolve(np.zeros(signal), np.zeros(filters))


def test_the_courses_examples():
    shown = [(layer.input, layer.filter, layer.filters, layer.output) for layer in course_examples()]
    assert shown == [
        ((14, 1), (5, 1), 16, (10, 16)),
        ((10, 16), (5, 16), 32, (6, 32)),
        ((14, 14, 3), (5, 5, 3), 16, (10, 10, 16)),
        ((10, 10, 16), (5, 5, 16), 32, (6, 6, 32)),
        ((14, 14, 14, 1), (5, 5, 5, 1), 16, (10, 10, 10, 16)),
        ((10, 10, 10, 16), (5, 5, 5, 16), 32, (6, 6, 6, 32)),
    ]
    volume = course_examples()[4]
    assert volume.parameters == (125 + 1) * 16
    assert volume.multiplications == 10**3 * 16 * 125


@pytest.mark.parametrize("sliding", [Sliding(), Sliding(2, True), Sliding(1, True, 3), Sliding(3, False, 2)])
def test_a_lesson_tells_what_was_computed(sliding):
    rng = np.random.default_rng(0)
    signal, taps = rng.normal(size=(3, 20, 24)), rng.normal(size=(3, 3, 5))
    given = lesson(signal, taps, sliding)
    spelled, _ = naive(
        np.pad(signal, [(0, 0), *((p, p) for p in given.padding)]), taps[None], sliding.stride, 0, sliding.dilation
    )
    assert np.allclose(given.answers, spelled[0])
    assert given.cost.output == (*given.answers.shape, 1)
    assert given.cost.multiplications == given.answers.size * taps.size
    if sliding == Sliding(1, True, 3):
        assert given.answers.shape == signal.shape[1:]
        assert given.centre(7) == 7
