"""One scale for all features, learnt on the training rows of a draw only."""

from __future__ import annotations

import dataclasses

import numpy as np

from bigenough.models.inputs import Inputs, prepare
from bigenough.types import Dataset, Draw

_last: tuple[Dataset, Draw, Inputs] | None = None
CLIP = 10.0  # standard deviations: a column that hardly varies in a small training set may be anywhere elsewhere


def scaled(data: Dataset, draw: Draw) -> Inputs:
    """Scale a draw's inputs as `scale` does; the last one is kept, since a fit and its predictions both ask for it."""
    global _last
    if _last is None or _last[0] is not data or _last[1] is not draw:
        _last = (data, draw, scale(data, draw))
    return _last[2]


def scale(data: Dataset, draw: Draw) -> Inputs:
    """Prepare a draw's inputs and scale them.

    Parameters
    ----------
    data : Dataset
    draw : Draw

    Returns
    -------
    Inputs
        Of a table, every column has mean 0 and standard deviation 1 on the training rows, and is cut off at `CLIP`
        elsewhere; one that is constant on the training rows is 0 in every row, since its scale is not known. Of images,
        all pixels together have mean 0 and standard deviation 1, by one pair of numbers.
    """
    inputs = prepare(data, draw)
    axis = 0 if data.kind == "table" else None
    mean, sd = inputs.train.mean(axis=axis), inputs.train.std(axis=axis)
    # the rounding of a column's mean makes a constant vary a little
    varies = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
    factor = np.where(varies, 1 / np.where(varies, sd, 1.0), 0.0)
    limit = CLIP if data.kind == "table" else np.inf
    parts = {part: np.clip((getattr(inputs, part) - mean) * factor, -limit, limit) for part in ("train", "convergence", "test")}
    return dataclasses.replace(inputs, **parts)
