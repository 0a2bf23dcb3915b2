"""What the tuned models share: folds inside a draw, and predictors with a column for every class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import StratifiedKFold

from bigenough.types import Draw, Floats, Rows

Fold = tuple[Rows, Rows]


def folds(y: Rows, wanted: int, draw: Draw) -> list[Fold]:
    """Cut training rows into stratified folds, as many as the rarest class has rows, at most `wanted`.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
        Codes of the training rows.
    wanted : int
    draw : Draw
        Its seed shuffles the rows.

    Returns
    -------
    list of (ndarray, ndarray)
        Places to fit on and places to judge by; empty where a class has one row, so that nothing can be chosen.
    """
    rarest = int(np.bincount(y)[np.unique(y)].min())
    if rarest < 2:
        return []
    splitter = StratifiedKFold(min(wanted, rarest), shuffle=True, random_state=draw.seed % 2**32)
    return list(splitter.split(np.zeros(len(y)), y))


def untuned(what: str) -> str:
    """Say that there was nothing to choose by."""
    return f"a class with one row: {what} without cross-validation"


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
