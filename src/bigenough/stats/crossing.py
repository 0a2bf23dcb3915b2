"""Where one learning curve overtakes another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigenough.stats.basic import Interval
from bigenough.types import Floats, Rows


def crossing(sizes: Rows, differences: Floats) -> Floats:
    """Size at which a difference turns positive for good, interpolated linearly on the logarithm of the size.

    Parameters
    ----------
    sizes : ndarray, shape (k,)
        Ascending.
    differences : ndarray, shape (..., k)

    Returns
    -------
    ndarray, shape (...)
        Minus infinity where all differences are positive, infinity where the last one is not.
    """
    logs, values = np.log(np.asarray(sizes, float)), np.asarray(differences, float)
    k = len(logs)
    behind = values <= 0
    last = k - 1 - np.argmax(behind[..., ::-1], axis=-1)  # the last size at which it is still behind
    below = np.minimum(last, max(k - 2, 0))
    above = np.minimum(below + 1, k - 1)
    low = np.take_along_axis(values, below[..., None], -1)[..., 0]
    high = np.take_along_axis(values, above[..., None], -1)[..., 0]
    rise = np.where(high > low, high - low, 1.0)
    at = np.exp(logs[below] + np.clip(-low / rise, 0, 1) * (logs[above] - logs[below]))
    return np.where(behind[..., -1], np.inf, np.where(behind.any(axis=-1), at, -np.inf))


def crossing_interval(
    sizes: Rows,
    contributions: Sequence[Floats],
    errors: Floats,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    samples: int = 2000,
) -> Interval:
    """Interval, over draws and test items, for the size at which the challenger overtakes.

    Repeats and items are reweighted at random, the same way at every size; at each size the spread is then brought to the
    standard error that the comparison itself has there.

    Parameters
    ----------
    sizes : ndarray, shape (k,)
        Ascending.
    contributions : sequence of k ndarrays, shape (repeats, items)
        As for `components`; rows and columns mean the same at every size.
    errors : ndarray, shape (k,)
        Standard error of the difference at each size.
    rng : numpy.random.Generator
    level : float
    samples : int

    Returns
    -------
    Interval
        Minus infinity stands for "below the smallest size", infinity for "above the largest size or never".

    References
    ----------
    A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007) 386-411; weights as in D. B. Rubin, "The
    Bayesian bootstrap", Annals of Statistics 9 (1981) 130-134.
    """
    repeats, items = contributions[0].shape
    of_repeat, of_item = rng.exponential(size=(samples, repeats)), rng.exponential(size=(samples, items))
    estimates, drawn = np.empty(len(sizes)), np.empty((samples, len(sizes)))
    for k, values in enumerate(contributions):
        tested = ~np.isnan(values)
        weights = tested / np.maximum(tested.sum(axis=1, keepdims=True), 1)
        weighted = weights * np.where(tested, values, 0.0)
        estimates[k] = weighted.sum() / weights.sum()
        drawn[:, k] = ((of_repeat @ weighted) * of_item).sum(axis=1) / ((of_repeat @ weights) * of_item).sum(axis=1)
    spread = drawn.std(axis=0)
    normal = rng.standard_normal(size=(samples, 1)) * errors  # where nothing ever differed: the error is of pseudo-items
    scaled = (drawn - estimates) * np.divide(errors, spread, out=np.ones(len(sizes)), where=spread > 0)
    drawn = estimates + np.where(spread > 0, scaled, normal)
    at = np.sort(crossing(sizes, drawn))
    tail = (1 - level) / 2
    # order statistics, not interpolated ones: infinities cannot be averaged
    low, high = at[int(np.floor(tail * (samples - 1)))], at[int(np.ceil((1 - tail) * (samples - 1)))]
    return Interval(float(crossing(sizes, estimates)), float(low), float(high))
