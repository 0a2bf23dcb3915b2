"""From one recipe's score to another's, a bar a change, as long as its share of the gap."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from bigenough.figures.style import PALETTE, new_figure
from bigenough.stats import Interval

END, GAIN, LOSS = PALETTE[7], PALETTE[0], PALETTE[1]


def draw(
    *, ends: tuple[str, str], scores: tuple[float, float], changes: Sequence[str], shares: Sequence[Interval], label: str
) -> Figure:
    """Draw horizontal bars, one below the other, each from where the one above it ended.

    Parameters
    ----------
    ends : tuple of str
        Names of the two recipes.
    scores : tuple of float
        Theirs, in the axis's unit.
    changes : sequence of str
    shares : sequence of Interval
        In the axis's unit; they add up to the difference of the scores.
    label : str
        Of the axis, with its unit.
    """
    rows = len(changes) + 2
    figure = new_figure(8.2, 1.0 + 0.42 * rows)
    ax = figure.subplots()
    at, low, high = scores[0], min(scores), max(scores)
    for i, share in enumerate(shares, start=1):
        end = at + share.estimate
        colour = GAIN if share.estimate >= 0 else LOSS
        ax.barh(i, share.estimate, left=at, height=0.62, color=colour, alpha=0.85)
        ax.plot([end, end], [i - 0.31, i + 1.31], color="0.5", lw=0.7, zorder=0)
        known = [v for v in (share.low, share.high) if abs(v) < float("inf")]
        if known:
            ax.plot([at + share.low, at + share.high], [i, i], color="black", lw=1.2, solid_capstyle="butt")
            ax.plot([at + share.low, at + share.high], [i, i], color="black", ls="", marker="|", ms=7)
        low, high = min(low, end, *(at + v for v in known)), max(high, end, *(at + v for v in known))
        at = end
    for row, score, colour in ((0, scores[0], END), (rows - 1, scores[1], END)):
        ax.plot([score, score], [row - 0.35, row + 0.35], color=colour, lw=4, solid_capstyle="butt")
        ax.annotate(f"{score:.3g}", (score, row), xytext=(6, 0), textcoords="offset points", va="center")
    ax.plot([scores[0]] * 2, [0.3, 1.31], color="0.5", lw=0.7, zorder=0)
    room = 0.16 * (high - low or 1.0)
    ax.set_xlim(low - room / 3, high + room)
    right = ax.get_xlim()[1]
    for i, share in enumerate(shares, start=1):
        ax.text(right, i, f"{share.estimate:+.2g}".replace("-", "−"), ha="right", va="center", color="0.25")
    ax.set_yticks(range(rows), [ends[0], *changes, ends[1]])
    ax.set_ylim(rows - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    return figure
