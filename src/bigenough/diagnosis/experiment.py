"""Train a network and its arms on the same draws and seeds, the cheap ones first."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bigenough.diagnosis.arms import ARMS, Arm, Change, NothingToChangeError, Seen
from bigenough.diagnosis.measured import JUDGED, NO_TIME, Measured, Scores
from bigenough.diagnosis.scoring import Runs, gain_parts, resolution_of, scores_of
from bigenough.diagnosis.subject import Subject, changed, changed_data, has_mixed_columns
from bigenough.execute import FIT_TIMEOUT
from bigenough.progress import Progress
from bigenough.registry import MODELS
from bigenough.running import Cell, key_of, run_missing
from bigenough.store import Store
from bigenough.types import Dataset, Draw, Recipe, Run, was_cut_off
from bigenough.workers import Crew

REFERENCES = ("logistic", "forest")  # simple models on the same draws; their better one says what the rows can give
CHEAP = 1.0  # times the network's own cost: arms up to this are trained together
_DIVERGED = re.compile("diverged|non-finite|not finite")  # in our words, or those of a user's library
LEAST_DRAWS = 3  # that an arm must share with the network to be compared
REPAIR_COST, MOST_RESERVED = 3.0, 0.3  # trainings of the network on fresh draws that a repair takes; of the time left


@dataclass(frozen=True)
class Trial:
    """An arm that was trained; `runs` by repeat."""

    arm: Arm
    recipe: Recipe
    changes: Change
    runs: Runs


@dataclass(frozen=True)
class Experiment:
    """A network and its arms on the same draws.

    Attributes
    ----------
    subject : Subject
    base : mapping of int to Run
        The network as it is, by repeat.
    references : mapping of str to mapping of int to Run
        Simple models, likewise.
    trials : tuple of Trial
    left_out : mapping of str to str
        Arms that were not trained, and why.
    seconds : float
        What the first look took.
    """

    subject: Subject
    base: Runs
    references: Mapping[str, Runs]
    trials: tuple[Trial, ...]
    left_out: Mapping[str, str]
    seconds: float

    def measured(self) -> Measured:
        """Give what attribution needs, as arrays."""
        subject, draws = self.subject, self.subject.seeking

        def both(runs: Runs) -> Scores:
            return {part: scores_of(subject, runs, draws, part) for part in JUDGED}

        others = {**self.references, **{trial.arm.name: trial.runs for trial in self.trials if trial.arm.data is None}}
        return Measured(
            metric=subject.study.metric,
            network=both(self.base),
            arms={trial.arm.name: both(trial.runs) for trial in self.trials},
            train_loss={trial.arm.name: _mean_change(self.base, trial.runs, "train_loss") for trial in self.trials},
            train_accuracy=_mean(self.base, "train_accuracy"),
            held_out_accuracy=_mean(self.base, "convergence_accuracy"),
            references={name: both(runs) for name, runs in self.references.items()},
            compared={name: gain_parts(subject, runs, self.base, draws) for name, runs in others.items()},
            resolution=resolution_of(subject, draws),
            left_out=self.left_out,
        )


def _mean(runs: Runs, score: str) -> float:
    values = [run.scores[score] for run in runs.values() if run.status == "ok"]
    return float(np.mean(values)) if values else float("nan")


def _mean_change(base: Runs, runs: Runs, score: str) -> float:
    changes = [
        run.scores[score] - base[repeat].scores[score]
        for repeat, run in runs.items()
        if repeat in base and run.status == base[repeat].status == "ok"
    ]
    return float(np.mean(changes)) if changes else float("nan")


@dataclass(frozen=True)
class Trainer:
    """Trains cells of a subject, as a study does; what the store has is not trained again.

    With a crew its processes are kept from training to training, which are many and short.
    """

    subject: Subject
    store: Store
    jobs: int = 1
    device: str = "cpu"
    progress: Progress | None = None
    fit_timeout: float = FIT_TIMEOUT
    deadline: float | None = None
    crew: Crew | None = None

    def train(self, recipes: Sequence[Recipe], draws: Sequence[Draw]) -> list[Runs]:
        """Give each recipe's runs by repeat."""
        cells = [self.subject.cells(recipe, draws) for recipe in recipes]
        return self._run(cells, self.subject.data)

    def train_on(self, recipe: Recipe, data: Dataset, draws: Sequence[Draw]) -> Runs:
        """Likewise, on changed data."""
        cells = [Cell(key_of(self.subject.study, data, recipe, draw), recipe, draw) for draw in draws]
        return self._run([cells], data)[0]

    def _run(self, cells: Sequence[Sequence[Cell]], data: Dataset) -> list[Runs]:
        run_missing(
            [cell for some in cells for cell in some], data, self.store, jobs=self.jobs, device=self.device,
            progress=self.progress, fit_timeout=self.fit_timeout, deadline=self.deadline, crew=self.crew,
        )  # fmt: skip
        return [{run.repeat: run for run in self.store.runs([cell.key for cell in some])} for some in cells]

    def seconds_left(self) -> float:
        """Time until the deadline; infinite without one."""
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()


