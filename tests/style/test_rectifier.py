import pytest
import torch

from facestyle.style.rectifier import hold_back, hold_back_from, passed

TYPES = [torch.float32, torch.bfloat16, torch.float64]
# The last one is larger than one piece of the widened mask, and no multiple of it.
SHAPES = [(1, 1, 1, 1), (1, 3, 5, 7), (1, 64, 1, 9), (1, 64, 67, 63)]


def random(shape, dtype, seed):
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return values.to(dtype).contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_gradient_is_held_back_as_autograd_does(shape, dtype):
    before = random(shape, dtype, 0)
    gradient = random(shape, dtype, 1)
    leaf = before.clone().requires_grad_()
    expected = torch.autograd.grad(torch.relu(leaf), leaf, gradient)[0]
    activations = torch.relu(before)
    mask = passed(activations)
    assert mask.dtype is torch.int8
    assert mask.nbytes == activations.numel()
    found = gradient.clone(memory_format=torch.preserve_format)
    hold_back(found, mask)
    assert torch.equal(found, expected)
    found = gradient.clone(memory_format=torch.preserve_format)
    hold_back_from(found, activations)
    assert torch.equal(found, expected)


def test_zeros_of_both_signs_and_the_smallest_number():
    activations = torch.tensor([0.0, -0.0, 1e-45, 1.0, torch.inf]).view(1, 5, 1, 1)
    assert passed(activations).flatten().tolist() == [0, 0, -1, -1, -1]
    assert passed(activations.bfloat16()).flatten().tolist()[:2] == [0, 0]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradients_laid_out_another_way(layout):
    activations = torch.relu(random((1, 4, 6, 5), torch.float32, 2))
    gradient = random((1, 4, 6, 5), torch.float32, 3).contiguous(memory_format=layout)
    expected = torch.where(activations > 0, gradient, 0)
    hold_back(gradient, passed(activations))
    assert torch.equal(gradient, expected)
    part = torch.ones(1, 4, 8, 9)[..., 1:7, 2:7]
    hold_back(part, passed(activations))
    assert torch.equal(part, (activations > 0).float())
