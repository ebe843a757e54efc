"""From a catalogue ID to the embedder that speaks for it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from facestyle import weights
from facestyle.errors import CatalogueError, UnknownModelError
from facestyle.faces.base import Embedder
from facestyle.settings import Settings

DEFAULT = "dlib_resnet"
"""The embedder whose weights are on board."""

_ADAFACE = "facestyle.faces.embedding.adaface:AdaFaceEmbedder"

_EMBEDDERS: dict[str, str] = {
    "dlib_resnet": "facestyle.faces.embedding.dlib:DlibEmbedder",
    "inception_resnet_v1": "facestyle.faces.embedding.facenet:FaceNetEmbedder",
    "ir18": _ADAFACE,
    "ir50": _ADAFACE,
    "ir101": _ADAFACE,
    "sface_onnx": "facestyle.faces.embedding.onnx_sface:SFaceEmbedder",
}
"""Architecture name in the catalogue -> module:class, imported on first use."""


def embedders(settings: Settings | None = None) -> tuple[str, ...]:
    """IDs of the catalogue's embedders, in its order; whether they are cached or not."""
    return tuple(entry.id for entry in weights.catalogue(settings).values() if entry.role == "embedder")


def load_embedder(model_id: str | None = None, settings: Settings | None = None) -> Embedder:
    """The embedder of a catalogue model, with the alignment, metric and threshold that belong to it.

    Args:
        model_id: Catalogue ID; default: the embedded one.
        settings: Where to find the weights, and where to compute.

    Raises:
        UnknownModelError: No embedder has this ID.
        WeightsMissingError: Its files are nowhere to be had.
        WeightsDamagedError: Its files are altered, or do not fit their network.
        OnnxRuntimeMissingError: It is an ONNX file, and onnxruntime is not installed.
    """
    settings = settings or Settings()
    model_id = DEFAULT if model_id is None else model_id
    known = embedders(settings)
    if model_id not in known:
        raise UnknownModelError(f"There is no embedder “{model_id}”. Known embedders: {', '.join(known)}.")
    architecture = weights.entry(model_id, settings).architecture
    if architecture not in _EMBEDDERS:
        raise CatalogueError(f"Embedder “{model_id}” names an unknown architecture “{architecture}”.")
    module_name, _, class_name = _EMBEDDERS[architecture].partition(":")
    return cast("Embedder", getattr(import_module(module_name), class_name)(model_id, settings=settings))
