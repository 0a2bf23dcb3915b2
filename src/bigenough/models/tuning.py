"""What the tuned models share: folds inside a draw, and predictors with a column for every class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from bigenough.types import Dataset, Draw, Floats, Rows

Fold = tuple[Rows, Rows]


def folds(y: Rows, wanted: int, draw: Draw, groups: Rows | None = None) -> list[Fold]:
    """Cut training rows into stratified folds, as many as the rarest class has rows (or groups), at most `wanted`.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
        Codes of the training rows.
    wanted : int
    draw : Draw
        Its seed shuffles the rows.
    groups : ndarray of int64, shape (n,), optional
        Rows of one group are in one fold, since what is judged later is new groups.

    Returns
    -------
    list of (ndarray, ndarray)
        Places to fit on and places to judge by; empty where a class has one row (or group), so that nothing can be chosen.
    """
    seed = draw.seed % 2**32
    if groups is None:
        rarest = int(np.bincount(y)[np.unique(y)].min())
        if rarest < 2:
            return []
        return list(StratifiedKFold(min(wanted, rarest), shuffle=True, random_state=seed).split(np.zeros(len(y)), y))
    rarest = min(len(np.unique(groups[y == code])) for code in np.unique(y))
    for count in range(min(wanted, rarest), 1, -1):  # fewer where groups of many rows leave a class out of a fold's rest
        cuts = list(StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(np.zeros(len(y)), y, groups))
        if all(len(judge) and len(np.unique(y[fit])) == len(np.unique(y)) for fit, judge in cuts):
            return cuts
    return []


def groups_of(data: Dataset, draw: Draw) -> Rows | None:
    """Give codes (n,) of the groups of a draw's training rows; None where rows have none."""
    if data.groups is None:
        return None
    return np.unique(data.groups[draw.train], return_inverse=True)[1]


def untuned(what: str) -> str:
    """Say that there was nothing to choose by."""
    return f"a class with one row, or one group of rows: {what} without cross-validation"


def mean_loss(y: Rows, probabilities: Floats, floor: float = 1e-6) -> float:
    """Mean cross-entropy of codes (n,) under probabilities (n, classes), none counted as less than `floor`."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(y)), y], floor)).mean())


def all_classes(seen: Floats, classes: Rows, n_classes: int) -> Floats:
    """Put columns of the classes that a model has seen into those of all classes, the others 0: (n, classes)."""
    columns = np.zeros((len(seen), n_classes))
    columns[:, classes] = seen
    return columns


@dataclass(frozen=True)
class LinearScores:
    """Class scores that are linear in the features; probabilities by softmax.

    Attributes
    ----------
    classes : ndarray of int64, shape (c,)
        Codes that were seen.
    coefficients, intercepts : ndarray, shape (features, c) and (c,)
    n_classes : int
    """

    classes: Rows
    coefficients: Floats
    intercepts: Floats
    n_classes: int
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        probabilities = softmax(X @ self.coefficients + self.intercepts, axis=1)
        return most_likely(all_classes(probabilities, self.classes, self.n_classes))


class HasProbabilities(Protocol):
    """A fitted scikit-learn classifier."""

    classes_: Rows

    def predict_proba(self, X: Floats) -> Any:  # noqa: ANN401 - scikit-learn ships no types
        """Give probabilities (n, classes seen)."""


@dataclass(frozen=True)
class SklearnRule:
    """A fitted scikit-learn classifier on class codes, with columns for classes that it never saw.

    Attributes
    ----------
    smoothing : float
        Each probability p becomes ``(p + smoothing * share) / (1 + smoothing)``, `share` being the class's share of the
        training rows, so that what a few votes never saw is not taken for impossible.
    shares : ndarray, shape (classes,), or None
    """

    fitted: HasProbabilities
    n_classes: int
    notes: tuple[str, ...] = ()
    smoothing: float = 0.0
    shares: Floats | None = None

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        seen = all_classes(self.fitted.predict_proba(X), self.fitted.classes_, self.n_classes)
        if self.shares is not None:
            seen = (seen + self.smoothing * self.shares) / (1 + self.smoothing)
        return most_likely(seen)


def class_shares(y: Rows, n_classes: int) -> Floats:
    """Shares of the classes among codes: (n,) to (classes,)."""
    return np.asarray(np.bincount(y, minlength=n_classes) / len(y))


def most_likely(probabilities: Floats) -> tuple[Rows, Floats]:
    """Labels and the probabilities that they follow from."""
    return probabilities.argmax(axis=1).astype(np.int64), probabilities
