"""Whether the held-out loss rose while the training loss fell: what `overfitting` and `overconfident` have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import ENDS, LEAST_CHECKPOINTS, SIGMAS, chance_loss, last, need_unbroken, recorded
from bigenough.types import Floats

SMOOTH = 5  # checkpoints of the running median, so that a lucky checkpoint is not the best
RISE = 0.1  # of the loss at chance: as much as an item in ten whose probability says nothing any more
GROWN = 1.1  # times the lowest loss: where losses are high, a tenth of that at chance is little


@dataclass(frozen=True)
class Rise:
    """The held-out loss at its lowest and at the end.

    Attributes
    ----------
    at : int
        Updates (or epochs) at the lowest of the checkpoints that the lowest running median is of.
    lowest, end : float
    clear : bool
        Whether it rose by more than noise and little.
    learnt : bool
        Whether the training loss fell from there on.
    """

    at: int
    lowest: float
    end: float
    clear: bool
    learnt: bool


def smooth(values: Floats) -> Floats:
    """Running median of five, shape (n,); fewer at the ends."""
    half = SMOOTH // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))])


def best_of(middle: Floats, values: Floats) -> int:
    """Say where the values are highest among those that the highest running median is of."""
    at = int(np.argmax(middle))
    first = max(0, at - SMOOTH // 2)
    return first + int(np.argmax(values[first : at + SMOOTH // 2 + 1]))


def rise_of(evidence: Evidence) -> Rise:
    """Compare the held-out loss at its lowest with its end.

    Raises
    ------
    NotApplicableError
        It has too few values, or one that is no number; or the training loss was not recorded before and after its lowest.
    """
    updates, losses = recorded(evidence, "held_out_loss")
    if len(losses) < LEAST_CHECKPOINTS:
        raise NotApplicableError(f"the held-out loss has {len(losses)} values only")
    if not np.isfinite(losses).all():
        raise NotApplicableError("the held-out loss is no number at some time")
    need_unbroken(evidence, "train_loss")
    middle = smooth(losses)
    at, end = best_of(-middle, -losses), last(evidence, "held_out_loss")
    lowest, noise = float(middle.min()), 1.4826 * float(np.median(np.abs(losses - middle)))
    clear = end - lowest >= RISE * chance_loss(evidence) and end >= GROWN * lowest and end - lowest >= SIGMAS * noise
    when, training = recorded(evidence, "train_loss")
    before, after = training[when <= max(updates[at], when[0])], training[when > updates[at]]
    if clear and not len(after):
        raise NotApplicableError("the training loss was not recorded after the held-out loss was lowest")
    learnt = bool(len(after)) and bool(np.median(after[-ENDS:]) < np.median(before[-ENDS:]))
    return Rise(int(updates[at]), lowest, end, clear, learnt)


def overtrained(evidence: Evidence) -> bool:
    """Whether the held-out loss clearly rose while the training loss fell, as far as the curve shows it."""
    try:
        rise = rise_of(evidence)
    except NotApplicableError:
        return False
    return rise.clear and rise.learnt
