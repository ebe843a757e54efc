"""The course's formulas, against loops, gradients by differences, and numpy's own contractions."""

import numpy as np
import pytest
import torch

from facestyle.style.losses import content_loss, gram_matrix, layer_style_loss, mean_gram_matrix, style_loss


def activations(channels, height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(channels, height, width, generator=generator, dtype=torch.float64)


def naive_gram(a):
    channels, height, width = a.shape
    gram = np.zeros((channels, channels))
    for k in range(channels):
        for other in range(channels):
            for i in range(height):
                for j in range(width):
                    gram[k, other] += a[k, i, j] * a[other, i, j]
    return gram


def naive_layer_style_loss(generated, style):
    """The course's formula for pictures of one size."""
    channels, height, width = generated.shape
    difference = naive_gram(style) - naive_gram(generated)
    total = 0.0
    for k in range(channels):
        for other in range(channels):
            total += difference[k, other] ** 2
    return total / (2 * height * width * channels) ** 2


def test_content_loss_equals_loops():
    generated, content = activations(3, 4, 5), activations(3, 4, 5, seed=1)
    expected = 0.0
    for k in range(3):
        for i in range(4):
            for j in range(5):
                expected += 0.5 * float(content[k, i, j] - generated[k, i, j]) ** 2
    assert float(content_loss(generated, content)) == pytest.approx(expected, rel=1e-12)


def test_gram_matrix_equals_loops_and_numpy():
    a = activations(4, 3, 5)
    found = gram_matrix(a).numpy()
    np.testing.assert_allclose(found, naive_gram(a.numpy()), rtol=1e-12)
    np.testing.assert_allclose(found, np.einsum("kij,lij->kl", a.numpy(), a.numpy()), rtol=1e-12)
    assert np.linalg.eigvalsh(found).min() >= -1e-9


def test_gram_matrix_does_not_depend_on_the_memory_layout():
    a = activations(4, 3, 5)
    last = a[None].contiguous(memory_format=torch.channels_last)[0]
    assert last.stride() != a.stride()
    assert torch.allclose(gram_matrix(last), gram_matrix(a), rtol=1e-12)


def test_layer_style_loss_equals_the_course_for_pictures_of_one_size():
    generated, style = activations(3, 4, 5), activations(3, 4, 5, seed=1)
    found = float(layer_style_loss(generated, style))
    assert found == pytest.approx(naive_layer_style_loss(generated.numpy(), style.numpy()), rel=1e-12)


def test_style_of_another_size_is_compared_by_position():
    generated, style = activations(3, 4, 5), activations(3, 6, 2, seed=1)
    tiled = style.repeat(1, 2, 3)  # twice and three times the same painting is the same style
    expected = float(layer_style_loss(generated, style))
    assert float(layer_style_loss(generated, tiled)) == pytest.approx(expected, rel=1e-12)
    by_hand = naive_gram(style.numpy()) / 12 - naive_gram(generated.numpy()) / 20
    assert expected == pytest.approx((by_hand**2).sum() / (4 * 3**2), rel=1e-12)


def test_a_match_costs_nothing():
    a = activations(3, 4, 5)
    assert float(content_loss(a, a)) == 0
    assert float(layer_style_loss(a, a)) == 0
    shuffled = a.flatten(1)[:, torch.randperm(20, generator=torch.Generator().manual_seed(0))].reshape(3, 5, 4)
    assert float(layer_style_loss(shuffled, a)) == pytest.approx(0, abs=1e-20)  # style knows no places
    assert float(content_loss(shuffled.reshape(3, 4, 5), a)) > 1


def test_style_loss_is_the_weighted_sum():
    losses = {"relu1_1": torch.tensor(2.0), "relu2_1": torch.tensor(3.0)}
    assert float(style_loss(losses, {"relu1_1": 0.5, "relu2_1": 4.0})) == 13


@pytest.mark.parametrize("loss", [content_loss, layer_style_loss])
def test_gradient(loss):
    target = activations(3, 4, 5, seed=1)
    assert torch.autograd.gradcheck(lambda a: loss(a, target), [activations(3, 4, 5).requires_grad_()])


def test_style_gradient_equals_the_paper():
    """Gatys et al. 2016, equation 6, in the course's constants: (G - A) a / (n_H n_W n_C)^2."""
    generated, style = activations(3, 4, 5).requires_grad_(), activations(3, 4, 5, seed=1)
    (found,) = torch.autograd.grad(layer_style_loss(generated, style), generated)
    a = generated.detach().flatten(1)
    expected = (gram_matrix(generated.detach()) - gram_matrix(style)) @ a / (3 * 20) ** 2
    assert torch.allclose(found.flatten(1), expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_overflow(dtype):
    a = torch.full((2, 64, 64), 200.0, dtype=dtype)
    assert gram_matrix(a).dtype is torch.float32
    assert float(gram_matrix(a)[0, 1]) == pytest.approx(200**2 * 64**2)
    assert float(mean_gram_matrix(a)[0, 1]) == pytest.approx(200**2)
    assert float(content_loss(a, torch.zeros_like(a))) == pytest.approx(0.5 * 200**2 * 2 * 64**2)


def test_a_masked_gram_matrix_equals_loops():
    a = activations(3, 4, 5)
    mask = torch.rand(4, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    expected = np.zeros((3, 3))
    for k in range(3):
        for other in range(3):
            for i in range(4):
                for j in range(5):
                    expected[k, other] += float(mask[i, j]) * float(a[k, i, j]) * float(a[other, i, j])
    found = mean_gram_matrix(a, mask).numpy()
    np.testing.assert_allclose(found, expected / float(mask.sum()), rtol=1e-12)


def test_a_mask_of_one_half_leaves_the_gram_matrix_of_that_half():
    a = activations(4, 6, 8)
    mask = torch.zeros(6, 8, dtype=torch.float64)
    mask[:, :4] = 1
    assert torch.allclose(mean_gram_matrix(a, mask), mean_gram_matrix(a[:, :, :4]), rtol=1e-12)
    assert torch.allclose(mean_gram_matrix(a, torch.full_like(mask, 0.3)), mean_gram_matrix(a), rtol=1e-12)
