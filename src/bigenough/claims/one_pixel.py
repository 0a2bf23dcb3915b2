"""Claim 8: the Leekasso with only the single best pixel is about as good as with ten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, with_more_draws
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, with_interval
from bigenough.models.leekasso import LEEKASSO, LEEKASSO_1
from bigenough.stats import Interval, mean_interval
from bigenough.types import Study

DRAWS = 200  # each takes milliseconds, and the answer is about a point
MARGIN = 0.01  # "about as good": within one point of accuracy


@dataclass(frozen=True)
class OnePixel(ClaimText):
    """Compares one pixel with ten on the same draws."""

    def more(self, study: Study) -> Study:
        """Both on many draws."""
        return with_more_draws(study, [LEEKASSO.recipe, LEEKASSO_1.recipe], DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge equivalence within `MARGIN`, size by size."""
        sizes = evidence.study.train_sizes
        differences = [mean_interval(evidence.paired("leekasso-1", "leekasso", n, among="extra")) for n in sizes]
        verdicts = [_equivalent(d) for d in differences]
        verdict: Verdict = verdicts[0] if len(set(verdicts)) == 1 else "holds in part" if "holds" in verdicts else "cannot tell"
        as_good = [str(n) for n, v in zip(sizes, verdicts, strict=True) if v == "holds"]
        not_as_good = [str(n) for n, v in zip(sizes, verdicts, strict=True) if v == "does not hold"]
        first, last = differences[0], differences[-1]
        sentence = (
            f"With one pixel in place of ten the Leekasso's accuracy changes by {with_interval(first, points)} points at "
            f"n = {sizes[0]} and by {with_interval(last, points)} at n = {sizes[-1]}"
            + (f"; within one point at n = {', '.join(as_good)}" if as_good else "")
            + (f"; further off than that at n = {', '.join(not_as_good)}" if not_as_good else "")
            + "."
        )
        draws = len(evidence.paired("leekasso-1", "leekasso", sizes[0], among="extra"))
        plot = Plot(
            "paired_difference",
            "claim-8-one-pixel",
            {"sizes": sizes, "differences": differences, "margin": MARGIN, "label": "one pixel − ten"},
            f"Accuracy of the Leekasso with its single best pixel minus that with ten, on the same draws. Bars: 95 % Student t "
            f"intervals over {draws} draws of training sets, test images held fixed. Grey: within one point.",
            "Paired difference in accuracy between one pixel and ten, by training-set size, with intervals.",
        )
        rows = []
        for n, d, v in zip(sizes, differences, verdicts, strict=True):
            scores = [np.array(list(evidence.scores(m, n, among="extra").values())) for m in ("leekasso-1", "leekasso")]
            cells = [percent(mean_interval(values).estimate) for values in scores]
            rows.append([str(n), *cells, with_interval(d, points), _WORDS[v]])
        table = Table(
            f"Mean test accuracy over {draws} draws, the paired difference in points with its 95 % interval over draws, and "
            f"whether that lies within ± {100 * MARGIN:g} point.",
            ["n", "one pixel", "ten pixels", "difference", "about as good?"],
            rows,
        )
        return Answer(verdict, sentence, [plot], [table])


_WORDS = {"holds": "yes", "does not hold": "no", "cannot tell": "cannot tell"}


def _equivalent(difference: Interval) -> Verdict:
    if difference.low >= -MARGIN and difference.high <= MARGIN:
        return "holds"
    return "does not hold" if difference.high < -MARGIN or difference.low > MARGIN else "cannot tell"


CLAIM = OnePixel(8, "The Leekasso with only the single best pixel is about as good as with ten.", ("leekasso", "leekasso-1"))
