"""One scale for all features, learnt on the training rows of a draw only."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from bigenough.errors import FitError
from bigenough.models.inputs import Inputs, prepare
from bigenough.types import Dataset, Draw

Scaling = Literal["none", "standard", "columns", "max-abs"]
CLIP = 10.0  # standard deviations: a column that hardly varies in a small training set may be anywhere elsewhere
_last: tuple[Dataset, Draw, Scaling, Inputs] | None = None


def scaled(data: Dataset, draw: Draw, scaling: Scaling = "standard") -> Inputs:
    """Scale a draw's inputs as `scale` does; the last one is kept, since a fit and its predictions both ask for it."""
    global _last
    if _last is None or _last[0] is not data or _last[1] is not draw or _last[2] != scaling:
        _last = (data, draw, scaling, scale(data, draw, scaling))
    return _last[3]


def scale(data: Dataset, draw: Draw, scaling: Scaling = "standard") -> Inputs:
    """Prepare a draw's inputs and scale them.

    Parameters
    ----------
    data : Dataset
    draw : Draw
    scaling : {"none", "standard", "columns", "max-abs"}
        All by the training rows. ``"columns"``: every column has mean 0 and standard deviation 1 there, and is cut off at
        `CLIP` elsewhere; one that is constant there is 0 in every row, since its scale is not known. ``"standard"``: the
        same for a table; all pixels of images together have mean 0 and standard deviation 1, by one pair of numbers.
        ``"max-abs"``: every column, or all pixels together, are divided by the greatest size there.

    Returns
    -------
    Inputs

    Raises
    ------
    FitError
        There is no such scaling.
    """
    inputs = prepare(data, draw)
    by_column = data.kind == "table" or scaling == "columns"
    axis = 0 if by_column else None
    if scaling == "none":
        return inputs
    if scaling == "max-abs":
        size = np.abs(inputs.train).max(axis=axis)
        shift, factor, limit = 0.0, 1 / np.where(size > 0, size, 1.0), np.inf
    elif scaling in ("standard", "columns"):
        mean, sd = inputs.train.mean(axis=axis), inputs.train.std(axis=axis)
        # the rounding of a column's mean makes a constant vary a little
        varies = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
        factor = np.where(varies, 1 / np.where(varies, sd, 1.0), 0.0)
        shift, limit = mean, CLIP if by_column else np.inf
    else:
        raise FitError(f"no input scaling {scaling!r}; there are none, standard, columns and max-abs")
    parts = {
        part: np.clip((getattr(inputs, part) - shift) * factor, -limit, limit) for part in ("train", "convergence", "test")
    }
    return dataclasses.replace(inputs, **parts)
