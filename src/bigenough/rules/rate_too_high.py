"""Learning rate too high: the loss diverges, or goes up and down without falling."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import chance_loss, fails_to_fit, fitted, known, last, recorded

DIVERGED = 2.0  # times the loss at chance and the first one: a network that knows nothing has a lower loss
RISE = 0.1  # of the loss at chance, in the median over the rises between checkpoints
SHARE_OF_RISES = 0.3  # of the last steps between checkpoints; a loss that falls well has few, one that falls no more half
LEAST_STEPS = 4  # between checkpoints, in the last three quarters
LEAST_RISES = 3  # of those: one or two are an unlucky batch
OVERSHOT = 3.0  # likewise, at any checkpoint of a network that never learnt its training rows
LEAP, FIRST_LEAP = 0.3, 1.0  # of the weights' size in one update: what was there before is gone
FIRST = 3  # updates that may leap further: Adam's first steps are as large as its rate, whatever the gradient


def look(evidence: Evidence) -> Seen:
    """Look for a loss that breaks down, ends above chance, swings, or a network that leaps and does not learn."""
    updates, losses = recorded(evidence, "train_loss")
    finite = np.isfinite(losses)
    if not finite.any() or not finite[0]:
        raise NotApplicableError("the loss was never finite, so that it shows no rate")
    if not finite.all():
        broke = int(updates[np.argmin(finite)])
        return Seen(True, f"The loss began finite, at {losses[0]:.3g}, and was no number after {evidence.units(broke)}.")
    end = last(evidence, "train_loss")
    if evidence.regression:
        return _of_regression(end, float(losses[0]))
    chance = chance_loss(evidence)
    if end > DIVERGED * max(chance, float(losses[0])):
        words = f"The training loss ended at {end:.3g}; it began at {losses[0]:.3g}, and knowing nothing costs {chance:.3g}."
        return Seen(True, words, {"final training loss": end, "loss at chance": chance})
    late = losses[updates >= updates[-1] / 4]
    steps = np.diff(late)
    rises = steps[steps > 0]
    swing = float(np.median(rises)) if len(rises) else 0.0
    numbers = {"median rise between checkpoints": swing, "loss at chance": chance}
    enough = len(steps) >= LEAST_STEPS and len(rises) >= max(LEAST_RISES, SHARE_OF_RISES * len(steps))
    swings = enough and swing > RISE * chance
    if swings and not fitted(evidence):
        words = f"In the last three quarters of training the loss rose {len(rises)} of {len(steps)} times between checkpoints"
        return Seen(True, f"{words}, by {swing:.2g} in the median, where knowing nothing costs {chance:.2g}.", numbers)
    failing, peak = fails_to_fit(evidence), float(losses.max())
    if failing and peak > OVERSHOT * max(chance, float(losses[0])):
        at = evidence.units(float(updates[np.argmax(losses)]))
        words = (
            f"The training loss shot up from {losses[0]:.3g} to {peak:.3g} after {at}, where knowing nothing costs {chance:.2g}"
        )
        return Seen(True, f"{words}; the training rows are not learnt.", {**numbers, "highest training loss": peak})
    if failing and known(evidence, "step_ratio"):
        when, steps = evidence.updates(), evidence.series("step_ratio")
        leaps = steps > np.where(when > FIRST, LEAP, FIRST_LEAP)
        if leaps.any():
            leap, at = float(steps[leaps].max()), evidence.units(float(when[leaps][0]))
            words = f"After {at} a single update moved the weights by {100 * leap:.0f} % of their size"
            return Seen(True, f"{words}; the training rows are not learnt.", {**numbers, "largest step, of the weights": leap})
    return Seen(False, f"The training loss ended at {end:.3g} without diverging or swinging.", numbers)


def _of_regression(end: float, start: float) -> Seen:
    """Judge by the ends alone: how much a swing is, is not known where it is not known what knowing nothing costs."""
    words, numbers = f"The training loss ended at {end:.3g}; it began at {start:.3g}", {"final training loss": end}
    if end > DIVERGED * start > 0:
        return Seen(True, f"{words}.", numbers)
    return Seen(False, f"{words}. Of a regression it is not known how much it may swing.", numbers)


RULE = Rule("rate-too-high", "learning rate too high: oscillating or diverged", look, of_regressions=True)
