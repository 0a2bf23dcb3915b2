"""L2 logistic regression on all features, its strength chosen by cross-validation inside the training draw."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from bigenough.models.fitting import OneByOne, both_present
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows

MIN_PER_CLASS = 2  # rows of the rarest class with which cross-validation begins


@dataclass(frozen=True)
class SklearnRule:
    """A fitted scikit-learn classifier on class codes, with columns for classes that it never saw."""

    fitted: ClassifierMixin
    n_classes: int
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        seen = self.fitted.predict_proba(X)
        probabilities = np.zeros((len(X), self.n_classes))
        probabilities[:, self.fitted.classes_] = seen
        return probabilities.argmax(axis=1).astype(np.int64), probabilities


class Logistic(OneByOne):
    """Columns scaled to at most 1 in size on the training rows, then L2 logistic regression by L-BFGS."""

    recipe = Recipe("logistic", "logistic", "simple", {"Cs": 10, "folds": 5, "input_scaling": "max-abs"})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> SklearnRule:
        """Fit on one draw; with fewer than two rows of a class there is nothing to cross-validate, and C = 1."""
        X, y = data.flat(draw.train), data.y[draw.train]
        both_present(y)
        rarest = int(np.bincount(y)[np.unique(y)].min())
        notes: tuple[str, ...] = ()
        if rarest < MIN_PER_CLASS:
            model, notes = LogisticRegression(max_iter=1000), ("a class with one row: C = 1 without cross-validation",)
        else:
            folds = min(recipe.settings["folds"], rarest)
            splitter = StratifiedKFold(folds, shuffle=True, random_state=draw.seed % 2**32)
            model = LogisticRegressionCV(
                Cs=recipe.settings["Cs"], cv=splitter, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0.0,),
                use_legacy_attributes=False,
            )  # fmt: skip
        fitted = make_pipeline(MaxAbsScaler(), model)
        with warnings.catch_warnings():
            # the weakest penalties of the grid may not converge on separable folds; the final fit is checked below
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.fit(X, y)
        if np.max(fitted[-1].n_iter_) >= 1000:
            notes = (*notes, "L-BFGS stopped at 1000 iterations for some strength of the grid")
        return SklearnRule(fitted, len(data.classes), notes)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count coefficients and intercepts."""
        outputs = 1 if len(data.classes) == 2 else len(data.classes)
        return outputs * (data.n_features + 1)

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the grid and the folds."""
        return 0.3


LOGISTIC = Logistic()
