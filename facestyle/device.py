"""Where networks run: CUDA, MPS or the CPU, and how many threads of it."""

from __future__ import annotations

import os

import torch

from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings


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
    """Sets the number of CPU threads for the process; called once by whoever starts one (the app, the CLI).

    The default is the number of cores that this process may use: inside a container torch may see the host's cores
    instead, and oversubscribed threads slow convolutions down severalfold.
    """
    settings = settings or Settings()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(settings.threads or cores)


def synchronize(device: torch.device) -> None:
    """Waits until the device has finished its queue, so that a clock read next is true."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
