"""Several tests at once."""

from __future__ import annotations

import numpy as np

from bigenough.types import Floats


def holm(p: Floats) -> Floats:
    """Adjust p-values by Holm's step-down rule, valid however the tests depend on each other.

    Parameters
    ----------
    p : ndarray, shape (k,)
        NaN for a test that could not be made; it stays NaN and does not count.

    Returns
    -------
    ndarray, shape (k,)
        Of the sorted values, the i-th (from 0) times k - i, made monotone, at most 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979) 65-70.

    Examples
    --------
    >>> [float(round(q, 3)) for q in holm(np.array([0.01, 0.04, 0.03]))]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, float)
    adjusted = np.full(p.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p))
    order = made[np.argsort(p[made], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
