"""One scale for all features, learnt on the training rows of a draw only."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np

from bigenough.errors import FitError
from bigenough.models.inputs import Inputs, prepare
from bigenough.types import Dataset, Draw, Floats

Scaling = Literal["none", "standard", "columns", "columns-unclipped", "max-abs"]
SCALINGS: tuple[str, ...] = get_args(Scaling)
CLIP = 10.0  # standard deviations: a column that hardly varies in a small training set may be anywhere elsewhere
IN_PIPELINE = "in the pipeline"  # in place of a scaling: a model of one's own has steps of its own for that
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
    scaling : {"none", "standard", "columns", "columns-unclipped", "max-abs"}
        All by the training rows. ``"columns"``: every column has mean 0 and standard deviation 1 there, and is cut off at
        `CLIP` everywhere; one that is constant there is 0 in every row, since its scale is not known.
        ``"columns-unclipped"``: the same, not cut off, as H2O and scikit-learn's StandardScaler have it.
        ``"standard"``: as ``"columns"`` for a table; all pixels of images together have mean 0 and standard deviation 1, by one
        pair of numbers. ``"max-abs"``: every column, or all pixels together, are divided by the greatest size there.

    Returns
    -------
    Inputs

    Raises
    ------
    FitError
        There is no such scaling.
    """
    inputs = prepare(data, draw)
    by_column = data.kind == "table" or scaling in ("columns", "columns-unclipped")
    axis = 0 if by_column else None
    if scaling == "none":
        return inputs
    if scaling == "max-abs":
        size = np.abs(inputs.train).max(axis=axis)
        shift, factor, limit = np.zeros(()), 1 / np.where(size > 0, size, 1.0), np.inf
    elif scaling in ("standard", "columns", "columns-unclipped"):
        shift, factor = standardisation(inputs.train, axis)
        limit = CLIP if by_column and scaling != "columns-unclipped" else np.inf
    else:
        raise FitError(f"no input scaling {scaling!r}; there are {', '.join(get_args(Scaling))}")
    train, convergence, test = (clipped(X, shift, factor, limit) for X in (inputs.train, inputs.convergence, inputs.test))
    return dataclasses.replace(inputs, train=train, convergence=convergence, test=test)


def standardisation(X: Floats, axis: int | None = 0) -> tuple[Floats, Floats]:
    """Give what to take away and then to multiply by, for mean 0 and standard deviation 1.

    Parameters
    ----------
    X : ndarray, shape (rows, features)
        Training rows.
    axis : int or None
        0: column by column; None: all numbers together.

    Returns
    -------
    shift, factor : ndarray, shape (features,) or ()
        The factor of a constant is 0.
    """
    mean, sd = X.mean(axis=axis), X.std(axis=axis)
    # the rounding of a column's mean makes a constant vary a little
    varies = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
    return mean, np.where(varies, 1 / np.where(varies, sd, 1.0), 0.0)


def clipped(X: Floats, shift: Floats, factor: Floats, limit: float = CLIP) -> Floats:
    """Scale rows by what `standardisation` gave, and cut off what lies beyond the limit."""
    return np.clip((X - shift) * factor, -limit, limit)
