"""What every rule is: a code, a title and a look at the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.types import Finding


@dataclass(frozen=True)
class Seen:
    """What a look gave: whether the cause is there, a sentence, and the numbers behind it."""

    found: bool
    explanation: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One cause, read off recorded training.

    Attributes
    ----------
    code : str
        Stable short name, such as ``"too-few-updates"``.
    title : str
        For people, such as ``"not converged: too few updates"``.
    look : callable
        `Evidence` to `Seen`; raises `NotApplicableError` where it lacks what it looks at.
    of_regressions : bool
        Whether its reasons hold for a network that predicts numbers too.
    """

    code: str
    title: str
    look: Callable[[Evidence], Seen]
    of_regressions: bool = False

    def check(self, evidence: Evidence) -> Finding:
        """Say whether the cause is there: found, passed, or not applicable and why."""
        if evidence.regression and not self.of_regressions:
            return Finding(self.code, "not applicable", "it is a regression, and the rule is for classifiers")
        try:
            seen = self.look(evidence)
        except NotApplicableError as reason:
            return Finding(self.code, "not applicable", str(reason))
        return Finding(self.code, "found" if seen.found else "passed", seen.explanation, seen.numbers)