def look(trainer: Trainer) -> Experiment:
    """Train the network as it is, then, unless no training of it worked, the simple models, and nothing else."""
    subject, begun = trainer.subject, time.monotonic()
    (base,) = trainer.train([subject.recipe], subject.seeking)
    alone = Experiment(subject, base, {}, (), {}, time.monotonic() - begun)
    if why_none_worked(alone):
        return alone
    others = trainer.train([MODELS[name].recipe for name in REFERENCES], subject.seeking)
    references = dict(zip(REFERENCES, others, strict=True))
    return dataclasses.replace(alone, references=references, seconds=time.monotonic() - begun)


def why_none_worked(first: Experiment) -> str:
    """Give the error of a network all of whose trainings failed, other than by diverging; empty where that is not so."""
    failed = [run for run in first.base.values() if run.status != "ok"]
    if not failed or len(failed) < len(first.base) or any(has_diverged(run) for run in failed):
        return ""
    return failed[0].error or ""


def has_diverged(run: Run) -> bool:
    """Whether a training failed because its loss was no number any more."""
    return run.status != "ok" and _DIVERGED.search(run.error or "") is not None


def conduct(trainer: Trainer, first: Experiment, *, suspects: Collection[str] = (), arms: Sequence[Arm] = ARMS) -> Experiment:
    """Train the arms that apply, those of suspected causes first among equals in cost.

    Parameters
    ----------
    trainer : Trainer
    first : Experiment
        What `look` gave.
    suspects : collection of str
        Codes of causes.
    arms : sequence of Arm

    Returns
    -------
    Experiment
        With all arms that were trained; where the time is limited some may be left out.
    """
    subject = trainer.subject
    seen, pace = what_is_seen(subject, first.base), _pace(subject, first.base)
    if trainer.deadline is not None:
        # what the repair will take is kept back: by the clock too, which knows how busy the machine is
        reserve = max(REPAIR_COST * pace * _guess(subject, subject.recipe), first.seconds)
        trainer = dataclasses.replace(trainer, deadline=trainer.deadline - min(reserve, MOST_RESERVED * trainer.seconds_left()))
    left_out: dict[str, str] = {}
    waiting: list[tuple[Arm, Change]] = []
    for arm in arms:
        try:
            waiting.append((arm, arm.changes(subject.recipe.settings, subject.adjustable, seen)))
        except NothingToChangeError as reason:
            left_out[arm.name] = str(reason)
    cheap = [each for each in waiting if each[0].cost <= CHEAP and each[0].data is None]
    rest = sorted(
        (each for each in waiting if each not in cheap), key=lambda each: (each[0].cause not in suspects, each[0].cost)
    )
    found: dict[str, Runs] = {}
    recipes = {arm.name: changed(subject.recipe, arm.name, changes) for arm, changes in waiting}
    if trainer.seconds_left() > 0:
        results = trainer.train([recipes[arm.name] for arm, _ in cheap], subject.seeking)
        found |= {arm.name: runs for (arm, _), runs in zip(cheap, results, strict=True)}
    for arm, _ in rest:
        guess = pace * _guess(subject, recipes[arm.name])
        if guess > trainer.seconds_left():
            left_out[arm.name] = NO_TIME
        elif arm.data is not None:
            found[arm.name] = trainer.train_on(recipes[arm.name], *changed_data(subject, arm.data))
        else:
            found[arm.name] = trainer.train([recipes[arm.name]], subject.seeking)[0]
    left_out |= {arm.name: NO_TIME for arm, _ in waiting if len(found.get(arm.name, {})) < LEAST_DRAWS}
    trials = [Trial(arm, recipes[arm.name], changes, found[arm.name]) for arm, changes in waiting if arm.name not in left_out]
    return Experiment(subject, first.base, first.references, tuple(trials), left_out, first.seconds)


def what_is_seen(subject: Subject, base: Runs) -> Seen:
    """Sum up the trainings of the network as it is."""
    runs = list(base.values())
    ended = subject.recipe.settings.get("tol") is not None and all(
        run.status == "ok" and not was_cut_off(run.notes) for run in runs
    )
    updates = max((run.updates or 1 for run in runs), default=1)
    return Seen(updates, ended, len(subject.data.classes), has_mixed_columns(subject.data.X), _step(runs))


def _step(runs: Sequence[Run]) -> float:
    """How far an update moved the weights, of their size, in the median over trainings; NaN where none tells."""
    ratios = [run.curve.step_ratio[np.isfinite(run.curve.step_ratio)] for run in runs if run.curve is not None]
    medians = [float(np.median(some)) for some in ratios if len(some)]
    return float(np.median(medians)) if medians else float("nan")


def _pace(subject: Subject, base: Runs) -> float:
    """Time that the network took, over the time that it was guessed to take."""
    guess = _guess(subject, subject.recipe) / len(subject.seeking) * max(len(base), 1)
    return sum(run.seconds for run in base.values()) / guess if base else 1.0


def _guess(subject: Subject, recipe: Recipe) -> float:
    seconds: Callable[..., float] = MODELS[recipe.model].seconds
    return sum(seconds(recipe, subject.data, draw) for draw in subject.seeking)
