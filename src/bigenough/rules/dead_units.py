"""Dead units: rectified units that no training row switches on any more."""

from __future__ import annotations

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.idle import look_for_idle


def look(evidence: Evidence) -> Seen:
    """Half of the units or more give zero for every training row."""
    return look_for_idle(evidence, ("relu",), "zero")


RULE = Rule("dead-units", "dead hidden units", look)
