"""From a catalogue ID to a detector."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from facestyle import weights
from facestyle.errors import CatalogueError, UnknownModelError
from facestyle.faces.base import Detector
from facestyle.settings import Settings

DEFAULT = "retinaface_mobilenet"
"""On board, and of the two on board the faster and the more accurate one."""

_DETECTORS = {
    "mtcnn": "facestyle.faces.detection.mtcnn:MtcnnDetector",
    "retinaface_mobilenet025": "facestyle.faces.detection.retinaface:RetinaFaceDetector",
    "retinaface_mobilenet025_folded": "facestyle.faces.detection.retinaface:RetinaFaceDetector",
    "yunet_onnx": "facestyle.faces.detection.yunet:YuNetDetector",
}
"""Architecture name in the catalogue -> module:class, imported on first use."""


def detectors(settings: Settings | None = None) -> tuple[str, ...]:
    """IDs of the catalogue's detectors, in its order; whether they are cached or not."""
    return tuple(entry.id for entry in weights.catalogue(settings).values() if entry.role == "detector")


def load_detector(model_id: str | None = None, settings: Settings | None = None) -> Detector:
    """The detector of a catalogue model.

    Args:
        model_id: Catalogue ID; default: RetinaFace.
        settings: Where to find the weights, where to compute, which sizes of faces and pictures.

    Raises:
        UnknownModelError: No detector has this ID.
        WeightsMissingError: Its files are nowhere to be had.
        WeightsDamagedError: Its files are altered, or do not fit their network.
        OnnxRuntimeMissingError: It is an ONNX file, and onnxruntime is not installed.
    """
    settings = settings or Settings()
    model_id = DEFAULT if model_id is None else model_id
    known = detectors(settings)
    if model_id not in known:
        raise UnknownModelError(f"There is no detector “{model_id}”. Known detectors: {', '.join(known)}.")
    architecture = weights.entry(model_id, settings).architecture
    if architecture not in _DETECTORS:
        raise CatalogueError(f"Detector “{model_id}” names an unknown architecture “{architecture}”.")
    module_name, _, class_name = _DETECTORS[architecture].partition(":")
    return cast("Detector", getattr(import_module(module_name), class_name)(model_id, settings=settings))
