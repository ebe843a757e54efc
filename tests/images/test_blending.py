"""Between two pictures."""

import numpy as np
import pytest

from facestyle import images
from facestyle.errors import InvalidRequestError

A = np.array([[[0, 100, 255]]], np.uint8)
B = np.array([[[200, 100, 0]]], np.uint8)


@pytest.mark.parametrize(
    ("share", "expected"), [(0, [0, 100, 255]), (1, [200, 100, 0]), (0.25, [50, 100, 191]), (0.5, [100, 100, 128])]
)
def test_a_share_of_the_second(share, expected):
    assert images.blend(A, B, share)[0, 0].tolist() == expected


@pytest.mark.parametrize(("second", "share"), [(B[..., :2], 0.5), (B, -0.1), (B, 1.1), (B, float("nan"))])
def test_what_cannot_be_mixed_is_refused(second, share):
    with pytest.raises(InvalidRequestError):
        images.blend(A, second, share)
