"""Stuck at the majority class or at chance: the network has learnt nothing but the classes' shares."""

from __future__ import annotations

import math

import numpy as np

from bigenough.rules import non_finite
from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import BELOW, FITTED_SCORE, chance_loss, known, last, percent, recorded, score_error

NEAR = 0.02  # of the score, from the majority's share; of many classes no more than that share again
FELL = 0.7  # of the first loss; where the classes are not known, and their shares may bring it down somewhat
LEARNT = 0.95  # of the loss at chance: whoever is above it has learnt next to nothing


def look(evidence: Evidence) -> Seen:
    """Compare the training rows' score and loss with always giving the largest class."""
    if non_finite.RULE.check(evidence).outcome == "found":
        raise NotApplicableError("the loss is no finite number, and then the score says nothing")
    score = last(evidence, "train_score")
    if evidence.y_train is None and evidence.chance is None and evidence.n_classes is None and known(evidence, "train_loss"):
        end, start = last(evidence, "train_loss"), chance_loss(evidence)
        if end < FELL * start:
            return Seen(False, f"The training loss fell to {end:.3g}, so that something was learnt.", {"train loss": end})
    chance = _chance(evidence)
    if evidence.baseline is not None and evidence.baseline < chance + BELOW:
        raise NotApplicableError("a simple model is no better than the majority class either")
    numbers = {"train score": score, "majority class": chance}
    words = f"The training {evidence.score_name} ended at {percent(score)}; the largest class alone gives {percent(chance)}"
    if score > chance + max(min(NEAR, chance), 0.5 * score_error(chance, evidence.n_train)) or score >= FITTED_SCORE:
        return Seen(False, f"{words}.", numbers)
    if known(evidence, "train_loss"):
        loss, entropy = last(evidence, "train_loss"), _entropy(evidence, chance)
        numbers["train loss"] = loss
        if evidence.settings is None or evidence.settings.get("loss") != "squared error":
            numbers["loss at chance"] = entropy
            if loss < LEARNT * entropy:
                return Seen(
                    False, f"{words}, but its loss of {loss:.3g} is below the {entropy:.3g} of knowing nothing.", numbers
                )
    return Seen(True, f"{words}: it has learnt nothing else.", numbers)


def _chance(evidence: Evidence) -> float:
    """Share of the largest class among the training rows; from the curve alone where neither labels nor classes are known.

    A network that has learnt nothing has the loss of k equal classes and is right on one in k; or its held-out score does
    not move at all, being the share of one class.
    """
    if evidence.y_train is not None:
        return float(np.bincount(evidence.y_train).max() / len(evidence.y_train))
    if evidence.chance is not None:
        return evidence.chance
    if evidence.n_classes is not None:
        return 1 / evidence.n_classes
    score, loss = last(evidence, "train_score"), last(evidence, "train_loss")
    classes = round(math.exp(loss)) if loss < 7 else 0
    if classes >= 2 and abs(loss - math.log(classes)) < 0.01 * loss and abs(score - 1 / classes) < min(NEAR, 1 / classes):
        return 1 / classes
    updates, held_out = recorded(evidence, "held_out_score")
    late = held_out[updates >= updates[-1] / 2]
    if len(late) >= 4 and np.ptp(late) == 0 and abs(score - late[0]) < 2 * NEAR:
        return float(late[0])
    raise NotApplicableError("the share of the majority class is not known, and the curve does not give it away")


def _entropy(evidence: Evidence, chance: float) -> float:
    """Least loss of giving the classes' shares: with labels their entropy, else that of two classes with this majority."""
    if evidence.y_train is not None:
        shares = np.bincount(evidence.y_train) / len(evidence.y_train)
        return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
    if evidence.n_classes is not None and evidence.chance is None:
        return math.log(evidence.n_classes)
    return float(-sum(p * math.log(p) for p in (chance, 1 - chance) if p > 0))


RULE = Rule("stuck-at-chance", "stuck at the majority class or at chance", look)
