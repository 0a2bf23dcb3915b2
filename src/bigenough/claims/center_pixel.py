"""Claim 9: a data-free rule works, centre pixel black means 0 and ink means 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent
from bigenough.models.pixel import CENTER_PIXEL
from bigenough.stats import wilson

WORKS = 0.95  # a rule that looked at no data and errs at most once in twenty


@dataclass(frozen=True)
class CenterPixelRule(ClaimText):
    """Tries the rule on every image that there is: it was fitted on none."""

    def answer(self, evidence: Evidence) -> Answer:
        """Judge by the standard test images."""
        data = evidence.data
        rule = CENTER_PIXEL.rule(CENTER_PIXEL.recipe, data)
        labels, _ = rule.predict(data.flat(np.arange(len(data.y))))
        right = labels == data.y
        pool = np.setdiff1d(np.arange(len(data.y)), data.holdout)
        test = wilson(int(right[data.holdout].sum()), len(data.holdout))
        verdict: Verdict = "holds" if test.low > WORKS else "does not hold" if test.high < WORKS else "cannot tell"
        sentence = (
            f"Ink in the centre pixel means 1: without any training this is right for {percent(test.estimate)} of the "
            f"{len(data.holdout):,} standard test images (95 % Wilson interval over images {percent(test.low)} to "
            f"{percent(test.high)}) and for {percent(float(right[pool].mean()))} of the {len(pool):,} training images."
        )
        inked = labels == rule.above
        shares = [float(inked[data.y == code].mean()) for code in range(len(data.classes))]
        plot = Plot(
            "center_pixel",
            "claim-9-center-pixel",
            {
                "classes": data.classes,
                "means": [data.X[data.y == code].mean(axis=0) for code in range(len(data.classes))],
                "center": divmod(rule.pixel, data.X.shape[2]),
                "inked": shares,
            },
            "Mean image of each digit over all MNIST, the centre pixel framed, and the share of images with any ink there.",
            "A mean zero with an empty centre, a mean one with a dark centre, and bars of how often the centre has ink: "
            + ", ".join(f"{percent(s)} of {c}s" for c, s in zip(data.classes, shares, strict=True)),
        )
        rows = []
        for name, part in (("training", pool), ("standard test", data.holdout)):
            for code, digit in enumerate(data.classes):
                of_class = part[data.y[part] == code]
                rows.append([name, digit, f"{len(of_class):,}", percent(float(right[of_class].mean()))])
        table = Table("Right answers of the centre-pixel rule.", ["images", "digit", "number", "right"], rows)
        return Answer(verdict, sentence, [plot], [table])


CLAIM = CenterPixelRule(9, "A data-free rule works: centre pixel black means 0, ink means 1.", ("center-pixel",))
