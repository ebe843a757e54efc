"""What every embedder takes from the catalogue: metric and default threshold."""

from __future__ import annotations

from typing import NamedTuple

from facestyle import weights
from facestyle.errors import CatalogueError
from facestyle.settings import Settings


class Contract(NamedTuple):
    """How a model's embeddings are compared.

    Attributes:
        metric: `squared_euclidean` or `cosine`.
        tau: Default threshold in that metric.
    """

    metric: str
    tau: float


def contract_of(model_id: str, settings: Settings) -> Contract:
    """The catalogue's word on an embedder.

    Raises:
        UnknownModelError: No such ID.
        CatalogueError: The entry lacks the metric or the threshold.
    """
    output = weights.entry(model_id, settings).output
    if output.metric is None or output.tau is None:
        raise CatalogueError(f"The catalogue gives no metric or threshold for embedder “{model_id}”.")
    return Contract(output.metric, output.tau)
