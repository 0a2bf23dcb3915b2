"""The smallest change that confirmed, tried again on draws that were held back, against a random change of equal cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough import stats
from bigenough.diagnosis.amounts import amount
from bigenough.diagnosis.arms import CONVERGED, Arm, Change
from bigenough.diagnosis.attribution import LEVEL, Attribution
from bigenough.diagnosis.experiment import Experiment, Trainer, Trial
from bigenough.diagnosis.scoring import gain_parts
from bigenough.models.scaling import CLIP
from bigenough.recipes import defaults_of
from bigenough.stats import Interval
from bigenough.types import Recipe, stable_seed

LENGTH = ("epochs", "max_updates", "checkpoints")
IN_WORDS = {"columns": f"columns, clipped at {CLIP:g} SD"}  # values that do not speak for themselves
LIKE = 3.0  # factor within which a random change may differ in cost


@dataclass(frozen=True)
class Repair:
    """What a change did on fresh draws.

    Attributes
    ----------
    arm : Arm
    changes : dict
        The settings that differ.
    difference : tuple of str
        One line a setting, such as ``"dropout 0.9 -> 0.5"``.
    gain : Interval
        On the test rows of draws that no cause was sought on, over draws from these rows and new test rows.
    other : str or None
        The random change of equal cost; None where there was none.
    other_gain : Interval or None
    draws : int
    metric : str
    """

    arm: Arm
    changes: Change
    difference: tuple[str, ...]
    gain: Interval
    other: str | None
    other_gain: Interval | None
    draws: int
    metric: str

    @property
    def holds(self) -> bool:
        """Whether the gain is there again, and greater than that of the random change."""
        return self.gain.low > 0 and (self.other_gain is None or self.gain.estimate > self.other_gain.estimate)

    @property
    def sentence(self) -> str:
        """What became of it."""
        start = f"On {self.draws} fresh draws the score changes by {amount(self.gain, self.metric)}"
        if self.other is None or self.other_gain is None:
            return f"{start}; there is no other change of like cost to hold it against."
        against = f"a random change of like cost ({self.other}) by {amount(self.other_gain, self.metric)}"
        return f"{start}, under {against}: {'the repair holds' if self.holds else 'the repair does not hold'}."


def try_repair(trainer: Trainer, experiment: Experiment, attribution: Attribution) -> Repair | None:
    """Train the smallest change, a random one and the network as it is on the draws held back.

    Returns
    -------
    Repair or None
        None where nothing confirmed, or the time did not reach for it.
    """
    if attribution.best is None:
        return None
    subject = experiment.subject
    chosen = next(t for t in experiment.trials if t.arm == attribution.best.arm)
    other = random_change(experiment, chosen, attribution)
    recipes = [subject.recipe, chosen.recipe, *([] if other is None else [other.recipe])]
    base, *runs = trainer.train(recipes, subject.fresh)
    parts = [gain_parts(subject, each, base, subject.fresh) for each in runs]
    if parts[0].n_repeats < 2:
        return None
    gains = [stats.interval_over_draws_and_items(each, level=LEVEL) for each in parts]
    return Repair(
        chosen.arm, chosen.changes, differences(subject.recipe, chosen.changes), gains[0],
        None if other is None else other.arm.name, None if other is None else gains[1], parts[0].n_repeats,
        subject.study.metric,
    )  # fmt: skip


def random_change(experiment: Experiment, chosen: Trial, attribution: Attribution) -> Trial | None:
    """Draw one of the changes of about the same cost that are meant for other causes."""
    alike = [
        trial
        for trial in experiment.trials
        if trial.arm.data is None
        and trial.arm.cause not in attribution.causes
        and 1 / LIKE <= trial.arm.cost / chosen.arm.cost <= LIKE
    ]
    if not alike:
        return None
    seed = stable_seed("random change", experiment.subject.study.seed, experiment.subject.recipe.to_json())
    return alike[int(np.random.default_rng(seed).integers(len(alike)))]


def differences(recipe: Recipe, changes: Change) -> tuple[str, ...]:
    """Write changed settings as lines, old and new value; a setting that the recipe leaves out has its default.

    Examples
    --------
    >>> from bigenough.recipes import recipe_from
    >>> differences(recipe_from("mlp,dropout=0.9"), {"dropout": 0.5, "epochs": None, "keep": "best"})
    ('dropout 0.9 -> 0.5', 'epochs 200 -> none', 'keep last -> best')
    """
    known = {**defaults_of(recipe), **recipe.settings}
    lines = []
    if changes.keys() >= CONVERGED.keys():  # one change in a reader's eyes
        length = next((name for name in ("epochs", "max_updates") if known.get(name) is not None), "max_updates")
        most = f"at most {changes['max_updates']:,} updates"
        lines = [f"{length} {_short(known.get(length))} -> until the loss is at rest, {most}"]
        changes = {name: new for name, new in changes.items() if name not in (*CONVERGED, *LENGTH)}
    for name, new in changes.items():
        old = known.get(name)
        if old != new:
            lines.append(f"{name} {_short(old)} -> {_short(new)}")
    return tuple(lines)


def _short(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else IN_WORDS.get(str(value), str(value))
