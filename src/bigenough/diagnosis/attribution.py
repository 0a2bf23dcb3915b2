"""Which single change moves the held-out score, and what that makes the cause.

The convergence rows choose, the test rows confirm. Every threshold stands here, with its reason; docs/diagnosis.md measures
how often the whole is right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bigenough import stats
from bigenough.diagnosis.amounts import amount
from bigenough.diagnosis.arms import ARMS, USUAL_THRESHOLD, Arm
from bigenough.diagnosis.measured import NO_TIME, Measured
from bigenough.stats import Interval
from bigenough.types import Floats

LEVEL = 0.95
CHOSEN = 0.2  # risk of choosing a change that does nothing, over all of them; the test rows then have their say
LEAST_GAIN = 0.015  # of the score, half of what counts as doing badly (`BEHIND`): less is not worth a finding
AS_GOOD = 0.25  # of the best gain: a change that lacks no more than this explains as much
SUSPECTED = 0.5  # of the trainings in which a rule must find a cause for the curves to speak of it
CEILING = 0.95  # training accuracy near its ceiling
GAP = 0.05  # training less held-out accuracy, where the training rows are not all learnt: still room for learning by heart
BEHIND = 0.03  # below a simple model: what counts as doing badly
MATTERS = 0.02  # of the score: a network whose inputs give it less than this does not use them

Outcome = Literal["confirmed", "nothing found", "cannot tell"]

# A change on the left leaves the setting on the right as it is, and yet the network does as well: so that setting did. It
# does not hold the other way round, since the right-hand change costs more training or a larger network.
_LENGTH = frozenset(("too-few-updates", "underfitting"))
_PACE = _LENGTH | {"rate-too-low"}
BEFORE: Mapping[str, frozenset[str]] = {
    "rate-decayed": _PACE | {"initial-weights"},
    "inputs-badly-scaled": _PACE | {"rate-too-high", "initial-weights", "overfitting", "over-regularised"},
    "initial-weights": _PACE | {"rate-too-high", "overfitting", "over-regularised"},
    "over-regularised": _PACE | {"rate-too-high"},
    "rate-too-high": frozenset(("overfitting", "underfitting", "too-few-updates")),
    "too-few-updates": frozenset(("underfitting",)),
    "rate-too-low": frozenset(("underfitting",)),
    "overfitting": frozenset(("underfitting",)),
}
# What a rule calls by another name, or sees the trace of.
ALSO: Mapping[str, tuple[str, ...]] = {
    "over-regularised": ("underfitting",),
    "initial-weights": ("vanishing-gradient", "exploding-gradient", "saturated-units"),
    "rate-too-high": ("non-finite",),
}
NOT_CONVERGED = frozenset(("too-few-updates", "rate-too-low", "rate-decayed"))


@dataclass(frozen=True)
class Effect:
    """What an arm did to the score.

    Attributes
    ----------
    arm : Arm
    choosing : Interval
        Gain on the convergence rows, by which causes are chosen, with its interval over draws.
    p_choosing : float
        One-sided, of no gain there over draws of these rows, adjusted over the arms.
    gain : Interval
        Gain on the test rows, which is reported, with its interval over draws from these rows and new test rows.
    p : float
        One-sided, of no such gain; adjusted over the arms where one draw's test rows are another's convergence rows.
    draws : int
        That both the arm and the network have.
    """

    arm: Arm
    choosing: Interval
    p_choosing: float
    gain: Interval
    p: float
    draws: int

    @property
    def chosen(self) -> bool:
        """Whether the gain is there on the convergence rows, and is worth it."""
        return self.p_choosing < CHOSEN and self.choosing.estimate >= LEAST_GAIN

    @property
    def moves(self) -> bool:
        """Whether it is there again on the test rows."""
        return self.chosen and self.p < (1 - LEVEL) / 2


@dataclass(frozen=True)
class Attribution:
    """The cause, or that it cannot be told.

    Attributes
    ----------
    outcome : {"confirmed", "nothing found", "cannot tell"}
    causes : tuple of str
        One where it is confirmed; several where they explain it equally well; none otherwise.
    effects : tuple of Effect
        In the order of the arms, without the controls.
    best : Effect or None
        The smallest change that confirmed.
    reason : str
        Why it cannot be told, or what came nearest to a finding; else empty.
    """

    outcome: Outcome
    causes: tuple[str, ...]
    effects: tuple[Effect, ...]
    best: Effect | None
    reason: str = ""


def effects_of(measured: Measured, suspects: Mapping[str, float]) -> list[Effect]:
    """Compare every arm with the network as it is, draw by draw.

    Where test rows are the same for all draws and no convergence rows, they chose nothing, and confirm at the usual level.
    Where every draw splits the rows anew, the rows that choose confirm as well: then the test is of all arms together, which
    no choice among them can bias.
    """
    arms = [arm for arm in ARMS if arm.name in measured.arms and arm.data is None]
    suspected = np.array([is_suspected(arm.cause, suspects) for arm in arms], bool)
    choosing = [measured.gains(arm.name, "convergence") for arm in arms]
    parts = [measured.compared[arm.name] for arm in arms]
    p_choosing = _adjusted([stats.p_over_draws(gains, resolution=measured.resolution) for gains in choosing], suspected)
    p = np.array([stats.p_above(each) for each in parts])
    if any(each.crossed for each in parts):
        p = _adjusted(p, suspected)
    return [
        Effect(
            arm, stats.interval_over_draws(gains, resolution=measured.resolution, level=LEVEL), float(p_c),
            stats.interval_over_draws_and_items(each, level=LEVEL), float(p_t), each.n_repeats,
        )
        for arm, gains, p_c, each, p_t in zip(arms, choosing, p_choosing, parts, p, strict=True)
    ]  # fmt: skip


def _adjusted(p: Sequence[float] | Floats, suspected: NDArray[np.bool_]) -> Floats:
    """Share the risk of a false finding out: half to the arms of suspected causes, half to the others, each by Holm's rule.

    So a cause that the curves show needs fewer draws to be confirmed.
    """
    p = np.asarray(p, float)
    if not suspected.any() or suspected.all():
        return stats.holm(p)
    both = np.empty_like(p)
    for each in (suspected, ~suspected):
        both[each] = np.minimum(2 * stats.holm(p[each]), 1.0)
    return both


def is_suspected(cause: str, suspects: Mapping[str, float]) -> bool:
    """Whether a rule found a cause, or its trace, in most trainings."""
    return any(suspects.get(code, 0.0) > SUSPECTED for code in (cause, *ALSO.get(cause, ())))


def attribute(measured: Measured, suspects: Mapping[str, float]) -> Attribution:
    """Name the cause.

    Parameters
    ----------
    measured : Measured
    suspects : mapping of str to float
        Cause to the share of the recorded trainings in which a rule found it; it decides between changes that do equally,
        none of them the lesser.
    """
    effects = effects_of(measured, suspects)
    moving = [effect for effect in effects if effect.moves and _fits(measured, effect.arm)]
    if not moving:
        return _unmoved(measured, effects, suspects)
    equal = _as_good(moving)
    if any(effect.arm.cause == "too-few-updates" for effect in equal):
        slow = _as_good([effect for effect in moving if _made_slow(effect.arm.cause, suspects)])
        equal = [effect for effect in moving if effect in equal or effect in slow]
    causes = _decided(_of_threshold(equal), suspects)
    smallest = next(effect for effect in equal if effect.arm.cause in causes)  # arms stand in order of their size
    untried = [arm.cause for arm in ARMS if measured.left_out.get(arm.name) == NO_TIME]
    if untried and causes == ["decision-threshold"] and smallest.arm.name != USUAL_THRESHOLD:
        reason = f"there was no time to see whether a change of training does as well as {smallest.arm.name}"
        return Attribution("cannot tell", ("decision-threshold",), tuple(effects), smallest, reason)
    if "too-few-updates" in untried and causes == ["rate-too-low"] and not is_suspected("rate-too-low", suspects):
        reason = f"there was no time to see whether more updates do as well as {smallest.arm.name}"
        return Attribution("cannot tell", (*causes, "too-few-updates"), tuple(effects), smallest, reason)
    if len(causes) == 1:
        return Attribution("confirmed", (causes[0],), tuple(effects), smallest)
    names = " and ".join(repr(next(e.arm.name for e in equal if e.arm.cause == cause)) for cause in causes)
    return Attribution("cannot tell", tuple(causes), tuple(effects), smallest, f"several changes do equally well: {names}")


def _as_good(effects: Sequence[Effect]) -> list[Effect]:
    """Leave the effects that explain about as much as the greatest."""
    most = max((effect.choosing.estimate for effect in effects), default=0.0)
    return [effect for effect in effects if effect.choosing.estimate >= (1 - AS_GOOD) * most]


def _made_slow(cause: str, suspects: Mapping[str, float]) -> bool:
    """Whether the curves show that this made training slow: training ever longer makes up for it, and gains more at last."""
    return cause in NOT_CONVERGED - {"too-few-updates"} and is_suspected(cause, suspects)


def _of_threshold(equal: Sequence[Effect]) -> list[str]:
    """Give the causes of changes that do equally, by what is said of a threshold.

    To take the most probable class changes no weights: where that suffices, it is the cause. To choose a threshold by the
    training rows makes up for much that training did wrong: where anything else suffices, that is.
    """
    causes = list(dict.fromkeys(effect.arm.cause for effect in equal))
    if any(effect.arm.name == USUAL_THRESHOLD for effect in equal):
        return ["decision-threshold"]
    return [cause for cause in causes if cause != "decision-threshold"] or causes


def _fits(measured: Measured, arm: Arm) -> bool:
    """Whether an arm's gain means what its cause says."""
    if arm.cause in NOT_CONVERGED or arm.cause == "rate-too-high":
        change = measured.train_loss[arm.name]
        # more training that does not train better is something else; and so is a lower rate, which then works by training less
        return math.isnan(change) or change < 0
    if arm.cause == "overfitting":
        train = measured.train_accuracy
        return train >= CEILING or train - measured.held_out_accuracy >= GAP
    return True


