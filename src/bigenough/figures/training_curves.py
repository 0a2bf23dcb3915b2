"""Training curves of one network: loss and accuracy against gradient updates, a column a training-set size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bigenough.figures.style import HELD_OUT, TRAIN, new_figure
from bigenough.types import Floats, TrainingCurve

COLUMNS = 5
LEAST_WIDTH = 7.0  # inches: the page stretches a figure to its own width
LOSS_FLOOR = 1e-8  # float32 cross-entropy below this is rounding


def draw(*, curves: Mapping[int, Sequence[TrainingCurve]], held_out: str) -> Figure:
    """Draw every training: one thin line a draw.

    Parameters
    ----------
    curves : mapping of int to sequence of TrainingCurve
        Training-set size to the curves of its draws.
    held_out : str
        What the rows are called that assess convergence.
    """
    sizes = sorted(curves)
    columns = min(COLUMNS, len(sizes))
    blocks = -(-len(sizes) // columns)
    figure = new_figure(max(LEAST_WIDTH, 1.2 + 2.1 * columns), 3.6 * blocks + 0.4)
    axes = figure.subplots(2 * blocks, columns, squeeze=False, sharex="col" if blocks == 1 else False)
    for i, size in enumerate(sizes):
        block, column = divmod(i, columns)
        top, bottom = axes[2 * block, column], axes[2 * block + 1, column]
        top.set_title(f"n = {size}", fontsize=10)
        for curve in curves[size]:
            _draw_pair(top, curve.updates, curve.train_score, curve.held_out_score)
            train_loss, held_out_loss = (np.maximum(loss, LOSS_FLOOR) for loss in (curve.train_loss, curve.held_out_loss))
            _draw_pair(bottom, curve.updates, train_loss, held_out_loss)
        top.set_ylim(-0.02, 1.03)
        bottom.set_yscale("log")
        bottom.set_xlabel("gradient updates")
        if column == 0:
            top.set_ylabel("accuracy")
            bottom.set_ylabel("loss (nats a row)")
    for ax in axes.flat[2 * columns * blocks - (columns * blocks - len(sizes)) :]:
        ax.set_visible(False)
    first = axes[0, 0]
    first.text(0.97, 0.17, "training rows", color=TRAIN, ha="right", transform=first.transAxes, fontsize=9)
    first.text(0.97, 0.05, held_out, color=HELD_OUT, ha="right", transform=first.transAxes, fontsize=9)
    return figure


def _draw_pair(ax: Axes, updates: NDArray[np.int64], train: Floats, held_out: Floats) -> None:
    # the lines are many: as pixels they keep the file small
    ax.plot(updates, held_out, color=HELD_OUT, lw=0.8, alpha=0.7, rasterized=True)
    ax.plot(updates, train, color=TRAIN, lw=0.8, alpha=0.7, rasterized=True)
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(left=0)
