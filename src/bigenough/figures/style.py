"""What all figures share: colours that colour-blind people can tell apart, labels beside lines, files that do not change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, without yellow, which is too light for lines; M. Okabe, K. Ito, "Color universal design", 2008
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")
TRAIN, HELD_OUT = PALETTE[0], PALETTE[1]
MARKERS = "osD^vPX*"
DIM = "#555555"
PNG_DPI = 160

mpl.rcParams.update(
    {
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.size": 10,
        "grid.alpha": 0.3,
        "svg.hashsalt": "bigenough",  # the same ids every time
    }
)


def look_of(i: int) -> tuple[str, str]:
    """Give the colour and the marker of the i-th line, from 0; beyond the palette a colour comes again with another marker."""
    return PALETTE[i % len(PALETTE)], MARKERS[(i + i // len(PALETTE)) % len(MARKERS)]


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that lays itself out."""
    return Figure((width, height), layout="constrained", facecolor="white")


def short_names(names: Sequence[str], most: int) -> list[str]:
    """Give names that fit beside a plot: a longer one loses its middle, unless it would then read like another."""
    cut = [n if len(n) <= most else f"{n[: most // 2]}…{n[len(n) - most + most // 2 + 1 :]}" for n in names]
    return [each if cut.count(each) == 1 else name for name, each in zip(names, cut, strict=True)]


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move labels' positions apart so that neighbours are at least `gap` from each other, each as little as possible.

    Parameters
    ----------
    positions : sequence of float
    gap : float

    Returns
    -------
    list of float
        In the order given; the order of height is kept.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    blocks: list[tuple[float, int]] = []  # centre of the wished positions, members
    for i in order:
        blocks.append((positions[i], 1))
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            (high, n_high), (low, n_low) = blocks.pop(), blocks.pop()
            blocks.append(((high * n_high + low * n_low) / (n_high + n_low), n_high + n_low))
    placed = [centre + gap * (j - (n - 1) / 2) for centre, n in blocks for j in range(n)]
    result = [0.0] * len(positions)
    for place, i in zip(placed, order, strict=True):
        result[i] = place
    return result


def label_lines(ax: Axes, ends: Sequence[tuple[float, float, str, str]], *, gap: float) -> None:
    """Write each line's name right of its end, with a thin leader where it had to move.

    Parameters
    ----------
    ax : Axes
    ends : sequence of (x, y, text, colour)
        In data coordinates.
    gap : float
        Least distance of two labels, as a share of the axis.
    """
    low, high = ax.get_ylim()
    heights = spread([(min(max(y, low), high) - low) / (high - low) for _, y, _, _ in ends], gap)
    shift = max(0.0, max(heights, default=0) - 1.0)
    for (x, y, text, colour), height in zip(ends, heights, strict=True):
        ax.annotate(
            text, (x, min(max(y, low), high)), xytext=(1.03, height - shift), textcoords="axes fraction", color=colour,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "alpha": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip


def save(figure: Figure, folder: Path, stem: str) -> None:
    """Write STEM.svg and STEM.png; the same figure gives the same bytes.

    The layout is worked out once for both: it takes as long as drawing.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    figure.savefig(folder / f"{stem}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{stem}.png", dpi=PNG_DPI, metadata={"Software": None})
