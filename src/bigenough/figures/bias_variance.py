"""Bias and variance against training-set size, a line a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bigenough.figures.style import label_lines, look_of, new_figure
from bigenough.stats import Interval

DODGE = 0.012  # of the axis between neighbouring systems
TERMS = {"bias": "bias, with the noise of the labels", "variance": "variance"}
LOSSES = {"squared": "squared error (0 to 2)", "zero-one": "0-1 loss (share)"}
MOST = {"squared": 2.0, "zero-one": 1.0}
LINEAR = 1e-3  # below this the axis is linear, so that 0 has a place


def draw(*, terms: Mapping[tuple[str, str, str], Mapping[int, Interval]], systems: Sequence[str]) -> Figure:
    """Draw a row a loss, with bias on the left and variance on the right, on one scale.

    Parameters
    ----------
    terms : mapping of (system, loss, term) to mapping of int to Interval
        Loss ``"squared"`` or ``"zero-one"``, term ``"bias"`` or ``"variance"``; size to estimate.
    systems : sequence of str
        In the order of their colours.
    """
    losses = [loss for loss in LOSSES if any(key[1] == loss for key in terms)]
    figure = new_figure(11.5, 4.6 * len(losses))
    axes = figure.subplots(len(losses), 2, squeeze=False, sharey="row")
    sizes = sorted({size for of_system in terms.values() for size in of_system})
    for row, loss in enumerate(losses):
        shown = [i for key, of in terms.items() if key[1] == loss for i in of.values()]
        top = max(2 * LINEAR, *(i.high if np.isfinite(i.high) else i.estimate for i in shown))
        for ax, (term, title) in zip(axes[row], TERMS.items(), strict=True):
            ends = []
            for i, system in enumerate(systems):
                found = terms.get((system, loss, term))
                if not found:
                    continue
                colour, marker = look_of(i)
                x = np.array(list(found)) * np.exp((i - (len(systems) - 1) / 2) * DODGE)
                y = np.array([f.estimate for f in found.values()])
                low, high = (np.array([getattr(f, end) for f in found.values()]) for end in ("low", "high"))
                bars = np.nan_to_num([y - np.maximum(low, 0), high - y], posinf=0.0).clip(0)
                ax.errorbar(x, y, bars, color=colour, marker=marker, ms=4, lw=1.3, elinewidth=0.8)
                ends.append((x[-1], y[-1], system, colour))
            ax.set_xscale("log")
            ax.set_xticks(sizes, [str(size) for size in sizes])
            ax.minorticks_off()
            if len(sizes) == 1:  # else the axis is as wide as the points are apart
                ax.set_xlim(sizes[0] / 2, sizes[0] * 2)
            ax.set_yscale("symlog", linthresh=LINEAR, linscale=0.4)
            ax.set_ylim(0, min(1.2 * top, MOST[loss]))
            ax.set_title(f"{title}: {LOSSES[loss].split(' (')[0]}", loc="left", fontsize=10)
            ax.set_xlabel("training-set size (images)")
            ax.set_ylabel(LOSSES[loss])
            _label(ax, ends)
    return figure


def _label(ax: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """As `label_lines`, which wants a linear axis: heights as shares of this one."""
    to_axis = ax.transScale + ax.transLimits
    placed = [(x, float(to_axis.transform((x, max(y, 0.0)))[1]), text, colour) for x, y, text, colour in ends]
    beside = ax.twinx()  # its own linear axis from 0 to 1
    beside.set_ylim(0, 1)
    beside.set_axis_off()
    label_lines(beside, placed, gap=0.055)
