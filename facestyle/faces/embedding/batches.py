"""Any number of chips through a torch network, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@torch.inference_mode()
def embed_in_batches(
    network: Callable[[Tensor], Tensor],
    chips: npt.NDArray[np.uint8],
    *,
    device: torch.device,
    dimension: int,
    size: int,
) -> npt.NDArray[np.float32]:
    """Embeds chips.

    Args:
        network: (B, 3, S, S), RGB, 0 to 255, float -> (B, D).
        chips: (N, S, S, 3).
        device: Where the network is.
        dimension: D, also of the empty result for no chips.
        size: Greatest B: bounds the memory whatever the number of faces.

    Returns:
        (N, D), on the CPU.
    """
    parts = [np.zeros((0, dimension), np.float32)]
    for start in range(0, len(chips), size):
        batch = torch.from_numpy(chips[start : start + size]).to(device).permute(0, 3, 1, 2).float()
        parts.append(network(batch).float().cpu().numpy())
    return np.concatenate(parts)
