"""Runs to paired differences, and those to comparisons."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

import numpy as np

from bigenough import stats
from bigenough.draws import fixed_test_rows
from bigenough.errors import InputError
from bigenough.metrics import Metric, metric_named
from bigenough.types import Comparison, Draw, Family, Floats, Rows, Run
from bigenough.verdict.champions import Champions, choose_champions

MARGIN = 0.01
LEVEL = 0.95


@dataclass(frozen=True)
class Pairs:
    """The paired differences of one size, item by item.

    Attributes
    ----------
    contributions : ndarray, shape (repeats, rows of the data set)
        Challenger's champion less baseline's champion; NaN where a repeat does not test a row or lacks a fit.
    challenger, baseline : Champions
    parts : stats.Components
    draws : int
        Draws of this size that all models were tried on, those without a working fit included.
    """

    size: int
    contributions: Floats
    challenger: Champions
    baseline: Champions
    parts: stats.Components
    draws: int


def pair(
    runs: Sequence[Run],
    draws: Sequence[Draw],
    y: Rows,
    *,
    metric: str = "accuracy",
    challenger: Family = "deep",
    baseline: Family = "simple",
    groups: Rows | None = None,
    pooled: bool | None = None,
    recipes: Collection[str] = (),
) -> list[Pairs]:
    """Choose both camps' champions and pair what they made of every test item.

    Draws that some model has not been tried on yet, as when the time was up, are left out: else a camp would be judged there
    without its best.

    Parameters
    ----------
    runs : sequence of Run
    draws : sequence of Draw
        Every draw that a run belongs to.
    y : ndarray of int64, shape (rows,)
        Class codes of the whole data set.
    metric : str
        Name in `bigenough.metrics.METRICS`.
    challenger, baseline : str
        Families.
    groups : ndarray of int64, shape (rows,), optional
        Rows of one code belong together.
    pooled : bool, optional
        How champions are chosen, see `choose_champions`; None chooses over all repeats just where that is honest.
    recipes : collection of str, optional
        Names of all recipes of both camps, also of those without a run so far; by default those that have runs.

    Returns
    -------
    list of Pairs
        By ascending size; sizes at which a camp has no working fit, or not all recipes were tried on any draw, are left out.

    Raises
    ------
    InputError
        The metric needs probabilities and a camp has none, or a run has no draw.
    """
    measure = metric_named(metric)
    of_draw = {(draw.size, draw.repeat): draw for draw in draws}
    camps = (challenger, baseline)
    useful = [run for run in runs if run.status == "ok" and run.family in camps and _has(run, measure)]
    for family in (challenger, baseline):
        if not any(run.family == family for run in useful) and any(run.family == family and run.status == "ok" for run in runs):
            raise InputError(f"{metric} needs {measure.needs}, and no {family} model has any; accuracy needs labels only")
    tried = _tried([run for run in runs if run.family in camps], set(recipes))
    useful = [run for run in useful if (run.size, run.repeat) in tried]
    for run in useful:
        if (run.size, run.repeat) not in of_draw:
            raise InputError(f"run {run.recipe} of size {run.size}, repeat {run.repeat} has no draw")
    fixed = fixed_test_rows(draws) if draws else False
    chosen = choose_champions(useful, metric=metric, pooled=fixed if pooled is None else pooled, camps=camps)
    of_run = {(run.recipe, run.size, run.repeat): run for run in useful}
    repeats = 1 + max((draw.repeat for draw in draws), default=-1)
    of_size_tried = Counter(size for size, _ in tried)
    pairs = []
    for size in sorted({draw.size for draw in draws}):
        if (challenger, size) not in chosen or (baseline, size) not in chosen:
            continue
        ours, theirs = chosen[challenger, size], chosen[baseline, size]
        values = np.full((repeats, len(y)), np.nan)
        for repeat in sorted(set(ours.by_repeat) & set(theirs.by_repeat)):
            rows = of_draw[size, repeat].test
            both = [_items(of_run[name.by_repeat[repeat], size, repeat], measure, y[rows]) for name in (ours, theirs)]
            values[repeat, rows] = both[0] - both[1]
        of_size = [draw for draw in draws if draw.size == size]
        overlap = stats.training_overlap([draw.train for draw in of_size])
        unit = measure.unit(y[np.unique(np.concatenate([draw.test for draw in of_size]))])
        parts = stats.components(values, overlap=overlap, crossed=not fixed, clusters=groups, unit=unit)
        if parts.n_repeats:
            pairs.append(Pairs(size, values, ours, theirs, parts, of_size_tried[size]))
    return pairs


def _tried(runs: Sequence[Run], planned: Set[str]) -> set[tuple[int, int]]:
    """Sizes and repeats that all recipes were tried on, with or without success: those planned, and those that have runs."""
    recipes: dict[tuple[int, int], set[str]] = {}
    for run in runs:
        recipes.setdefault((run.size, run.repeat), set()).add(run.recipe)
    everyone = planned | {run.recipe for run in runs}
    return {where for where, names in recipes.items() if names == everyone}


def compare(
    runs: Sequence[Run],
    draws: Sequence[Draw],
    y: Rows,
    *,
    metric: str = "accuracy",
    margin: float = MARGIN,
    level: float = LEVEL,
    challenger: Family = "deep",
    baseline: Family = "simple",
    groups: Rows | None = None,
) -> list[Comparison]:
    """Compare the two camps at every size, at one look; parameters as for `pair` and `judge`.

    Returns
    -------
    list of Comparison
        By ascending size.
    """
    pairs = pair(runs, draws, y, metric=metric, challenger=challenger, baseline=baseline, groups=groups)
    rows = len(np.unique(np.concatenate([np.concatenate([d.train, d.convergence, d.test]) for d in draws]))) if draws else 0
    return judge(pairs, metric=metric, rows=rows, margin=margin, level=level)


def judge(
    pairs: Sequence[Pairs],
    *,
    metric: str,
    rows: int,
    margin: float = MARGIN,
    level: float = LEVEL,
    looks: Sequence[int] = (),
) -> list[Comparison]:
    """Turn paired differences into comparisons: intervals, adjusted p-values, outcomes and what would settle the open ones.

    Both kinds of claim, "better" and "the same", are adjusted by Holm's rule over the sizes, so that each kind is wrong
    anywhere in the study with a probability of at most 1 - level. A difference that is both real and inside the margin is
    called the same. Where draws are added until an answer is found, p-values and intervals hold over all looks.

    Parameters
    ----------
    pairs : sequence of Pairs
    metric : str
    rows : int
        Rows of the whole study, for the number of rows still needed.
    margin : float
        In units of the metric: differences smaller than this count as none.
    level : float
    looks : sequence of int, optional
        Numbers of repeats at which the comparison is made, or would be if it were still open; by default this one only.

    Returns
    -------
    list of Comparison
    """
    variances = [stats.variances_at(each.parts, looks) for each in pairs]
    different = [stats.p_different(each.parts) for each in pairs]
    same = [stats.p_same(each.parts, margin) for each in pairs]
    p_better = stats.holm(np.array([stats.p_over_looks(p, v, sides=2) for p, v in zip(different, variances, strict=True)]))
    p_same = stats.holm(np.array([stats.p_over_looks(p, v, sides=1) for p, v in zip(same, variances, strict=True)]))
    levels = [stats.level_over_looks(v, level=level) for v in variances]
    of_draws = stats.level_over_looks(1 / np.asarray(looks, float), level=level)
    alpha = 1 - level
    comparisons = []
    for each, p_one, p_other, at_look in zip(pairs, p_better, p_same, levels, strict=True):
        parts = each.parts
        whole = stats.interval_over_draws_and_items(parts, level=at_look)
        means = _means(each.contributions)
        tested = np.count_nonzero(~np.isnan(each.contributions), axis=1)
        draws = stats.interval_over_draws(means, resolution=parts.unit / max(1, tested.max(initial=1)), level=of_draws)
        comparison = Comparison(
            size=each.size, metric=metric, challenger=each.challenger.family, baseline=each.baseline.family,
            challenger_champion=each.challenger.name, baseline_champion=each.baseline.name,
            repeats=parts.n_repeats, missing=each.draws - parts.n_repeats, items=parts.n_items,
            difference=parts.estimate, over_draws=possible(metric, draws), over_draws_and_items=possible(metric, whole),
            error=parts.centre_error()[1], p_better=float(p_one), p_same=float(p_other),
            outcome="undecided", margin=margin, level=level,
        )  # fmt: skip
        comparisons.append(_decided(comparison, alpha))
    # of Holm's rule: what one kind of claim has not decided shares its risk, also where the other kind has decided it
    of_better, of_same = (max(1, int(np.count_nonzero(p > alpha))) for p in (p_better, p_same))
    return [
        _with_needs(comparison, each.parts, ((1 - at_look) / of_better, (1 - at_look) / of_same), rows)
        if comparison.outcome == "undecided"
        else comparison
        for comparison, each, at_look in zip(comparisons, pairs, levels, strict=True)
    ]


def possible(metric: str, interval: stats.Interval) -> tuple[float, float]:
    """Ends of an interval of a difference, cut off where the metric's own range ends; no interval stays none."""
    least, most = metric_named(metric).bounds
    if not np.isfinite([interval.low, interval.high]).all():
        return interval.low, interval.high
    return max(interval.low, least - most), min(interval.high, most - least)


