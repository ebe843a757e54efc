"""MTCNN (Zhang et al. 2016) as packaged by facenet-pytorch: three small PyTorch checkpoints in the wheel."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def convert(archive: Path) -> Arrays:
    """Reads the three stages.

    Args:
        archive: The wheel.

    Returns:
        Tensors named `pnet.*`, `rnet.*`, `onet.*`.
    """
    tensors: Arrays = {}
    with zipfile.ZipFile(archive) as wheel:
        for stage in ("pnet", "rnet", "onet"):
            data = wheel.read(f"facenet_pytorch/data/{stage}.pt")
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
            tensors.update({f"{stage}.{name}": value.numpy() for name, value in state.items()})
    return tensors
