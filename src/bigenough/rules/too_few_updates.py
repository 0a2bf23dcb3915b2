"""Not converged: the training stopped while it still got better."""

from __future__ import annotations

from bigenough.rules import rate_decayed
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.rate_too_low import tiny_steps
from bigenough.rules.trends import improving


def look(evidence: Evidence) -> Seen:
    """Training loss, and held-out loss or score, still improve at the end, and the steps are not what is small."""
    seen = improving(evidence)
    numbers = {"fall of the loss per factor 4": -seen.loss.change, "standard error": seen.loss.error}
    if not seen.still:
        return Seen(False, f"{seen.words}: more of the same would change little.", numbers)
    small = tiny_steps(evidence)
    if small is not None:
        return Seen(False, f"{seen.words}: it still gets better, but {small}, so that the rate comes first.", numbers)
    if rate_decayed.RULE.check(evidence).outcome == "found":
        return Seen(
            False, f"{seen.words}: it still gets better, but the rate is nearly 0, so that the schedule comes first.", numbers
        )
    return Seen(True, f"{seen.words}: it stopped while it still got better.", numbers)


RULE = Rule("too-few-updates", "not converged: too few updates", look)
