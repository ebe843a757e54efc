"""Where networks run: CUDA, MPS or the CPU, and how many threads of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch

from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings

_steady = 0
"""How many pieces of work are inside `steady_shapes`."""

_steady_guard = threading.Lock()


def pick(settings: Settings | None = None) -> torch.device:
    """The device that the settings ask for.

    Raises:
        InvalidRequestError: A device is asked for by name that this machine doesn't have.
    """
    wanted = (settings or Settings()).device
    has_mps = torch.backends.mps.is_available()
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu")
    if (wanted == "cuda" and not torch.cuda.is_available()) or (wanted == "mps" and not has_mps):
        raise InvalidRequestError(
            f"FACESTYLE_DEVICE asks for {wanted}, which this machine doesn't have. Use auto or cpu."
        )
    return torch.device(wanted)


def configure(settings: Settings | None = None) -> None:
    """Sets threads and precision for the process; called once by whoever starts one (the app, the CLI).

    The default is the number of cores that this process may use: inside a container torch may see the host's cores
    instead, and oversubscribed threads slow convolutions down severalfold.

    On CUDA convolutions may use TF32, as is torch's default: ten bits of mantissa move an embedding's distances by
    about a thousandth. Matrix products stay in full float32, whatever the environment prefers: a Gram matrix is a sum
    over all positions of a picture, and the style loss a difference of two such sums.
    """
    torch.set_float32_matmul_precision("highest")
    settings = settings or Settings()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(settings.threads or cores)


def fast_dtype(device: torch.device) -> torch.dtype:
    """The precision for convolutions: bfloat16 on CPUs that multiply it in hardware, else float32.

    Measured, style transfer against float32: with matrix units (AMX) 2.5 to 3 times faster, with AVX512-BF16 (AMD
    Zen 5) 1.9 times, and J after the same steps within 1 %. The embedded face network is 2.5 times faster with AMX and
    moves an embedding by 1e-4 in squared distance. On other CPUs bfloat16 is slower than float32. On CUDA float32
    convolutions use tensor cores (TF32) by default.
    """
    return torch.bfloat16 if device.type == "cpu" and _multiplies_bfloat16() else torch.float32


@cache
def _multiplies_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


@contextmanager
def steady_shapes(device: torch.device) -> Iterator[None]:
    """While inside, cuDNN tries its algorithms on the first convolution of each shape and keeps the fastest.

    For work that repeats the same shapes hundreds of times, as an optimisation does; where each picture has a size of
    its own, as before a face detector, the trials would cost more than they save. The switch is the process's, so it is
    counted who wants it: the last one to leave turns it off. Without CUDA nothing happens.
    """
    if device.type != "cuda":
        yield
        return
    global _steady  # noqa: PLW0603 - it counts the users of a switch that is itself global
    with _steady_guard:
        _steady += 1
        torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        with _steady_guard:
            _steady -= 1
            torch.backends.cudnn.benchmark = _steady > 0


def synchronize(device: torch.device) -> None:
    """Waits until the device has finished its queue, so that a clock read next is true."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
