"""What a training is asked, and what it shows while it runs: frozen facts for the CLI and the page, without torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError
from facestyle.numbers import is_number, shown

Loss = Literal["triplet", "contrastive", "logistic", "chi-square"]
"""Triplet; contrastive; a logistic head on |f(a) - f(b)|; one on the chi-square similarity."""

MinerName = Literal["all", "random", "semi-hard", "batch-hard"]
Mode = Literal["encoder", "head"]
"""A convolutional network from scratch, or a projection on the pretrained network's frozen embeddings."""

LOSSES: Final[tuple[Loss, ...]] = get_args(Loss)
MINER_NAMES: Final[tuple[MinerName, ...]] = get_args(MinerName)
MODES: Final[tuple[Mode, ...]] = get_args(Mode)

MARGINS: Final[dict[Loss, float]] = {"triplet": 0.2, "contrastive": 1.0, "logistic": 0.2, "chi-square": 0.2}
"""Defaults: FaceNet's alpha, squared; half the largest distance there is; the heads have none, their 0.2 only counts
which triplets are active."""

MAX_EPOCHS, MAX_BATCH = 1000, 256

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """How to train.

    Attributes:
        loss: What is minimised.
        miner: Which triplets of a batch count; for the triplet loss only.
        margin: alpha (squared L2) of the triplet loss, m (L2) of the contrastive one; None for the loss's default.
        epochs: How often about every picture is seen.
        seed: Of the split, the weights at the start, the batches and the distortions.
        people: P, people in a batch; fewer where there are fewer.
        pictures: K, pictures of each.
        rate: Adam's learning rate.

    Raises:
        InvalidRequestError: From `checked`.
    """

    loss: Loss = "triplet"
    miner: MinerName = "semi-hard"
    margin: float | None = None
    epochs: int = 60
    seed: int = 0
    people: int = 10
    pictures: int = 4
    rate: float = 2e-3

    @property
    def alpha(self) -> float:
        """The margin that holds."""
        return MARGINS[self.loss] if self.margin is None else self.margin

    def checked(self) -> TrainRequest:
        """Itself, if a training can be made of it.

        Raises:
            InvalidRequestError: A value is unknown or out of range.
        """
        if self.loss not in LOSSES:
            raise InvalidRequestError(f"There is no loss “{self.loss}”. Choose one of: {', '.join(LOSSES)}.")
        if self.miner not in MINER_NAMES:
            raise InvalidRequestError(f"There is no miner “{self.miner}”. Choose one of: {', '.join(MINER_NAMES)}.")
        if not is_number(self.alpha) or not 0 <= self.alpha <= 4:
            raise InvalidRequestError(f"The margin is {shown(self.alpha)}; it must be from 0 to 4.")
        if not 1 <= self.epochs <= MAX_EPOCHS:
            raise InvalidRequestError(f"A training takes 1 to {MAX_EPOCHS:,} epochs, not {shown(self.epochs)}.")
        if not 0 <= self.seed < 2**31:
            raise InvalidRequestError("The seed must be a whole number from 0 to 2,147,483,647.")
        if self.people < 2 or self.pictures < 2 or self.people * self.pictures > MAX_BATCH:
            raise InvalidRequestError(
                f"A batch needs at least 2 people with 2 pictures each, and at most {MAX_BATCH} pictures."
            )
        if not is_number(self.rate) or not 0 < self.rate <= 1:
            raise InvalidRequestError(f"The learning rate is {shown(self.rate)}; it must be above 0 and at most 1.")
        return self

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the margin as it holds."""
        return {**asdict(self), "margin": self.alpha}


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One step of the optimiser.

    Attributes:
        step: From 1.
        steps: Of the whole training.
        epoch: From 1.
        epochs: Of the whole training.
        loss: Of the batch, before the step.
        active: Share of all the batch's triplets whose triplet loss is above 0, whichever of them were mined.
        mined: How many triplets, or pairs, the loss was taken over.
        seconds: Since the start.
        seconds_left: Until the end, as it looks now.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: float
    active: float
    mined: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Verification of one group of people; small scores mean the same person.

    Attributes:
        accuracy: Of as many same as different pairs, at a threshold chosen on people other than theirs; None if there
            are too few people for that.
        auc: Area under the ROC over all pairs.
        eer: Equal error rate.
        tau: The score at the equal error rate.
        same: Scores of the same pairs.
        different: Of the different ones.
        people: How many people.
        pictures: Of them all.
    """

    accuracy: float | None
    auc: float
    eer: float
    tau: float
    same: Floats = field(repr=False)
    different: Floats = field(repr=False)
    people: int
    pictures: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the scores."""
        names = ("accuracy", "auc", "eer", "tau", "people", "pictures")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Map:
    """Embeddings on their first two principal components, turned so that they move little from epoch to epoch.

    Attributes:
        points: (M, 2).
        labels: (M,) who each is: position in `names`.
        names: Of the people.
    """

    points: Floats = field(repr=False)
    labels: npt.NDArray[np.int64] = field(repr=False)
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HardTriplet:
    """A triplet that is learnt from, with its pictures.

    Attributes:
        positive: d(A, P), squared L2.
        negative: d(A, N).
        loss: max(d(A, P) - d(A, N) + alpha, 0).
        pictures: A, P, N: uint8 (H, W) each.
        names: Who they are.
    """

    positive: float
    negative: float
    loss: float
    pictures: tuple[npt.NDArray[np.uint8], ...] = field(repr=False)
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Epoch:
    """The network between two epochs; the first frame, epoch 0, is of the network as it began.

    Attributes:
        epoch: 0 to `epochs`.
        epochs: Of the whole training.
        step: Steps done.
        loss: Mean over the epoch's steps; None at the start.
        active: Likewise.
        held_out: On people that the network never saw.
        trained: On those that it learns from.
        trained_map: Some people that it learns from.
        held_out_map: Some that it never saw.
        hardest: The hardest triplets among the pictures that are learnt from.
        seconds: Since the start.
    """

    epoch: int
    epochs: int
    step: int
    loss: float | None
    active: float | None
    held_out: Figures
    trained: Figures
    trained_map: Map
    held_out_map: Map
    hardest: tuple[HardTriplet, ...]
    seconds: float


Frame = TrainingStep | Epoch
