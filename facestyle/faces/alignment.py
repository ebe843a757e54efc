"""Alignment: the similarity transform that brings a face's five points onto a template, and the warp by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from facestyle.faces.results import RGB, Face

Points = npt.NDArray[np.float64]


def similarity_transform(source: Points, target: Points) -> npt.NDArray[np.float64]:
    """The similarity (rotation, uniform scale, translation) that maps source onto target with least squared error.

    Closed form of Umeyama, "Least-squares estimation of transformation parameters between two point patterns", TPAMI
    1991, written with complex numbers, which in the plane cannot yield a reflection.

    Args:
        source: (N, 2), N at least 2, not all the same point.
        target: (N, 2).

    Returns:
        (2, 3): target ~ M[:, :2] @ source + M[:, 2].
    """
    p = source[:, 0] + 1j * source[:, 1]
    q = target[:, 0] + 1j * target[:, 1]
    centred = p - p.mean()
    spread = float((np.abs(centred) ** 2).sum())
    factor = (np.conj(centred) * (q - q.mean())).sum() / max(spread, 1e-12)
    shift = q.mean() - factor * p.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]], dtype=np.float64)


@torch.inference_mode()
def align_faces(
    image: RGB, faces: Sequence[Face], template: Points, size: int, *, device: torch.device | None = None
) -> npt.NDArray[np.uint8]:
    """Cuts each face out, upright and at the template's scale.

    Large faces are reduced with an antialiasing filter before they are warped: bilinear sampling alone would skip
    pixels. What lies outside the picture is black.

    Args:
        image: Upright picture (H, W, 3).
        faces: N faces of it.
        template: (5, 2), where the points shall lie in the chip, in pixels.
        size: Side S of the chip.
        device: Where to compute; default: the CPU.

    Returns:
        (N, S, S, 3).
    """
    chips = np.zeros((len(faces), size, size, 3), np.uint8)
    for index, face in enumerate(faces):
        matrix = similarity_transform(np.asarray(face.landmarks, np.float64), template)
        chips[index] = _warp(image, matrix, size, device or torch.device("cpu"))
    return chips


def _warp(image: RGB, matrix: npt.NDArray[np.float64], size: int, device: torch.device) -> RGB:
    """Resamples `image` under `matrix` (picture -> chip) into a chip of size x size."""
    linear = np.linalg.inv(matrix[:, :2])
    inverse = np.hstack([linear, (-linear @ matrix[:, 2])[:, None]])  # chip -> picture
    corners = inverse @ np.array([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]], np.float64)
    height, width = image.shape[:2]
    # The part of the picture that the chip shows, with two chip pixels' margin for the filter.
    step = float(np.hypot(*linear[:, 0]))  # picture pixels per chip pixel
    low = np.floor(corners.min(1) - 2 * step).astype(int)
    high = np.ceil(corners.max(1) + 2 * step).astype(int)
    left, top = np.clip(low, 0, [width - 1, height - 1])
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height])
    if right <= low[0] or bottom <= low[1] or left >= high[0] or top >= high[1]:
        return np.zeros((size, size, 3), np.uint8)
    part = torch.from_numpy(np.ascontiguousarray(image[top:bottom, left:right])).to(device)
    pixels = part.permute(2, 0, 1)[None].float()
    if step > 1:
        reduced = (max(1, round((bottom - top) / step)), max(1, round((right - left) / step)))
        pixels = F.interpolate(pixels, reduced, mode="bilinear", antialias=True)
    # chip pixel -> picture pixel -> part of the picture in [0, 1] -> grid_sample's [-1, 1]; pixel centres are at halves
    normalise = np.array([[2 / (right - left), 0, -1 - 2 * left / (right - left)],
                          [0, 2 / (bottom - top), -1 - 2 * top / (bottom - top)]])  # fmt: skip
    chain = normalise[:, :2] @ inverse
    chain[:, 2] += normalise[:, 2]
    # affine_grid speaks of the output in [-1, 1]: chip = (grid + 1) * size / 2
    theta = np.stack([chain[:, 0] * size / 2, chain[:, 1] * size / 2, chain @ [size / 2, size / 2, 1]], 1)
    grid = F.affine_grid(torch.from_numpy(theta)[None].float().to(device), [1, 3, size, size], align_corners=False)
    chip = F.grid_sample(pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    result: RGB = chip[0].permute(1, 2, 0).round().clamp(0, 255).byte().cpu().numpy()
    return result
