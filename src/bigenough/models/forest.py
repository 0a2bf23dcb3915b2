"""A random forest."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.tuning import Fold, SklearnRule, class_shares, folds, groups_of
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows

FOLDS = 5  # where rows have groups
FEW_SHARE = 0.9  # groups a row: with more of them, as where some rows are equal, what is out of a bag is as good


class Forest(OneByOne):
    """Trees grown to the end; how many columns a split may choose from is taken by the out-of-bag squared error.

    That setting is the one that matters most in a forest. Where rows have groups, left-out groups take the place of what is out
    of a tree's bag: others of their group are in it. A class share of one vote keeps probabilities off 0.

    References
    ----------
    P. Probst, M. N. Wright, A.-L. Boulesteix, "Hyperparameters and tuning strategies for random forest", WIREs Data Mining
    and Knowledge Discovery 9 (2019) e1301.
    """

    recipe = Recipe("forest", "forest", "simple", {"trees": 100, "max_features": ["sqrt", 0.5]})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> SklearnRule:
        """Grow a forest for each setting on one draw, and keep the better."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        trees, truth = recipe.settings["trees"], np.eye(len(data.classes))[:, np.unique(y)][y]
        groups = groups_of(data, draw)
        shared = groups is not None and len(np.unique(groups)) < FEW_SHARE * len(y)
        cuts = folds(y, FOLDS, draw, groups) if shared else None
        best: Any = None
        least = np.inf
        for max_features in recipe.settings["max_features"]:
            forest = RandomForestClassifier(
                trees, max_features=max_features, oob_score=True, random_state=draw.seed % 2**32, n_jobs=1
            )
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")  # they are left out
                forest.fit(X, y)
            left_out = left_out_of(forest, X, y, cuts)
            told = left_out.sum(axis=1) > 0  # by one tree at least
            miss = float(np.mean((left_out[told] - truth[told]) ** 2)) if told.any() else np.inf
            if best is None or miss < least:
                best, least = forest, miss
        return SklearnRule(best, len(data.classes), (), 1 / trees, class_shares(y, len(data.classes)))

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the trees; how many splits they have is up to the data."""
        return int(recipe.settings["trees"])

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the trees and the rows."""
        times = len(recipe.settings["max_features"]) * (1 if data.groups is None else FOLDS + 1)
        return float(times * recipe.settings["trees"] * (1e-3 + 1e-6 * len(draw.train)))


def left_out_of(forest: RandomForestClassifier, X: Floats, y: Rows, cuts: list[Fold] | None) -> Floats:
    """Probabilities (n, classes) of rows by trees that did not see them, nor their group; rows of 0 where there is none."""
    if cuts is None:
        return np.nan_to_num(forest.oob_decision_function_)
    left_out = np.zeros((len(y), len(forest.classes_)))
    for fit, judge in cuts:
        left_out[judge] = clone(forest).set_params(oob_score=False).fit(X[fit], y[fit]).predict_proba(X[judge])
    return left_out


FOREST = Forest()
