"""Runs of hybrids to a table of scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bigenough.errors import InputError
from bigenough.types import Floats, Recipe, Run


@dataclass(frozen=True)
class Scored:
    """Scores of hybrids on the draws that all of them have.

    Attributes
    ----------
    draws : tuple of int
        Repeats.
    values : ndarray, shape (draws, hybrids)
    notes : tuple of str
        Which fits failed, and what they count as, a sentence each.
    """

    draws: tuple[int, ...]
    values: Floats
    notes: tuple[str, ...]


def score_table(runs: Sequence[Run], recipes: Sequence[Recipe], guess: Recipe, metric: str) -> Scored:
    """Put test scores into a table; a fit that failed scores as the guess on its draw, since it can tell nothing.

    Parameters
    ----------
    runs : sequence of Run
    recipes : sequence of Recipe
        The columns.
    guess : Recipe
        The rule that always says what most training rows are; it has run on the same draws.
    metric : str

    Raises
    ------
    InputError
        No fit of the first or of the last recipe came to anything, or a model has no probabilities and the metric needs them.
    """
    by_cell: Mapping[tuple[str, int], Run] = {(r.recipe, r.repeat): r for r in runs}
    names = [recipe.name for recipe in recipes]
    repeats = sorted({r.repeat for r in runs})
    draws = tuple(d for d in repeats if all((name, d) in by_cell for name in (*names, guess.name)))
    failed: Counter[str] = Counter()
    values = np.empty((len(draws), len(names)))
    for column, name in enumerate(names):
        of_one = [by_cell[name, d] for d in draws]
        errors = [run.error or "failed" for run in of_one if run.status == "failed"]
        if of_one and len(errors) == len(of_one) and column in (0, len(names) - 1):
            raise InputError(f"no fit of {name} came to anything: {errors[0]}")
        failed.update(errors)
        for row, run in enumerate(of_one):
            values[row, column] = (by_cell[guess.name, draws[row]] if run.status == "failed" else run).scores[metric]
    if np.isnan(values).any():
        name = names[int(np.flatnonzero(np.isnan(values).any(axis=0))[0])]
        raise InputError(f"{metric} cannot be had of {name}, which gives labels and no probabilities; try --metric accuracy")
    notes = tuple(
        f"{n:,} of {values.size:,} fits failed ({error}). Each counts as a rule that guesses the class that most of its "
        "training rows have."
        for error, n in failed.items()
    )
    return Scored(draws, values, notes)
