"""What dropout, convolution and augmentation do to bias and to variance: pairs of networks on the same draws."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough import stats
from bigenough.draws import parts_of
from bigenough.errors import InputError
from bigenough.progress import Progress
from bigenough.registry import MODELS
from bigenough.running import plan, run_missing
from bigenough.sources import load
from bigenough.stats import Term
from bigenough.store import Store
from bigenough.types import Dataset, Recipe, Rows, Run, Study
from bigenough.workers import Crew

SOURCE = "mnist:4,9"  # 0 against 1 leaves next to nothing to lower
SIZES = (10, 30, 100, 300, 1000)
FEWEST = 3  # draws, for a variance
MOVED = {"shift": 2.0, "rotation": 10.0}  # pixels, degrees
WIDTHS = range(16, 1024)  # among which the dense network of as many parameters is looked for
DROPOUT, CONVOLUTION, MOVED_CONV = "dropout of 0.5", "convolution", "shifts and rotations, convolutional"
LOSSES = ("zero-one", "squared")
TERMS = ("loss", "bias", "variance")


@dataclass(frozen=True)
class Contrast:
    """Two networks that differ in one thing, and what that does.

    Attributes
    ----------
    name : str
        What the second has and the first has not.
    without, having : Recipe
    sizes : tuple of int
        Training sizes at which both have at least `FEWEST` draws.
    draws : int
        The fewest of any size.
    terms : mapping of (loss, term, size) to tuple of Term
        Of the two networks, on the same draws and test items.
    """

    name: str
    without: Recipe
    having: Recipe
    sizes: tuple[int, ...]
    draws: int
    terms: dict[tuple[str, str, int], tuple[Term, Term]]

    def change(self, loss: str, term: str, size: int) -> stats.Interval:
        """What it changes at a size, with its interval over new training sets and new test images."""
        before, after = self.terms[loss, term, size]
        return stats.term_interval(after - before)

    def mean_change(self, loss: str, term: str) -> stats.Interval:
        """Likewise, as a mean over the sizes."""
        both = [self.terms[loss, term, size] for size in self.sizes]
        return stats.term_interval(stats.mean_term([after - before for before, after in both]))


def contrasts(data: Dataset) -> dict[str, tuple[Recipe, Recipe]]:
    """Name the pairs of networks: without it, and with it.

    All train until their loss is at rest. The dense network beside the convolutional one has two equal layers, as wide as
    gives it the nearest number of parameters.
    """
    dense, conv = MODELS["relu-mlp"].recipe, MODELS["convnet"].recipe
    return {
        DROPOUT: (_named(dense, "dense, no dropout", dropout=0.0), _named(dense, "dense, dropout 0.5", dropout=0.5)),
        CONVOLUTION: (_as_large(dense, conv, data), conv),
        "shifts and rotations, dense": (dense, _named(dense, "dense, moved", augmentation=MOVED)),
        MOVED_CONV: (conv, _named(conv, "convnet, moved", augmentation=MOVED)),
    }


def _named(recipe: Recipe, name: str, **settings: object) -> Recipe:
    return dataclasses.replace(recipe, name=name, settings={**recipe.settings, **settings})


def _as_large(dense: Recipe, other: Recipe, data: Dataset) -> Recipe:
    wanted, model = MODELS[other.model].parameters(other, data), MODELS[dense.model]
    width = min(WIDTHS, key=lambda w: abs(model.parameters(_named(dense, "", hidden=[w, w]), data) - wanted))
    return _named(dense, f"dense, two of {width}", hidden=[width, width])


def make_study(data: Dataset, *, draws: int, seed: int) -> Study:
    """Make the study that trains every network of the contrasts once.

    Raises
    ------
    InputError
        Too few draws for a variance.
    """
    if draws < FEWEST:
        raise InputError(f"variance needs at least {FEWEST} draws of each size, got {draws}")
    recipes = {recipe.name: recipe for both in contrasts(data).values() for recipe in both}
    return Study(
        "contrasts", SOURCE, tuple(recipes.values()), SIZES, draws, split="holdout", replacement=False, stratified=True,
        nested=False, seed=seed,
    )  # fmt: skip


def run_contrasts(
    store: Store,
    *,
    draws: int,
    seed: int = 0,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    train: bool = True,
    crew: Crew | None = None,
) -> list[Contrast]:
    """Train what the store lacks, and split the losses of every network into bias and variance.

    Parameters
    ----------
    store : Store
    draws : int
        Training sets of each size; 0 for none of all this.
    seed, jobs, device, progress
        As for `running.run_missing`.
    train : bool
        False: only what the store has is used.
    crew : Crew, optional
        As for `running.run_missing`.

    Returns
    -------
    list of Contrast
        Those that have enough draws at some size; none while runs are still lacking.
    """
    if not draws:
        return []
    data = load(SOURCE)
    study = make_study(data, draws=draws, seed=seed)
    cells = plan(study, data)
    if train:
        run_missing(cells, data, store, jobs=jobs, device=device, progress=progress, crew=crew)
    kept = store.runs([cell.key for cell in cells])
    if len(kept) < len(cells):
        return []  # stopped half-way: a mean over some sizes is none over all
    runs = [run for run in kept if run.status == "ok"]
    y = data.y[parts_of(data, study, 0)[2]]
    found = [_contrast(name, both, runs, y) for name, both in contrasts(data).items()]
    return [contrast for contrast in found if contrast.sizes]


def _contrast(name: str, both: tuple[Recipe, Recipe], runs: Sequence[Run], y: Rows) -> Contrast:
    terms: dict[tuple[str, str, int], tuple[Term, Term]] = {}
    counts = {}
    for size in SIZES:
        of_both = [{r.repeat: r for r in runs if (r.recipe, r.size) == (recipe.name, size)} for recipe in both]
        shared = sorted(of_both[0].keys() & of_both[1].keys())
        if len(shared) < FEWEST:
            continue
        counts[size] = len(shared)
        labels = [np.stack([np.asarray(of[d].test_labels, np.int64) for d in shared]) for of in of_both]
        chances = [np.stack([np.asarray(of[d].test_probabilities, float) for d in shared]) for of in of_both]
        split: dict[str, list[Any]] = {
            "zero-one": [stats.zero_one(of, y) for of in labels],
            "squared": [stats.squared_error(of, y) for of in chances],
        }
        for loss, (before, after) in split.items():
            for term in TERMS:
                terms[loss, term, size] = (getattr(before, term), getattr(after, term))
    return Contrast(name, *both, tuple(counts), min(counts.values(), default=0), terms)
