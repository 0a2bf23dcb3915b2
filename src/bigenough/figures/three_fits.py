"""Three ways to fit a linear rule to the same pixels: how often they disagree, with collinear pixels and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval


def draw(*, sizes: Sequence[int], disagreement: Mapping[str, Mapping[str, Sequence[Interval]]]) -> Figure:
    """Draw the share of test images that get another label than liblinear's, a panel a fit.

    Parameters
    ----------
    sizes : sequence of int
    disagreement : mapping
        Fit to pixel choice to one interval a size.
    """
    figure = new_figure(8.2, 3.4)
    axes = figure.subplots(1, len(disagreement), sharey=True, squeeze=False)[0]
    for ax, (fit, by_choice) in zip(axes, disagreement.items(), strict=True):
        for i, (choice, intervals) in enumerate(by_choice.items()):
            middle = [100 * p.estimate for p in intervals]
            error = [[100 * (p.estimate - p.low) for p in intervals], [100 * (p.high - p.estimate) for p in intervals]]
            x = [size + (i - 0.5) * 0.8 for size in sizes]
            ax.errorbar(x, middle, error, color=PALETTE[i], marker="os"[i], ms=4.5, lw=1.4, capsize=2)
            ax.text(0.97, 0.93 - 0.09 * i, choice, color=PALETTE[i], ha="right", va="top", transform=ax.transAxes)
        ax.set_title(f"{fit} against liblinear", fontsize=10)
        ax.set_xticks(sizes)
        ax.set_xlabel("training-set size (images)")
        ax.set_ylim(bottom=0)
    axes[0].set_ylabel("test images labelled differently (%)")
    return figure
