"""One diagnosis from end to end: look, suspect, train the arms, attribute, repair, and say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough.diagnosis.amounts import amount
from bigenough.diagnosis.arms import ARMS
from bigenough.diagnosis.attribution import BEHIND, LEVEL, NOT_CONVERGED, SUSPECTED, Attribution, Effect, attribute
from bigenough.diagnosis.experiment import LEAST_DRAWS, Trainer, conduct, look, why_none_worked
from bigenough.diagnosis.measured import NO_TIME, Measured
from bigenough.diagnosis.recorded import suspects as suspected
from bigenough.diagnosis.repair import Repair, try_repair
from bigenough.metrics import METRICS
from bigenough.registry import CAUSES, RULES
from bigenough.types import Finding, Floats

UNTRIED = "On fresh draws this was not tried: the time was up, or its fits there failed."
SOUGHT = tuple(dict.fromkeys(arm.cause for arm in ARMS if arm.cause))


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """Why a network does badly, or that nothing was found, or that it cannot be told.

    Attributes
    ----------
    network : str
    size, draws : int
        Rows of a training set, and how many of them the network was trained on to seek causes.
    metric : str
    outcome : {"confirmed", "nothing found", "cannot tell"}
    sentence : str
        The answer.
    findings : tuple of Finding
        One a cause that an arm is for.
    suspects : mapping of str to float
        Cause to the share of the recorded trainings in which a rule found it; not confirmed by that alone.
    effects : tuple of Effect
        What every arm did.
    left_out : mapping of str to str
        Arms that were not trained, and why.
    scores : mapping of str to float
        Mean test score of the network and of the simple models on the same draws.
    repair : Repair or None
        None where nothing was confirmed, or it was not tried on fresh draws, as `sentence` then says.
    problem : str
        Why no training of the network worked, so that nothing can be said of it; empty where one did, or diverged.
    notes : tuple of str
        What was noticed in the data, a sentence each.
    """

    network: str
    size: int
    draws: int
    metric: str
    outcome: str
    sentence: str
    findings: tuple[Finding, ...]
    suspects: Mapping[str, float]
    effects: tuple[Effect, ...]
    left_out: Mapping[str, str]
    scores: Mapping[str, float]
    repair: Repair | None
    problem: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Diagnosis of {self.network} on {self.size} rows: {self.sentence}>"

    @property
    def begun(self) -> bool:
        """Whether there was time for the network as it is and for one change at least."""
        return self.draws >= LEAST_DRAWS and (bool(self.effects) or NO_TIME not in self.left_out.values())

    @property
    def found(self) -> tuple[str, ...]:
        """Codes of the causes found."""
        return tuple(finding.code for finding in self.findings if finding.outcome == "found")

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        repair = self.repair
        return {
            "network": self.network, "size": self.size, "draws": self.draws, "metric": self.metric, "outcome": self.outcome,
            "sentence": self.sentence, "noticed in the data": list(self.notes),
            "findings": [finding.to_json() for finding in self.findings],
            "seen in the curves": dict(self.suspects), "scores": dict(self.scores),
            "arms": [
                {"arm": e.arm.name, "cause": e.arm.cause, "gain": list(e.gain), "p": e.p, "draws": e.draws, "moves": e.moves}
                for e in self.effects
            ],
            "left out": dict(self.left_out),
            "repair": None if repair is None else {
                "change": list(repair.difference), "settings": dict(repair.changes), "gain": list(repair.gain),
                "random change": repair.other, "its gain": None if repair.other_gain is None else list(repair.other_gain),
                "draws": repair.draws, "holds": repair.holds,
            },
        }  # fmt: skip


def title_of(code: str) -> str:
    """What people call a cause."""
    title: str = CAUSES[code] if code in CAUSES else RULES[code].title
    return title


def diagnose_subject(trainer: Trainer) -> Diagnosis:
    """Diagnose one network on its data.

    Parameters
    ----------
    trainer : Trainer
        With its subject and the limits of time.

    Returns
    -------
    Diagnosis
    """
    first = look(trainer)
    if problem := why_none_worked(first):
        subject = first.subject
        return Diagnosis(
            subject.recipe.name, subject.size, len(first.base), subject.study.metric, "cannot tell",
            f"It cannot be told: no training of the network worked: {problem}", (), {}, (), {}, {}, None, problem,
        )  # fmt: skip
    seen = suspected(first)
    experiment = conduct(trainer, first, suspects=[code for code, share in seen.items() if share > SUSPECTED])
    measured = experiment.measured()
    attribution = attribute(measured, seen)
    repair = try_repair(trainer, experiment, attribution)
    subject = experiment.subject
    scores = {subject.recipe.name: measured.network, **measured.references}
    sentence = sentence_of(measured, attribution)
    if attribution.outcome == "confirmed" and repair is None:
        sentence = f"{sentence} {UNTRIED}"
    return Diagnosis(
        subject.recipe.name, subject.size, len(first.base), subject.study.metric, attribution.outcome,
        sentence, findings_of(measured, attribution), seen, attribution.effects,
        measured.left_out, {name: _mean(of["test"]) for name, of in scores.items()}, repair,
    )  # fmt: skip


def sentence_of(measured: Measured, attribution: Attribution) -> str:
    """Say the answer."""
    metric = measured.metric
    if attribution.outcome == "confirmed" and attribution.best is not None:
        title, change = _capital(title_of(attribution.causes[0])), attribution.best.arm.name
        return (
            f"{title}, confirmed: with {change} and nothing else changed, {METRICS[metric].signed_title} on test rows rises by "
            f"{amount(attribution.best.gain, metric)} ({100 * LEVEL:g} % interval over draws from these rows and new test "
            f"rows; {attribution.best.draws} draws)."
        )
    if attribution.outcome == "cannot tell":
        family = ""
        if attribution.causes and set(attribution.causes) <= NOT_CONVERGED:
            family = "it had not converged, but "
        return f"It cannot be told: {family}{attribution.reason}."
    lag = "" if measured.reference() is None else ", and no simple model on the same draws is clearly better"
    tried, most = len(attribution.effects), f" {_capital(attribution.reason)}." if attribution.reason else ""
    return f"Nothing was found: no change, of {tried} tried, is sure to move the held-out score for the better{lag}.{most}"


def findings_of(measured: Measured, attribution: Attribution) -> tuple[Finding, ...]:
    """Give one finding a cause that an arm is for, and one for any other cause that was named."""
    others = (code for code in attribution.causes if code not in SOUGHT)
    return tuple(_finding(measured, attribution, code) for code in (*SOUGHT, *others))


def _finding(measured: Measured, attribution: Attribution, code: str) -> Finding:
    named, title = code in attribution.causes, METRICS[measured.metric].signed_title
    effects = [effect for effect in attribution.effects if effect.arm.cause == code]
    if not effects:
        if named:
            return Finding(code, "found", f"{_capital(attribution.reason)}.")
        reasons = {measured.left_out[arm.name] for arm in ARMS if arm.cause == code and arm.name in measured.left_out}
        return Finding(code, "not applicable", "; ".join(sorted(reasons)))
    confirmed = named and attribution.outcome == "confirmed" and attribution.best is not None
    best = max(effects, key=lambda effect: effect.choosing.estimate)
    if confirmed and attribution.best is not None:
        best = attribution.best
    told = f"With {best.arm.name}, {title} on test rows changes by {amount(best.gain, measured.metric)}"
    if named and not confirmed:
        told += "; other changes do or may do as well, so that this need not be the cause"
    elif not named and best.moves:
        told += "; another change explains more"
    evidence = {f"gain of {effect.arm.name}": effect.gain.estimate for effect in effects}
    if not named:
        ruled_out = best.moves or all(effect.gain.high < BEHIND for effect in effects)
        more = "" if ruled_out else "; that does not rule it out"
        return Finding(code, "passed" if ruled_out else "not applicable", f"{told}{more}.", evidence)
    ends = (best.gain.low, best.gain.high)
    return Finding(code, "found", f"{told}.", evidence, best.arm.name if confirmed else None, best.gain.estimate, ends)


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
