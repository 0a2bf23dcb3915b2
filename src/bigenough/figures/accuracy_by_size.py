"""Accuracy against training-set size, one line a system: the figure of 2017."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bigenough.figures.style import label_lines, look_of, new_figure
from bigenough.stats import Interval, mean_quantiles, mean_sd

DODGE = 0.006  # of the axis between neighbouring systems, so that bars do not hide each other
ZOOM = (0.9, 1.002)


@dataclass(frozen=True)
class Series:
    """One system: at each size a mean and the ends of its bar."""

    name: str
    sizes: tuple[int, ...]
    points: tuple[Interval, ...]


def compute(runs: pd.DataFrame, bars: Literal["sd", "quantiles"]) -> list[Series]:
    """Mean and bar of every recipe and size, over the draws that did not fail.

    Parameters
    ----------
    runs : DataFrame
        Columns ``recipe``, ``size``, ``accuracy``, one row a run; recipes keep their order.
    bars : {"sd", "quantiles"}
        Mean ± one standard deviation, or from the 10 % to the 90 % quantile.
    """
    summarise = mean_sd if bars == "sd" else mean_quantiles
    done = runs.dropna(subset=["accuracy"])
    series = []
    for name in done["recipe"].unique():
        of_recipe = done[done["recipe"] == name]
        sizes = sorted(of_recipe["size"].unique())
        points = [summarise(of_recipe.loc[of_recipe["size"] == size, "accuracy"].to_numpy()) for size in sizes]
        series.append(Series(str(name), tuple(int(size) for size in sizes), tuple(points)))
    return series


def draw(*, series: Sequence[Series], zoom_without: Sequence[str], titles: Mapping[str, str]) -> Figure:
    """Draw one panel, or two when there is a zoom.

    Parameters
    ----------
    series : sequence of Series
    zoom_without : sequence of str
        Recipes that the zoomed panel (0.9 to 1.0) leaves out; with none of them present there is no such panel.
    titles : mapping of str to str
        Recipe to the name to show.
    """
    looks = {s.name: look_of(i) for i, s in enumerate(series)}
    zoomed = [s for s in series if s.name not in zoom_without]
    panels = [series] if len(zoomed) in (0, len(series)) else [series, zoomed]
    figure = new_figure(8.6, 4.3 * len(panels))
    axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for i, (ax, shown) in enumerate(zip(axes, panels, strict=True)):
        _draw_panel(ax, shown, looks, ZOOM if i else (_floor(series), 1.01), titles)
        ax.set_title("the same, from 0.9 to 1.0" if i else "", loc="left", fontsize=10)
    axes[-1].set_xlabel("training-set size (images)")
    return figure


def _floor(series: Sequence[Series]) -> float:
    lowest = min((p.estimate - (p.estimate - p.low if p.low == p.low else 0) for s in series for p in s.points), default=0.5)
    return min(0.5, lowest - 0.02)


def _draw_panel(
    ax: Axes,
    series: Sequence[Series],
    looks: Mapping[str, tuple[str, str]],
    limits: tuple[float, float],
    titles: Mapping[str, str],
) -> None:
    sizes = sorted({size for s in series for size in s.sizes})
    width = (sizes[-1] - sizes[0]) or 1
    ends = []
    for i, s in enumerate(series):
        colour, marker = looks[s.name]
        x = [size + (i - (len(series) - 1) / 2) * DODGE * width for size in s.sizes]
        means = [p.estimate for p in s.points]
        below = [max(0.0, p.estimate - p.low) if p.low == p.low else 0.0 for p in s.points]
        above = [max(0.0, p.high - p.estimate) if p.high == p.high else 0.0 for p in s.points]
        ax.errorbar(x, means, [below, above], color=colour, marker=marker, ms=4.5, lw=1.4, elinewidth=0.9, capsize=2)
        ends.append((x[-1], means[-1], titles.get(s.name, s.name), colour))
    ax.set_ylim(*limits)
    ax.set_xticks(sizes)
    ax.set_ylabel("accuracy on test images")
    label_lines(ax, ends, gap=0.062)
