"""The experiment that shares a gap out: hybrids trained on the same draws, and the repair tested on fresh ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bigenough.draws import parts_of
from bigenough.errors import InputError
from bigenough.explanation import (
    Design,
    Explained,
    Repair,
    Retest,
    choose,
    explain_runs,
    make_design,
    make_lattice,
    retest,
    score_table,
)
from bigenough.metrics import METRICS
from bigenough.progress import Progress
from bigenough.registry import MODELS
from bigenough.running import Cell, plan, run_missing
from bigenough.store import Store
from bigenough.types import Dataset, Recipe, Run, Study
from bigenough.workers import Crew

GUESS = "majority"


@dataclass(frozen=True)
class Explanation:
    """What the experiment found.

    Attributes
    ----------
    a, b : Recipe
        As they were asked for.
    study : Study
        Of all hybrids; `study.draws` is what was asked for.
    explained : Explained
        On the draws that all hybrids have.
    repair : Repair or None
        None where there is no clear gap.
    retest : Retest or None
        None where there is no repair, or no time was left.
    fresh_draws : int
        That were asked for, to test the repair.
    notes : tuple of str
        What could not be changed by itself, what failed, and what was done about it.
    runs : list of Run
        All that the numbers rest on.
    """

    a: Recipe
    b: Recipe
    study: Study
    explained: Explained
    repair: Repair | None
    retest: Retest | None
    fresh_draws: int
    notes: tuple[str, ...]
    runs: list[Run] = field(repr=False)

    @property
    def size(self) -> int:
        """Training rows."""
        return self.study.train_sizes[0]

    @property
    def missing(self) -> str:
        """What was asked for and did not run, as when the time was up; empty where everything ran."""
        if self.explained.draws < self.study.draws:
            return f"{self.explained.draws} of {self.study.draws} draws are done"
        tested = 0 if self.retest is None else self.retest.draws
        if self.repair is not None and tested < self.fresh_draws:
            return f"{tested} of {self.fresh_draws} fresh draws are done, which test the smallest repair"
        return ""


def run_explanation(
    a: Recipe,
    b: Recipe,
    data: Dataset,
    study: Study,
    store: Store,
    *,
    fresh_draws: int,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    deadlines: tuple[float | None, float | None] = (None, None),
    train: bool = True,
    crew: Crew | None = None,
) -> Explanation:
    """Train the hybrids of two recipes on the draws of a study, share the gap out, choose the repair and test it.

    Parameters
    ----------
    a, b : Recipe
    data : Dataset
    study : Study
        Says the one training size, the draws, how they are made, and the metric; its recipes do not matter.
    store : Store
        What it has is not run again.
    fresh_draws : int
        Further draws, for the test of the repair.
    jobs, device, progress
        As for `running.run_missing`.
    deadlines : tuple of float or None
        When nothing more is begun: of the hybrids, and of the test.
    train : bool
        False: only what the store has is used.
    crew : Crew, optional
        As for `running.run_missing`.

    Returns
    -------
    Explanation

    Raises
    ------
    InputError
        The recipes cannot be compared on these data, or there was no time for a single draw.
    """
    (size,) = study.train_sizes
    design = make_design(make_lattice(a, b, data, size), seed=study.seed)
    guess: Recipe = MODELS[GUESS].recipe

    def runs_of(recipes: Sequence[Recipe], first: int, last: int, deadline: float | None) -> list[Run]:
        asked = dataclasses.replace(study, recipes=(*recipes, guess), draws=last)
        cells: list[Cell] = [cell for cell in plan(asked, data) if cell.draw.repeat >= first]
        if train:
            run_missing(cells, data, store, jobs=jobs, device=device, progress=progress, deadline=deadline, crew=crew)
        return store.runs([cell.key for cell in cells], probabilities=False)

    hybrids = design.recipes
    if METRICS[study.metric].needs == "probabilities":  # whether a model has them shows in a fit, and one is enough
        score_table(runs_of((hybrids[0], hybrids[-1]), 0, 1, deadlines[0]), (hybrids[0], hybrids[-1]), guess, study.metric)
    whole = dataclasses.replace(study, recipes=(*hybrids, guess))
    runs = runs_of(hybrids, 0, study.draws, deadlines[0])
    scored = score_table(runs, hybrids, guess, study.metric)
    if not scored.draws:
        raise InputError(
            f"there was no time for one draw of all {len(hybrids)} hybrids; the same command, with the same --out, goes on"
        )
    resolution = 1 / len(parts_of(data, study, 0)[2])
    explained = explain_runs(design, scored.values, resolution=resolution)
    repair, tested, notes = choose(explained), None, (*design.lattice.notes, *scored.notes)
    if repair is not None and fresh_draws > 0:
        masks = repair.masks(design.lattice)
        mended = [design.lattice.hybrid(mask) for mask in masks]
        fresh = runs_of(mended, study.draws, study.draws + fresh_draws, deadlines[1])
        again = score_table(fresh, mended, guess, study.metric)
        if again.draws:
            columns = dict(zip(masks, np.moveaxis(again.values, 1, 0), strict=True))
            tested = retest(repair, design.lattice, columns, resolution=resolution)
            notes = (*notes, *(f"Of the fresh draws, {note[0].lower()}{note[1:]}" for note in again.notes))
            runs = [*runs, *fresh]
    return Explanation(a, b, whole, explained, repair, tested, fresh_draws, notes, runs)


def updates_of(found: Explanation) -> dict[int, float]:
    """Mean gradient updates of every hybrid that makes any, by its mask."""
    updates: dict[str, list[int]] = {}
    for run in found.runs:
        if run.updates is not None:
            updates.setdefault(run.recipe, []).append(run.updates)
    design: Design = found.explained.design
    return {m: float(np.mean(updates[r.name])) for m, r in zip(design.masks, design.recipes, strict=True) if r.name in updates}


__all__ = ["Explained", "Explanation", "Repair", "Retest", "run_explanation", "updates_of"]
