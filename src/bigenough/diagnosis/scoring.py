"""Runs of a network and of its arms to scores, draw by draw, and to gains, test row by test row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bigenough import stats
from bigenough.diagnosis.measured import Judged
from bigenough.diagnosis.subject import Subject
from bigenough.draws import fixed_test_rows
from bigenough.metrics import METRICS, Metric
from bigenough.types import Dataset, Draw, Floats, Run

Runs = Mapping[int, Run]  # by repeat


def scores_of(subject: Subject, runs: Runs, draws: Sequence[Draw], part: Judged) -> Floats:
    """Score of each draw, shape (draws,); NaN where there is no run.

    A run that failed counts as the rule that always gives the training rows' classes in their shares: a network whose
    outputs are no numbers knows no more than that.
    """
    prefix, measure = "" if part == "test" else "convergence_", METRICS[subject.study.metric]
    values = np.full(len(draws), np.nan)
    for i, draw in enumerate(draws):
        run = runs.get(draw.repeat)
        if run is not None and run.status == "ok":
            values[i] = run.scores[prefix + measure.name]
        elif run is not None:
            values[i] = chance_of(subject.data, draw, part, measure.name)
    return values


def chance_of(data: Dataset, draw: Draw, part: Judged, metric: str) -> float:
    """Score of a rule that knows the training rows' class shares and nothing else."""
    measure, y = METRICS[metric], data.y[getattr(draw, part)]
    return measure.score(y, _guess(data, draw, len(y), measure))


def _guess(data: Dataset, draw: Draw, n: int, measure: Metric) -> NDArray[Any]:
    """Give that rule's labels or probabilities for n rows."""
    shares = np.bincount(data.y[draw.train], minlength=len(data.classes)) / len(draw.train)
    return np.full(n, int(shares.argmax())) if measure.needs == "labels" else np.tile(shares, (n, 1))


def gain_parts(subject: Subject, runs: Runs, base: Runs, draws: Sequence[Draw]) -> stats.Components:
    """Mean gain in test score of some runs over others on the draws that both have, with the parts of its variance.

    It is over draws of training sets from these rows, and over new test rows: what these rows would not have shown by
    chance. That another data set would also give other training sets is left out (`overlap`), since a change is sought that
    mends the network on these.
    """
    measure, data = METRICS[subject.study.metric], subject.data
    tested = np.unique(np.concatenate([draw.test for draw in draws]))
    gains = np.full((len(draws), len(tested)), np.nan)
    for row, draw in zip(gains, draws, strict=True):
        if draw.repeat in runs and draw.repeat in base:
            one, other = (_items(data, draw, measure, each[draw.repeat]) for each in (runs, base))
            row[np.searchsorted(tested, draw.test)] = one - other
    return stats.components(
        gains, overlap=0.0, crossed=not fixed_test_rows(draws), unit=measure.unit(data.y[tested]),
        clusters=None if data.groups is None else data.groups[tested],
    )  # fmt: skip


def _items(data: Dataset, draw: Draw, measure: Metric, run: Run) -> Floats:
    """What each test row contributes to a run's score, shape (n_test,)."""
    y = data.y[draw.test]
    if run.status != "ok":
        return measure.items(y, _guess(data, draw, len(y), measure))
    return measure.items(y, run.test_labels if measure.needs == "labels" else run.test_probabilities)  # type: ignore[arg-type]


def resolution_of(subject: Subject, draws: Sequence[Draw]) -> float:
    """The smallest difference that the convergence rows of one draw can show."""
    unit = METRICS[subject.study.metric].unit(subject.data.y)
    return (unit or 0.0) / min(len(draw.convergence) for draw in draws)
