"""How a change of score is written."""

from __future__ import annotations

from bigenough.formats import points, with_interval
from bigenough.metrics import METRICS
from bigenough.stats import Interval


def amount(change: Interval, metric: str) -> str:
    """Write a change of score with its interval."""
    if METRICS[metric].points:
        return f"{with_interval(change, points)} points"
    return f"{with_interval(change, lambda value: f'{value:+.3f}')} {'nats an item' if 'log_loss' in metric else ''}".rstrip()
