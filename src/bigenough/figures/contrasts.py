"""What one thing does to bias and to variance: a column a contrast, against training-set size."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval


def draw(*, changes: Mapping[str, Mapping[str, Mapping[int, Interval]]]) -> Figure:
    """Draw the change of each term with its interval, in points of 0-1 loss.

    Parameters
    ----------
    changes : mapping
        Contrast to term (``"bias"``, ``"variance"``) to size to change, in shares of 1.
    """
    terms = ("bias", "variance")
    figure = new_figure(0.8 + 2.5 * len(changes), 4.9)
    axes = figure.subplots(len(terms), len(changes), squeeze=False, sharey=True, sharex=True)
    for column, (name, by_term) in enumerate(changes.items()):
        axes[0, column].set_title(name.replace(", ", ",\n"), fontsize=9.5)
        for row, term in enumerate(terms):
            ax, found = axes[row, column], by_term[term]
            middle = [100 * i.estimate for i in found.values()]
            error = [
                [100 * (i.estimate - i.low) for i in found.values()],
                [100 * (i.high - i.estimate) for i in found.values()],
            ]
            ax.axhline(0, color="0.4", lw=1)
            ax.errorbar(list(found), middle, error, color=PALETTE[row], marker="o", ms=4.5, lw=1.4, capsize=2.5)
            ax.set_xscale("log")
            ax.set_xticks(list(found), [f"{size:,}" for size in found])
            ax.minorticks_off()
            if column == 0:
                ax.set_ylabel(f"change of {term}\n(points of 0-1 loss)")
        axes[-1, column].set_xlabel("training images")
    return figure
