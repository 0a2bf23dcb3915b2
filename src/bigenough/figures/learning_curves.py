"""Learning curves: score on test rows against training-set size, one line a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

from bigenough.figures.style import DIM, label_lines, look_of, new_figure, short_names
from bigenough.metrics import METRICS
from bigenough.stats import Interval, mean_interval
from bigenough.types import Family

STYLES: Mapping[Family, tuple[str, float]] = {"deep": ("-", 2.2), "simple": ("--", 1.3), "data-free": (":", 1.3)}
SPREAD = 1.02  # factor between neighbouring models' places, so that bars do not hide each other
LONGEST_LABEL = 34  # characters
ALONE = 1.6  # factor to the axis's ends where there is one size
ROOM = 0.08  # of the axis, for its name
FAR = 0.5  # of the other models' range: a rule without data that lies farther below would squeeze them, and is only named


@dataclass(frozen=True)
class LearningCurve:
    """One model: at each size its mean score and the interval of that mean."""

    name: str
    family: Family
    sizes: tuple[int, ...]
    points: tuple[Interval, ...]


def compute(runs: pd.DataFrame, metric: str) -> list[LearningCurve]:
    """Mean over draws, with its 95 % Student t interval, of every model and size.

    Parameters
    ----------
    runs : DataFrame
        Columns ``recipe``, ``family``, ``size`` and the metric's name, a row a run; models keep their order.
    metric : str
    """
    done = runs.dropna(subset=[metric])
    curves = []
    for name in done["recipe"].unique():
        of_recipe = done[done["recipe"] == name]
        sizes = sorted(of_recipe["size"].unique())
        scores = [of_recipe.loc[of_recipe["size"] == size, metric].to_numpy(float) for size in sizes]
        points = [mean_interval(values, bounds=METRICS[metric].bounds) for values in scores]
        family = of_recipe["family"].iloc[0]
        curves.append(LearningCurve(str(name), family, tuple(int(size) for size in sizes), tuple(points)))
    return curves


def draw(*, curves: Sequence[LearningCurve], title: str) -> Figure:
    """Draw all models in one panel, as `draw_on` does."""
    figure = new_figure(8.6, 5.2)
    draw_on(figure.subplots(), curves=curves, title=title)
    return figure


def draw_on(ax: Axes, *, curves: Sequence[LearningCurve], title: str) -> None:
    """Draw all models; deep ones are solid with full markers, simple ones dashed with empty ones, the data-free rule dotted.

    Parameters
    ----------
    ax : Axes
    curves : sequence of LearningCurve
    title : str
        The metric, for the axis.
    """
    ends, below_axis = [], far_below(curves)
    labels = short_names([curve.name for curve in curves], LONGEST_LABEL)
    for i, curve in enumerate(curves):
        if curve in below_axis:
            continue
        colour, marker = look_of(i)
        line, width = STYLES[curve.family]
        x = np.array(curve.sizes) * SPREAD ** (i - (len(curves) - 1) / 2)
        means = np.array([p.estimate for p in curve.points])
        below = np.array([p.estimate - p.low if np.isfinite(p.low) else 0.0 for p in curve.points])
        above = np.array([p.high - p.estimate if np.isfinite(p.high) else 0.0 for p in curve.points])
        ax.errorbar(
            x, means, [below, above], color=colour, marker=marker, ms=4.5, mfc=colour if curve.family == "deep" else "white",
            ls=line, lw=width, elinewidth=0.9, capsize=2,
        )  # fmt: skip
        ends.append((float(x[-1]), float(means[-1]), labels[i], colour))
    sizes = sorted({size for curve in curves for size in curve.sizes})
    ax.set_xscale("log")
    ax.set_xticks(sizes)
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    if len(sizes) == 1:  # else what stands side by side would look like several sizes
        ax.set_xlim(sizes[0] / ALONE, sizes[0] * ALONE)
        ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("training-set size (rows, logarithmic)")
    ax.set_ylabel(f"{title} on test rows")
    if below_axis:
        low, high = ax.get_ylim()
        ax.set_ylim(low - ROOM * (high - low), high)
        said = ", ".join(f"{curve.name}: {ends_of(curve)}" for curve in below_axis)
        ax.text(0.01, 0.02, f"▼ below, {said}", transform=ax.transAxes, color=DIM, va="bottom")
    label_lines(ax, ends, gap=0.055)


def ends_of(curve: LearningCurve) -> str:
    """The score, or the first and the last where they differ."""
    texts = dict.fromkeys(f"{point.estimate:.3f}" for point in (curve.points[0], curve.points[-1]))
    return " to ".join(texts)


def far_below(curves: Sequence[LearningCurve]) -> list[LearningCurve]:
    """Rules without data that lie so far below all models and their intervals that showing them would hide how these differ."""
    others = [p for curve in curves if curve.family != "data-free" for p in curve.points]
    if not others:
        return []
    means, ends = [p.estimate for p in others], [p.low if np.isfinite(p.low) else p.estimate for p in others]
    limit = min(ends) - FAR * (max(means) - min(means))
    return [c for c in curves if c.family == "data-free" and c.points and max(p.estimate for p in c.points) < limit]
