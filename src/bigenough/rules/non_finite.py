"""Values that are not finite: the training broke down."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence


def look(evidence: Evidence) -> Seen:
    """Look for the first checkpoint whose training loss is no finite number; the first of all may lack one."""
    updates, loss = evidence.updates(), evidence.need("curve").train_loss
    known = evidence.series("train_loss")
    bad = ~np.isfinite(known)
    held_out = evidence.need("curve").held_out_loss
    if not np.isnan(held_out).all():
        bad |= ~np.isfinite(held_out)
    if not bad.any():
        last = f"The loss was finite at all {len(loss)} checkpoints"
        return Seen(False, f"{last}, up to {evidence.units(float(updates[-1]))}.")
    first = int(updates[np.argmax(bad)])
    return Seen(True, f"The loss was no finite number after {evidence.units(first)}.", {f"{evidence.unit}s": float(first)})


RULE = Rule("non-finite", "values that are not finite", look)
