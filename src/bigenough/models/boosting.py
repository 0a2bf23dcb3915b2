"""Gradient boosting, the number of rounds chosen by cross-validation inside the training draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.tuning import SklearnRule, folds, groups_of, mean_loss, untuned
from bigenough.types import Dataset, Draw, Recipe

FEWEST = 60  # rounds, when there are many classes and so many trees a round


class Boosting(OneByOne):
    """Shallow trees, each on most of the rows and, at each split, on a random few of the columns.

    From ``histogram_from`` training rows on, trees on binned columns take over, which are faster there and take all rows and
    columns, so that ``subsample`` and ``max_features`` change nothing there; below, their smallest leaf of 20 rows would leave
    them hardly a split. With more than three classes the rounds are fewer, since each
    grows a tree a class.
    """

    recipe = Recipe(
        "boosting", "boosting", "simple",
        {
            "rounds": 100, "learning_rate": 0.1, "max_depth": 3, "subsample": 0.8, "max_features": "sqrt", "folds": 3,
            "histogram_from": 1000,
        },
    )  # fmt: skip

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> SklearnRule:
        """Choose the rounds on one draw, then fit with that many."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        codes, places = np.unique(y, return_inverse=True)
        most = _most_rounds(recipe, len(codes))
        cuts = folds(y, recipe.settings["folds"], draw, groups_of(data, draw))
        rounds = most
        notes: tuple[str, ...] = (untuned(f"{most} rounds"),)
        if cuts:
            losses = np.zeros(most)
            for fit, judge in cuts:
                model = _boosted(recipe, most, len(y), draw).fit(X[fit], places[fit])
                losses += [len(judge) * mean_loss(places[judge], p) for p in model.staged_predict_proba(X[judge])]
            rounds, notes = int(np.argmin(losses)) + 1, ()
        return SklearnRule(_boosted(recipe, rounds, len(y), draw).fit(X, y), len(data.classes), notes)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the trees, at most; how many splits they have is up to the data."""
        n_classes = len(data.classes)
        return _most_rounds(recipe, n_classes) * (1 if n_classes == 2 else n_classes)

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the trees and the rows."""
        return float(self.parameters(recipe, data) * (recipe.settings["folds"] + 1) * (5e-4 + 4e-7 * len(draw.train)))


def _most_rounds(recipe: Recipe, n_classes: int) -> int:
    rounds = int(recipe.settings["rounds"])
    return rounds if n_classes <= 3 else min(rounds, max(FEWEST, 3 * rounds // n_classes))


def _boosted(recipe: Recipe, rounds: int, n: int, draw: Draw) -> Any:  # noqa: ANN401 - no types there
    settings: Any = recipe.settings
    common = {
        "learning_rate": settings["learning_rate"],
        "max_depth": settings["max_depth"], "random_state": draw.seed % 2**32,
    }  # fmt: skip
    if n >= settings["histogram_from"]:
        return HistGradientBoostingClassifier(max_iter=rounds, early_stopping=False, **common)
    some = {name: settings[name] for name in ("subsample", "max_features")}
    return GradientBoostingClassifier(n_estimators=rounds, **some, **common)


BOOSTING = Boosting()
