"""An index's embeddings copied to a GPU, where the matrix product of a search then runs.

The copy finds candidates only: distances are computed from the embeddings in this process' memory, see `index.search`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from facestyle.settings import Settings

if TYPE_CHECKING:
    import torch

    from facestyle.faces.gallery.base import Embeddings
    from facestyle.faces.gallery.index import Chunk

logger = logging.getLogger(__name__)

LEAST_ROWS: Final = 20_000
"""Fewer embeddings are searched in a millisecond where they are; a GPU has nothing to gain."""

Accelerate = Callable[[], "Mirror | None"]
"""Makes an empty copy; None where there is no GPU."""


class Mirror:
    """Chunks of embeddings on another device. Changing it is for one thread at a time; asking is not limited.

    Args:
        device: Where to.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._tensors: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        self._rows: list[int] = []

    def take_in(self, chunks: Sequence[tuple[Chunk, int]]) -> bool:
        """Copies what is not there yet; False if it does not fit, and then the copy is of no more use.

        Args:
            chunks: Each with how many of its rows are in use; those before were there at the last call.
        """
        import torch

        try:
            for number, (chunk, rows) in enumerate(chunks):
                if number == len(self._tensors):
                    places = (chunk.vectors, chunk.half, chunk.inverse)
                    self._tensors.append(
                        tuple(torch.empty(place.shape, dtype=torch.float32, device=self._device) for place in places)  # type: ignore[arg-type]
                    )
                    self._rows.append(0)
                new = slice(self._rows[number], rows)
                if new.start < new.stop:
                    for tensor, values in zip(
                        self._tensors[number], (chunk.vectors, chunk.half, chunk.inverse), strict=True
                    ):
                        tensor[new].copy_(torch.from_numpy(values[new]))
                    self._rows[number] = rows
        except torch.OutOfMemoryError:
            logger.warning("The gallery does not fit into the memory of %s: it is searched on the CPU.", self._device)
            return False
        return True

    def forget(self, number: int, hits: npt.NDArray[np.intp]) -> None:
        """Overwrites rows of a chunk."""
        import torch

        if number < len(self._tensors):
            at = torch.from_numpy(hits[hits < self._rows[number]]).to(self._device)
            for tensor, value in zip(self._tensors[number], (0.0, torch.nan, torch.nan), strict=True):
                tensor[at] = value

    def best(
        self, number: int, rows: int, probes: Embeddings, metric: str, count: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The best scores of a chunk's first rows and where they are, both (M, up to `count`), the best first.

        Forgotten rows score minus infinity. See `index._scores` for what a score is.
        """
        import torch

        vectors, half, inverse = (tensor[:rows] for tensor in self._tensors[number])
        with torch.inference_mode():
            scores = torch.from_numpy(probes).to(self._device) @ vectors.T
            if metric == "cosine":
                scores *= inverse
            else:
                scores -= half
            scores.nan_to_num_(nan=-torch.inf)
            values, places = scores.topk(min(count, rows), dim=1)
            return values.cpu().numpy(), places.cpu().numpy()


def cuda_mirror(settings: Settings) -> Mirror | None:
    """A copy on the CUDA device that the settings and this machine agree on; None without one.

    Only with exact float32 products (`torch.set_float32_matmul_precision("highest")`, torch's default): with TF32 the
    error bound that makes a search exact would not hold.
    """
    if settings.device in {"cpu", "mps"}:
        return None
    if settings.device == "auto" and "torch" not in sys.modules:
        return None  # whoever embeds faces has imported it; it is not worth seconds to find that there is no GPU
    import torch

    from facestyle.device import pick

    device: Any = pick(settings)
    if device.type != "cuda" or torch.get_float32_matmul_precision() != "highest":
        return None
    return Mirror(device)
