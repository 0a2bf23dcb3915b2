"""Overconfident: the held-out loss rises while the training rows are learnt; the labels may be none the worse.

A network that has its training rows right goes on to make their probabilities extreme, and with them those of the rows that
it has wrong. Its score does not show that. Where the score falls too, that is overfitting.
"""

from __future__ import annotations

import numpy as np

from bigenough.rules import overfitting, rate_too_high
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import known, percent, recorded
from bigenough.rules.rising import rise_of


def look(evidence: Evidence) -> Seen:
    """The held-out loss ended clearly above its lowest, and the training loss fell meanwhile."""
    rise = rise_of(evidence)
    numbers = {
        "held-out loss": rise.end, "lowest held-out loss": rise.lowest, f"{evidence.unit}s at the lowest": float(rise.at),
    }  # fmt: skip
    words = f"The held-out loss was lowest after {evidence.units(rise.at)}, {rise.lowest:.3g}, and ended at {rise.end:.3g}"
    if not rise.clear:
        return Seen(False, f"{words}: it has not clearly risen.", numbers)
    if not rise.learnt:
        return Seen(False, f"{words}, but the training loss did not fall meanwhile.", numbers)
    if rate_too_high.RULE.check(evidence).outcome == "found":
        raise NotApplicableError("the training diverged, and then probabilities say nothing")
    if overfitting.RULE.check(evidence).outcome == "found":
        raise NotApplicableError("the score fell too, which is overfitting")
    words += ", while the training loss fell: its probabilities became too sure of themselves. Stop there, or regularise"
    if known(evidence, "held_out_score"):
        then, scores = recorded(evidence, "held_out_score")
        score = float(scores[np.searchsorted(then, rise.at).clip(max=len(then) - 1)])
        how = "and rose to" if scores[-1] > score else "and"
        words += f", where probabilities count; the {evidence.score_name} was {percent(score)} there {how} "
        words += f"{percent(scores[-1])} in the end"
    return Seen(True, f"{words}.", numbers)


RULE = Rule("overconfident", "overconfident: the held-out loss rises", look)