def _decided(comparison: Comparison, alpha: float) -> Comparison:
    if comparison.p_same <= alpha:
        return dataclasses.replace(comparison, outcome="same")
    if comparison.p_better <= alpha:
        return dataclasses.replace(comparison, outcome="better" if comparison.difference > 0 else "worse")
    return comparison


def _with_needs(comparison: Comparison, parts: stats.Components, alphas: tuple[float, float], rows: int) -> Comparison:
    draws = stats.repeats_to_settle(parts, margin=comparison.margin, alphas=alphas)
    of_rows = stats.rows_to_settle(parts, margin=comparison.margin, alphas=alphas)
    if of_rows is not None:
        times, repeats = of_rows
        with_draws = None if repeats == parts.n_repeats else repeats
        more_rows = max(1, round(rows * (times - 1)))
        comparison = dataclasses.replace(comparison, more_rows=more_rows, draws_of_more_rows=with_draws)
    return dataclasses.replace(comparison, more_draws=draws or (None if draws is None else 1))


def _has(run: Run, measure: Metric) -> bool:
    return (run.test_labels if measure.needs == "labels" else run.test_probabilities) is not None


def _items(run: Run, measure: Metric, y: Rows) -> Floats:
    return measure.items(y, run.test_labels if measure.needs == "labels" else run.test_probabilities)  # type: ignore[arg-type]


def _means(contributions: Floats) -> Floats:
    counts = np.count_nonzero(~np.isnan(contributions), axis=1)
    return np.where(counts > 0, np.nansum(contributions, axis=1) / np.maximum(counts, 1), np.nan)
