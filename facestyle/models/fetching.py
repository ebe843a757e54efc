"""From a model's ID to something loaded, whichever way the model runs: as a torch module or in onnxruntime."""

from __future__ import annotations

import threading

from facestyle import weights
from facestyle.hub import ProgressListener
from facestyle.models.onnx_session import load_session
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_ONNX = "_onnx"
"""How the catalogue's names of architectures end that run in onnxruntime."""


def fetch_model(
    model_id: str,
    settings: Settings | None = None,
    *,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
) -> object:
    """Downloads a model unless it is here, checks it, and loads it, so that whoever needs it next has it at once.

    Args:
        model_id: Catalogue ID.
        settings: Where to find the weights, where to compute.
        progress: Told about a download, if there is one.
        cancel: Set it from another thread to stop a download.

    Returns:
        The network; while it is held, it is not loaded a second time.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: Its files are nowhere to be had; the children say why.
        WeightsDamagedError: Its files are altered, or do not fit their network.
        OnnxRuntimeMissingError: It needs onnxruntime, which is not installed; known before anything is downloaded.
    """
    settings = settings or Settings()
    if weights.entry(model_id, settings).architecture.endswith(_ONNX):
        return load_session(model_id, settings, progress=progress, cancel=cancel)
    return load_model(model_id, settings=settings, progress=progress, cancel=cancel)
