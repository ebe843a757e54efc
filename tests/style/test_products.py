import pytest
import torch

from facestyle.style.products import apply, outer

# Half precision rounds each product's result to eight bits.
TYPES = [(torch.float32, 1e-5), (torch.bfloat16, 1e-2), (torch.float64, 1e-12)]


def random(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("dtype", "tolerance"), TYPES)
@pytest.mark.parametrize("positions", [1, 7, 300])
def test_outer_products_are_summed_over_positions(positions, dtype, tolerance):
    left, right = (random(positions, width, seed=seed).to(dtype) for width, seed in ((5, 0), (8, 1)))
    expected = torch.zeros(5, 8, dtype=torch.float64)
    for one, other in zip(left.double(), right.double(), strict=True):
        for row, value in enumerate(one.tolist()):
            expected[row] += value * other
    found = outer(left, right)
    assert found.dtype is dtype
    torch.testing.assert_close(found.double(), expected, rtol=tolerance, atol=tolerance * positions**0.5)


@pytest.mark.parametrize(("dtype", "tolerance"), TYPES)
@pytest.mark.parametrize("with_constant", [False, True])
def test_a_symmetric_matrix_is_applied_to_each_position(dtype, tolerance, with_constant):
    values, matrix = random(11, 6, seed=2).to(dtype), random(6, 6, seed=3)
    matrix = matrix + matrix.T
    constant = random(6, seed=4) if with_constant else None
    expected = torch.zeros(11, 6, dtype=torch.float64)
    for position in range(11):
        for channel in range(6):
            terms = [float(values[position, k]) * float(matrix[k, channel]) for k in range(6)]
            expected[position, channel] = sum(terms) + (float(constant[channel]) if with_constant else 0)
    found = apply(values, matrix, constant)
    assert found.dtype is dtype
    torch.testing.assert_close(found.double(), expected, rtol=tolerance, atol=5 * tolerance)


def test_rows_of_a_larger_table_need_not_be_contiguous():
    table = random(20, 9, seed=5)
    part = table[3:17, 2:8]
    torch.testing.assert_close(outer(part, part), part.T @ part)
    matrix = torch.eye(6) * 2
    torch.testing.assert_close(apply(part, matrix), 2 * part)


def test_a_long_sum_is_taken_in_single_precision():
    values = torch.full((300_000, 2), 1.0)
    assert outer(values, values).tolist() == [[300_000.0] * 2] * 2
