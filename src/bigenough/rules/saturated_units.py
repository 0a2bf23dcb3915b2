"""Saturated units: the ends of tanh or of a sigmoid, where the gradient is nearly zero."""

from __future__ import annotations

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.idle import look_for_idle


def look(evidence: Evidence) -> Seen:
    """Half of the units or more are at an end for every training row."""
    return look_for_idle(evidence, ("tanh", "sigmoid", "logistic"), "saturated")


RULE = Rule("saturated-units", "saturated hidden units", look)
