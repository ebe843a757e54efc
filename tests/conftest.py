"""Shared fixtures, and the rule which tests run where.

Slow tests run with `--slow` or when CI=true. A test that needs the labelled data beside the project is skipped by name
where that is missing, but fails there with CI=true; a test that needs CUDA is skipped without it. Nothing else is ever
skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

# Nothing a test starts may look for the network or report home. Set before anything else is imported: the conftest of a
# folder that is named on pytest's command line is read before any hook runs, and Gradio brings huggingface_hub along,
# which reads its variable once.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or os.environ.get("CI") == "true":
        return
    kept = [item for item in items if "slow" not in item.keywords]
    dropped = [item for item in items if "slow" in item.keywords]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "cuda" in item.keywords:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled test data that stands beside the project, where it is present."""
    folder = Path(os.environ.get("FACESTYLE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("labelled test data not found: set FACESTYLE_TEST_DATA to its folder")
        pytest.skip(f"labelled test data not found at {folder.name}/ beside the project")
    return folder
