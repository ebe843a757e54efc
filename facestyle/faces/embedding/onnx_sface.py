"""SFace (OpenCV Zoo, 2021dec): MobileFaceNet with a 128-D embedding, an ONNX file run as it is.

Zhong et al. 2021, "SFace: Sigmoid-constrained hypersphere loss for robust face recognition" (arXiv:2205.12010). The
contract is that of OpenCV's FaceRecognizerSF (modules/objdetect/src/face_recognize.cpp): ArcFace's alignment, raw RGB
values from 0 to 255 (the graph normalises them itself), cosine similarity of the features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle import weights
from facestyle.errors import WeightsDamagedError
from facestyle.faces.embedding.arcface import SIZE, align_arcface
from facestyle.faces.embedding.contract import contract_of
from facestyle.faces.results import RGB, Face
from facestyle.models.onnx_session import OnnxSession, load_session
from facestyle.settings import Settings

DIMENSION = 128


class SFaceEmbedder:
    """f(x) of unit length."""

    version = "arcface5-1/sface"

    def __init__(self, model: str = "sface", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self.metric, self.tau = contract_of(model, settings)
        self._session = load_session(model, settings)
        if not _is_sface(self._session):
            raise WeightsDamagedError(
                f"The file of {weights.entry(model, settings).title} holds another network than one from chips of "
                f"{SIZE}x{SIZE} pixels to {DIMENSION} numbers."
            )

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, 112, 112, 3) of N faces of an upright picture (H, W, 3)."""
        return align_arcface(image, faces)

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, 128) of unit length, of chips (N, 112, 112, 3)."""
        features = [_feature(self._session, chip) for chip in chips]
        stacked = np.concatenate([np.zeros((0, DIMENSION), np.float32), *features])
        lengths = np.linalg.norm(stacked, axis=1, keepdims=True)
        units: npt.NDArray[np.float32] = stacked / np.maximum(lengths, np.finfo(np.float32).tiny)
        return units


def _feature(session: OnnxSession, chip: RGB) -> npt.NDArray[np.float32]:
    """The network's answer, not normalised, to one chip: the file's batch size is fixed to 1."""
    (feature,) = session.run(chip.transpose(2, 0, 1)[None].astype(np.float32)).values()
    return feature


def _is_sface(session: OnnxSession) -> bool:
    """Whether it maps a chip to an embedding; asked by trying, for the file need not declare its output's shape."""
    if session.input_shape[1:] != (3, SIZE, SIZE) or len(session.outputs) != 1:
        return False
    return _feature(session, np.zeros((SIZE, SIZE, 3), np.uint8)).shape == (1, DIMENSION)
