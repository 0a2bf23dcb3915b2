"""Vanishing gradient: the first layers get nothing to learn from."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.reading import chance_loss, fails_to_fit, known, last

VANISHED = 1e-3  # first weight layer's gradient over the last one's; in networks that train well it is between 0.1 and 10
NOTHING = 1e-6  # norm of the whole gradient at a loss in nats: no rate in use makes a step of it
HIGH_LOSS = 0.5  # of the loss at chance: where a vanished gradient is no success


def look(evidence: Evidence) -> Seen:
    """The first layer's gradient is a thousandth of the last one's, or there is none, while the loss is high."""
    if known(evidence, "gradient_ratio"):
        ratio = float(np.nanmedian(evidence.series("gradient_ratio")))
        words, numbers = f"The first layer's gradient is {ratio:.1g} times the last one's", {"gradient ratio": ratio}
        if ratio < VANISHED and fails_to_fit(evidence):
            return Seen(True, f"{words}, and the training rows are not learnt.", numbers)
        return Seen(False, f"{words}.", numbers)
    norm, loss, chance = last(evidence, "gradient_norm"), last(evidence, "train_loss"), chance_loss(evidence)
    words, numbers = f"The gradient's norm ended at {norm:.2g} and the training loss at {loss:.3g}", {"gradient norm": norm}
    if norm < NOTHING and loss > HIGH_LOSS * chance:
        return Seen(True, f"{words}: there is much to learn and nothing to learn it by.", numbers)
    return Seen(False, f"{words}; by layer it was not recorded.", numbers)


RULE = Rule("vanishing-gradient", "vanishing gradient", look)