def _decided(causes: Sequence[str], suspects: Mapping[str, float]) -> list[str]:
    """Leave the causes between which nothing decides: not which change is the lesser, and then not what the curves show.

    A curve shows that a network is slow, and not whether its updates or what it starts from made it so; a lesser change does.
    """
    left = [cause for cause in causes if not any(cause in BEFORE.get(other, ()) for other in causes)] or list(causes)
    return [cause for cause in left if is_suspected(cause, suspects)] or left


def behind(measured: Measured) -> tuple[str, Interval] | None:
    """Name a simple model that is clearly better on the test rows, and by how much; None where there is none."""
    name = measured.reference()
    if name is None:
        return None
    lag = stats.interval_over_draws_and_items(measured.compared[name], level=LEVEL)
    return (name, lag) if lag.low > 0 and lag.estimate >= BEHIND else None


def uses_inputs(measured: Measured) -> bool | None:
    """Whether the network is better than one that sees no inputs, on the convergence rows; None where that was not tried."""
    if "inputs zeroed" not in measured.arms:
        return None
    return float(np.nanmean(measured.gains("inputs zeroed", "convergence"))) < -MATTERS


def _most_hopeful(measured: Measured, effects: Sequence[Effect]) -> str:
    """Say which change the convergence rows would choose, though the test rows do not confirm it; empty where there is none."""
    hopeful = [e for e in effects if e.chosen and e.gain.estimate >= LEAST_GAIN and _fits(measured, e.arm)]
    if not hopeful:
        return ""
    most = max(hopeful, key=lambda effect: effect.choosing.estimate)
    return f"the most hopeful change, {most.arm.name}, gains {amount(most.gain, measured.metric)}, too little to be sure of"


def _unmoved(measured: Measured, effects: Sequence[Effect], suspects: Mapping[str, float]) -> Attribution:
    untried = [name for name, reason in measured.left_out.items() if reason == NO_TIME]
    if len(untried) > len(effects):
        reason = f"the budget of time reached for {len(effects)} of {len(effects) + len(untried)} changes"
        return Attribution("cannot tell", (), tuple(effects), None, reason)
    lag, most = behind(measured), _most_hopeful(measured, effects)
    if lag is None:
        return Attribution("nothing found", (), tuple(effects), None, most)
    name, by = lag
    helps = most or "no change that was tried is sure to help"
    which = f"{name}, which of the simple models does best on the rows to choose by,"
    words = f"{which} is better by {amount(by, measured.metric)} on the same draws, and {helps}"
    if (broken := suspects.get("non-finite", 0.0)) > SUSPECTED:
        words += f"; in {100 * broken:.0f} % of its trainings the loss was no number in the end"
        return Attribution("cannot tell", ("non-finite",), tuple(effects), None, words)
    if uses_inputs(measured) is False:
        return Attribution("cannot tell", ("stuck-at-chance",), tuple(effects), None, f"{words}; its inputs make no difference")
    return Attribution("cannot tell", (), tuple(effects), None, words)
