"""Values that are not finite: the training broke down."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.reading import known, never_a_number, recorded


def look(evidence: Evidence) -> Seen:
    """Look for the first checkpoint whose loss is no finite number; a score without a loss tells that the loss was none."""
    updates = evidence.updates()
    if never_a_number(evidence):
        return Seen(True, "The loss was no finite number from the start.", {f"{evidence.unit}s": float(updates[0])})
    firsts, names = [], []
    for column, name in (("train_loss", "loss"), ("held_out_loss", "held-out loss")):
        if column == "train_loss" or known(evidence, column):
            when, values = recorded(evidence, column)
            firsts += when[~np.isfinite(values)][:1].tolist()
            names += [name] * (not np.isfinite(values).all())
    if not firsts:
        when, _ = recorded(evidence, "train_loss" if known(evidence, "train_loss") else "held_out_loss")
        return Seen(False, f"The loss was finite at all {len(when)} checkpoints, up to {evidence.units(float(when[-1]))}.")
    first = min(firsts)
    return Seen(
        True, f"The {names[0]} was no finite number after {evidence.units(first)}.", {f"{evidence.unit}s": float(first)}
    )


RULE = Rule("non-finite", "values that are not finite", look, of_regressions=True)
