"""Exploding gradient: it grows many times over and the loss with it."""

from __future__ import annotations

import numpy as np

from bigenough.rules import rate_too_high
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.reading import chance_loss, fails_to_fit, known, last

GROWTH = 100.0  # largest norm over the first one's; a gradient that serves shrinks as the loss falls
RATIO = 1e3  # first weight layer's over the last one's, likewise as `vanishing_gradient.VANISHED`


def look(evidence: Evidence) -> Seen:
    """The norm grew a hundredfold, or backwards through the layers a thousandfold, and nothing was learnt."""
    norms = evidence.series("gradient_norm")
    norms = norms[np.isfinite(norms)]
    growth = float(norms.max() / norms[0]) if len(norms) and norms[0] > 0 else 1.0
    numbers = {"growth of the gradient norm": growth}
    end, failing = last(evidence, "train_loss"), fails_to_fit(evidence)
    too_high = rate_too_high.RULE.check(evidence).outcome == "found"
    if failing and growth > GROWTH and not end < chance_loss(evidence) and not too_high:
        words = f"The gradient's norm grew {growth:.0f}-fold, to {norms.max():.2g}, and the loss ended at {end:.3g}"
        return Seen(True, f"{words}, no better than knowing nothing.", numbers)
    if known(evidence, "gradient_ratio"):
        ratio = float(np.nanmedian(evidence.series("gradient_ratio")))
        numbers["gradient ratio"] = ratio
        if ratio > RATIO and failing:
            words = f"The first layer's gradient is {ratio:.0f} times the last one's"
            return Seen(True, f"{words}, and the training rows are not learnt.", numbers)
    if too_high and growth > GROWTH:
        words = f"The gradient's norm grew {growth:.3g}-fold with a loss that diverged, so that the rate comes first"
        return Seen(False, f"{words}.", numbers)
    return Seen(False, f"The gradient's norm was at most {growth:.3g} times its first value.", numbers)


RULE = Rule("exploding-gradient", "exploding gradient", look)
