"""Networks that are published as ONNX files and run as they are, by onnxruntime, an optional dependency.

The rule for ONNX files, here and in `weights/onnx_file.py`: where the file keeps the tensors of a network that this
project has as a torch module, under that module's own names (the five fast styles), its weights are read into the
module. Where the export has folded and renamed them, so that only the file's graph says what the network is (YuNet,
SFace, MiniFASNet), the graph itself runs, in onnxruntime: a module written after it could not be held against the file
name by name, and might be wrong without anybody noticing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import ModuleType
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
import torch

from facestyle import weights
from facestyle.errors import WeightsDamagedError, WeightsError
from facestyle.hub import ProgressListener
from facestyle.hub.progress import bar_class
from facestyle.settings import Settings
from facestyle.weights.sources import sources

Floats = npt.NDArray[np.float32]

_Key = tuple[str, str]

_sessions: WeakValueDictionary[_Key, OnnxSession] = WeakValueDictionary()
"""One per model, for as long as anybody holds it."""

_loading: dict[_Key, threading.Lock] = {}
"""One lock per model: who asks for one that is being downloaded waits for it, who asks for another doesn't."""

_guard = threading.Lock()
"""Protects the two above; held for moments only, never while loading."""


class OnnxRuntimeMissingError(WeightsError):
    """The model is an ONNX file, and onnxruntime is not installed."""

    code = "onnxruntime_missing"


class OnnxSession:
    """A network with one input and any number of outputs, on the CPU. Thread-safe, as onnxruntime's sessions are.

    Args:
        data: The file's bytes, already checked against their SHA-256.
        title: The model's name, for the sentences.
        threads: Of onnxruntime. Not left to its own choice, for inside a container it may count the host's cores.

    Attributes:
        input_shape: An entry that is no number stands for any.
        outputs: Names of the outputs, in the file's order.

    Raises:
        OnnxRuntimeMissingError: onnxruntime is not installed.
        WeightsDamagedError: The file is no ONNX network with one input.
    """

    def __init__(self, data: bytes, title: str, threads: int) -> None:
        onnxruntime = import_onnxruntime(title)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only: old exports cause a warning for each of their weights
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises a class of its own for each kind of damage
            raise WeightsDamagedError(f"The weight file of {title} is no valid ONNX file ({error}).") from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise WeightsDamagedError(
                f"The weight file of {title} holds another network: it has {len(inputs)} inputs, expected one."
            )
        self._input = inputs[0].name
        self.input_shape: tuple[int | str | None, ...] = tuple(inputs[0].shape)
        self.outputs: tuple[str, ...] = tuple(output.name for output in self._session.get_outputs())

    def run(self, batch: Floats) -> Mapping[str, Floats]:
        """The outputs by name, for an input of `input_shape`."""
        answers = self._session.run(None, {self._input: np.ascontiguousarray(batch, np.float32)})
        return {name: np.asarray(answer, np.float32) for name, answer in zip(self.outputs, answers, strict=True)}


def import_onnxruntime(what: str) -> ModuleType:
    """The package.

    Args:
        what: What needs it, for the sentence.

    Raises:
        OnnxRuntimeMissingError: It is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise OnnxRuntimeMissingError(
            f"{what} needs the package onnxruntime, which is not installed. Run `pip install onnxruntime`, or choose "
            "another model."
        ) from error
    module: ModuleType = onnxruntime
    return module


def load_session(
    model_id: str,
    settings: Settings,
    *,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
) -> OnnxSession:
    """The session of a catalogue model, one per process.

    Args:
        model_id: Catalogue ID.
        settings: Where to find the file, and how many threads to run on.
        progress: Told about a download, if there is one.
        cancel: Set it from another thread to stop a download.

    Raises:
        OnnxRuntimeMissingError: onnxruntime is not installed; known before anything is downloaded.
        UnknownModelError: No such ID.
        WeightsMissingError: The file is nowhere to be had.
        WeightsDamagedError: The file is altered, or no such network.
    """
    key = (model_id, str(settings.weights_dir))
    with _guard:
        if (found := _sessions.get(key)) is not None:
            return found
        lock = _loading.setdefault(key, threading.Lock())
    with lock:
        with _guard:
            found = _sessions.get(key)
        session = found if found is not None else _open(model_id, settings, progress, cancel)
        with _guard:
            _sessions[key] = session
        return session


def _open(
    model_id: str, settings: Settings, progress: ProgressListener | None, cancel: threading.Event | None
) -> OnnxSession:
    model = weights.entry(model_id, settings)
    import_onnxruntime(model.title)
    # The bytes that were hashed are the bytes that are run.
    (source,) = sources(model, settings)
    _, data = source.read(bar_class(model.title, progress, cancel))
    return OnnxSession(data, model.title, settings.threads or torch.get_num_threads())
