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


def repeats_to_settle(parts: Components, *, margin: float, alpha: float) -> int | None:
    """Repeats to add until the comparison is settled, if its estimate and its variances stay what they are.

    Parameters
    ----------
    parts : Components
    margin : float
        Differences smaller than this count as none.
    alpha : float
        The level of either test, shared out among the comparisons that are made.

    Returns
    -------
    int or None
        0 when it is settled; None when no number up to 1,000 would do, since the rows themselves are too few.
    """
    if np.isnan(parts.items):
        return None
    tried = np.unique(np.geomspace(parts.n_repeats, max(MOST_REPEATS, parts.n_repeats), 200).astype(int))
    found = _first(tried, lambda count: _settled(parts, margin, alpha, repeats=count))
    return None if found is None else int(found) - parts.n_repeats


def rows_to_settle(parts: Components, *, margin: float, alpha: float) -> float | None:
    """How many times as many rows would settle the comparison with as many repeats as now; None beyond 1,000 times."""
    if np.isnan(parts.items):
        return None
    return _first(np.geomspace(1.0, MOST_TIMES_THE_ROWS, 200), lambda more: _settled(parts, margin, alpha, more=more))


def _first(values: NDArray[Any], holds: Callable[[float], bool]) -> float | None:
    return next((float(value) for value in values if holds(float(value))), None)


def _settled(parts: Components, margin: float, alpha: float, repeats: float | None = None, more: float = 1.0) -> bool:
    centre, error = parts.centre_error(repeats, more)
    degrees = parts.degrees(repeats) * more
    different = abs(centre) > stdtrit(degrees, 1 - alpha / 2) * error
    return bool(different or margin - abs(centre) > stdtrit(degrees, 1 - alpha) * error)
