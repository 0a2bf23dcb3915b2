"""What each change does by itself: to the first recipe, and taken back in the second; and its share between the two."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval

ON_A, ON_B = PALETTE[0], PALETTE[1]


def draw(
    *,
    ends: tuple[str, str],
    scores: tuple[float, float],
    changes: Sequence[str],
    on_a: Sequence[Interval],
    on_b: Sequence[Interval],
    label: str,
) -> Figure:
    """Draw, a row a change, where a recipe comes to from either end by that one step.

    Parameters
    ----------
    ends : tuple of str
        Names of the two recipes.
    scores : tuple of float
        Theirs, in the axis's unit.
    changes : sequence of str
    on_a, on_b : sequence of Interval
        What a change adds to the first recipe, and what the second one loses without it; in the axis's unit.
    label : str
        Of the axis, with its unit.
    """
    figure = new_figure(8.2, 1.3 + 0.46 * len(changes))
    ax = figure.subplots()
    sides = (
        (scores[0], on_a, 1, ON_A, "o", f"{ends[0]} with only this changed", -0.13),
        (scores[1], on_b, -1, ON_B, "s", f"{ends[1]} with only this taken back", 0.13),
    )
    for start, steps, sign, colour, marker, text, shift in sides:
        ax.axvline(start, color=colour, lw=1.2, alpha=0.7)
        for i, step in enumerate(steps):
            to, y = start + sign * step.estimate, i + shift
            ax.plot([start, to], [y, y], color=colour, lw=1.6)
            if abs(step.low) < float("inf"):
                ax.plot([start + sign * step.low, start + sign * step.high], [y, y], color=colour, lw=5, alpha=0.25)
            ax.plot([to], [y], color=colour, marker=marker, ms=6, ls="", label=text if i == 0 else None)
    left = scores[0] <= scores[1]
    for start, colour, text, align in ((scores[0], ON_A, ends[0], left), (scores[1], ON_B, ends[1], not left)):
        ax.text(start, -0.64, f"{text} " if align else f" {text}", color=colour, ha="right" if align else "left", va="bottom")
    ax.set_yticks(range(len(changes)), changes)
    ax.set_ylim(len(changes) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure
