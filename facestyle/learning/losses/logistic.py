"""The logistic head of a Siamese network and its loss: verification as binary classification."""

from __future__ import annotations

from typing import Final, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from facestyle.errors import InvalidRequestError

Comparison = Literal["absolute", "chi_square"]
"""What the head weighs, component by component."""

COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)

_START_BIAS = 3.0
"""With weights of -1: pairs that differ little begin as likely the same, others as likely not."""


def absolute(a: Tensor, b: Tensor) -> Tensor:
    """|f_k(a) - f_k(b)|, of any shape."""
    return (a - b).abs()


def chi_square(a: Tensor, b: Tensor) -> Tensor:
    """(f_k(a) - f_k(b))^2 / (|f_k(a)| + |f_k(b)|), and 0 where both are 0; of any shape.

    DeepFace's chi-square similarity (Taigman et al. 2014, section 4.1) for components of both signs. Why the absolute
    values: `facestyle.faces.calibration.chi_square`, which has the same definition.
    """
    size = a.abs() + b.abs()
    # Both branches of a `where` are differentiated: the denominator must be sound where it is not used, too.
    return torch.where(size > 0, (a - b) ** 2 / torch.where(size > 0, size, torch.ones_like(size)), size)


class LogisticHead(nn.Module):
    """y = sigmoid(sum_k w_k x_k(f(a), f(b)) + b), the probability that a and b are one person.

    Andrew Ng, "Convolutional neural networks", week 4, "Face verification and binary classification"; Taigman et al.
    2014, "DeepFace", sections 4.1 and 4.2. The weights begin at -1: every difference speaks against the same person.

    Args:
        size: D, components of an embedding.
        comparison: x: `absolute` or `chi_square`.

    Raises:
        InvalidRequestError: Unknown comparison.
    """

    def __init__(self, size: int, comparison: Comparison = "absolute") -> None:
        super().__init__()
        if comparison not in COMPARISONS:
            raise InvalidRequestError(
                f"There is no comparison “{comparison}”. Choose one of: {', '.join(COMPARISONS)}."
            )
        self.comparison = comparison
        self.weights = nn.Parameter(-torch.ones(size))
        self.bias = nn.Parameter(torch.tensor(_START_BIAS))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """The logits (N,) of pairs of embeddings (N, D); symmetric in a and b."""
        compare = absolute if self.comparison == "absolute" else chi_square
        return compare(a, b) @ self.weights + self.bias


def logistic_loss(logits: Tensor, same: Tensor, *, balanced: bool = True) -> Tensor:
    """-log of the probability that the head gives to the truth: binary cross-entropy, in nats.

    In a batch of P people with K pictures each there are about P times as many different pairs as same ones; unweighted
    the head would learn to say "different". Balanced, both kinds weigh half.

    Args:
        logits: (N,).
        same: (N,) bool.
        balanced: Whether both kinds weigh half, where both are present.

    Returns:
        A scalar, 0 or more; log 2 = 0.693 knows nothing.
    """
    losses = binary_cross_entropy_with_logits(logits, same.to(logits.dtype), reduction="none")
    count = int(same.sum())
    if not balanced or count in (0, len(same)):
        return losses.sum() / max(1, len(same))
    return 0.5 * losses[same].mean() + 0.5 * losses[~same].mean()
