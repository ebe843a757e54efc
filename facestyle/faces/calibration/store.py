"""Calibrations as small JSON files, one a model: beside the weights, or a person's own in FACESTYLE_CALIBRATION."""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from facestyle import files
from facestyle.errors import CalibrationDamagedError, CalibrationError, CalibrationMismatchError, refused
from facestyle.faces.calibration.base import Bin, Calibration, Floats, Scores
from facestyle.faces.calibration.heads import HEADS
from facestyle.faces.similarity import METRICS
from facestyle.settings import Settings

SCHEMA: Literal[1] = 1
_AGAIN = "Make it again: python -m facestyle calibrate --help."
_LARGEST = 50_000_000
"""Bytes; some million pairs."""

logger = logging.getLogger(__name__)

Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Distance = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Scores(_Strict):
    log_loss: Distance
    brier: Share
    expected_calibration_error: Share


class _Bin(_Strict):
    said: Share
    seen: Share
    low: Share
    high: Share
    same: Count
    different: Count


class _Pairs(_Strict):
    same: Annotated[int, Field(ge=1)]
    different: Annotated[int, Field(ge=1)]
    left_out: Count
    people: Annotated[int, Field(ge=1)]


class _Parameters(_Strict):
    weights: Annotated[list[Number], Field(min_length=1)]
    bias: Number
    l2: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _CrossValidation(_Strict):
    groups: Annotated[int, Field(ge=2)]
    scores: dict[str, _Scores]
    reliability: list[_Bin]


class _Distances(_Strict):
    same: list[Distance]
    different: list[Distance]


class _File(_Strict):
    """The file, schema 1."""

    facestyle_calibration: Literal[1]
    model: str
    preprocessing: str
    metric: str
    data: str
    pairs: _Pairs
    head: str
    parameters: _Parameters
    cross_validation: _CrossValidation
    distances: _Distances

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.head not in HEADS or self.metric not in METRICS:
            raise ValueError("the head or the metric is unknown")
        if self.head == "distance" and len(self.parameters.weights) != 1:
            raise ValueError("the distance head has one weight")
        for kind, count in (("same", self.pairs.same), ("different", self.pairs.different)):
            distances = getattr(self.distances, kind)
            if len(distances) != count or any(b < a for a, b in pairwise(distances)):
                raise ValueError(f"the distances of {kind} pairs are not {count} rising numbers")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """The calibration for a model, or why there is none.

    Attributes:
        calibration: None: the model has no probability.
        refusal: Why a file that is there was not used; None if nothing was refused.
    """

    calibration: Calibration | None
    refusal: CalibrationError | None = None


def file_name(model: str) -> str:
    """`<model>.json`, whatever characters the ID has."""
    return re.sub(r"[^\w.-]", "_", model) + ".json"


def find(model: str, preprocessing: str, settings: Settings) -> Found:
    """The person's own calibration of a model, else the one beside the weights.

    A file that is damaged, or of another preprocessing, is passed over and never used; the answer says so, since a
    missing probability must not stop a verification.
    """
    refusal: CalibrationError | None = None
    for folder in (settings.calibration, settings.weights_dir / "calibration"):
        path = folder / file_name(model)
        if not os.path.isfile(path):  # unlike Path.is_file, False for a folder that may not be looked into
            continue
        try:
            return Found(load(path, model=model, preprocessing=preprocessing), refusal)
        except CalibrationError as error:
            logger.warning("%s", error.message)
            refusal = refusal or error
    return Found(None, refusal)


def load(path: Path, *, model: str, preprocessing: str) -> Calibration:
    """Reads a calibration.

    Args:
        path: The file.
        model: The embedder it must be of.
        preprocessing: What must stand before that embedder.

    Raises:
        CalibrationDamagedError: The file can't be read, or is no calibration of a schema known here.
        CalibrationMismatchError: It is of another model or preprocessing.
    """
    found = read(path)
    for what, wanted, has in (("model", model, found.model), ("preprocessing", preprocessing, found.preprocessing)):
        if wanted != has:
            raise CalibrationMismatchError(
                f"The calibration {path} is of the {what} “{has}” and says nothing about “{wanted}”. {_AGAIN}"
            )
    return found


def read(path: Path) -> Calibration:
    """Reads a calibration of whatever model.

    Raises:
        CalibrationDamagedError: The file can't be read, or is no calibration of a schema known here.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise CalibrationDamagedError(f"The calibration {path} is too large to be one. {_AGAIN}")
        data = path.read_bytes()
    except OSError as error:
        raise CalibrationDamagedError(f"The calibration {path} can't be read ({error.strerror}). {_AGAIN}") from error
    with refused(CalibrationDamagedError(f"The calibration {path} is damaged: it is no JSON. {_AGAIN}")):
        content = json.loads(data.decode("utf-8"))
    with refused(CalibrationDamagedError(f"The calibration {path} is damaged. {_AGAIN}")):
        try:
            file = _File.model_validate(content)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))[:60] or "its contents"
            raise CalibrationDamagedError(f"The calibration {path} is damaged at {where}. {_AGAIN}") from error
    return Calibration(
        model=file.model,
        preprocessing=file.preprocessing,
        metric=file.metric,
        data=file.data,
        people=file.pairs.people,
        left_out=file.pairs.left_out,
        head=file.head,
        weights=np.array(file.parameters.weights),
        bias=file.parameters.bias,
        l2=file.parameters.l2,
        groups=file.cross_validation.groups,
        scores={
            name: Scores(each.log_loss, each.brier, each.expected_calibration_error)
            for name, each in file.cross_validation.scores.items()
        },
        reliability=tuple(Bin(**each.model_dump()) for each in file.cross_validation.reliability),
        same_distances=np.array(file.distances.same),
        different_distances=np.array(file.distances.different),
    )


def save(calibration: Calibration, path: Path) -> None:
    """Writes a calibration; a half-written file is never left in its place.

    Raises:
        CalibrationError: The place can't be written to.
    """
    c = calibration
    file = _File(
        facestyle_calibration=SCHEMA,
        model=c.model,
        preprocessing=c.preprocessing,
        metric=c.metric,
        data=c.data,
        pairs=_Pairs(
            same=len(c.same_distances), different=len(c.different_distances), left_out=c.left_out, people=c.people
        ),
        head=c.head,
        parameters=_Parameters(weights=_digits(c.weights), bias=_digits(np.array([c.bias]))[0], l2=c.l2),
        cross_validation=_CrossValidation(
            groups=c.groups,
            scores={
                name: _Scores(
                    log_loss=round(each.log_loss, 6),
                    brier=round(each.brier, 6),
                    expected_calibration_error=round(each.ece, 6),
                )
                for name, each in c.scores.items()
            },
            reliability=[
                _Bin(
                    said=round(each.said, 6),
                    seen=round(each.seen, 6),
                    low=round(each.low, 6),
                    high=round(each.high, 6),
                    same=each.same,
                    different=each.different,
                )
                for each in c.reliability
            ],
        ),
        distances=_Distances(same=c.same_distances.tolist(), different=c.different_distances.tolist()),
    )
    # One line a list: a file to look at, and to compare.
    text = re.sub(
        r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", file.model_dump_json(indent=2)
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as place:
            place.write(f"{text}\n".encode())
    except OSError as error:
        raise CalibrationError(f"The calibration can't be written to {path} ({error.strerror}).") from error


def _digits(values: Floats) -> list[float]:
    """Nine significant digits: far below what the pairs determine."""
    return [float(f"{value:.9g}") for value in values]
