"""Confusion matrices side by side: which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bigenough.figures.style import new_figure, short_names

MOST_NUMBERS = 12  # classes up to which every cell has its number
LONGEST_TITLE, LONGEST_CLASS = 30, 14  # characters
ROOM = 20  # letters below a panel, beside each other
LETTER = 0.07  # inches of one that stands upright
DARK = 0.6  # share from which a cell's number is white


def shares(truth: NDArray[np.int64], labels: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Share of each class's rows that get each label.

    Parameters
    ----------
    truth, labels : ndarray of int, shape (n,)
    n_classes : int

    Returns
    -------
    ndarray, shape (n_classes, n_classes)
        Rows sum to 1; a class without rows has a row of NaN.
    """
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (truth, labels), 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def draw(*, matrices: Mapping[str, NDArray[np.float64]], classes: Sequence[str]) -> Figure:
    """Draw one panel a model.

    Parameters
    ----------
    matrices : mapping of str to ndarray, shape (n_classes, n_classes)
        Title to shares, true classes down.
    classes : sequence of str
    """
    n = len(classes)
    side = min(5.0, max(2.6, 0.42 * n + 1.4))
    names = short_names(list(classes), LONGEST_CLASS)
    longest = max(map(len, names))
    upright = n * longest > ROOM
    figure = new_figure(side * len(matrices) + 0.9, side + 0.5 + (LETTER * longest if upright else 0.0))
    axes = figure.subplots(1, len(matrices), squeeze=False)[0]
    titles = short_names(list(matrices), LONGEST_TITLE)
    for ax, title, matrix in zip(axes, titles, matrices.values(), strict=True):
        image = ax.imshow(matrix, vmin=0, vmax=1, cmap="Blues")
        ax.set_title(title, fontsize=10)
        ax.grid(visible=False)
        ax.set_xticks(range(n), names, rotation=90 if upright else 0)
        ax.set_yticks(range(n), names if ax is axes[0] else [])
        ax.set_xlabel("predicted class")
        if n <= MOST_NUMBERS:
            for i, j in np.ndindex(n, n):
                if matrix[i, j] >= 0.005:
                    colour = "white" if matrix[i, j] > DARK else "black"
                    ax.text(j, i, f"{100 * matrix[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=8)
    axes[0].set_ylabel("true class")
    figure.colorbar(image, ax=axes, label="share of the true\nclass's test rows", shrink=0.8)
    return figure
