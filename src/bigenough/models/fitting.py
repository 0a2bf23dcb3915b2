"""What the models without gradient updates share: fit one draw at a time, and never let one failure take the others."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import numpy as np
import sklearn

from bigenough.errors import BigenoughError, FitError
from bigenough.models.inputs import Inputs, prepare
from bigenough.types import PARTS, Dataset, Draw, Fit, Floats, Part, Recipe, Rows


class Predictor(Protocol):
    """A fitted model."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the fit."""

    def predict(self, X: Floats) -> tuple[Rows, Floats | None]:
        """Give labels (n,) and probabilities (n, classes), or None, of rows (n, features)."""


T = TypeVar("T")


def guarded(call: Callable[[], T]) -> tuple[T | None, str]:
    """Give a call's result and no error, or None and what went wrong, in a line: a model may fail in any way."""
    try:
        return call(), ""
    except Exception as error:
        reason = " ".join(str(error).split())
        return None, reason if isinstance(error, BigenoughError) else f"{type(error).__name__}: {reason}"


def failed(seconds: float, reason: str) -> Fit:
    """Record a fit that came to nothing."""
    return Fit(seconds, error=reason)


class OneByOne:
    """Base of a model that is fitted on one draw at a time; a child says how in `fit`."""

    recipe: Recipe
    trusted = True  # scikit-learn need not check the recipe's own parameters, which costs it up to a quarter of a fit

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Give the numbers that the model takes: all columns as they are; a child may scale them."""
        return prepare(data, draw)

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Predictor:
        """Fit on one draw, on `self.inputs(recipe, data, draw).train`."""
        raise TypeError(f"{type(self).__name__} does not say how to fit")

    def ready(self) -> None:
        """Nothing but what bigenough itself needs."""

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Fit each draw; see `bigenough.types.Model`."""
        fits = []
        for draw in draws:
            start = time.perf_counter()
            checks = sklearn.config_context(skip_parameter_validation=self.trusted and recipe.settings == self.recipe.settings)
            with checks, warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                fit, reason = guarded(lambda draw=draw: self._fit_one(recipe, data, draw))  # type: ignore[misc]
            seconds = time.perf_counter() - start
            if fit is None:
                fits.append(failed(seconds, reason))
            else:
                said = dict.fromkeys((*fit.notes, *(str(w.message).splitlines()[0] for w in caught)))
                fits.append(dataclasses.replace(fit, seconds=seconds, notes=tuple(said)))
            advance(len(fits) / len(draws))
        return fits

    def _fit_one(self, recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
        predictor = self.fit(recipe, data, draw)
        inputs = self.inputs(recipe, data, draw)
        labels: dict[Part, Rows] = {}
        probabilities: dict[Part, Floats] = {}
        for part in PARTS:
            labels[part], chances = predictor.predict(getattr(inputs, part))
            if chances is not None and not np.isfinite(chances).all():
                raise FitError("probabilities are not finite")
            if chances is not None:
                probabilities[part] = chances
        return Fit(0.0, labels, probabilities or None, notes=(*inputs.notes, *predictor.notes))

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess: far below any network's."""
        return 0.02

    def training_but_length(self, recipe: Recipe) -> str | None:
        """None: nothing is trained for a while."""
        return None

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """Any number: there is no stack."""
        return 32


def two_classes(recipe: Recipe, data: Dataset) -> None:
    """Refuse data with more than two classes.

    Raises
    ------
    FitError
    """
    if len(data.classes) != 2:
        raise FitError(f"{recipe.name} separates two classes; {data.name} has {len(data.classes)}")


def both_present(y: Rows) -> None:
    """Refuse a training set in which a class is missing.

    Raises
    ------
    FitError
    """
    if len(np.unique(y)) < 2:
        raise FitError("the training set has rows of one class only")


def two_columns(chance: Floats) -> Floats:
    """Probabilities of class 1, (n,), as columns for both classes, (n, 2)."""
    return np.column_stack([1 - chance, chance])
