"""Does a face stand before the camera, or a picture of one? A hint, no proof: see `facestyle.faces.liveness.base`."""

from __future__ import annotations

from facestyle.faces.liveness.base import Liveness, LivenessChecker
from facestyle.faces.liveness.challenge import Challenge, ChallengeState, Outcome, Step
from facestyle.faces.liveness.minifasnet import MiniFasLiveness

__all__ = ["Challenge", "ChallengeState", "Liveness", "LivenessChecker", "MiniFasLiveness", "Outcome", "Step"]
