"""How much held-out accuracy falls from one epoch to the next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bigenough.figures.style import PALETTE, label_lines, new_figure

FLOOR = 0.005  # points: below one image in 1,057 averaged over many draws, drawn as the floor


def draw(*, falls: Mapping[str, NDArray[np.float64]], early: int) -> Figure:
    """Draw the mean fall, in points of accuracy, against the epoch.

    Parameters
    ----------
    falls : mapping of str to ndarray, shape (epochs - 1,)
        Network to its mean over all sizes and draws; entry 0 is that from epoch 1 to epoch 2.
    early : int
        Epochs that count as early; marked by a line.
    """
    figure = new_figure(8.2, 3.6)
    ax = figure.subplots()
    ends = []
    for (name, values), colour in zip(falls.items(), PALETTE, strict=False):
        epochs = np.arange(2, len(values) + 2)
        shown = np.maximum(100 * values, FLOOR)
        ax.plot(epochs, shown, color=colour, lw=1.2)
        ends.append((float(epochs[-1]), float(shown[-1]), name, colour))
    ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel("mean fall since the epoch before\n(points of accuracy)")
    ax.axvline(early, color="0.4", lw=1, ls="--")
    low, high = ax.get_ylim()
    ax.text(early, high, f" epoch {early}", color="0.3", va="top")
    # the label's height is a share of the axis, which is logarithmic here
    logs = [(x, np.log(y / low) / np.log(high / low), name, colour) for x, y, name, colour in ends]
    twin = ax.twinx()
    twin.set_ylim(0, 1)
    twin.set_axis_off()
    label_lines(twin, logs, gap=0.08)
    return figure
