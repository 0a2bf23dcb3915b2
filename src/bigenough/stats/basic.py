"""Means, proportions and the spread of draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats as st

from bigenough.types import Floats


class Interval(NamedTuple):
    """An estimate and the ends of its interval."""

    estimate: float
    low: float
    high: float


def mean_sd(values: Floats) -> Interval:
    """Mean with one standard deviation (n - 1 in the denominator) either side: the spread of draws, no confidence interval.

    Parameters
    ----------
    values : ndarray, shape (n,)

    Returns
    -------
    Interval
        With n = 1 the spread is unknown and the ends are NaN; with n = 0 so is the mean.
    """
    values = np.asarray(values, float)
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
    mean = float(np.mean(values)) if len(values) else np.nan
    return Interval(mean, mean - spread, mean + spread)


def mean_quantiles(values: Floats, *, low: float = 0.1, high: float = 0.9) -> Interval:
    """Mean with two quantiles (linear interpolation, as R's type 7): the spread of draws, no confidence interval."""
    values = np.asarray(values, float)
    return Interval(float(np.mean(values)), float(np.quantile(values, low)), float(np.quantile(values, high)))


def mean_interval(values: Floats, *, level: float = 0.95, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Student's t interval for the mean of independent values, such as paired differences over draws.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value a draw. The interval is over draws of training sets; the test items are held fixed.
    level : float
    bounds : tuple of float
        What a mean can be, such as 0 to 1 of an accuracy; the interval ends there, which loses it no coverage.

    Returns
    -------
    Interval
        With n = 1 the ends are infinite: one value tells nothing of its spread; with n = 0 the mean is NaN too. When all
        values are equal the ends equal the mean, which says only that these draws did not differ.
    """
    values = np.asarray(values, float)
    mean = float(np.mean(values)) if len(values) else np.nan
    if len(values) < 2:
        return Interval(mean, -np.inf, np.inf)
    half = float(st.t.ppf((1 + level) / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return Interval(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]))


def wilson(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Wilson's score interval for one proportion: over test items, the classifier held fixed.

    Parameters
    ----------
    successes, n : int
        ``0 <= successes <= n``, ``n > 0``.
    level : float

    Returns
    -------
    Interval

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
    """
    result = st.binomtest(successes, n).proportion_ci(level, method="wilson")
    return Interval(successes / n, float(result.low), float(result.high))
