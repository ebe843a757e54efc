"""Fixtures: the network on board, and the pictures of the page."""

from __future__ import annotations

import pytest
import torch

from facestyle.explain.layers import load_backbone
from facestyle.models.vgg import Vgg
from facestyle.settings import Settings


@pytest.fixture(scope="session")
def network() -> Vgg:
    return load_backbone("vgg16", torch.device("cpu"), Settings())
