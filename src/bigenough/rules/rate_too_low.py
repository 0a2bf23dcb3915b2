"""Not converged: the learning rate is so low that the weights hardly move."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import fitted, known, need_unbroken, rates
from bigenough.rules.trends import improving

TINY_STEP = 1e-4  # of the weights' size an update: a tenth of the thousandth that trains well in practice
SHORT_PATH = 0.05  # of the weights' size, all steps together: a network that stays so near its start has learnt little
PLENTY = {"update": 5000, "epoch": 200}  # enough at a fitting rate; where the size of the steps is not known
CONSTANT = 0.5  # of the highest rate: below it on average in the last half, the schedule is to blame and not the rate


def tiny_steps(evidence: Evidence) -> str | None:
    """Say in words why the steps are too small; None where they are not, or a schedule made them so."""
    if _scheduled(evidence):
        return None
    updates = evidence.updates()
    late = updates >= updates[-1] / 2
    if known(evidence, "step_ratio"):
        steps = evidence.series("step_ratio")[late]
        steps = steps[np.isfinite(steps)]
        if len(steps) and np.median(steps) < TINY_STEP:
            return f"an update moves the weights by {np.median(steps):.1g} of their size only"
        return None
    if evidence.n_epochs is not None:
        return f"{evidence.n_epochs:,} epochs are many already" if evidence.n_epochs >= PLENTY["epoch"] else None
    return f"{evidence.units(float(updates[-1]))} are many already" if updates[-1] >= PLENTY[evidence.unit] else None


def look(evidence: Evidence) -> Seen:
    """Steps are tiny, and either the loss still falls or all steps together lead nowhere."""
    updates = evidence.updates()
    need_unbroken(evidence)
    small = tiny_steps(evidence)
    if _scheduled(evidence):
        raise NotApplicableError("the rate was lowered during training, which is another rule's question")
    if small is None and not known(evidence, "step_ratio"):
        done = evidence.units(float(updates[-1]))
        raise NotApplicableError(
            f"the size of the steps was not recorded, and with {done} a low rate looks like too few of them"
        )
    if small is None:
        return Seen(False, "The steps are not too small for the training that there was.")
    if known(evidence, "step_ratio"):
        path = path_length(evidence)
        if path < SHORT_PATH and not fitted(evidence):
            words = f"All {evidence.units(float(updates[-1]))} together moved the weights by at most {path:.1g} of their size"
            return Seen(True, f"{words}, and the training rows are not learnt.", {"length of the path": path})
    seen = improving(evidence)
    numbers = {"fall of the loss per factor 4": -seen.loss.change, "standard error": seen.loss.error}
    if seen.still:
        return Seen(True, f"{seen.words}: it still gets better, and {small}.", numbers)
    return Seen(False, f"{seen.words}: it gets no better, so that small steps are not what keeps it back.", numbers)


def path_length(evidence: Evidence) -> float:
    """Sum of all steps relative to the weights, by the trapezium rule between checkpoints."""
    updates, steps = evidence.updates().astype(float), evidence.series("step_ratio")
    is_known = np.isfinite(steps)
    return float(steps[is_known][0] + np.trapezoid(steps[is_known], updates[is_known]))


def _scheduled(evidence: Evidence) -> bool:
    try:
        at = rates(evidence)
    except NotApplicableError:
        return False
    updates = evidence.updates()
    return bool(np.mean(at[updates >= updates[-1] / 2]) < CONSTANT * at.max())


RULE = Rule("rate-too-low", "not converged: learning rate too low", look)
