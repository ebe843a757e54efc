"""The pictures that ship with the project, and the services over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle.faces.base import Detector
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import DlibEmbedder

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "facestyle" / "ui" / "examples"


@pytest.fixture(scope="session")
def example():
    """File name -> decoded example picture."""
    return lambda name: np.asarray(Image.open(EXAMPLES / name).convert("RGB"))


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The default one."""
    return load_detector()


@pytest.fixture(scope="session")
def embedder() -> DlibEmbedder:
    return DlibEmbedder()
