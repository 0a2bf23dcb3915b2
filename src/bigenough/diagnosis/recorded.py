"""What recorded runs say without training anything again: the rules' evidence, and in which state each training ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bigenough.diagnosis.experiment import Experiment, has_diverged
from bigenough.diagnosis.scoring import chance_of
from bigenough.errors import BigenoughError
from bigenough.models.scaling import scaled
from bigenough.registry import RULES
from bigenough.rules import Evidence, check_all
from bigenough.types import Dataset, Draw, Floats, Recipe, Run, was_cut_off

State = Literal["converged", "unconverged", "diverged", "overfitting", "cannot tell"]
STATES: tuple[State, ...] = ("converged", "unconverged", "diverged", "overfitting", "cannot tell")
DIVERGED = ("non-finite", "rate-too-high", "exploding-gradient")
UNCONVERGED = ("too-few-updates", "rate-too-low", "rate-decayed", "vanishing-gradient", "stuck-at-chance")


def evidence_of(
    run: Run, recipe: Recipe, data: Dataset, draw: Draw | None = None, *, baseline: float | None = None, rows: bool = True
) -> Evidence:
    """Write down for the rules what a run tells, and with its draw what is known of its rows.

    Parameters
    ----------
    run : Run
    recipe : Recipe
    data : Dataset
    draw : Draw, optional
    baseline : float, optional
        Accuracy of a simple model on the convergence rows of the same draw.
    rows : bool
        Whether the rules get the features too.
    """
    known: dict[str, object] = {}
    if draw is not None:
        X_train: Floats | None = None
        X_held_out: Floats | None = None
        if rows:
            try:
                inputs = scaled(data, draw, recipe.settings.get("input_scaling", "none"))
                X_train, X_held_out = inputs.train, inputs.convergence
            except BigenoughError:
                pass  # the rules that need the rows then say that they lack them
        known = {
            "n_train": len(draw.train), "n_held_out": len(draw.convergence), "y_train": data.y[draw.train],
            "y_held_out": data.y[draw.convergence], "targets": data.y[draw.train], "X_train": X_train, "X_held_out": X_held_out,
            "chance": chance_of(data, draw, "convergence", "accuracy"),
        }  # fmt: skip
    # libraries that log an epoch's mean while it is trained log no held-out score with it
    running = run.curve is not None and bool(np.isnan(run.curve.held_out_score).all())
    return Evidence(
        running=running,
        curve=run.curve,
        settings=recipe.settings,
        n_classes=len(data.classes),
        baseline=baseline,
        **known,  # type: ignore[arg-type]
    )


def evidences(experiment: Experiment) -> Iterator[Evidence]:
    """Write down what every training of the network as it is tells, where a curve was recorded."""
    subject = experiment.subject
    reference = experiment.measured().reference()
    for draw in subject.seeking:
        run = experiment.base.get(draw.repeat)
        if run is None or run.curve is None or len(run.curve.updates) < 2:
            continue
        simple = None if reference is None else experiment.references[reference].get(draw.repeat)
        baseline = simple.scores["convergence_accuracy"] if simple is not None and simple.status == "ok" else None
        yield evidence_of(run, subject.recipe, subject.data, draw, baseline=baseline)


def suspects(experiment: Experiment) -> dict[str, float]:
    """Put the rules to every training of the network as it is: share of them in which each cause was found."""
    # networks from elsewhere keep no curve where they diverge
    broken = sum(run.curve is None and has_diverged(run) for run in experiment.base.values())
    counts, judged = Counter({"non-finite": broken}), broken
    for evidence in evidences(experiment):
        counts.update(finding.code for finding in check_all(evidence) if finding.outcome == "found")
        judged += 1
    return {code: counts[code] / judged for code in RULES if counts[code]} if judged else {}


def state_of(run: Run, recipe: Recipe, data: Dataset, *, draw: Draw | None = None, baseline: float | None = None) -> State:
    """Say how a training ended, by its recorded curve alone.

    Diverged comes before unconverged, and that before overfitting: a network that never settled has nothing to be judged by.
    """
    if run.status == "failed":
        return "diverged" if has_diverged(run) else "cannot tell"
    if run.curve is None or len(run.curve.updates) < 2:
        return "cannot tell"
    evidence = evidence_of(run, recipe, data, draw, baseline=baseline, rows=False)
    outcomes = {code: RULES[code].check(evidence).outcome for code in (*DIVERGED, *UNCONVERGED, "overfitting")}
    found = {code for code, outcome in outcomes.items() if outcome == "found"}
    if found & set(DIVERGED):
        return "diverged"
    if was_cut_off(run.notes) or found & set(UNCONVERGED):
        return "unconverged"
    if outcomes["too-few-updates"] == "not applicable" and recipe.settings.get("tol") is None:
        return "cannot tell"  # too few checkpoints to see a trend, and nothing else that said when to stop
    return "overfitting" if "overfitting" in found else "converged"


@dataclass(frozen=True)
class Shares:
    """How the trainings of one recipe at one size ended."""

    recipe: str
    size: int
    counts: Mapping[State, int]

    @property
    def runs(self) -> int:
        """Trainings in all."""
        return sum(self.counts.values())

    def share(self, state: State) -> float:
        """Share of the trainings that ended so."""
        return self.counts.get(state, 0) / self.runs


def ended(runs: Sequence[Run], recipes: Iterable[Recipe], data: Dataset, draws: Iterable[Draw] = ()) -> list[Shares]:
    """Judge every network's runs by what is recorded.

    Parameters
    ----------
    runs : sequence of Run
        Of a study; the best simple model of the same draw is what a network is held against.
    recipes : iterable of Recipe
    data : Dataset
    draws : iterable of Draw
        The study's.

    Returns
    -------
    list of Shares
        For every recipe and size of which a training curve was recorded, in order of the recipes and sizes.
    """
    of_draw = {(draw.size, draw.repeat): draw for draw in draws}
    simple = _best_simple(runs)
    shares = []
    for recipe in recipes:
        of_recipe = [run for run in runs if run.recipe == recipe.name]
        if not any(run.curve is not None for run in of_recipe):
            continue
        for size in sorted({run.size for run in of_recipe}):
            states = Counter(
                state_of(
                    run, recipe, data, draw=of_draw.get((run.size, run.repeat)), baseline=simple.get((run.size, run.repeat))
                )
                for run in of_recipe
                if run.size == size
            )
            shares.append(Shares(recipe.name, size, {state: states[state] for state in STATES if states[state]}))
    return shares


def _best_simple(runs: Sequence[Run]) -> dict[tuple[int, int], float]:
    """Convergence accuracy by size and repeat of the simple model that is best on average at that size."""
    by_model: dict[tuple[int, str], dict[int, float]] = {}
    for run in runs:
        if run.family == "simple" and run.status == "ok":
            by_model.setdefault((run.size, run.recipe), {})[run.repeat] = run.scores["convergence_accuracy"]
    best: dict[int, dict[int, float]] = {}
    for (size, _), scores in by_model.items():
        if size not in best or np.mean(list(scores.values())) > np.mean(list(best[size].values())):
            best[size] = scores
    return {(size, repeat): score for size, scores in best.items() for repeat, score in scores.items()}
