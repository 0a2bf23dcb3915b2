"""Test set too small: its score's interval holds everything that one would tell apart."""

from __future__ import annotations

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.reading import last, percent, points
from bigenough.stats import wilson

WIDE = 0.2  # half the interval: with two equal classes, 70 % right could not be told from chance
CLEAR = 0.1  # above chance, as the score stands: then it is the rows that are too few, and not the network that is bad


def look(evidence: Evidence) -> Seen:
    """Take the interval of the held-out score over rows, and see whether it is wide, or holds chance."""
    n, score = evidence.need("n_held_out"), last(evidence, "held_out_score")
    if evidence.score_name not in ("accuracy", "score"):
        return Seen(
            False, f"{n} held-out rows; of {evidence.score_name} the interval is not known.", {"held-out rows": float(n)}
        )
    interval = wilson(round(score * n), n)
    half = (interval.high - interval.low) / 2
    ends = f"{percent(interval.low)} to {percent(interval.high)}"
    words = f"{n} held-out rows give {percent(score)}, with a 95 % interval from {ends}"
    numbers = {"held-out rows": float(n), "low": interval.low, "high": interval.high}
    if half > WIDE:
        return Seen(True, f"{words}: differences below {points(half)} cannot be seen.", numbers)
    if evidence.chance is not None and interval.low <= evidence.chance <= score - CLEAR:
        return Seen(True, f"{words}, which holds the {percent(evidence.chance)} of the largest class.", numbers)
    return Seen(False, f"{words}.", numbers)


RULE = Rule("test-too-small", "test set too small to say anything", look)
