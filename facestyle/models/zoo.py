"""From a model's ID to a ready network: built, loaded strictly, frozen, in evaluation mode, and cached.

The cache is the only global state of the library: one copy of a network per process and device, shared by all threads.
Inference does not change a module, so sharing is safe. The cache keeps networks up to a budget of bytes and lets the
longest unused go first; one that somebody still holds is found again without loading it twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from weakref import WeakValueDictionary

import torch
from torch import nn

from facestyle import device as devices
from facestyle import weights
from facestyle.errors import CatalogueError, WeightsDamagedError
from facestyle.hub import ProgressListener
from facestyle.settings import Settings
from facestyle.weights.keys import COUNTER

_ARCHITECTURES: dict[str, str] = {
    "mtcnn": "facestyle.models.mtcnn:MTCNN",
    "dlib_resnet": "facestyle.models.dlib_resnet:DlibFaceResNet",
    "inception_resnet_v1": "facestyle.models.inception_resnet:InceptionResnetV1",
    "ir18": "facestyle.models.iresnet:IR18",
    "ir50": "facestyle.models.iresnet:IR50",
    "ir101": "facestyle.models.iresnet:IR101",
    "vgg16": "facestyle.models.vgg:VGG16",
    "vgg19": "facestyle.models.vgg19:VGG19",
    "multistyle": "facestyle.models.multistyle:MultiStyleNet",
    "arbitrary_style": "facestyle.models.arbitrary_style:ArbitraryStyleNet",
    "transformer_net": "facestyle.models.transformer_net:TransformerNet",
    "retinaface_mobilenet025": "facestyle.models.retinaface:RetinaFace",
    "retinaface_mobilenet025_folded": "facestyle.models.retinaface:FoldedRetinaFace",
}
"""Architecture name in the catalogue -> module:class, imported on first use."""

_Key = tuple[str, str, str, torch.dtype]

_kept: OrderedDict[_Key, nn.Module] = OrderedDict()
"""Longest unused first; within the budget, but for the one that was asked for last."""

_alive: WeakValueDictionary[_Key, nn.Module] = WeakValueDictionary()
"""All networks that anybody holds, whether or not the cache still does."""

_loading: dict[_Key, threading.Lock] = {}
"""One lock per network: who asks for a network that is being loaded waits for it, who asks for another doesn't."""

_guard = threading.Lock()
"""Protects the three above; held for moments only, never while loading."""


def load_model(
    model_id: str,
    device: torch.device | str | None = None,
    settings: Settings | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
) -> nn.Module:
    """The network of a catalogue entry, with its pretrained weights.

    Args:
        model_id: Catalogue ID.
        device: Where it shall run; default: `device.pick`.
        settings: Where to find the weights, and how much memory the cache may keep.
        dtype: The weights' precision; a network that supports another one says so.
        progress: Told about a download, if there is one.
        cancel: Set it from another thread to stop a download.

    Returns:
        The module: evaluation mode, no parameter requires a gradient. Shared: do not modify it.

    Raises:
        UnknownModelError: No such ID.
        WeightsMissingError: Its files are nowhere to be had; its children say why.
        WeightsDamagedError: Its files are altered, or do not fit the architecture key by key.
    """
    settings = settings or Settings()
    target = torch.device(device) if device is not None else devices.pick(settings)
    key = (model_id, str(target), str(settings.weights_dir), dtype)
    with _guard:
        if (found := _alive.get(key)) is not None:
            _keep(key, found, settings)
            return found
        lock = _loading.setdefault(key, threading.Lock())
    with lock:
        with _guard:
            found = _alive.get(key)
        network = found if found is not None else _build(model_id, settings, progress, cancel).to(target, dtype)
        with _guard:
            _alive[key] = network
            _keep(key, network, settings)
        return network


def loaded() -> tuple[tuple[str, str, int], ...]:
    """What the cache keeps, longest unused first: model ID, device, bytes."""
    with _guard:
        return tuple((key[0], key[1], memory_bytes(network)) for key, network in _kept.items())


def release(model_id: str) -> None:
    """Lets go of one network on all devices; its memory is freed once its users let go of it too."""
    with _guard:
        for key in [key for key in _kept if key[0] == model_id]:
            del _kept[key]
    _free_device_memory()


def clear_cache() -> None:
    """Forgets all loaded networks; memory is freed once their users let go of them."""
    with _guard:
        _kept.clear()
        _alive.clear()
    _free_device_memory()


def memory_bytes(network: nn.Module) -> int:
    """Bytes of a network's parameters and buffers."""
    tensors = [*network.parameters(), *network.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _keep(key: _Key, network: nn.Module, settings: Settings) -> None:
    """Puts a network at the cache's young end and lets the oldest go until the rest fits the budget."""
    _kept[key] = network
    _kept.move_to_end(key)
    total = sum(memory_bytes(kept) for kept in _kept.values())
    while len(_kept) > 1 and total > settings.model_cache_mb * 2**20:
        _, oldest = _kept.popitem(last=False)
        total -= memory_bytes(oldest)


def _free_device_memory() -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()  # torch keeps freed blocks for itself otherwise


def _build(
    model_id: str, settings: Settings, progress: ProgressListener | None, cancel: threading.Event | None
) -> nn.Module:
    entry = weights.entry(model_id, settings)
    if entry.architecture not in _ARCHITECTURES:
        raise CatalogueError(f"Model “{model_id}” names an unknown architecture “{entry.architecture}”.")
    module_name, _, class_name = _ARCHITECTURES[entry.architecture].partition(":")
    build: Callable[[], nn.Module] = getattr(import_module(module_name), class_name)
    tensors = weights.load_tensors(model_id, settings, progress=progress, cancel=cancel)
    network = build()
    try:
        network.load_state_dict(_with_counters_of(network, tensors), strict=True)
    except RuntimeError as error:
        raise WeightsDamagedError(f"The weights of “{model_id}” do not fit its network: {error}") from error
    return network.requires_grad_(False).eval()


def _with_counters_of(network: nn.Module, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """BatchNorm's counters play no part in evaluation: a file may have them, lack them, or have more of them."""
    own = network.state_dict()
    counters = {name: value for name, value in own.items() if name.endswith(COUNTER)}
    return counters | {name: value for name, value in tensors.items() if name in own or not name.endswith(COUNTER)}
