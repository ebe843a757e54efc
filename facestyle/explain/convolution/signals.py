"""Signals to slide a filter over: a heartbeat, a row of a photo; and the filter that looks for a pattern."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError

Floats = npt.NDArray[np.float64]

RATE = 125
"""Samples a second of the heartbeat."""

SECONDS = 4.0

# Centre (s from the R peak), height, width (s) of each wave: the sum of Gaussians of McSharry et al. 2003, "A dynamical
# model for generating synthetic electrocardiogram signals", with heights of a common lead II.
_WAVES = ((-0.20, 0.14, 0.025), (-0.035, -0.13, 0.010), (0.0, 1.0, 0.011), (0.035, -0.24, 0.011), (0.26, 0.30, 0.050))
BEATS = (0.40, 1.22, 1.98, 2.83, 3.61)
"""When the heart beats, seconds: not quite regularly."""

_TEMPLATE_SECONDS = 0.08


def heartbeat(seed: int = 0, noise: float = 0.12) -> Floats:
    """An electrocardiogram as it comes from a worn electrode: drawn waves, a slow drift, and noise.

    Args:
        seed: Of the noise.
        noise: Its standard deviation; the R peak is 1 high.

    Returns:
        (RATE * SECONDS,) samples.
    """
    times = np.arange(round(RATE * SECONDS)) / RATE
    drift = 0.12 * np.sin(2 * np.pi * 0.3 * times)
    grain = np.random.default_rng(seed).normal(size=times.size)
    return np.asarray(sum(_beat(times - beat) for beat in BEATS) + drift + noise * grain)


def beat_pattern() -> Floats:
    """What a matched filter looks for in the heartbeat: the QRS complex without noise, its mean taken off."""
    half = round(_TEMPLATE_SECONDS * RATE)
    pattern = _beat(np.arange(-half, half + 1) / RATE)
    return np.asarray(pattern - pattern.mean())


def brightness(photo: npt.NDArray[np.uint8], row: float) -> Floats:
    """The luma (BT.601) of one row of a photo, 0 to 1.

    Args:
        photo: uint8 (height, width, 3).
        row: 0 for the top to 1 for the bottom.

    Raises:
        InvalidRequestError: The row lies outside.
    """
    if not 0 <= row <= 1:
        raise InvalidRequestError(f"A row lies from 0 (the top) to 1 (the bottom), not at {row}.")
    return np.asarray(luma(photo)[round(row * (photo.shape[0] - 1))])


def luma(photo: npt.NDArray[np.uint8]) -> Floats:
    """Brightness (height, width), 0 to 1, of uint8 (..., 3)."""
    return np.asarray(photo.astype(np.float64) @ np.array([0.299, 0.587, 0.114]) / 255)


def strongest_pattern(signal: Floats, taps: int = 21) -> tuple[Floats, int]:
    """The liveliest piece of a signal, its mean taken off: a filter that finds this very piece again.

    Slid over the signal it answers highest where it was taken from. By Cauchy and Schwarz its answer anywhere is at
    most its own norm times that of the piece there, without its mean, and no piece has a larger norm than it.

    Returns:
        The filter (taps,), and the first position of its piece.

    Raises:
        InvalidRequestError: The signal is shorter than the filter.
    """
    if signal.size < taps:
        raise InvalidRequestError(f"The signal has {signal.size} samples, fewer than the {taps} of the filter.")
    pieces = np.lib.stride_tricks.sliding_window_view(signal, taps)
    first = int(pieces.var(axis=1).argmax())
    return pieces[first] - pieces[first].mean(), first


def peaks(answers: Floats, *, share: float = 0.6, apart: int = 20) -> tuple[int, ...]:
    """Where answers are highest: at least `share` of the highest, `apart` positions from any higher one, in order."""
    found: list[int] = []
    for position in np.argsort(-answers, kind="stable"):
        if answers[position] < share * answers.max() or answers[position] <= 0:
            break
        if all(abs(position - other) >= apart for other in found):
            found.append(int(position))
    return tuple(sorted(found))


def _beat(times: Floats) -> Floats:
    """One beat, around its R peak at 0 s."""
    waves = [height * np.exp(-((times - centre) ** 2) / (2 * width**2)) for centre, height, width in _WAVES]
    return np.asarray(sum(waves))
