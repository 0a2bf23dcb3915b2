"""Not converged: a schedule lowered the learning rate to nothing too early."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import rate_time, rates
from bigenough.rules.trends import improving

NOTHING = 0.05  # of the highest rate, on average over the last half of the updates; a cosine to zero leaves 0.18


def look(evidence: Evidence) -> Seen:
    """The rate is nearly gone, and the loss still falls against the sum of the rates, which is the way that was gone."""
    at, updates = rates(evidence), evidence.updates()
    if not at.max() > 0:
        raise NotApplicableError("the learning rate was 0 throughout")
    late = updates >= updates[-1] / 2
    share = float(np.mean(at[late]) / at.max())
    numbers = {"rate in the last half, of the highest": share}
    if share >= NOTHING:
        return Seen(False, f"In the last half of training the rate was {100 * share:.3g} % of its highest.", numbers)
    words = f"In the last half of training the rate was only {100 * share:.2g} % of its highest"
    seen = improving(evidence, rate_time(updates, at))
    if not seen.still:
        return Seen(False, f"{words}, but the loss had stopped to fall before.", numbers)
    fall = f"{seen.words[0].lower()}{seen.words[1:]}"
    return Seen(True, f"{words}, while {fall}: it got better as long as it moved.", numbers)


RULE = Rule("rate-decayed", "not converged: learning rate decayed to nothing", look, of_regressions=True)
