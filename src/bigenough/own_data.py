"""A study of a person's own data: what is compared, at which sizes, on how many draws, and what was chosen for them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bigenough.draws import parts_of
from bigenough.errors import FitError, InputError
from bigenough.metrics import metric_named
from bigenough.recipes import defaults_of, recipe_from
from bigenough.registry import MODELS
from bigenough.sources.labels import listed
from bigenough.types import Dataset, Recipe, Study, in_a_list, number, whole

PROTOCOL = "own"
SIMPLE = ("majority", "logistic", "lda", "leekasso", "knn", "svm", "forest", "boosting")  # the simpler first
DEEP = ("relu-mlp", "relu-mlp,weight_decay=0.03", "relu-mlp,weight_decay=0.1")  # as simple models have their penalties tuned
DEEP_ON_IMAGES = ("convnet",)
DRAWS = 20
LOOKS = (1, 2, 4, 8)  # times the draws asked for: how far they are doubled where it is undecided
A_HANDFUL = 5  # rows a class of the smallest size
LARGEST = 2000  # rows of the largest size, unless asked for
MOST_SIZES = 7
MOST_PARAMETERS = 100_000_000  # with their gradients and Adam's two moments 1.6 GB a draw
LEAST_STEP = 1.4  # factor between the last two sizes
OTHER_SCALE = 50.0  # times the highest value of training images that a test image's may be: 0 to 255 is not 0 to 1

Models = Sequence[object] | Mapping[str, object]


def make_own_study(
    data: Dataset,
    *,
    models: Models | None = None,
    more_models: Models = (),
    train_sizes: Sequence[int] | None = None,
    draws: int = DRAWS,
    metric: str = "accuracy",
    margin: float = 0.01,
    seed: int = 0,
    until_decided: bool = False,
) -> tuple[Study, list[str]]:
    """Make a study of data, filling in what was not asked for.

    Parameters
    ----------
    data : Dataset
    models : sequence or mapping, optional
        Recipes or what `recipes.recipe_from` reads, names of own models as ``package.module:attribute``, own models
        themselves, or own models by name; by default `SIMPLE` and `DEEP`, and on images `DEEP_ON_IMAGES`.
    more_models : sequence or mapping
        Models beside those.
    train_sizes : sequence of int, optional
    draws : int
        Training sets of each size.
    metric : str
    margin : float
    seed : int
    until_decided : bool
        Whether draws are to be added where it is undecided, up to `LOOKS` times as many.

    Returns
    -------
    study : Study
    choices : list of str
        What was chosen, a sentence each.

    Raises
    ------
    InputError
        A number that makes no study, a model given twice, or one that these data do not suit.
    UnknownNameError
        No such model or metric.
    DrawError
        The rows cannot be cut so that every class is in every part.
    """
    if whole(draws, "draws") < 1:
        raise InputError(f"draws must be at least 1, got {draws}")
    if until_decided and draws < 2:
        raise InputError("to add draws until it is decided there must be at least 2 to begin with; draws is 1")
    if not (math.isfinite(number(margin, "margin")) and margin >= 0):
        raise InputError(f"margin must be at least 0, got {margin!r}")
    if metric_named(metric).points and margin >= 1:
        raise InputError(f"margin is a share, such as 0.05 for 5 points, and must be below 1; got {margin:g}")
    if whole(seed, "seed") < 0:
        raise InputError(f"seed must be at least 0, got {seed}")
    known_metric = metric_named(metric)
    tested = np.unique(data.y[data.holdout])
    if 0 < len(tested) < known_metric.classes:
        only = data.classes[int(tested[0])]
        raise InputError(
            f"{known_metric.title} needs {known_metric.classes} classes among the test rows, which are all {only!r}"
        )
    recipes = (*_recipes(default_models(data) if models is None else models), *_recipes(more_models))
    if not recipes:
        raise InputError("no model given; bigenough models lists them")
    _no_duplicates("model", [recipe.name for recipe in recipes])
    for recipe in recipes:
        _suits(recipe, data)
    study = Study(
        protocol=PROTOCOL, source=data.name, recipes=recipes, train_sizes=(), draws=draws, split="repeated",
        replacement=False, stratified=True, nested=True, seed=seed, metric=metric, margin=margin,
        looks=tuple(times * draws for times in LOOKS) if until_decided else (),
    )  # fmt: skip
    parts = [parts_of(data, study, repeat) for repeat in range(max(draws, *study.looks, 0))]
    n_pool = min(len(pool) for pool, _, _ in parts)
    if isinstance(train_sizes, int | str):
        raise InputError(f"train_sizes are a list of whole numbers, such as [{train_sizes}]")
    sizes = default_sizes(n_pool, len(data.classes)) if train_sizes is None else sorted(train_sizes)
    if not sizes:
        raise InputError("no training size given")
    _no_duplicates("size", list(map(str, sizes)))
    study = dataclasses.replace(study, train_sizes=tuple(sizes))
    points = 100 * margin
    margin_text = f"{points:g} point{'' if points == 1 else 's'}" if known_metric.points else f"{margin:g}"
    choices = [
        _split_sentence(data, [len(part) for part in parts[0]]),
        _sizes_sentence(study, n_pool, given=train_sizes is not None),
        f"{draws} draw{'s' if draws > 1 else ''} of each size, the same for all models; a smaller training set is part of a "
        "larger one.",
        f"Models are compared by {known_metric.title}; a difference below {margin_text} counts as practically none.",
    ]
    if until_decided:
        choices.append(
            f"Where it is undecided after {draws} draws, draws are added and it is looked at again at "
            f"{_listed(study.looks[1:])} draws; all intervals and tests hold over these looks together."
        )
    return study, choices


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def default_models(data: Dataset) -> tuple[str, ...]:
    """Name the models that a study of these data compares."""
    return (*SIMPLE, *DEEP, *(DEEP_ON_IMAGES if data.kind == "image" else ()))


def default_sizes(n_pool: int, n_classes: int) -> list[int]:
    """Choose training sizes, each a multiple of the one before, from a handful a class up to the pool.

    Parameters
    ----------
    n_pool : int
        Rows that may be drawn.
    n_classes : int

    Returns
    -------
    list of int
        Ascending, at most `MOST_SIZES`; the last is all of the pool, or `LARGEST` where the pool is larger.

    Examples
    --------
    >>> default_sizes(341, 2)
    [10, 20, 40, 80, 160, 341]
    """
    last = min(n_pool, max(LARGEST, n_classes))
    first = max(n_classes, min(A_HANDFUL * n_classes, last // 2))
    factor = max(2.0, (last / first) ** (1 / (MOST_SIZES - 1)))
    sizes = []
    size = float(first)
    while size * LEAST_STEP <= last:
        sizes.append(round(size))
        size *= factor
    return [*sizes, last]


def with_test(data: Dataset, test: Dataset) -> Dataset:
    """Join a data set and the test set that goes with it: its rows are the `holdout`.

    Raises
    ------
    InputError
        They do not go together: other columns, other shapes, or a class that only the test set has.
    """
    unseen = [name for name in test.classes if name not in data.classes]
    if unseen:
        raise InputError(f"the test set {test.name} has class {unseen[0]!r}, which {data.name} has not")
    if test.kind != data.kind:
        raise InputError(f"{data.name} is a {data.kind} and its test set {test.name} a {test.kind}")
    codes = np.array([data.classes.index(name) for name in test.classes])
    n = len(data.y)
    changes: dict[str, Any] = {
        "X": _joined_rows(data, test), "y": np.concatenate([data.y, codes[test.y]]), "holdout": np.arange(n, n + len(test.y)),
    }  # fmt: skip
    if data.groups is not None or test.groups is not None:  # where one has none, each of its rows is a group
        both = [
            each.groups if each.groups is not None else [f"row {i} of {each.name}" for i in range(len(each.y))]
            for each in (data, test)
        ]
        changes["groups"] = np.array([str(g) for groups in both for g in groups])
    absent = [name for code, name in enumerate(data.classes) if code not in codes[test.y]]
    of_test = [f"It has no row of class {listed(absent)}, of which the scores then say nothing."] if absent else []
    notes = (*data.notes, *(f"test set: {note}" for note in (*of_test, *test.notes)))
    return dataclasses.replace(data, name=f"{data.name} with {test.name}", notes=notes, **changes)


def _joined_rows(data: Dataset, test: Dataset) -> Any:  # noqa: ANN401 - an array or a data frame
    ours: Any = data.X
    theirs: Any = test.X
    if isinstance(ours, np.ndarray) != isinstance(theirs, np.ndarray):
        raise InputError(f"{data.name} and its test set {test.name} are of different kinds; give both in the same form")
    if isinstance(ours, np.ndarray):
        if ours.shape[1:] != theirs.shape[1:]:
            shapes = [" x ".join(map(str, X.shape[1:])) for X in (ours, theirs)]
            raise InputError(f"a row of {data.name} is {shapes[0]} numbers, one of its test set {test.name} {shapes[1]}")
        high, other = (float(np.abs(X).max(initial=0)) for X in (ours, theirs))
        if data.kind == "image" and max(high, other) > OTHER_SCALE * min(high, other) > 0:
            raise InputError(f"{data.name} goes up to {high:g}, its test set {test.name} to {other:g}; give both on one scale")
        return np.concatenate([ours, theirs])
    import pandas as pd

    missing = [str(column) for column in ours.columns if column not in theirs.columns]
    if missing:
        raise InputError(f"the test set {test.name} has no column {missing[0]!r}, which {data.name} has")
    return pd.concat([ours, theirs[list(ours.columns)]], ignore_index=True)


def _recipes(models: Models) -> list[Recipe]:
    if isinstance(models, Mapping):
        return [dataclasses.replace(_recipe(thing, str(name)), name=str(name)) for name, thing in models.items()]
    return [_recipe(thing, getattr(thing, "__name__", type(thing).__name__)) for thing in in_a_list(models)]


def _recipe(thing: object, name: str) -> Recipe:
    from bigenough.models.foreign import from_object, from_target  # loads scikit-learn

    if isinstance(thing, str) and ":" in thing:
        return from_target(thing)
    return recipe_from(thing) if isinstance(thing, Recipe | str | Path) else from_object(name, thing)


def _suits(recipe: Recipe, data: Dataset) -> None:
    try:
        parameters = MODELS[recipe.model].parameters(recipe, data)
    except FitError as error:
        raise InputError(str(error)) from error
    if parameters > MOST_PARAMETERS:
        raise InputError(f"{recipe.name} has {parameters:,} parameters; more than {MOST_PARAMETERS:,} are not trained here")


def _no_duplicates(what: str, values: Sequence[str]) -> None:
    twice = sorted({v for v in values if values.count(v) > 1})
    if twice:
        raise InputError(f"{what} given twice: {', '.join(twice)}")


def no_twins(recipes: Sequence[Recipe]) -> None:
    """Refuse the same network under two names: it would stand for its camp twice.

    Raises
    ------
    InputError
    """
    for i, recipe in enumerate(recipes):
        for other in recipes[:i]:
            if recipe.payload is None and recipe.model == other.model and _all(recipe) == _all(other):
                raise InputError(f"{other.name} and {recipe.name} are the same model; leave one out")


def _all(recipe: Recipe) -> dict[str, Any]:
    return {**defaults_of(recipe), **recipe.settings}


def _split_sentence(data: Dataset, counts: Sequence[int]) -> str:
    pool, convergence, test = (f"{n:,}" for n in counts)
    anew, about = ("anew, groups kept whole", "about ") if data.groups is not None else ("anew", "")
    if len(data.holdout):
        rest = len(data.y) - len(data.holdout)
        return (
            f"The {test} rows of the test set test every draw. Every draw cuts the other {rest:,} rows {anew}: {about}{pool} "
            f"to train from, {convergence} to choose by."
        )
    return (
        f"Every draw cuts the {len(data.y):,} rows {anew}: {about}{pool} to train from, {convergence} to choose by, {test} to "
        "test on."
    )


def _sizes_sentence(study: Study, n_pool: int, *, given: bool) -> str:
    sizes = ", ".join(f"{size:,}" for size in study.train_sizes)
    if given:
        return f"Training sizes {sizes}, as given."
    most = study.train_sizes[-1]
    end = "all rows there are to train from" if most == n_pool else f"{most:,}; --sizes goes up to {n_pool:,}"
    return f"Training sizes {sizes}: from a handful a class to {end}."
