"""Weights and pictures from a formula, the same on every machine; and what a safetensors file of them would weigh."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn


def uniform(name: str, shape: Sequence[int]) -> np.ndarray:
    """Float64 in [0, 1): the SplitMix64 generator (Steele et al. 2014), started at a number that the name gives."""
    with np.errstate(over="ignore"):
        z = np.arange(1, math.prod(shape) + 1, dtype=np.uint64) + np.uint64(zlib.crc32(name.encode()) << 32)
        z *= np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def weights(shapes: Mapping[str, Sequence[int]]) -> dict[str, torch.Tensor]:
    """A tensor for each name: He-uniform convolutions and dense layers, batch normalisations near the identity."""
    tensors = {}
    for name, shape in shapes.items():
        u = uniform(name, shape)
        if name.endswith("num_batches_tracked"):
            tensors[name] = torch.zeros((), dtype=torch.int64)
            continue
        if len(shape) > 1:
            u = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
        elif name.endswith(("running_var", ".weight")):
            u = 0.5 + u
        else:
            u = 0.2 * (u - 0.5)
        tensors[name] = torch.from_numpy(u.astype(np.float32))
    return tensors


def chips(count: int, size: int) -> torch.Tensor:
    """(N, 3, S, S) whole numbers from 0 to 255, float: coloured noise on a ramp, each darker than the last."""
    ramp = np.linspace(0, 1, size)
    pictures = [
        (uniform(f"chip {n}", (3, size, size)) * ramp + ramp[:, None]) / 2 * [[[1.0]], [[0.8]], [[0.4]]] / (n + 1)
        for n in range(count)
    ]
    return torch.from_numpy(np.floor(256 * np.stack(pictures)).astype(np.float32))


def shapes_of(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Shape by tensor name."""
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def file_bytes(shapes: Mapping[str, Sequence[int]], metadata: Mapping[str, str] | None) -> int:
    """Size of the safetensors file that holds these tensors in float32, batch counters in int64.

    A file is its header's length (8 bytes), a JSON header padded to a multiple of 8, and the tensors; the widest types
    come first, then names in order. The size depends on every name and shape, so it tells whether a file can hold them.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name in sorted(shapes, key=lambda name: (not name.endswith("num_batches_tracked"), name)):
        counter = name.endswith("num_batches_tracked")
        end = offset + math.prod(shapes[name]) * (8 if counter else 4)
        header[name] = {
            "dtype": "I64" if counter else "F32",
            "shape": list(shapes[name]),
            "data_offsets": [offset, end],
        }
        offset = end
    length = len(json.dumps(header, separators=(",", ":")).encode())
    return 8 + -(-length // 8) * 8 + offset
