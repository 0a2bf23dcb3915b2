"""What the models without gradient updates share: fit one draw at a time, and never let one failure take the others."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from bigenough.errors import FitError
from bigenough.types import Dataset, Draw, Fit, Floats, Part, Recipe, Rows


class Predictor(Protocol):
    """A fitted model."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the fit."""

    def predict(self, X: Floats) -> tuple[Rows, Floats | None]:
        """Give labels (n,) and probabilities (n, classes), or None, of rows (n, features)."""


class OneByOne:
    """Base of a model that is fitted on one draw at a time; a child says how in `fit`."""

    recipe: Recipe

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Predictor:
        """Fit on one draw."""
        raise TypeError(f"{type(self).__name__} does not say how to fit")

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Fit each draw; see `bigenough.types.Model`."""
        judged: dict[Part, Floats] = {  # the same rows for all draws of a study
            "convergence": data.flat(draws[0].convergence),
            "test": data.flat(draws[0].test),
        }
        fits = []
        for draw in draws:
            fits.append(self._fit_one(recipe, data, draw, {"train": data.flat(draw.train), **judged}))
            advance(len(fits) / len(draws))
        return fits

    def _fit_one(self, recipe: Recipe, data: Dataset, draw: Draw, parts: Mapping[Part, Floats]) -> Fit:
        start = time.perf_counter()
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                predictor = self.fit(recipe, data, draw)
                labels: dict[Part, Rows] = {}
                probabilities: dict[Part, Floats] = {}
                for part, X in parts.items():
                    labels[part], chances = predictor.predict(X)
                    if chances is not None and not np.isfinite(chances).all():
                        raise FitError("probabilities are not finite")
                    if chances is not None:
                        probabilities[part] = chances
        except Exception as error:  # one model on one draw may fail in any way; the failure is recorded as such
            reason = str(error) if isinstance(error, FitError) else f"{type(error).__name__}: {error}"
            return Fit(seconds=time.perf_counter() - start, error=reason)
        notes = (*predictor.notes, *dict.fromkeys(str(w.message).splitlines()[0] for w in caught))
        return Fit(time.perf_counter() - start, labels, probabilities or None, notes=notes)

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess: far below any network's."""
        return 0.02

    def stack_limit(self, recipe: Recipe, device: str) -> int:
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
