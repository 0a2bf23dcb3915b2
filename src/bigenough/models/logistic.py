"""L2 logistic regression on all features, its strength chosen by cross-validation inside the training draw."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.inputs import Inputs, prepare
from bigenough.models.scaling import scaled
from bigenough.models.tuning import SklearnRule, folds, groups_of, untuned
from bigenough.types import Dataset, Draw, Recipe


class Logistic(OneByOne):
    """Columns scaled on the training rows, then L2 logistic regression by L-BFGS.

    Columns of a table get standard deviation 1, pixels at most 1 in size (zeros, the paper, stay zeros).
    """

    recipe = Recipe("logistic", "logistic", "simple", {"Cs": 10, "folds": 5, "input_scaling": "max-abs"})

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words: here of one, since tables have their own scaling."""
        return {"input_scaling": ("max-abs",)}

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Give pixels as they are, columns of a table scaled."""
        return prepare(data, draw) if data.kind == "image" else scaled(data, draw)

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> SklearnRule:
        """Fit on one draw; with fewer than two rows of a class there is nothing to cross-validate, and C = 1."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        cuts = folds(y, recipe.settings["folds"], draw, groups_of(data, draw))
        notes: tuple[str, ...] = ()
        if not cuts:
            model, notes = LogisticRegression(max_iter=1000), (untuned("C = 1"),)
        else:
            model = LogisticRegressionCV(
                Cs=recipe.settings["Cs"], cv=cuts, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0.0,),
                use_legacy_attributes=False,
            )  # fmt: skip
        fitted = make_pipeline(MaxAbsScaler() if data.kind == "image" else FunctionTransformer(), model)
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
