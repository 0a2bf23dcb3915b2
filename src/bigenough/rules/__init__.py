"""Rules: what recorded training tells of its own failures; one file a cause, nothing is trained."""

from __future__ import annotations

from bigenough.registry import RULES
from bigenough.rules.base import Rule
from bigenough.rules.evidence import Evidence
from bigenough.types import Finding

__all__ = ["Evidence", "Rule", "check_all"]


def check_all(evidence: Evidence) -> list[Finding]:
    """Put every rule to the evidence, in the order of the registry.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    list of Finding
        One a rule.

    Examples
    --------
    >>> {finding.outcome for finding in check_all(Evidence())}
    {'not applicable'}
    """
    return [RULES[code].check(evidence) for code in RULES]
