"""What both champions make of each class: confusion matrices, and the share of a class that is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigenough.exhibits import Plot, Table
from bigenough.figures.confusion import shares
from bigenough.formats import percent, with_interval
from bigenough.running import plan
from bigenough.stats import mean_interval
from bigenough.types import Dataset, Floats, Run, Study
from bigenough.verdict import Verdict


def class_exhibits(study: Study, data: Dataset, records: Sequence[Run], verdict: Verdict) -> tuple[Plot | None, Table | None]:
    """Plan confusion matrices and the table by class of both champions, at the largest size that was compared."""
    if not verdict.comparisons:
        return None, None
    last = verdict.comparisons[-1]
    draws = {(c.draw.size, c.draw.repeat): c.draw for c in plan(study, data)}
    matrices, rights = {}, {}
    for name in (last.challenger_champion, last.baseline_champion):
        runs = [r for r in records if r.recipe == name and r.size == last.size and r.test_labels is not None]
        truth = [data.y[draws[r.size, r.repeat].test] for r in runs]
        labels = [np.asarray(r.test_labels, np.int64) for r in runs]
        n = len(data.classes)
        matrices[name] = shares(np.concatenate(truth), np.concatenate(labels), n)
        with np.errstate(invalid="ignore"):
            each = np.stack([np.diag(shares(t, predicted, n)) for t, predicted in zip(truth, labels, strict=True)])
        rights[name] = each
    plot = Plot(
        "confusion", "confusion", {"matrices": matrices, "classes": data.classes},
        f"Which class is taken for which, with {last.size:,} training rows: share of each class's test rows (%), all draws.",
        "Confusion matrices of " + " and ".join(matrices),
    )  # fmt: skip
    rows = []
    for code, label in enumerate(data.classes):
        row = [label, f"{np.mean([(t == code).sum() for t in truth]):,.1f}".removesuffix(".0")]
        for name in matrices:
            values = rights[name][:, code]
            row.append(_share_right(values[np.isfinite(values)]))
        rows.append(row)
    caption = (
        "Share of each class's test rows that is right: mean over draws, with its 95 % Student t interval over draws; none "
        "where all draws agree."
    )
    return plot, Table(caption, ["class", "test rows a draw", *matrices], rows)


def _share_right(values: Floats) -> str:
    if not len(values):
        return "–"
    return with_interval(mean_interval(values, bounds=(0.0, 1.0)), percent) if np.ptp(values) > 0 else percent(values[0])
