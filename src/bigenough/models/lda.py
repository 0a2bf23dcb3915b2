"""Linear discriminant analysis with a shrunk covariance."""

from __future__ import annotations

import numpy as np
from sklearn.covariance import ledoit_wolf

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.inputs import Inputs
from bigenough.models.scaling import SCALINGS, scaled
from bigenough.models.tuning import LinearScores
from bigenough.types import Dataset, Draw, Floats, Recipe

NONE_WITHIN = "no row differs from its class's mean: the nearest mean decides"


class Lda(OneByOne):
    """One covariance for all classes, shrunk towards a multiple of the identity by Ledoit and Wolf's rule.

    With more columns than rows the data are first turned into the span of the training rows, which changes no distance
    between them and no discriminant but for the strength of the shrinkage, and costs rows³ where it would cost columns³.

    References
    ----------
    O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
    Analysis 88 (2004) 365-411.
    """

    recipe = Recipe("lda", "lda", "simple", {"shrinkage": "ledoit-wolf", "input_scaling": "standard"})

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        return {"input_scaling": SCALINGS, "shrinkage": ("ledoit-wolf",)}

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Scale, so that shrinkage treats all columns alike."""
        return scaled(data, draw, recipe.settings["input_scaling"])

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> LinearScores:
        """Estimate means, shares and the covariance on one draw."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        turn = _span(X) if X.shape[1] > len(X) else None
        Z = X if turn is None else X @ turn
        classes, places, counts = np.unique(y, return_inverse=True, return_counts=True)
        means = np.stack([Z[places == place].mean(axis=0) for place in range(len(classes))])
        within = Z - means[places]
        notes: tuple[str, ...] = ()
        if np.abs(within).max(initial=0.0) < 1e-9:
            covariance, notes = np.eye(Z.shape[1]), (NONE_WITHIN,)
        else:
            covariance, _ = ledoit_wolf(within, assume_centered=True)
            # a covariance that no shrinkage made invertible still has directions without any spread
            covariance = covariance + 1e-9 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        coefficients = np.linalg.solve(covariance, means.T)
        intercepts = -0.5 * (means.T * coefficients).sum(axis=0) + np.log(counts / len(y))
        return LinearScores(
            classes, coefficients if turn is None else turn @ coefficients, intercepts, len(data.classes), notes
        )

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count coefficients and intercepts."""
        return (data.n_features + 1) * (len(data.classes) - 1)


def _span(X: Floats) -> Floats:
    """Orthonormal directions that the rows span: (n, p) to (p, at most n)."""
    _, sizes, directions = np.linalg.svd(X, full_matrices=False)
    return np.asarray(directions[sizes > 1e-10 * sizes.max(initial=1e-300)].T)


LDA = Lda()
