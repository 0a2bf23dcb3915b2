"""Overfitting: the training rows are learnt by heart, at the cost of the others."""

from __future__ import annotations

import math

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import (
    FITTED_SCORE,
    NEAR_GAP,
    UNSURE_LOSS,
    below_baseline,
    chance_loss,
    known,
    last,
    need_unbroken,
    percent,
    points,
    score_error,
)
from bigenough.rules.rising import best_of, overtrained, smooth
from bigenough.rules.trends import still_improving

DROP = 0.03  # of the held-out score below its best: the least that the diagnosis aims at
NEAR_CEILING = 0.95  # training score: what is still to be gained there is less than what may be lost elsewhere

TO_COMPARE = "what a simple model gets from the same rows would say whether that is too little"


def look(evidence: Evidence) -> Seen:
    """With the training rows nearly all right, held-out score was better before, or a simple model does better.

    In a log training scores are means over an epoch with dropout on, or missing: there the held-out loss says it too, by
    rising while the training loss falls; and where no held-out loss was recorded, the scores do likewise.
    """
    need_unbroken(evidence)
    held_out, name = last(evidence, "held_out_score"), evidence.score_name
    by_loss = evidence.running and overtrained(evidence)
    words, numbers = f"The {name} ended at {percent(held_out)} on the held-out rows", {"held-out score": held_out}
    train = math.nan
    if known(evidence, "train_score") or not by_loss:
        train = last(evidence, "train_score")
        words = f"The {name} ended at {percent(train)} on the training rows and at {percent(held_out)} on the held-out rows"
        numbers["train score"] = train
    unsure = known(evidence, "train_loss") and last(evidence, "train_loss") > UNSURE_LOSS * chance_loss(evidence)
    if not by_loss and (train < NEAR_CEILING or train <= held_out or unsure):
        why = f"fewer than {percent(NEAR_CEILING)} of them are right" if train < NEAR_CEILING else "they are right by little"
        why = why if train > held_out else "they do no better than the others"
        fell, when = _fall(evidence, held_out)
        better = f"{points(fell)} better after {evidence.units(when)}"
        if fell and not known(evidence, "held_out_loss"):
            if evidence.running and train - _train_score(evidence, when) >= DROP:
                return Seen(True, f"{words}; that was {better}, and the training rows got better since.", numbers)
            raise NotApplicableError(
                f"{words[0].lower()}{words[1:]}, where it was {better}; a held-out loss would say whether the training rows "
                "are learnt by heart"
            )
        if (
            train - held_out > max(NEAR_GAP, 2 * score_error(held_out, evidence.n_held_out))
            and below_baseline(evidence) is None
        ):
            raise NotApplicableError(f"{words[0].lower()}{words[1:]}; {TO_COMPARE}")
        return Seen(False, f"{words}: the training rows are not learnt by heart, since {why}.", numbers)
    if still_improving(evidence):
        return Seen(False, f"{words}, and the held-out rows still get better.", numbers)
    drop, when = _fall(evidence, held_out)
    if drop:
        numbers |= {"best held-out score": held_out + drop, f"{evidence.unit}s at the best": float(when)}
        return Seen(True, f"{words}; that was {points(drop)} better after {evidence.units(when)}.", numbers)
    lag = below_baseline(evidence)
    if lag is not None and lag > 0 and train >= FITTED_SCORE:
        return Seen(True, f"{words}, {points(lag)} less than a simple model that learnt from the same rows.", numbers)
    if lag is None and train - held_out > NEAR_GAP:
        raise NotApplicableError(f"{words[0].lower()}{words[1:]}; {TO_COMPARE}")
    return Seen(False, f"{words}.", numbers)


def _fall(evidence: Evidence, held_out: float) -> tuple[float, int]:
    """By how much the running median of the held-out score was better at its best, and when; 0 where that may be chance."""
    updates, values = evidence.updates(), evidence.series("held_out_score")
    finite = np.isfinite(values)
    updates, values = updates[finite], values[finite]
    middle = smooth(values)
    noise = 1.4826 * float(np.median(np.abs(values - middle)))
    at = best_of(middle, values)
    drop = float(middle.max()) - held_out
    sure = drop >= DROP and drop > 2 * max(noise, score_error(held_out, evidence.n_held_out))
    return (drop if sure else 0.0), int(updates[at])


def _train_score(evidence: Evidence, when: int) -> float:
    """Training score at that update, by the running median."""
    values = smooth(evidence.series("train_score"))
    return float(values[np.searchsorted(evidence.updates(), when)])


RULE = Rule("overfitting", "overfitting", look)
