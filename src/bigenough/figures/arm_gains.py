"""What each change of a network's training does to its accuracy: a row a change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval

Row = tuple[str, str, Interval, Sequence[tuple[int, Interval]]]


def draw(*, rows: Sequence[Row], network: str) -> Figure:
    """Draw a point with its interval a change, coloured by what it speaks for, and a small dot a training-set size.

    Parameters
    ----------
    rows : sequence of (change, what it speaks for, mean gain, gains by size)
        Gains in shares of 1.
    network : str
    """
    kinds = list(dict.fromkeys(kind for _, kind, _, _ in rows))
    figure = new_figure(8.2, 0.9 + 0.5 * len(rows))
    ax = figure.subplots()
    ax.axvline(0, color="0.4", lw=1)
    for i, (_, kind, mean, by_size) in enumerate(rows):
        colour, y = PALETTE[kinds.index(kind)], len(rows) - 1 - i
        ends = [v if np.isfinite(v) else mean.estimate for v in (mean.low, mean.high)]
        ax.plot([100 * v for v in ends], [y, y], color=colour, lw=2)
        ax.plot(100 * mean.estimate, y, color=colour, marker="o", ms=6)
        heights = np.linspace(-0.32, -0.12, len(by_size)) if len(by_size) > 1 else [-0.2]
        for (_, gain), shift in zip(by_size, heights, strict=True):
            ax.plot(100 * gain.estimate, y + shift, color=colour, marker=".", ms=4, alpha=0.7)
    ax.set_yticks(range(len(rows) - 1, -1, -1), [name for name, _, _, _ in rows])
    ax.set_ylabel("change (a setting each)")
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(f"gain of {network} over itself as it is (points of accuracy)")
    for i, (_, kind, _, _) in enumerate(rows):
        if i == 0 or rows[i - 1][1] != kind:
            ax.annotate(
                kind, (1.01, len(rows) - 1 - i), xycoords=("axes fraction", "data"), color=PALETTE[kinds.index(kind)],
                va="center",
            )  # fmt: skip
    return figure
