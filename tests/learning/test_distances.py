import torch

from facestyle.learning.distances import root, squared_distances
from tests.learning.batches import batch, naive_squared


def test_distances_equal_loops_and_the_diagonal_is_zero():
    vectors, _ = batch()
    found = squared_distances(vectors)
    for i, a in enumerate(vectors):
        for j, b in enumerate(vectors):
            assert abs(float(found[i, j]) - naive_squared(a, b)) < 1e-12
    assert torch.equal(found.diagonal(), torch.zeros(len(vectors), dtype=vectors.dtype))


def test_rounding_makes_no_negative_distance():
    near = torch.full((50, 8), 0.35355339) + 1e-7 * torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    assert float(squared_distances(near).min()) >= 0


def test_equal_pictures_have_a_finite_gradient():
    twice = torch.ones(2, 4, requires_grad=True)
    root(squared_distances(twice)).sum().backward()
    assert torch.equal(twice.grad, torch.zeros(2, 4))
