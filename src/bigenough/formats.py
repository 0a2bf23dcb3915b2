"""How numbers are written for people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bigenough.stats import Interval


def signed(value: float, decimals: int) -> str:
    """A number with its sign, and none where all that is shown of it is zero."""
    return f"{round(value, decimals) or 0.0:{'+' if round(value, decimals) else ''}.{decimals}f}".replace("-", "−")


def points(value: float) -> str:
    """A share as points of accuracy, signed unless it rounds to zero; a dash where there is none."""
    return "–" if np.isnan(value) else signed(100 * value, 1)


def with_interval(interval: Interval, text: Callable[[float], str]) -> str:
    """An estimate and its interval as text; without the interval where there is none, as with one draw."""
    if not np.isfinite(interval.low):
        return text(interval.estimate)
    return f"{text(interval.estimate)} [{text(interval.low)}, {text(interval.high)}]"


def percent(value: float) -> str:
    """A share as a percentage; a dash where there is none."""
    return "–" if np.isnan(value) else f"{100 * value:.1f} %".replace("-", "−")
