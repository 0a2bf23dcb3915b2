"""Claim 1: the 2017 tanh network does badly at small n; the ReLU networks are essentially perfect at every size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.exhibits import Table
from bigenough.formats import percent, points, with_interval
from bigenough.stats import Interval, mean_interval, mean_sd

ESSENTIALLY_PERFECT = 0.99  # at most one image in a hundred wrong
GOOD = ("mlp", "cnn")


@dataclass(frozen=True)
class SmallN(ClaimText):
    """Compares the networks with the Leekasso on the same draws."""

    def answer(self, evidence: Evidence) -> Answer:
        """Judge both halves of the claim, size by size."""
        sizes = evidence.study.train_sizes
        worse = {size: mean_interval(evidence.paired("leek-mlp", "leekasso", size)) for size in sizes}
        scores = {(name, n): np.array(list(evidence.scores(name, n).values())) for name in GOOD for n in sizes}
        perfect = {key: mean_interval(values, bounds=(0.0, 1.0)) for key, values in scores.items()}
        smallest, largest = sizes[0], sizes[-1]
        bad, good = _badly(worse[smallest]), _perfectly(list(perfect.values()))
        means = [i.estimate for i in perfect.values()]
        verdict_on_perfect = {
            "holds": "at least 99 % at every one",
            "does not hold": "below 99 % at some",
            "cannot tell": f"{evidence.study.draws} draws are too few to say whether that is above 99 % at every one",
        }[good]
        sentence = (
            f"MLP (Leek) minus Leekasso on the same draws is {with_interval(worse[smallest], points)} points at "
            f"n = {smallest} and {with_interval(worse[largest], points)} at n = {largest}; the means of the ReLU MLP and the "
            f"CNN lie between {percent(min(means))} and {percent(max(means))} ({verdict_on_perfect})."
        )
        return Answer(_both(bad, good), sentence, tables=[self._table(evidence, worse, perfect)])

    def _table(self, evidence: Evidence, worse: dict[int, Interval], perfect: dict[tuple[str, int], Interval]) -> Table:
        rows = []
        for size in evidence.study.train_sizes:
            leek = mean_sd(np.array(list(evidence.scores("leek-mlp", size).values())))
            cells = [f"{percent(leek.estimate)}", with_interval(worse[size], points)]
            rows.append([str(size), *cells, *(with_interval(perfect[name, size], percent) for name in GOOD)])
        return Table(
            "Test accuracy by training-set size. Brackets: 95 % Student t intervals over draws of training sets, test images "
            f"held fixed; {evidence.study.draws} draws, so they are rough.",
            ["n", "MLP (Leek)", "MLP (Leek) − Leekasso, points", "MLP", "CNN"],
            rows,
        )


def _badly(difference: Interval) -> Verdict:
    if difference.high < 0:
        return "holds"
    return "does not hold" if difference.low > 0 else "cannot tell"


def _perfectly(means: list[Interval]) -> Verdict:
    if any(i.high < ESSENTIALLY_PERFECT for i in means):
        return "does not hold"
    return "holds" if all(i.low >= ESSENTIALLY_PERFECT for i in means) else "cannot tell"


def _both(first: Verdict, second: Verdict) -> Verdict:
    if first == second:
        return first
    if "holds" in (first, second):
        return "holds in part"
    return "does not hold" if "does not hold" in (first, second) else "cannot tell"


CLAIM = SmallN(
    1,
    "The 2017 tanh network does badly at small n; the ReLU MLP and the CNN are essentially perfect at every size.",
    ("leek-mlp", "leekasso", *GOOD),
)
