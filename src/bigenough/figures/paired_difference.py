"""A paired difference in accuracy against training-set size, with its interval and a margin of no importance."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval


def draw(*, sizes: Sequence[int], differences: Sequence[Interval], margin: float, label: str) -> Figure:
    """Draw one interval a size, in points of accuracy, over a band of ± `margin`.

    Parameters
    ----------
    sizes : sequence of int
    differences : sequence of Interval
        In shares of 1.
    margin : float
        Likewise.
    label : str
        What was subtracted from what.
    """
    figure = new_figure(7.2, 3.2)
    ax = figure.subplots()
    ax.axhspan(-100 * margin, 100 * margin, color="0.9", zorder=0)
    ax.axhline(0, color="0.4", lw=1)
    middle = [100 * d.estimate for d in differences]
    error = [[100 * (d.estimate - d.low) for d in differences], [100 * (d.high - d.estimate) for d in differences]]
    ax.errorbar(sizes, middle, error, color=PALETTE[0], marker="o", ms=5, lw=1.4, capsize=3)
    ax.text(0.99, 100 * margin, f"± {100 * margin:g} point", transform=ax.get_yaxis_transform(), ha="right", va="bottom")
    ax.set_xticks(sizes)
    ax.set_xlabel("training-set size (images)")
    ax.set_ylabel(f"{label}\n(points of accuracy)")
    return figure
