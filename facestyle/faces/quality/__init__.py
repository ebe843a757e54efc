"""Is a face good enough to be compared? Named reasons against it, measured on the face itself; see `quality.assess`."""

from __future__ import annotations

from facestyle.faces.quality.assess import FaceQuality
from facestyle.faces.quality.base import Quality, QualityChecker, QualityReason

__all__ = ["FaceQuality", "Quality", "QualityChecker", "QualityReason"]
