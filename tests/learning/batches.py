"""Batches of random embeddings for the tests of losses and miners."""

import torch


def batch(people=(0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3), dimension=6, seed=0, dtype=torch.float64):
    """Embeddings of length 1 (N, D) and who they are of (N,); the last person has one picture only."""
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(len(people), dimension, generator=generator, dtype=dtype)
    return torch.nn.functional.normalize(vectors, dim=1), torch.tensor(people)


def naive_squared(a, b):
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def naive_triplets(people):
    """Every valid (anchor, positive, negative)."""
    rows = range(len(people))
    return [
        (a, p, n)
        for a in rows
        for p in rows
        for n in rows
        if a != p and people[a] == people[p] and people[a] != people[n]
    ]


def as_set(triplets):
    rows = zip(triplets.anchor.tolist(), triplets.positive.tolist(), triplets.negative.tolist(), strict=True)
    listed = list(rows)
    assert len(set(listed)) == len(listed)
    return set(listed)
