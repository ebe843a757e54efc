"""Records what facenet-pytorch's own MTCNN computes, for test_mtcnn.py in tests/models and in tests/faces/detection.

pip install --no-deps facenet-pytorch==2.6.0   (beside torch, torchvision, numpy, pillow, requests, tqdm)
python tests/faces/record_mtcnn.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "facestyle" / "ui" / "examples"
PICTURES = ("collins.jpg", "hopper.jpg", "montage.jpg", "coffee.jpg")


def main() -> None:
    detector = MTCNN(keep_all=True, min_face_size=20, post_process=False)
    found = {}
    for name in PICTURES:
        boxes, scores, points = detector.detect(Image.open(EXAMPLES / name).convert("RGB"), landmarks=True)
        found[name] = (
            []
            if boxes is None
            else [
                {"box": box.tolist(), "score": float(score), "points": marks.tolist()}
                for box, score, marks in zip(boxes, scores, points, strict=True)
            ]
        )
    (HERE / "data" / "mtcnn_reference.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    generator = np.random.default_rng(0)
    inputs = {
        "pnet": generator.uniform(-1, 1, (1, 3, 31, 40)).astype(np.float32),
        "rnet": generator.uniform(-1, 1, (4, 3, 24, 24)).astype(np.float32),
        "onet": generator.uniform(-1, 1, (4, 3, 48, 48)).astype(np.float32),
    }
    recorded = {}
    for name, x in inputs.items():
        with torch.inference_mode():
            outputs = getattr(detector, name)(torch.from_numpy(x))
        recorded.update({f"{name}.{index}": output.numpy() for index, output in enumerate(outputs)})
    folder = HERE.parent / "models" / "data"
    np.savez_compressed(folder / "mtcnn_reference.npz", **recorded, **{f"{k}.x": v for k, v in inputs.items()})


if __name__ == "__main__":
    main()
