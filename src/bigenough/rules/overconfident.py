"""Overconfident: the held-out loss rises while the training rows are learnt; the labels may be none the worse.

A network that has its training rows right goes on to make their probabilities extreme, and with them those of the rows that
it has wrong. Its score does not show that. Where the score falls too, that is overfitting.
"""

from __future__ import annotations

import numpy as np

from bigenough.rules import overfitting, rate_too_high
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.overfitting import smooth
from bigenough.rules.reading import LEAST_CHECKPOINTS, SIGMAS, chance_loss, known, last, percent, recorded

RISE = 0.1  # of the loss at chance: as much as an item in ten whose probability says nothing any more
GROWN = 1.1  # times the lowest loss: where losses are high, a tenth of that at chance is little


def look(evidence: Evidence) -> Seen:
    """The held-out loss ended clearly above its lowest, and the training loss fell meanwhile."""
    updates, losses = recorded(evidence, "held_out_loss")
    if not np.isfinite(losses).all() or rate_too_high.RULE.check(evidence).outcome == "found":
        raise NotApplicableError("the training diverged, and then probabilities say nothing")
    if overfitting.RULE.check(evidence).outcome == "found":
        raise NotApplicableError("the score fell too, which is overfitting")
    if len(losses) < LEAST_CHECKPOINTS:
        raise NotApplicableError(f"the held-out loss has {len(losses)} values only")
    middle = smooth(losses)
    at, end = int(np.argmin(middle)), last(evidence, "held_out_loss")
    lowest, noise = float(middle[at]), 1.4826 * float(np.median(np.abs(losses - middle)))
    numbers = {"held-out loss": end, "lowest held-out loss": lowest, f"{evidence.unit}s at the lowest": float(updates[at])}
    words = f"The held-out loss was lowest after {evidence.units(float(updates[at]))}, {lowest:.3g}, and ended at {end:.3g}"
    if end - lowest < RISE * chance_loss(evidence) or end < GROWN * lowest or end - lowest < SIGMAS * noise:
        return Seen(False, f"{words}: it has not clearly risen.", numbers)
    when, training = recorded(evidence, "train_loss")
    before, after = training[when <= updates[at]], training[when > updates[at]]
    if len(before) and len(after) and np.median(after) >= before[-1]:
        return Seen(False, f"{words}, but the training loss did not fall meanwhile.", numbers)
    words += ", while the training loss fell: its probabilities became too sure of themselves. Stop there, or regularise"
    if known(evidence, "held_out_score"):
        then, scores = recorded(evidence, "held_out_score")
        score = float(scores[np.searchsorted(then, updates[at]).clip(max=len(then) - 1)])
        how = "and rose to" if scores[-1] > score else "and"
        words += (
            f", where probabilities count; the {evidence.score_name} was {percent(score)} there {how} {percent(scores[-1])}"
        )
        words += " in the end"
    return Seen(True, f"{words}.", numbers)


RULE = Rule("overconfident", "overconfident: the held-out loss rises", look)
