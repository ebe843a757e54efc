"""Face detectors, all behind `facestyle.faces.base.Detector`: MTCNN (on board), RetinaFace and YuNet (from the Hub)."""

from __future__ import annotations

from facestyle.faces.detection.loading import detectors, load_detector
from facestyle.faces.detection.mtcnn import MtcnnDetector, cascade

__all__ = ["MtcnnDetector", "cascade", "detectors", "load_detector"]
