"""A trained network as a safetensors file: tensors and text, nothing that could run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from facestyle import files
from facestyle.errors import EncoderDamagedError, InvalidRequestError, refused
from facestyle.learning.losses.logistic import LogisticHead
from facestyle.learning.objective import make_head
from facestyle.learning.results import LOSSES, MODES, Loss, Mode
from facestyle.learning.siamese import ProjectionHead, SiameseEncoder, as_input
from facestyle.learning.train import Training

FORMAT = "facestyle-encoder-1"


@dataclass(frozen=True)
class Encoder:
    """A trained f, to be used.

    Attributes:
        mode: What it takes: pictures, or another network's embeddings.
        loss: What it was trained with.
        facts: What the file says of the training.
        network: f.
        head: The logistic head; None where the loss has none.
    """

    mode: Mode
    loss: Loss
    facts: dict[str, Any]
    network: nn.Module = field(repr=False)
    head: LogisticHead | None = field(repr=False)

    def embed(self, inputs: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Embeddings (N, D) of grey pictures uint8 (N, H, W), or, for `head`, of features float32 (N, size)."""
        tensor = as_input(inputs) if self.mode == "encoder" else torch.as_tensor(inputs)
        with torch.no_grad():
            return np.asarray(self.network(tensor).numpy(), np.float32)

    def probability(self, a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """That pairs of embeddings (N, D) are of one person each, by the head.

        Raises:
            InvalidRequestError: The loss has no head.
        """
        if self.head is None:
            raise InvalidRequestError(f"A network trained with the {self.loss} loss has distances, no probabilities.")
        with torch.no_grad():
            return np.asarray(torch.sigmoid(self.head(torch.as_tensor(a), torch.as_tensor(b))).numpy(), np.float32)


def save_encoder(training: Training, path: Path) -> None:
    """Writes what was trained so far; the file is there whole or not at all.

    Raises:
        InvalidRequestError: It can't be written there.
    """
    tensors = {f"network.{name}": value for name, value in training.network.state_dict().items()}
    if training.objective.head is not None:
        tensors |= {f"head.{name}": value for name, value in training.objective.head.state_dict().items()}
    last = training.last
    facts = {
        "request": training.request.as_dict(),
        "size": training.size,
        "features_of": training.data.features_of,
        "people_trained_on": len(training.data.names) - len(training.split.held_out_people),
        "epochs_done": 0 if last is None else last.epoch,
        "held_out": None if last is None else last.held_out.as_dict(),
    }
    data = save(
        {name: value.contiguous() for name, value in tensors.items()},
        {"format": FORMAT, "mode": training.mode, "loss": training.request.loss, "facts": json.dumps(facts)},
    )
    try:
        with files.replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise InvalidRequestError(f"The network can't be written to {path} ({error.strerror}).") from error


def load_encoder(path: Path) -> Encoder:
    """Reads a file that `save_encoder` wrote.

    Raises:
        EncoderDamagedError: It is missing, cut off, altered in its shapes or names, or something else.
    """
    broken = EncoderDamagedError(f"{path} is no whole safetensors file. Train anew, or take another file.")
    with refused(broken), safe_open(path, framework="pt") as file:
        described = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    mode, loss = described.get("mode"), described.get("loss")
    if described.get("format") != FORMAT or mode not in MODES or loss not in LOSSES:
        raise EncoderDamagedError(
            f"{path} was not written by `facestyle train`, or by a version that is not known here."
        )
    with refused(EncoderDamagedError(f"The tensors in {path} are not those of a trained network of this kind.")):
        facts = json.loads(described["facts"])
        parts = {name: _part(tensors, f"{name}.") for name in ("network", "head")}
        network: nn.Module
        network = SiameseEncoder() if mode == "encoder" else ProjectionHead(parts["network"]["out.weight"].shape[1])
        head = make_head(loss, parts["network"]["out.weight"].shape[0])
        network.load_state_dict(parts["network"])
        if head is not None:
            head.load_state_dict(parts["head"])
        if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
            raise EncoderDamagedError(f"{path} holds NaN or infinite weights. Train anew.")
    return Encoder(mode, loss, facts, network.eval(), head)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
