"""What several rules read off a training: how high a loss is, whether it still falls, how well the network does.

Every threshold that more than one rule uses stands here, with its reason.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bigenough.rules.evidence import WORDS, Evidence, NotApplicableError
from bigenough.types import Floats

WINDOW = 4.0  # trends are read off the last three quarters of the updates: a factor of four, as more training comes in factors
LEAST_CHECKPOINTS = 4  # in that window; three points on a line are common by chance
UNTIL_LATE = 0.75  # of the training, until which a column is known at least that tells of its end
ENDS = 3  # values at either end of that window, of which the median is told
LEAST_FALL = 0.05  # of the loss at chance, per factor of four: a smaller gain is worth less than a point or two of accuracy
LEAST_RISE = 0.02  # of the score, likewise
SIGMAS = 3.0  # a trend must stand out of the noise about it; with several rules on a curve two would be too few
FITTED_SCORE = 0.98  # training rows that are right
FITTED_LOSS = 0.1  # of the loss at chance: where most training rows are right with probability above 0.9
UNSURE_LOSS = 0.3  # of the loss at chance: above it rows are right by a narrow margin, and training is not done
BELOW = 0.03  # below a simple model's score: what counts as doing badly; the diagnosis aims at losses of 3 points and more
NEAR_GAP = 0.1  # training less held-out score: with more, the network has room to learn by heart
LAST_SHARE = 0.1  # of the updates, over which an end value is the median
FEWEST_CLASSES, MANY_CLASSES = 2, 10  # between these the loss at chance lies, where nothing else is known


def last(evidence: Evidence, column: str) -> float:
    """End value of a column: the median over the last tenth of the updates, without what is not finite."""
    updates, values = evidence.updates(), evidence.series(column)
    finite = np.isfinite(values)
    late = values[finite & (updates >= (1 - LAST_SHARE) * updates[-1])]
    return float(np.median(late)) if len(late) else float(values[finite][-1] if finite.any() else values[-1])


def recorded(evidence: Evidence, column: str) -> tuple[NDArray[np.int64], Floats]:
    """Updates and values of a column, shape (n,) each, without the gaps of a log."""
    updates, values = evidence.updates(), evidence.series(column)
    there = ~np.isnan(values) if evidence.running else np.ones(len(values), bool)
    return updates[there], values[there]


def never_a_number(evidence: Evidence) -> bool:
    """Whether the training loss broke down before the first checkpoint, as a score that stands without a loss tells."""
    return not evidence.running and known(evidence, "train_score") and not known(evidence, "train_loss")


def need_unbroken(evidence: Evidence, *columns: str) -> None:
    """See that each loss that was recorded is a number at the end.

    Raises
    ------
    NotApplicableError
        It broke down for good, and values from before tell nothing of the network that there is.
    """
    for column in columns or ("train_loss", "held_out_loss"):
        if known(evidence, column):
            updates, values = recorded(evidence, column)
            finite = np.flatnonzero(np.isfinite(values))
            if not len(finite) or finite[-1] < len(values) - 1:
                since = evidence.units(float(updates[finite[-1] + 1 if len(finite) else 0]))
                what = WORDS[column].removesuffix(" was")
                raise NotApplicableError(f"{what} is no number from {since} to the end, and then the curves say nothing else")


def chance_loss(evidence: Evidence) -> float:
    """Training loss of always giving the classes' shares: the entropy of the labels in nats.

    Where neither labels nor classes are known it is the first loss, kept between those of 2 and of 10 equal classes.

    Raises
    ------
    NotApplicableError
        It is a regression: there, that loss is in units of the target.
    """
    if evidence.regression:
        raise NotApplicableError("of a regression it is not known what knowing nothing costs")
    if evidence.settings is not None and evidence.settings.get("loss") == "squared error":
        return float(evidence.series("train_loss")[0])
    if evidence.y_train is not None:
        shares = np.bincount(evidence.y_train) / len(evidence.y_train)
        shares = shares[shares > 0]
        return max(float(-(shares * np.log(shares)).sum()), 0.05)  # one class only leaves nothing to learn
    if evidence.n_classes is not None:
        return math.log(evidence.n_classes)
    losses = evidence.series("train_loss" if known(evidence, "train_loss") else "held_out_loss")
    finite = losses[np.isfinite(losses)]
    first = float(finite[0]) if len(finite) else math.inf
    return min(max(first, math.log(FEWEST_CLASSES)), math.log(MANY_CLASSES))


def known(evidence: Evidence, column: str) -> bool:
    """Whether a column of the curve was recorded."""
    try:
        evidence.series(column)
    except NotApplicableError:
        return False
    return True


def fitted(evidence: Evidence) -> bool:
    """Whether the network has learnt its training rows: nearly all are right and surely so, or their loss is near 0."""
    right = known(evidence, "train_score") and last(evidence, "train_score") >= FITTED_SCORE
    if not known(evidence, "train_loss"):
        return right
    share = last(evidence, "train_loss") / chance_loss(evidence)
    return share <= (UNSURE_LOSS if right else FITTED_LOSS)


def score_error(score: float, n: int | None) -> float:
    """Standard error of a share of n rows; with one pseudo-row either way, so that it is never 0. 0 where n is unknown."""
    if n is None:
        return 0.0
    share = (score * n + 1) / (n + 2)
    return math.sqrt(share * (1 - share) / n)


def below_baseline(evidence: Evidence) -> float | None:
    """By how much the network is worse than a simple model, less two standard errors; None where that is not known."""
    if evidence.baseline is None or not known(evidence, "held_out_score"):
        return None
    score = last(evidence, "held_out_score")
    lag = evidence.baseline - score
    return lag if lag > max(BELOW, 2 * score_error(score, evidence.n_held_out)) else 0.0


def fails_to_fit(evidence: Evidence) -> bool:
    """Whether the training rows are not learnt, and a simple model, where there is one, does better."""
    lag = below_baseline(evidence)
    return not fitted(evidence) and (lag is None or lag > 0)


def does_badly(evidence: Evidence) -> bool:
    """Whether a simple model does better, or, where there is none, the training rows are not learnt."""
    lag = below_baseline(evidence)
    return lag > 0 if lag is not None else not fitted(evidence)


def rates(evidence: Evidence) -> Floats:
    """Learning rate at the checkpoints, shape (checkpoints,): as recorded, or from the settings' rate and decay."""
    if evidence.rates is not None:
        return evidence.rates
    if evidence.unit != "update" or evidence.settings is None or "decay" not in evidence.settings:
        return np.asarray(evidence.need("rates"))
    rate, decay = float(evidence.setting("learning_rate")), float(evidence.setting("decay"))
    values: Floats = rate / (1 + decay * evidence.updates().astype(float))
    return values


def rate_time(updates: NDArray[np.int64], at: Floats) -> Floats:
    """Sum of the rates of all updates so far, shape (checkpoints,), by the trapezium rule between checkpoints."""
    steps = np.diff(updates.astype(float), prepend=0.0)
    means = np.concatenate([at[:1], (at[1:] + at[:-1]) / 2])
    return np.cumsum(steps * means)


def percent(score: float) -> str:
    """Write a share in per cent, kept between 0 and 100."""
    return f"{100 * min(max(score, 0.0), 1.0):.1f} %"


def points(difference: float) -> str:
    """Write a difference of shares in points of a hundredth."""
    value = f"{100 * difference:.1f}"
    return f"{value} point{'' if value == '1.0' else 's'}"
