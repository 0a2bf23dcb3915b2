"""Underfitting: training has converged, and the network cannot do what a simple model does."""

from __future__ import annotations

import numpy as np

from bigenough.rules import (
    dead_units,
    inputs_badly_scaled,
    rate_decayed,
    rate_too_high,
    rate_too_low,
    saturated_units,
    vanishing_gradient,
)
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import NEAR_GAP, below_baseline, last, need_unbroken, percent, points
from bigenough.rules.reading import fitted as is_fitted
from bigenough.rules.trends import improving

CAUSES = (rate_too_high, rate_too_low, rate_decayed, dead_units, saturated_units, vanishing_gradient, inputs_badly_scaled)
HEAVY_DROPOUT = 0.7  # beyond it fewer than a third of the units are left to an update


def look(evidence: Evidence) -> Seen:
    """The loss has come to rest, the training rows are not learnt, and a simple model does better on held-out rows."""
    need_unbroken(evidence)
    train = last(evidence, "train_score")
    numbers = {"train score": train}
    words = f"The training {evidence.score_name} ended at {percent(train)}"
    if is_fitted(evidence):
        return Seen(False, f"{words}: the network can do it.", numbers)
    if improving(evidence).still:
        raise NotApplicableError("the training has not converged, so that it does not show what the network can do")
    for cause in CAUSES:
        if cause.RULE.check(evidence).outcome == "found":
            raise NotApplicableError(f"another cause was found, {cause.RULE.code}, which keeps the network from what it can do")
    lag = below_baseline(evidence)
    if lag is None:
        evidence.need("baseline")
        raise NotApplicableError("the held-out score was not recorded")
    held_out = last(evidence, "held_out_score")
    numbers |= {"held-out score": held_out, "simple model's held-out score": float(evidence.need("baseline"))}
    if lag > 0 and train - held_out < NEAR_GAP:
        settings = evidence.settings or {}
        dropout = np.max(settings.get("dropout") or 0.0)  # of several kinds of layers it is a list
        heavy = dropout > HEAVY_DROPOUT or (settings.get("weight_decay") or 0) > 0
        why = "regularised too strongly, or too small" if heavy else "too small for these data, or built wrong"
        words += f" and no longer rises, and a simple model is {points(lag)} better on the held-out rows"
        return Seen(True, f"{words}: the network is {why}.", numbers)
    return Seen(False, f"{words}; a simple model does not show that more is to be had by a larger network.", numbers)


RULE = Rule("underfitting", "underfitting: too little capacity", look)
