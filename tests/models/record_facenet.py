"""Records what facenet-pytorch's network computes with weights from a formula, for test_inception_resnet.py.

pip download --no-deps facenet-pytorch==2.6.0
python -m tests.models.record_facenet facenet_pytorch-2.6.0-py3-none-any.whl
"""

from __future__ import annotations

import importlib
import sys
import types
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from tests.models import synthetic

DATA = Path(__file__).resolve().parent / "data" / "facenet_reference.npz"
COUNT = 2


def original(wheel: Path, folder: Path) -> nn.Module:
    """facenet-pytorch's InceptionResnetV1, untrained, from its wheel unpacked into `folder`.

    The package itself can't be imported beside today's libraries (it wants `requests` and older versions of the rest),
    but the one module can, with empty packages around it.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith("facenet_pytorch/")])
    requests = types.ModuleType("requests")
    adapters = types.ModuleType("requests.adapters")
    adapters.HTTPAdapter = object  # the one name that its downloader imports
    package = types.ModuleType("facenet_original")
    package.__path__ = [str(folder / "facenet_pytorch" / "models")]
    stand_ins = {"requests": requests, "requests.adapters": adapters, "facenet_original": package}
    before = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules.update(stand_ins)
    try:
        module = importlib.import_module("facenet_original.inception_resnet_v1")
    finally:
        for name, kept in before.items():
            if kept is None:
                del sys.modules[name]
            else:
                sys.modules[name] = kept
    return module.InceptionResnetV1()


def main(wheel: Path) -> None:
    """Writes the file."""
    with TemporaryDirectory() as folder:
        network = original(wheel, Path(folder)).eval()
    network.load_state_dict(synthetic.weights(synthetic.shapes_of(network)))
    with torch.inference_mode():
        embeddings = network((synthetic.chips(COUNT, 160) - 127.5) / 128).numpy()
    np.savez_compressed(DATA, embeddings=embeddings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
