"""Claim 6: h2o.deeplearning never gives good results, maybe for its elastic averaging."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, with_more_draws
from bigenough.exhibits import Plot, Table
from bigenough.figures.learning_curves import LearningCurve
from bigenough.formats import percent, points, with_interval
from bigenough.models.h2o import H2O_DEEPLEARNING
from bigenough.models.scaling import CLIP
from bigenough.stats import Interval, mean_interval
from bigenough.types import Recipe, Study

DRAWS = 10  # each takes seconds
GOOD = 0.95  # of the test images, which one pixel alone nearly reaches
TO_THE_END = {"classification_stop": -1.0, "stopping_rounds": 0, "overwrite_with_best_model": False}
VARIANTS: dict[str, dict[str, Any]] = {
    "as Leek called it": {},
    "elastic averaging on": {"elastic_averaging": True},
    "all 20 epochs": TO_THE_END,
    "cut at 0.5": {"threshold": "half"},
    "pixels clipped": {"input_scaling": "columns"},
    "cut at 0.5, pixels clipped": {"threshold": "half", "input_scaling": "columns"},
    "all three": {**TO_THE_END, "threshold": "half", "input_scaling": "columns"},
}
CALL = "as Leek called it"


def variant(name: str) -> Recipe:
    """H2O's network by Leek's call with what the name says changed."""
    return dataclasses.replace(H2O_DEEPLEARNING.recipe.replace(**VARIANTS[name]), name=f"h2o-deeplearning[{name}]")


@dataclass(frozen=True)
class H2OTraining(ClaimText):
    """Changes H2O's own settings one after the other, on the same draws."""

    def more(self, study: Study) -> Study:
        """Every variant on the study's draws and more."""
        return with_more_draws(study, [variant(name) for name in VARIANTS], DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge the results, and say what moves them; the guess was off in that call."""
        sizes = evidence.study.train_sizes
        scores = {
            name: {n: np.array(list(evidence.scores(variant(name).name, n, among="extra").values())) for n in sizes}
            for name in VARIANTS
        }
        means = {
            name: [mean_interval(found[n], bounds=(0.0, 1.0)) for n in sizes if len(found[n])] for name, found in scores.items()
        }
        if len(means[CALL]) < len(sizes):
            return Answer("cannot tell", "At some size no run of h2o.deeplearning as Leek called it worked.")
        gains = {
            name: [mean_interval(evidence.paired(variant(name).name, variant(CALL).name, n, among="extra")) for n in sizes]
            for name in VARIANTS
            if name != CALL and len(means[name]) == len(sizes)
        }
        never_good = [interval.high < GOOD for interval in means[CALL]]
        good = any(interval.low >= GOOD for interval in means[CALL])
        verdict: Verdict = "does not hold" if good else "cannot tell"
        if any(never_good):
            verdict = "holds" if all(never_good) else "holds in part"
        first, last = (f"{percent(means[CALL][i].estimate)} at n = {sizes[i]}" for i in (0, len(sizes) - 1))
        updates = {n: [r.updates for r in evidence.extra if r.recipe == variant(CALL).name and r.size == n] for n in sizes}
        made = [u for u in updates[sizes[-1]] if u is not None]
        early = f", where it stopped after a median of {np.median(made):,.0f} of {20 * sizes[-1]:,}," if made else ""
        parts = [
            f"As Leek called it, h2o.deeplearning reaches {first} and {last}",
            "elastic averaging, which the post suspects, was off, as it is by default, so that it is not the reason",
            _told("switched on, it", gains.get("elastic averaging on")),
            _told(f"making the updates of all 20 epochs{early}", gains.get("all 20 epochs")),
            _told("cutting its probability at 0.5, not where F1 is best on the training rows,", gains.get("cut at 0.5")),
            _told(f"clipping the standardised pixels at {CLIP:g} standard deviations", gains.get("pixels clipped")),
            _told("doing the last two", gains.get("cut at 0.5, pixels clipped")),
            _told("doing the last three", gains.get("all three")),
        ]
        sentence = "; ".join(part for part in parts if part) + "."
        curves = [
            LearningCurve(name, "deep" if name == CALL else "simple", tuple(sizes), tuple(found))
            for name, found in means.items()
            if len(found) == len(sizes)
        ]
        draws = len(scores[CALL][sizes[0]])
        plot = Plot(
            "learning_curves",
            "claim-6-h2o",
            {"curves": curves, "title": "accuracy"},
            f"h2o.deeplearning as Leek called it (solid) and with settings of its own changed (dashed): mean test accuracy "
            f"over {draws} draws with 95 % Student t intervals over draws, test images held fixed.",
            "Accuracy of h2o.deeplearning against training-set size, a line a variant of its settings.",
        )
        return Answer(verdict, sentence, [plot], [self._table(sizes, means, gains, updates, draws)])

    def _table(
        self,
        sizes: Sequence[int],
        means: dict[str, list[Interval]],
        gains: dict[str, list[Interval]],
        updates: dict[int, list[int | None]],
        draws: int,
    ) -> Table:
        rows = []
        for i, n in enumerate(sizes):
            made = [u for u in updates[n] if u is not None]
            row = [str(n), f"{np.median(made):,.0f}" if made else "–", with_interval(means[CALL][i], percent)]
            row += [with_interval(gains[name][i], points) if name in gains else "failed" for name in VARIANTS if name != CALL]
            rows.append(row)
        return Table(
            f"Mean test accuracy of Leek's call over {draws} draws, the median of the updates that it made, and by how many "
            "points accuracy changes with each variant on the same draws; 95 % Student t intervals over draws.",
            ["n", "updates", CALL, *(name for name in VARIANTS if name != CALL)],
            rows,
        )


def _told(what: str, gains: Sequence[Interval] | None) -> str:
    if gains is None:
        return f"{what} failed"
    low, high = (f(gains, key=lambda gain: gain.estimate) for f in (min, max))
    sure = sum(gain.low > 0 for gain in gains)
    ends = " to ".join(dict.fromkeys(with_interval(gain, points) for gain in (low, high)))
    return f"{what} changes accuracy by {ends} points (surely up at {sure} of {len(gains)} sizes)"


CLAIM = H2OTraining(
    6,
    "h2o.deeplearning never gives good results; the post does not know why, and guesses at its elastic averaging.",
    ("h2o-deeplearning",),
)
