"""The champions' paired difference against training-set size, with both its intervals and the margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from bigenough.figures.style import PALETTE, new_figure
from bigenough.metrics import METRICS
from bigenough.types import Comparison

COLOURS = {"better": PALETTE[0], "worse": PALETTE[1], "same": PALETTE[2], "undecided": "0.45"}


def draw(*, comparisons: Sequence[Comparison], scale: float, label: str) -> Figure:
    """Draw one difference a size, as `draw_on` does."""
    figure = new_figure(8.2, 4.0)
    draw_on(figure.subplots(), comparisons=comparisons, scale=scale, label=label)
    return figure


def draw_on(ax: Axes, *, comparisons: Sequence[Comparison], scale: float, label: str) -> None:
    """Draw one difference a size: thick over draws of these rows, thin over draws and new test items.

    Parameters
    ----------
    ax : Axes
    comparisons : sequence of Comparison
        Of one metric, by ascending size.
    scale : float
        What a difference is multiplied by to be in the label's units.
    label : str
        What the axis shows, with its unit.
    """
    margin = comparisons[0].margin * scale
    ax.axhspan(-margin, margin, color="0.92", zorder=0)
    ax.axhline(0, color="0.4", lw=1)
    for c in comparisons:
        colour = COLOURS[c.outcome]
        for (low, high), width in ((c.over_draws_and_items, 1.2), (c.over_draws, 4.5)):
            if np.isfinite(low) and np.isfinite(high):
                mark = "_" if width < 2 else ""  # its ends are seen where it is narrower than the thick one
                ends = [scale * low, scale * high]
                ax.plot([c.size, c.size], ends, color=colour, lw=width, solid_capstyle="butt", marker=mark, ms=12, mew=1.2)
        ax.plot(c.size, scale * c.difference, "o", color=colour, ms=7, mec="white")
        top = max(v for v in (c.over_draws_and_items[1], c.over_draws[1], c.difference) if np.isfinite(v))
        ax.annotate(
            c.verdict.replace(" ", "\n", 1), (c.size, scale * top), xytext=(0, 6), textcoords="offset points", ha="center",
            va="bottom", color=colour, fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},  # over the line at 0
        )  # fmt: skip
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.16 * (high - low))
    ax.set_xscale("log")
    sizes = [c.size for c in comparisons]
    ax.set_xlim(min(sizes) / 1.35, max(sizes) * 1.35)
    ax.set_xticks(sizes)
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("training-set size (rows, logarithmic)")
    ax.set_ylabel(label)


def axis_of(metric: str) -> dict[str, Any]:
    """Give scale and label of the axis for differences in a metric."""
    known = METRICS[metric]
    unit = "points" if known.points else "nats an item"
    return {"scale": 100.0 if known.points else 1.0, "label": f"deep − simple\n({known.signed_title}, {unit})"}
