"""All pairs of digits by their best single pixel: a 10 x 10 map of accuracy and of where the pixel is."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from bigenough.figures.style import PALETTE, new_figure


def draw(*, accuracy: NDArray[np.float64], pixel: NDArray[np.int64], means: NDArray[np.float64]) -> Figure:
    """Draw accuracy above the diagonal, the pixel on the difference of the two mean images below it.

    Parameters
    ----------
    accuracy : ndarray, shape (10, 10)
        Entry (i, j), i < j: share of right test images.
    pixel : ndarray of int, shape (10, 10)
        Entry (i, j), i < j: the pixel's number.
    means : ndarray, shape (10, 28, 28)
        Mean image of each digit, 0 to 255.
    """
    n, side = len(means), means.shape[1]
    figure = new_figure(8.4, 7.6)
    ax = figure.subplots()
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    norm = Normalize(min(0.7, min(accuracy[p] for p in pairs)), 1.0)
    cells = np.full((n, n), np.nan)
    for i, j in pairs:
        cells[i, j] = accuracy[i, j]
        ax.text(j, i, f"{100 * accuracy[i, j]:.1f}", ha="center", va="center", fontsize=9,
                color="black" if norm(accuracy[i, j]) > 0.55 else "white")  # fmt: skip
        # below the diagonal: ink that digit j has more of is dark, digit i light
        ax.imshow(means[j] - means[i], cmap="gray_r", vmin=-255, vmax=255, extent=(i - 0.5, i + 0.5, j + 0.5, j - 0.5))
        row, column = divmod(int(pixel[i, j]), side)
        ax.plot(
            i - 0.5 + (column + 0.5) / side, j - 0.5 + (row + 0.5) / side, "o", color=PALETTE[1], ms=4.5, mec="white", mew=0.6
        )
    image = ax.imshow(cells, cmap="cividis", norm=norm)
    for d in range(n):
        ax.add_patch(Rectangle((d - 0.5, d - 0.5), 1, 1, facecolor="0.95", edgecolor="none"))
        ax.text(d, d, str(d), ha="center", va="center", fontsize=13, weight="bold")
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_xticks(range(n))
    ax.set_yticks(range(n))
    ax.set_xticks(np.arange(-0.5, n), minor=True)
    ax.set_yticks(np.arange(-0.5, n), minor=True)
    ax.grid(False)
    ax.grid(which="minor", color="white", lw=1.5, alpha=1)
    ax.tick_params(which="minor", length=0)
    ax.set_xlabel("digit")
    ax.set_ylabel("digit")
    figure.colorbar(image, ax=ax, label="accuracy on the standard test images (share)", shrink=0.8)
    return figure
