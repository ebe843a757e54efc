"""Face detectors, all behind `facestyle.faces.base.Detector`: two on board, two from the Hub."""

from __future__ import annotations

from facestyle.faces.detection.loading import detectors, load_detector
from facestyle.faces.detection.mtcnn import MtcnnDetector, cascade
from facestyle.faces.detection.retinaface import RetinaFaceDetector

__all__ = ["MtcnnDetector", "RetinaFaceDetector", "cascade", "detectors", "load_detector"]
