"""A study's figures as objects in the manner of scikit-learn's displays: data in, drawn onto axes of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from bigenough.errors import InputError
from bigenough.figures import camp_difference, learning_curves
from bigenough.figures.learning_curves import LearningCurve
from bigenough.metrics import METRICS
from bigenough.types import Comparison, Study


class Compared(Protocol):
    """What holds a study's comparisons."""

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """By ascending size."""


class Found(Protocol):
    """What a display takes of a `bigenough.StudyResult`."""

    @property
    def runs(self) -> pd.DataFrame:
        """A row a run."""

    @property
    def study(self) -> Study:
        """What was asked for."""

    @property
    def verdict(self) -> Compared:
        """What was compared."""


class Display:
    """Base of the displays.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure
        Both after `plot`.
    """

    ax_: Axes
    figure_: Figure | SubFigure

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, optional
            By default those of a new figure of pyplot.

        Returns
        -------
        Display
            Itself.
        """
        self.ax_ = ax if ax is not None else plt.subplots(figsize=(8.6, 5.2), layout="constrained")[1]
        self.figure_ = self.ax_.figure
        self._draw_on(self.ax_)
        return self

    def _draw_on(self, ax: Axes) -> None:
        raise TypeError(f"{type(self).__name__} does not say how to draw")


class LearningCurveDisplay(Display):
    """Score on test rows against training-set size, a line a model, with 95 % Student t intervals over draws.

    Parameters
    ----------
    curves : sequence of LearningCurve
        Each with ``name``, ``family``, ``sizes`` and ``points``, intervals with ``estimate``, ``low`` and ``high``.
    metric : str
        A name of `bigenough.metrics.METRICS`.

    Examples
    --------
    >>> display = LearningCurveDisplay.from_study(found).plot()  # doctest: +SKIP
    >>> display.ax_.set_ylim(0.9, 1)  # doctest: +SKIP
    """

    def __init__(self, curves: Sequence[LearningCurve], metric: str) -> None:
        self.curves = tuple(curves)
        self.metric = metric

    @classmethod
    def from_study(cls, found: Found) -> Self:
        """Take the curves of a study's models.

        Parameters
        ----------
        found : StudyResult

        Raises
        ------
        InputError
            It is something else.
        """
        _check(found, "runs")
        return cls(learning_curves.compute(found.runs, found.study.metric), found.study.metric)

    def _draw_on(self, ax: Axes) -> None:
        learning_curves.draw_on(ax, curves=self.curves, title=METRICS[self.metric].signed_title)


class CampDifferenceDisplay(Display):
    """The deep champion's score less the simple one's on the same draws, against training-set size.

    Thick lines are intervals over training draws from these rows, thin ones over new draws and new test items.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Of one metric, by ascending size, at least one.
    """

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self.comparisons = tuple(comparisons)

    @classmethod
    def from_study(cls, found: Found) -> Self:
        """Take the comparisons of a study.

        Parameters
        ----------
        found : StudyResult

        Raises
        ------
        InputError
            It is something else, or of one camp alone.
        """
        _check(found, "verdict")
        if not found.verdict.comparisons:
            raise InputError("this study compares nothing: its models are not of both camps, deep and simple")
        return cls(found.verdict.comparisons)

    def _draw_on(self, ax: Axes) -> None:
        camp_difference.draw_on(ax, comparisons=self.comparisons, **camp_difference.axis_of(self.comparisons[0].metric))


def _check(found: object, needed: str) -> None:
    if not hasattr(found, needed):
        raise InputError(f"from_study takes what bigenough.study gives, got a {type(found).__name__}")
