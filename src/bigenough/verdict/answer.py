"""Comparisons to one answer in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough import stats
from bigenough.formats import signed
from bigenough.metrics import METRICS
from bigenough.stats import Interval
from bigenough.types import Comparison, stable_seed
from bigenough.verdict.compare import Pairs

CAMP = {"deep": "deep learning", "simple": "the simple models", "data-free": "the data-free rule"}

NOTHING = (
    "There is nothing to compare: at no size have both a deep and a simple model a working fit on a draw that all models were "
    "tried on."
)


LEAST_DRAWS = 5  # for the size of overtaking: a spread of fewer says next to nothing of where a line may cross


@dataclass(frozen=True)
class Verdict:
    """The answer of a study.

    Attributes
    ----------
    outcome : str
        Of the largest size: "deep better", "simple better", "practically the same", "undecided", or "no comparison".
    sentence : str
        The answer in one sentence.
    overtaking : Interval or None
        Size at which the challenger overtakes, over draws and items; None with fewer than two sizes or `LEAST_DRAWS` draws.
    overtaking_sentence : str
    comparisons : tuple of Comparison
        By ascending size.
    """

    outcome: str
    sentence: str
    overtaking: Interval | None
    overtaking_sentence: str
    comparisons: tuple[Comparison, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain values; an end beyond the sizes that were tried is None."""
        crossing = None if self.overtaking is None else [v if np.isfinite(v) else None for v in self.overtaking]
        return {
            "outcome": self.outcome,
            "sentence": self.sentence,
            "overtaking": crossing,
            "overtaking_sentence": self.overtaking_sentence,
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
        }


def decide(
    comparisons: Sequence[Comparison], pairs: Sequence[Pairs] = (), *, seed: int = 0, looks: Sequence[int] = ()
) -> Verdict:
    """Give one answer: that of the largest size, and where the challenger overtakes.

    Parameters
    ----------
    comparisons : sequence of Comparison
        By ascending size, from `judge` or `compare`.
    pairs : sequence of Pairs
        What `pair` gave; without it nothing is said on overtaking.
    seed : int
        Seeds the resampling behind the interval of the overtaking size.
    looks : sequence of int, optional
        As for `judge`; the interval of the overtaking size then holds over all of them too.

    Returns
    -------
    Verdict
    """
    if not comparisons:
        return Verdict("no comparison", NOTHING, None, "", ())
    last = comparisons[-1]
    overtaking, words = None, ""
    if len(pairs) > 1 and min(each.parts.n_repeats for each in pairs) < LEAST_DRAWS:
        words = f"Where one overtakes the other takes {LEAST_DRAWS} draws or more to tell."
    elif len(pairs) > 1:
        level = max(stats.level_over_looks(stats.variances_at(p.parts, looks), level=last.level) for p in pairs)
        overtaking = overtaking_size(pairs, level=level, seed=seed)
        words = _overtaking_sentence(overtaking, comparisons)
    return Verdict(last.verdict, explain(last), overtaking, words, tuple(comparisons))


def overtaking_size(pairs: Sequence[Pairs], *, level: float = 0.95, seed: int = 0) -> Interval:
    """Size from which the challenger is ahead for good; see `stats.crossing_interval`."""
    sizes = np.array([each.size for each in pairs])
    if any(np.isnan(each.parts.items) for each in pairs):
        return Interval(float(stats.crossing(sizes, np.array([each.parts.estimate for each in pairs]))), -np.inf, np.inf)
    errors = np.array([each.parts.centre_error()[1] for each in pairs])
    rng = np.random.default_rng(stable_seed("overtaking", seed))
    tested = ~np.all([np.isnan(each.contributions).all(axis=0) for each in pairs], axis=0)
    return stats.crossing_interval(sizes, [each.contributions[:, tested] for each in pairs], errors, rng=rng, level=level)


