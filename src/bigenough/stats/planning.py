"""What would settle an open comparison: more repeats, or only more rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from bigenough.stats.paired import Components

MOST_REPEATS = 1000
MOST_TIMES_THE_ROWS = 1000.0
MANY_REPEATS = (100, MOST_REPEATS)  # that more rows may take: draws are cheap beside rows


def repeats_to_settle(parts: Components, *, margin: float, alphas: tuple[float, float]) -> int | None:
    """Repeats to add until the comparison is settled, if its estimate and its variances stay what they are.

    Parameters
    ----------
    parts : Components
    margin : float
        Differences smaller than this count as none.
    alphas : tuple of float
        The level of the test of a difference, and of the test of none, each shared out among the comparisons that it has not
        decided.

    Returns
    -------
    int or None
        0 when it is settled; None when no number up to 1,000 would do, since the rows themselves are too few.
    """
    if np.isnan(parts.items):
        return None
    tried = np.unique(np.geomspace(parts.n_repeats, max(MOST_REPEATS, parts.n_repeats), 200).astype(int))
    found = _first(tried, lambda count: _settled(parts, margin, alphas, repeats=count))
    return None if found is None else int(found) - parts.n_repeats


def rows_to_settle(parts: Components, *, margin: float, alphas: tuple[float, float]) -> tuple[float, int] | None:
    """How many times as many rows would settle the comparison, and with how many repeats.

    As many as now are tried first, and then those of `MANY_REPEATS`: no number of rows makes up for too few training sets.

    Parameters
    ----------
    parts : Components
    margin : float
    alphas : tuple of float
        As for `repeats_to_settle`.

    Returns
    -------
    (float, int) or None
        None beyond 1,000 times.
    """
    if np.isnan(parts.items):
        return None
    tried = np.geomspace(1.0, MOST_TIMES_THE_ROWS, 200)
    for repeats in sorted({parts.n_repeats, *(max(many, parts.n_repeats) for many in MANY_REPEATS)}):
        times = _first(tried, lambda more, r=repeats: _settled(parts, margin, alphas, r, more))  # type: ignore[misc]
        if times is not None:
            return times, repeats
    return None


def _first(values: NDArray[Any], holds: Callable[[float], bool]) -> float | None:
    return next((float(value) for value in values if holds(float(value))), None)


def _settled(
    parts: Components, margin: float, alphas: tuple[float, float], repeats: float | None = None, more: float = 1.0
) -> bool:
    of_difference, of_none = alphas
    centre, error = parts.centre_error(repeats, more)
    degrees = parts.degrees(repeats, more)
    different = abs(centre) > stdtrit(degrees, 1 - of_difference / 2) * error
    return bool(different or margin - abs(centre) > stdtrit(degrees, 1 - of_none) * error)
