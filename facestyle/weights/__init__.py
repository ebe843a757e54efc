"""The catalogue of pretrained networks, and the way from a model's ID to verified tensors.

`weights/catalog.toml` names every model with its files, SHA-256 sums, licence and contract. An ID resolves to its
embedded files, else to the local cache, else to a download from the Hugging Face Hub at a pinned revision. Each file is
checked against its SHA-256 on every load: nothing ever runs on weights that are not the ones named. A file whose sum
the catalogue doesn't know yet is pinned by its repository's commit, checked against the sum that the Hub names for that
commit, and against the recorded sum on every later load.
"""

from facestyle.weights.keys import key_digest
from facestyle.weights.loading import FileState, inspect, is_cached, keys_match, load_tensors, resolve
from facestyle.weights.schema import (
    HubFile,
    HubSource,
    InputContract,
    KeySchema,
    ModelEntry,
    OutputContract,
    Role,
    WeightFile,
    catalogue,
    entry,
)

__all__ = [
    "FileState",
    "HubFile",
    "HubSource",
    "InputContract",
    "KeySchema",
    "ModelEntry",
    "OutputContract",
    "Role",
    "WeightFile",
    "catalogue",
    "entry",
    "inspect",
    "is_cached",
    "key_digest",
    "keys_match",
    "load_tensors",
    "resolve",
]
