"""What several test files build: small data, small studies, runs made by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pytest

import bigenough
from bigenough.claims import activation, convergence, many_parameters, one_pixel, three_fits, updates_and_rate
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Fit, Recipe, Run, Study, TrainingCurve

SCORES = ("accuracy", "convergence_accuracy", "train_accuracy", "train_loss")


@cache
def digits(pool: int = 120, holdout: int = 60) -> Dataset:
    """Real zeros and ones, few of them: the first of the training images and of the test images."""
    data = bigenough.load("mnist:0,1")
    rows = np.concatenate([np.arange(pool), data.holdout[:holdout]])
    places = np.arange(pool, pool + holdout)
    return Dataset(f"{pool} digits", data.X[rows], data.y[rows], data.classes, kind="image", holdout=places)


@contextlib.contextmanager
def few_draws() -> Iterator[None]:
    """Have the claims train four draws of what they need beyond the protocol, instead of ten to two hundred."""
    with pytest.MonkeyPatch.context() as patch:
        for claim in (activation, convergence, many_parameters, one_pixel, three_fits, updates_and_rate):
            patch.setattr(claim, "DRAWS", 4)
        yield


def labelled(counts: Sequence[int], holdout: Sequence[int] = (6, 6), *, features: int = 3, seed: int = 0) -> Dataset:
    """A table with so many rows of each class in the pool and in the holdout, in mixed order."""
    rng = np.random.default_rng(seed)
    pool = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    rest = rng.permutation(np.repeat(np.arange(len(holdout)), holdout))
    y = np.concatenate([pool, rest]).astype(np.int64)
    X = rng.normal(size=(len(y), features)) + y[:, None]
    return Dataset("labelled", X, y, tuple(map(str, range(len(counts)))), holdout=np.arange(len(pool), len(y)))


def study(
    recipes: Sequence[Recipe | str] = ("single-pixel",),
    *,
    train_sizes: Sequence[int] = (10, 20),
    draws: int = 2,
    stratified: bool = True,
    replacement: bool = False,
    nested: bool = False,
    seed: int = 0,
) -> Study:
    """A study on any data with a holdout; recipes by registered name or as they are."""
    return Study(
        protocol="post",
        source="mnist:0,1",
        recipes=tuple(MODELS[r].recipe if isinstance(r, str) else r for r in recipes),
        train_sizes=tuple(train_sizes),
        draws=draws,
        split="holdout",
        replacement=replacement,
        stratified=stratified,
        nested=nested,
        seed=seed,
    )


def small_network(name: str = "mlp", **changes: object) -> Recipe:
    """A registered dense network, made small and short."""
    recipe: Recipe = MODELS[name].recipe
    return recipe.replace(**{"hidden": [8], "epochs": 3, **changes})


def fit_many(recipe: Recipe, data: Dataset, draws: Sequence[Draw]) -> list[Fit]:
    """Fit on the CPU and tell nobody."""
    fits: list[Fit] = MODELS[recipe.model].fit_many(recipe, data, draws, "cpu", lambda share: None)
    return fits


def hand_made_run(
    recipe: str,
    size: int,
    repeat: int,
    accuracy: float | None,
    *,
    labels: Sequence[int] | None = None,
    curve: TrainingCurve | None = None,
) -> Run:
    """A run with a known test accuracy; None makes it a failed one."""
    scores = dict.fromkeys(SCORES, np.nan)
    if accuracy is not None:
        scores |= {"accuracy": accuracy, "train_accuracy": 1.0}
    return Run(
        key=f"{recipe}/{size}/{repeat}", recipe=recipe, family="simple", size=size, repeat=repeat, seed=repeat,
        status="failed" if accuracy is None else "ok", scores=scores, updates=None, seconds=0.0,
        test_labels=None if labels is None else np.array(labels, np.int16), curve=curve,
        error="planted" if accuracy is None else None,
    )  # fmt: skip


def hand_made_curve(held_out_score: Sequence[float]) -> TrainingCurve:
    """A training curve with a known held-out accuracy a checkpoint, one update apart."""
    n = len(held_out_score)
    other = {name: np.linspace(1, 0, n) for name in TrainingCurve.__dataclass_fields__ if name != "updates"}
    return TrainingCurve(updates=np.arange(n), **{**other, "held_out_score": np.array(held_out_score, float)})
