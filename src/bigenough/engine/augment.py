"""Small random shifts and rotations of training images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.stack import generators
from bigenough.engine.uniforms import Uniforms


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far training images are moved, anew at every update; the recipes' setting ``augmentation`` holds the fields.

    Attributes
    ----------
    shift : float
        Pixels: either way along both axes, uniform.
    rotation : float
        Degrees: either way about the centre, uniform.
    """

    shift: float = 0.0
    rotation: float = 0.0


class Augmenter:
    """Moves the images of a stack's batches; every member has its own generator, so that a stack changes none of them.

    Parameters
    ----------
    how : Augmentation
    shape : tuple of int
        (channels, height, width) of one image.
    seeds : sequence of int
        One a member.
    device : torch.device
    """

    def __init__(self, how: Augmentation, shape: tuple[int, ...], seeds: Sequence[int], device: torch.device) -> None:
        self.how = how
        self.shape = shape
        self.uniforms = Uniforms(generators("augmentation", seeds, device))
        _, height, width = shape
        self.rows = torch.arange(height, device=device, dtype=torch.float32) - (height - 1) / 2
        self.columns = torch.arange(width, device=device, dtype=torch.float32) - (width - 1) / 2

    def __call__(self, x: Tensor) -> Tensor:
        """Move every image by its own angle and shift, with bilinear interpolation; beyond an edge the edge goes on.

        Parameters
        ----------
        x : Tensor, shape (k, b, channels, height, width) or (k, b, channels * height * width)

        Returns
        -------
        Tensor
            Of the same shape.
        """
        k, b = x.shape[:2]
        _, height, width = self.shape
        angle, down, right = (2 * self.uniforms.draw(b, 3).flatten(0, 1) - 1).unbind(dim=1)
        angle = (angle * math.radians(self.how.rotation))[:, None, None]
        # products of single numbers rather than matrices, whose kernels differ with the number of members
        i = self.rows[:, None] - (down * self.how.shift)[:, None, None]
        j = self.columns[None, :] - (right * self.how.shift)[:, None, None]
        across = (angle.cos() * j + angle.sin() * i) * (2 / width)
        along = (angle.cos() * i - angle.sin() * j) * (2 / height)
        images = x.reshape(k * b, *self.shape)
        grid = torch.stack([across, along], dim=-1)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=False).reshape(x.shape)
