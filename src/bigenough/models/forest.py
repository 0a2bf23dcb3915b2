"""A random forest."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.tuning import SklearnRule, class_shares
from bigenough.types import Dataset, Draw, Recipe


class Forest(OneByOne):
    """Trees grown to the end; how many columns a split may choose from is taken by the out-of-bag squared error.

    That setting is the one that matters most in a forest. A class share of one vote keeps probabilities off 0.

    References
    ----------
    P. Probst, M. N. Wright, A.-L. Boulesteix, "Hyperparameters and tuning strategies for random forest", WIREs Data Mining
    and Knowledge Discovery 9 (2019) e1301.
    """

    recipe = Recipe("forest", "forest", "simple", {"trees": 100, "max_features": ["sqrt", 0.5]})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> SklearnRule:
        """Grow a forest for each setting on one draw, and keep the better."""
        X, y = self.inputs(data, draw).train, data.y[draw.train]
        both_present(y)
        trees, truth = recipe.settings["trees"], np.eye(len(data.classes))[:, np.unique(y)][y]
        best: Any = None
        least = np.inf
        for max_features in recipe.settings["max_features"]:
            forest = RandomForestClassifier(
                trees, max_features=max_features, oob_score=True, random_state=draw.seed % 2**32, n_jobs=1
            )
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")  # they are left out below
                forest.fit(X, y)
            miss = float(np.nanmean((forest.oob_decision_function_ - truth) ** 2))
            if best is None or miss < least:
                best, least = forest, miss
        return SklearnRule(best, len(data.classes), (), 1 / trees, class_shares(y, len(data.classes)))

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the trees; how many splits they have is up to the data."""
        return int(recipe.settings["trees"])

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the trees and the rows."""
        return float(len(recipe.settings["max_features"]) * recipe.settings["trees"] * (1e-3 + 1e-6 * len(draw.train)))


FOREST = Forest()
