"""From a model's ID to a ready network: built, loaded strictly, frozen, in evaluation mode, and cached.

The cache is the only global state of the library: one copy of a network per process and device, shared by all threads.
Inference does not change a module, so sharing is safe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module

import torch
from torch import nn

from facestyle import device as devices
from facestyle import weights
from facestyle.errors import CatalogueError, WeightsDamagedError
from facestyle.settings import Settings

_ARCHITECTURES: dict[str, str] = {
    "mtcnn": "facestyle.models.mtcnn:MTCNN",
    "dlib_resnet": "facestyle.models.dlib_resnet:DlibFaceResNet",
    "vgg16": "facestyle.models.vgg:VGG16",
    "multistyle": "facestyle.models.multistyle:MultiStyleNet",
    "arbitrary_style": "facestyle.models.arbitrary_style:ArbitraryStyleNet",
}
"""Architecture name in the catalogue -> module:class, imported on first use."""

_cache: dict[tuple[str, str, str], nn.Module] = {}
_lock = threading.Lock()


def load_model(model_id: str, device: torch.device | str | None = None, settings: Settings | None = None) -> nn.Module:
    """The network of a catalogue entry, with its pretrained weights.

    Args:
        model_id: Catalogue ID.
        device: Where it shall run; default: `device.pick`.
        settings: Where to find the weights.

    Returns:
        The module: float32, evaluation mode, no parameter requires a gradient. Shared: do not modify it.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: Its files are nowhere to be had.
        WeightsDamagedError: Its files are altered, or do not fit the architecture key by key.
    """
    settings = settings or Settings()
    target = torch.device(device) if device is not None else devices.pick(settings)
    key = (model_id, str(target), str(settings.weights_dir))
    with _lock:
        if key not in _cache:
            _cache[key] = _build(model_id, settings).to(target)
        return _cache[key]


def clear_cache() -> None:
    """Forgets all loaded networks; memory is freed once their users let go of them."""
    with _lock:
        _cache.clear()


def _build(model_id: str, settings: Settings) -> nn.Module:
    entry = weights.entry(model_id, settings)
    if entry.architecture not in _ARCHITECTURES:
        raise CatalogueError(f"Model “{model_id}” names an unknown architecture “{entry.architecture}”.")
    module_name, _, class_name = _ARCHITECTURES[entry.architecture].partition(":")
    build: Callable[[], nn.Module] = getattr(import_module(module_name), class_name)
    tensors = weights.load_tensors(model_id, settings)
    network = build()
    try:
        network.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise WeightsDamagedError(f"The weights of “{model_id}” do not fit its network: {error}") from error
    return network.requires_grad_(False).eval()
