"""The mean image of each class, with the centre pixel marked, and how often there is ink in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bigenough.figures.style import PALETTE, new_figure


def draw(
    *, classes: Sequence[str], means: Sequence[NDArray[np.float64]], center: tuple[int, int], inked: Sequence[float]
) -> Figure:
    """Draw mean images and bars.

    Parameters
    ----------
    classes : sequence of str
    means : sequence of ndarray, shape (height, width)
        Mean ink, 0 to 255.
    center : tuple of int
        Row and column.
    inked : sequence of float
        Share of each class's images with ink in the centre.
    """
    figure = new_figure(7.6, 2.9)
    axes = figure.subplots(1, len(classes) + 1, width_ratios=[1] * len(classes) + [1.3])
    for ax, name, mean in zip(axes, classes, means, strict=False):
        ax.imshow(mean, cmap="gray_r", vmin=0, vmax=255)
        ax.plot(center[1], center[0], "s", mfc="none", mec=PALETTE[1], ms=9, mew=2)
        ax.set_title(f"mean of all {name}s", fontsize=10)
        ax.set_axis_off()
    bars = axes[-1].bar(classes, [100 * share for share in inked], color=PALETTE[0], width=0.6)
    axes[-1].bar_label(bars, fmt="%.1f %%", padding=2)
    axes[-1].set_ylim(0, 112)
    axes[-1].set_yticks([0, 25, 50, 75, 100])
    axes[-1].set_xlabel("digit")
    axes[-1].set_ylabel("images with ink there (%)")
    return figure
