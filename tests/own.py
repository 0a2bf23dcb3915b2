"""Small data sets and studies of one's own, for several test files."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bigenough.draws import make_draw, parts_of
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Recipe, Study


def make(name: str, X: Any, y: Any, classes: tuple[str, ...], kind: Any = "table", *, groups: Any = None) -> Dataset:  # noqa: ANN401
    """Make a data set; groups get names."""
    names = None if groups is None else np.asarray(groups).astype(str)
    return Dataset(name, X, np.asarray(y, np.int64), classes, kind, groups=names)


def table(counts: Sequence[int] = (30, 30), *, features: int = 4, seed: int = 0, groups: Any = None) -> Dataset:  # noqa: ANN401
    """Numbers that tell the classes apart fairly well, and one column that never changes."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    X = rng.normal(size=(len(y), features)) + 1.5 * (y[:, None] == np.arange(features) % len(counts))
    X = np.column_stack([X, np.full(len(y), 7.3)])
    return make(f"table of {len(y)}", X, y, tuple(f"c{i}" for i in range(len(counts))), groups=groups)


def frame(counts: Sequence[int] = (30, 30), *, seed: int = 0) -> Dataset:
    """A data frame with a category, a rare one among them, and missing values."""
    data, rng = table(counts, seed=seed), np.random.default_rng(seed)
    X = pd.DataFrame(data.X, columns=[f"x{i}" for i in range(data.X.shape[1])])
    X["colour"] = np.where(data.y == 0, "red", rng.choice(["green", "blue"], len(X)))
    X.loc[rng.choice(len(X), 2, replace=False), "colour"] = "rare"
    for column in ("x0", "x1"):
        X.loc[rng.choice(len(X), len(X) // 5, replace=False), column] = np.nan
    return make("frame", X, data.y, data.classes)


def images(n_classes: int = 2, side: int = 8, per_class: int = 30, channels: int | None = None) -> Dataset:
    """Noise with a bright spot whose place tells the class."""
    rng, y = np.random.default_rng(1), np.tile(np.arange(n_classes), per_class)
    shape = (len(y), side, side) if channels is None else (len(y), side, side, channels)
    X = rng.uniform(0, 60, size=shape)
    for i, code in enumerate(y):
        X[i, side // 2, code % side] += 180
    return make(f"images of {side}", X.astype(np.uint8), y, tuple(map(str, range(n_classes))), "image")


def study_of(data: Dataset, recipes: Sequence[Recipe | str] = (), sizes: Sequence[int] = (10,), draws: int = 2) -> Study:
    """A study as those of one's own data are."""
    found = tuple(MODELS[r].recipe if isinstance(r, str) else r for r in recipes)
    return Study("own", data.name, found, tuple(sizes), draws, "repeated", replacement=False, stratified=True, nested=True)


def draws_of(data: Dataset, size: int, repeats: int = 2) -> list[Draw]:
    """Draws of one size, each with rows of its own to be judged by."""
    asked = study_of(data, sizes=[size], draws=repeats)
    return [make_draw(data, asked, parts_of(data, asked, repeat), size, repeat) for repeat in range(repeats)]


def short(name: str) -> Recipe:
    """A registered recipe, with few updates where it has any."""
    recipe: Recipe = MODELS[name].recipe
    for setting, value in (("epochs", 2), ("max_updates", 30), ("trees", 10), ("rounds", 10)):
        if setting in recipe.settings:
            recipe = recipe.replace(**{setting: value})
    return dataclasses.replace(recipe)
