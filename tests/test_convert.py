"""The embedded files are what weights/convert.py makes of the published packages, byte for byte."""

import subprocess
import sys
from pathlib import Path

import pytest

CONVERT = Path(__file__).resolve().parent.parent / "weights" / "convert.py"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("model_id", ["mtcnn", "multistyle26", "retinaface_mobilenet"])
def test_reconversion_gives_the_same_bytes(model_id):
    command = [sys.executable, str(CONVERT), model_id, "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert model_id in result.stdout


def test_unknown_model_is_refused():
    result = subprocess.run([sys.executable, str(CONVERT), "nothing"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "unknown model: nothing" in result.stderr
