"""What the rules on idle hidden units share."""

from __future__ import annotations

from bigenough.rules.base import Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import fails_to_fit, last, need_unbroken, never_a_number

IDLE = 0.5  # of the hidden units; on few rows many units are idle in networks that do well, so that harm must show too


def look_for_idle(evidence: Evidence, activations: tuple[str, ...], state: str) -> Seen:
    """Half of the units are idle at the end, and the training rows are not learnt."""
    activation = str(evidence.setting("activation")).lower()
    if activation not in activations:
        raise NotApplicableError(f"units of activation {activation} are not {state}")
    need_unbroken(evidence)
    if never_a_number(evidence):
        raise NotApplicableError("the loss never was a number, and then nothing else is said of the units")
    share = last(evidence, "idle_share")
    words, numbers = f"{100 * share:.0f} % of the hidden units are {state} for every training row", {"share of units": share}
    if share < IDLE:
        return Seen(False, f"{words}.", numbers)
    if fails_to_fit(evidence):
        return Seen(True, f"{words}, and the training rows are not learnt.", numbers)
    return Seen(False, f"{words}, but the others do.", numbers)
