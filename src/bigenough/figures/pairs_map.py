"""Pairs of digits from easy to hard: what each model gets on them, and by how much networks are ahead at every size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from bigenough.figures.style import new_figure
from bigenough.formats import signed
from bigenough.types import Floats

MARKS = {"better": "▲", "worse": "▼", "same": "=", "undecided": "?"}
FEWEST_ROWS = 5  # as high as these at least, so that the axes have room for their labels


def draw(
    *,
    pairs: Sequence[str],
    models: Sequence[str],
    sizes: Sequence[int],
    accuracy: Floats,
    at: int,
    difference: Floats,
    outcome: Sequence[Sequence[str]],
) -> Figure:
    """Draw two blocks of cells side by side, a row a pair.

    Parameters
    ----------
    pairs : sequence of str
        From easy to hard.
    models : sequence of str
    sizes : sequence of int
    accuracy : ndarray, shape (pairs, models)
        Shares of right test images at the size `at`; NaN where there is none.
    at : int
    difference : ndarray, shape (pairs, sizes)
        Networks less simple models, shares of 1; NaN where there is none.
    outcome : sequence of sequence of str
        Keys of `MARKS`, a row a pair.
    """
    figure = new_figure(8.6, 1.6 + 0.24 * max(len(pairs), FEWEST_ROWS))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(len(models), len(sizes)))
    shown = 100 * accuracy
    least = min(90.0, float(np.nanmin(shown))) if np.isfinite(shown).any() else 90.0
    left.imshow(shown, cmap="cividis", vmin=least, vmax=100, aspect="auto")
    for (row, column), value in np.ndenumerate(shown):
        if np.isfinite(value):
            dark = (value - least) / (100 - least) < 0.5
            left.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=8.5, color="white" if dark else "black")
    widest = float(np.nanmax(np.abs(difference), initial=0.01))
    right.imshow(100 * difference, cmap="PuOr", vmin=-100 * widest, vmax=100 * widest, aspect="auto")
    for (row, column), value in np.ndenumerate(100 * difference):
        if np.isfinite(value):
            text = f"{signed(value, 1)} {MARKS[outcome[row][column]]}"
            strong = abs(value) > 60 * widest
            right.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if strong else "black")
    left.set_xticks(range(len(models)), models, rotation=30, ha="left", rotation_mode="anchor")
    left.set_yticks(range(len(pairs)), [f"{pair[0]} | {pair[1]}" for pair in pairs])
    left.set_ylabel("pair, easy to hard")
    left.set_xlabel(f"accuracy (%) with n = {at}")
    right.set_xticks(range(len(sizes)), [f"{size:,}" for size in sizes])
    right.set_xlabel("networks less simple models\n(points), by training images")
    for ax in (left, right):
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.grid(False)
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)
    return figure
