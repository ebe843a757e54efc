"""Which triplets of a batch are learnt from."""

from __future__ import annotations

from typing import Final

from facestyle.errors import InvalidRequestError
from facestyle.learning.miners.at_random import random_triplets
from facestyle.learning.miners.base import Miner, Triplets
from facestyle.learning.miners.batch_hard import batch_hard
from facestyle.learning.miners.every import all_triplets
from facestyle.learning.miners.semi_hard import semi_hard

MINERS: Final[dict[str, Miner]] = {
    "all": all_triplets,
    "random": random_triplets,
    "semi-hard": semi_hard,
    "batch-hard": batch_hard,
}


def find_miner(name: str) -> Miner:
    """The miner of that name.

    Raises:
        InvalidRequestError: There is none.
    """
    if name not in MINERS:
        raise InvalidRequestError(f"There is no miner “{name}”. Choose one of: {', '.join(MINERS)}.")
    return MINERS[name]


__all__ = ["MINERS", "Miner", "Triplets", "all_triplets", "batch_hard", "find_miner", "random_triplets", "semi_hard"]
