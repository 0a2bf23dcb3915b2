"""A support vector machine with a radial kernel, its two settings chosen by cross-validation inside the training draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.svm import SVC

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.inputs import Inputs
from bigenough.models.scaling import SCALINGS, scaled
from bigenough.models.tuning import Fold, all_classes, folds, groups_of, mean_loss, most_likely, untuned
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows

TUNING_ROWS = 1000  # at most, to choose on: it takes the cube of the rows
SLOPES = np.geomspace(0.1, 30, 25)


@dataclass(frozen=True)
class Machine:
    """A fitted machine and the slope that makes probabilities of its decision values.

    Probabilities are ``softmax(slope * decision values)``; the slope is the one with the smallest loss on the left-out
    rows of the cross-validation. One positive number for all classes cannot turn a decision over, as Platt's two can on a
    handful of rows, and costs no further fit.
    """

    fitted: SVC
    n_classes: int
    slope: float
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        chances = softmax(self.slope * decisions(self.fitted, X), axis=1)
        return most_likely(all_classes(chances, self.fitted.classes_, self.n_classes))


def decisions(fitted: SVC, X: Floats) -> Floats:
    """One value a class that the machine has seen, shape (n, classes seen); with two classes the first one's is 0."""
    values = fitted.decision_function(X)
    return np.column_stack([np.zeros(len(values)), values]) if values.ndim == 1 else values


class Svm(OneByOne):
    """Chooses C and gamma from a small grid, which begins with scikit-learn's defaults: the first of equals is taken."""

    recipe = Recipe(
        "svm", "svm", "simple",
        {"C": [1.0, 10.0, 100.0], "gamma": [1.0, 0.3, 0.1, 3.0], "folds": 5, "input_scaling": "standard"},
    )  # fmt: skip

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        return {"input_scaling": SCALINGS}

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Scale, so that every column counts alike."""
        return scaled(data, draw, recipe.settings["input_scaling"])

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Machine:
        """Choose and fit on one draw; gamma is in units of 1 / (columns * variance)."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        unit = 1 / (X.shape[1] * (X.var() or 1.0))
        # the rows of a draw are in random order; the machine is not random, but without a seed it takes numpy's global one
        few = slice(TUNING_ROWS)
        groups = groups_of(data, draw)
        cuts = folds(y[few], recipe.settings["folds"], draw, None if groups is None else groups[few])
        C, gamma, slope = 1.0, 1.0, 1.0
        notes: tuple[str, ...] = (untuned("C = 1, gamma = 1"),)
        if cuts and len(np.unique(y[few])) == len(np.unique(y)):
            C, gamma, slope = _choose(recipe, X[few], y[few], cuts, unit)
            notes = ()
        return Machine(SVC(C=C, gamma=gamma * unit, random_state=0).fit(X, y), len(data.classes), slope, notes)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count C, gamma and the slope; how many rows become support vectors is up to the data."""
        return 3

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the grid and the rows."""
        return 0.08 + 3e-6 * min(len(draw.train), TUNING_ROWS) ** 2


def _choose(recipe: Recipe, X: Floats, y: Rows, cuts: list[Fold], unit: float) -> tuple[float, float, float]:
    """Give C, gamma (in units) and the slope for them."""
    distances = euclidean_distances(X, squared=True)
    codes, places = np.unique(y, return_inverse=True)
    best, choice = -1.0, (1.0, 1.0, 1.0)
    for gamma in recipe.settings["gamma"]:
        kernel = np.exp(-gamma * unit * distances)
        for C in recipe.settings["C"]:
            left_out = np.empty((len(y), len(codes)))
            for fit, judge in cuts:
                machine = SVC(C=C, kernel="precomputed", random_state=0).fit(kernel[np.ix_(fit, fit)], places[fit])
                left_out[judge] = decisions(machine, kernel[np.ix_(judge, fit)])
            right = float(np.mean(left_out.argmax(axis=1) == places))
            if right > best:
                losses = [mean_loss(places, softmax(slope * left_out, axis=1)) for slope in SLOPES]
                best, choice = right, (C, gamma, float(SLOPES[int(np.argmin(losses))]))
    return choice


SVM = Svm()
