"""Which recipe stands for its camp: chosen on convergence rows, never on test rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bigenough.types import Family, Run

CAMPS: tuple[Family, ...] = ("deep", "simple")


@dataclass(frozen=True)
class Champions:
    """The champion of one camp at one size.

    Attributes
    ----------
    family : str
    size : int
    by_repeat : mapping of int to str
        Recipe that stands for the camp in each repeat; repeats without a working fit are not there.
    """

    family: Family
    size: int
    by_repeat: Mapping[int, str]

    @property
    def name(self) -> str:
        """The recipe that was champion in most repeats; of several, the one that was so first. Empty without any."""
        counts = Counter(self.by_repeat[repeat] for repeat in sorted(self.by_repeat))
        return max(counts, key=lambda name: counts[name]) if counts else ""


def choose_champions(
    runs: Sequence[Run], *, metric: str = "accuracy", pooled: bool = False, camps: Sequence[Family] = CAMPS
) -> dict[tuple[Family, int], Champions]:
    """Choose each camp's champion at every size, by the score on the convergence rows.

    Where every repeat splits the rows anew, one repeat's convergence rows are another's test rows, so that choosing by the
    mean over repeats would choose on test rows (docs/statistics.md shows what that costs). Therefore every repeat chooses
    by its own convergence rows, which are disjoint from its test rows. Where the test rows are the same in all repeats and
    convergence rows are never among them, the mean over repeats chooses (`pooled`).

    Parameters
    ----------
    runs : sequence of Run
        Only their convergence score is read: ``convergence_`` and the metric's name or, where a run lacks it,
        ``convergence_accuracy``.
    metric : str
        Name in `bigenough.metrics.METRICS`.
    pooled : bool
    camps : sequence of str
        Families.

    Returns
    -------
    dict of (family, size) to Champions
        Of equal scores the recipe that comes first in `runs` wins, so list the simpler first.
    """
    scores: dict[tuple[Family, int], dict[str, dict[int, float]]] = {}
    for run in runs:
        if run.family in camps and run.status == "ok":
            score = run.scores.get(f"convergence_{metric}", run.scores["convergence_accuracy"])
            if not np.isnan(score):
                scores.setdefault((run.family, run.size), {}).setdefault(run.recipe, {})[run.repeat] = score
    chosen = {}
    for (family, size), of_recipe in scores.items():
        repeats = sorted({repeat for values in of_recipe.values() for repeat in values})
        mean = {name: float(np.mean(list(values.values()))) for name, values in of_recipe.items()}
        by_repeat = {}
        for repeat in repeats:
            present = [name for name in of_recipe if repeat in of_recipe[name]]
            value = {name: mean[name] if pooled else of_recipe[name][repeat] for name in present}
            by_repeat[repeat] = max(value, key=value.__getitem__)  # of equals the first
        chosen[family, size] = Champions(family, size, by_repeat)
    return chosen
