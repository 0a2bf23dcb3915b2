"""The Leekasso as a scikit-learn classifier."""

from __future__ import annotations

import numbers
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from bigenough.estimators.checks import check_choice, check_number, encode_labels
from bigenough.models.fitting import two_columns
from bigenough.models.leekasso import STATISTICS, fit_liblinear, select
from bigenough.models.scaling import standardisation
from bigenough.types import Floats


class LeekassoClassifier(ClassifierMixin, BaseEstimator):
    """The features with the largest two-sample statistics, and an all but unpenalised logistic regression on them.

    With more than two classes, one Leekasso for each class against the rest; their probabilities are scaled to sum to 1.

    Parameters
    ----------
    n_features_to_select : int, default=10
        Where there are fewer, all are taken.
    statistic : {"welch-t", "equal-variance-f"}, default="welch-t"
        Two-sample t with each class's own variance (and 1e-6 added to the standard error), or the F of an analysis of
        variance.
    input_scaling : {"standard", None}, default="standard"
        Columns to mean 0 and standard deviation 1 by the training rows, so that their units make no difference. None: as they
        are, as in Leek's and the post's programs.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    selected_ : ndarray of int, shape (1 or n_classes, n_features_to_select)
        Columns, the best first; a row a class, or one row for two classes.
    coef_ : ndarray, shape (1 or n_classes, n_features)
        Of the columns as they are given; 0 for those that were not selected.
    intercept_ : ndarray, shape (1 or n_classes,)
    n_features_in_ : int

    References
    ----------
    J. Leek, "Prediction: the Lasso vs. just using the top 10 predictors", Simply Statistics, 2014.

    Examples
    --------
    >>> import bigenough
    >>> data = bigenough.load("breast_cancer")
    >>> model = bigenough.LeekassoClassifier().fit(data.X, data.y)
    >>> model.score(data.X, data.y) > 0.9
    True
    """

    def __init__(
        self,
        n_features_to_select: int = 10,
        *,
        statistic: str = "welch-t",
        input_scaling: Literal["standard"] | None = "standard",
    ) -> None:
        self.n_features_to_select = n_features_to_select
        self.statistic = statistic
        self.input_scaling = input_scaling

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Select and fit.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,)

        Returns
        -------
        LeekassoClassifier

        Raises
        ------
        ValueError
            A parameter or the data cannot be used.
        """
        check_number("n_features_to_select", self.n_features_to_select, numbers.Integral, at_least=1)
        check_choice("statistic", self.statistic, tuple(STATISTICS))
        check_choice("input_scaling", self.input_scaling, ("standard",), or_none=True)
        rows, labels = validate_data(self, X, y, dtype=np.float64)
        if self.input_scaling is not None:
            shift, factor = standardisation(rows)
            rows = (rows - shift) * factor
        self.classes_, codes = encode_labels(labels)
        n_classes = len(self.classes_)
        targets = [(codes == c).astype(np.int64) for c in ([1] if n_classes == 2 else range(n_classes))]
        wanted = min(self.n_features_to_select, rows.shape[1])
        self.selected_ = np.stack([select(rows, target, self.statistic, wanted) for target in targets])
        self.coef_ = np.zeros((len(targets), rows.shape[1]))
        self.intercept_ = np.zeros(len(targets))
        for i, (target, columns) in enumerate(zip(targets, self.selected_, strict=True)):
            self.intercept_[i], self.coef_[i, columns], _ = fit_liblinear(rows[:, columns], target)
        if self.input_scaling is not None:  # the same function of the columns as they are given
            self.coef_ *= factor
            self.intercept_ -= self.coef_ @ shift
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """Log-odds: shape (n,) for two classes, of the second one; else (n, n_classes), each against the rest."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        scores: Floats = rows @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Class probabilities, shape (n, n_classes)."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return two_columns(expit(scores))
        chances: Floats = softmax(log_expit(scores), axis=1)  # in logarithms: all may be too small for a float
        return chances

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels, shape (n,)."""
        scores = self.decision_function(X)
        codes = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[codes]
        return labels
