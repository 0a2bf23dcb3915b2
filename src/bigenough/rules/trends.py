"""How a column moves at the end of a training, and whether more training would help."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bigenough.rules.evidence import WORDS, Evidence, NotApplicableError
from bigenough.rules.reading import (
    ENDS,
    FITTED_SCORE,
    LEAST_CHECKPOINTS,
    LEAST_FALL,
    LEAST_RISE,
    SIGMAS,
    UNTIL_LATE,
    WINDOW,
    chance_loss,
    known,
    last,
    need_unbroken,
    percent,
)
from bigenough.types import Floats

NEAR = 0.03  # of the logarithm of time, a factor of four being 1.4


@dataclass(frozen=True)
class Trend:
    """How a column moves at the end of a training.

    Attributes
    ----------
    start, begin, end : float
        Where the window begins, in updates, and the medians of the first and the last three values in it.
    change : float
        Per factor of four of training; of the whole window or of its second half, whichever is smaller in size, and 0 where
        the two differ in sign.
    error : float
        Standard error of that.
    """

    start: int
    begin: float
    end: float
    change: float
    error: float

    @property
    def clear(self) -> bool:
        """Whether it stands out of the noise."""
        return abs(self.change) > SIGMAS * self.error


def trend(evidence: Evidence, column: str, time: Floats | None = None) -> Trend:
    """Fit a robust line (Theil and Sen) against the logarithm of training time.

    Parameters
    ----------
    evidence : Evidence
    column : str
    time : ndarray, shape (checkpoints,), optional
        What passes; updates by default.

    Raises
    ------
    NotApplicableError
        Fewer than four checkpoints lie in the last three quarters of the time, or the column ends early, or in what is no
        number.
    """
    if column.endswith("loss"):
        need_unbroken(evidence, column)
    updates = evidence.updates()
    when = updates.astype(float) if time is None else time
    values = evidence.series(column)
    inside = (when >= when[-1] / WINDOW) & (when > 0) & np.isfinite(values)
    if inside.any() and when[inside][-1] < UNTIL_LATE * when[-1]:
        until, last = (evidence.units(float(at)) for at in (updates[inside][-1], updates[-1]))
        raise NotApplicableError(f"{WORDS[column].removesuffix(' was')} is known until {until} of {last} only")
    if inside.sum() < LEAST_CHECKPOINTS:
        few = f"{int(inside.sum())} value{'' if inside.sum() == 1 else 's'}"
        what = WORDS[column].removesuffix(" was")
        raise NotApplicableError(
            f"{what} has {few} in the last three quarters of the training; a trend takes {LEAST_CHECKPOINTS}"
        )
    x, y = np.log(when[inside]), values[inside]
    if time is not None:
        x, y = _apart(x, y)
    slope, error = _line(x, y)
    half = x >= (x[0] + x[-1]) / 2
    late = _line(x[half], y[half])[0] if half.sum() >= 2 else slope
    least = 0.0 if slope * late < 0 else math.copysign(min(abs(slope), abs(late)), slope)
    factor = math.log(WINDOW)
    begin, end = (float(np.median(some)) for some in (y[:ENDS], y[-ENDS:]))
    return Trend(int(updates[inside][0]), begin, end, least * factor, error * factor)


def _apart(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Join checkpoints between which hardly any time passed, or their noise would be the slope: means, and medians of y."""
    near = np.floor((x - x[0]) / NEAR)
    groups = [near == each for each in np.unique(near)]
    if len(groups) < LEAST_CHECKPOINTS:
        raise NotApplicableError(
            f"the steps ended so soon that {len(groups)} checkpoints show them; a trend takes {LEAST_CHECKPOINTS}"
        )
    return np.array([x[group].mean() for group in groups]), np.array([np.median(y[group]) for group in groups])


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Median of all pairs' slopes, and its standard error."""
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] > x[i]
    slope = float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart])) if apart.any() else 0.0
    level = float(np.median(y - slope * x))
    noise = 1.4826 * float(np.median(np.abs(y - level - slope * x)))
    spread = float(np.sqrt(((x - x.mean()) ** 2).sum()))
    return slope, noise / spread if spread > 0 else math.inf


@dataclass(frozen=True)
class Improving:
    """Whether more training would help: what training and held-out rows show.

    Attributes
    ----------
    still : bool
    loss : Trend
        Of the training loss; of the held-out loss where there is no other.
    words : str
    """

    still: bool
    loss: Trend
    words: str


def improving(evidence: Evidence, time: Floats | None = None) -> Improving:
    """Say whether the training loss still falls at the end, and the held-out loss or score with it.

    The fall that counts is what another factor of four would bring at the same pace, never more than the loss that is left.
    Where nothing was held out the training loss alone decides, and where no training loss was recorded the held-out one.
    """
    both = known(evidence, "train_loss") and known(evidence, "held_out_loss")
    one = "held_out_loss" if not known(evidence, "train_loss") and known(evidence, "held_out_loss") else "train_loss"
    loss, chance = trend(evidence, one, time), chance_loss(evidence)
    fall = min(-loss.change, last(evidence, one))
    falls = fall >= LEAST_FALL * chance and loss.clear
    span = f"{evidence.units(loss.start)} to {evidence.units(float(evidence.updates()[-1]))}"
    what = WORDS[one].removesuffix(" was")
    words = f"From {span} {what} went from {loss.begin:.3g} to {loss.end:.3g}"
    helped = [True] if one == "held_out_loss" else list[bool]()
    if both:
        held = trend(evidence, "held_out_loss", time)
        helped.append(held.clear and -held.change >= LEAST_FALL * chance)
        words += f", the held-out loss from {held.begin:.3g} to {held.end:.3g}"
    if known(evidence, "held_out_score"):
        score = trend(evidence, "held_out_score", time)
        rises = score.clear and score.change >= LEAST_RISE
        learnt = known(evidence, "train_score") and last(evidence, "train_score") >= FITTED_SCORE
        falls = falls and (rises or not learnt)  # by a penalty that shrinks, or by growing sure of what is right already
        helped.append(rises)
        words += f", the held-out {evidence.score_name} from {percent(score.begin)} to {percent(score.end)}"
    return Improving(falls and (not helped or any(helped)), loss, words)


def still_improving(evidence: Evidence) -> bool:
    """Whether more training would help, as far as the curve shows it."""
    try:
        return improving(evidence).still
    except NotApplicableError:
        return False