def explain(comparison: Comparison) -> str:
    """Give one comparison in one sentence.

    Examples
    --------
    >>> done = Comparison(120, "accuracy", "deep", "simple", "mlp", "lda", 20, 0, 200, 0.034, (0.021, 0.047), (0.008, 0.059),
    ...                   0.013, 0.012, 0.9, "better", 0.01, 0.95)
    >>> print(explain(done))
    With 120 training rows deep learning is better than the simple models: accuracy differs by +3.4 points (95 % interval \
over new draws and new test items: +0.8 to +5.9).
    """
    c = comparison
    ours, theirs = CAMP[c.challenger], CAMP[c.baseline]
    low, high = c.over_draws_and_items
    title = METRICS[c.metric].signed_title
    interval = "no interval"
    if np.isfinite([low, high]).all():
        ends = f"{_number(low, c.metric)} to {_number(high, c.metric)}"
        interval = f"{100 * c.level:g} % interval over new draws and new test items: {ends}"
    found = f"{title} differs by {_amount(c.difference, c.metric)} ({interval})"
    start = f"With {c.size:,} training rows"
    if c.outcome == "better":
        return f"{start} {ours} is better than {theirs}: {found}."
    if c.outcome == "worse":
        be = "are" if c.baseline == "simple" else "is"
        return f"{start} {theirs} {be} better than {ours}: {found}."
    if c.outcome == "same":
        margin = _amount(c.margin, c.metric).lstrip("+")
        return f"{start} {ours} and {theirs} are practically the same, within {margin}: {found}."
    if low > 0 or high < 0:
        found += f", which is not sure enough once all sizes that were compared are allowed for (p = {c.p_better:.2g}, Holm)"
    return f"{start} it is undecided between {ours} and {theirs}: {found}; {needs(c)}."


def needs(comparison: Comparison) -> str:
    """Say what would settle an undecided comparison."""
    c = comparison
    if c.repeats < 2:
        return "one draw says nothing of its own spread, so more draws are needed"
    if c.items < 2:
        return "one test row, or one group of them, says nothing of others, so more test rows are needed"
    rows = None if c.more_rows is None else f"about {_round(c.more_rows):,} more row{'s' if c.more_rows > 1 else ''}"
    if c.draws_of_more_rows is not None and c.more_draws is None:
        alone = "neither more draws of these rows nor more rows alone would settle it"
        return f"{alone}, {rows} with {c.draws_of_more_rows:,} draws would"
    if c.more_draws is not None:
        draws = f"about {_round(c.more_draws):,} more draw{'s' if c.more_draws > 1 else ''} would settle it"
        return draws if rows is None or c.draws_of_more_rows is not None else f"{draws}, and so would {rows}"
    if rows is not None:
        return f"more draws of these rows cannot settle it, {rows} would"
    return "neither more draws nor any realistic number of rows would settle it"


def _overtaking_sentence(overtaking: Interval, comparisons: Sequence[Comparison]) -> str:
    first, last = comparisons[0], comparisons[-1]
    ours, theirs = CAMP[first.challenger], CAMP[first.baseline]
    at, low, high = overtaking
    if low == high == -np.inf:
        return f"{ours.capitalize()} is ahead of {theirs} from the smallest size tried, {first.size:,} rows, on."
    if low == high == np.inf:
        return f"{ours.capitalize()} does not overtake {theirs} up to {last.size:,} training rows."
    if np.isfinite(low) and np.isfinite(high):
        ends = f"{100 * first.level:g} % interval {low:,.0f} to {high:,.0f}"
        return f"{ours.capitalize()} overtakes {theirs} at about {_round(at):,} training rows ({ends})."
    if np.isfinite(low):
        return (
            f"{ours.capitalize()} does not overtake {theirs} for good below {low:,.0f} training rows ({100 * first.level:g} % "
            f"interval); whether it does up to {last.size:,} the data cannot tell."
        )
    if np.isfinite(high):
        return (
            f"From {high:,.0f} training rows on at the latest ({100 * first.level:g} % interval) {ours} is ahead of {theirs}; "
            "from where, the data cannot tell."
        )
    return f"Whether and where {ours} overtakes {theirs} between {first.size:,} and {last.size:,} rows the data cannot tell."


def _amount(value: float, metric: str) -> str:
    return f"{_number(value, metric)} points" if METRICS[metric].points else f"{_number(value, metric)} nats an item"


def _number(value: float, metric: str) -> str:
    if not np.isfinite(value):
        return "unknown"
    return signed(100 * value, 1) if METRICS[metric].points else signed(value, 3)


def _round(count: float) -> int:
    """Two significant digits: more would pretend to know."""
    return int(float(f"{count:.2g}"))
