"""Predictions to scores, and to what each test item contributes to a score.

The names in `METRICS` are scikit-learn's scorer names, and of all of them a greater value is better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from bigenough.errors import UnknownNameError
from bigenough.types import Floats, Rows

SMALLEST = float(np.finfo(np.float32).eps)  # what networks compute in; scikit-learn clips float32 here too


def accuracy(y: Rows, labels: Rows) -> float:
    """Share of right labels; both of shape (n,)."""
    return float(np.mean(np.asarray(y) == np.asarray(labels)))


def balanced_accuracy(y: Rows, labels: Rows) -> float:
    """Mean over the classes in `y` of the share of right labels; both of shape (n,)."""
    return float(np.mean(item_balanced_accuracy(y, labels)))


def roc_auc(y: Rows, probabilities: Floats) -> float:
    """Area under the ROC curve, ties counted half; with more than two classes the mean of each class against the rest.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
    probabilities : ndarray, shape (n, classes)

    Returns
    -------
    float
        Over the classes in `y`; NaN where `y` holds only one.
    """
    return float(np.mean(item_roc_auc(y, probabilities)))


def log_loss(y: Rows, probabilities: Floats, *, smallest: float = float(np.finfo(np.float64).tiny)) -> float:
    """Mean cross-entropy in nats an item.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
    probabilities : ndarray, shape (n, classes)
        Clipped below at `smallest`, so that the result is finite.
    smallest : float

    Returns
    -------
    float
    """
    of_truth = probabilities[np.arange(len(y)), y]
    return float(np.mean(-np.log(np.clip(of_truth, smallest, 1.0)))) + 0.0  # no minus zero


def item_accuracy(y: Rows, labels: Rows) -> Floats:
    """1 where the label is right, else 0; shape (n,)."""
    return (np.asarray(y) == np.asarray(labels)).astype(np.float64)


def item_balanced_accuracy(y: Rows, labels: Rows) -> Floats:
    """Right or not, weighted so that every class in `y` has the same weight and the mean is the balanced accuracy."""
    y = np.asarray(y)
    counts = np.bincount(y)
    return item_accuracy(y, labels) * (len(y) / (np.count_nonzero(counts) * counts[y]))


def _balanced_unit(y: Rows) -> float:
    """Root of the classes' summed squares of the weight of one item: as if every class had a pseudo-item of its own."""
    counts = np.bincount(y)
    counts = counts[counts > 0]
    return float(np.sqrt(((len(y) / (len(counts) * counts)) ** 2).sum()))


def item_neg_log_loss(y: Rows, probabilities: Floats) -> Floats:
    """Log probability of the truth, in nats; probabilities below float32's epsilon count as that."""
    of_truth = np.asarray(probabilities)[np.arange(len(y)), y]
    return np.log(np.clip(of_truth.astype(np.float64), SMALLEST, 1.0))


def item_neg_brier(y: Rows, probabilities: Floats) -> Floats:
    """Minus half the squared distance between an item's probabilities and the truth."""
    miss = np.asarray(probabilities, np.float64).copy()
    miss[np.arange(len(y)), y] -= 1.0
    return -0.5 * (miss**2).sum(axis=1)


def item_roc_auc(y: Rows, probabilities: Floats) -> Floats:
    """What each item contributes to the area under the ROC curve; the mean is the area.

    An item's placement V is the share of the other side's items on whose right side it is (ties half). The area A is the
    mean placement of either side, and ``A + (n / n_side) (V - A)`` has mean A and, to first order, the variance of A times
    n: with the items taken as a sample, it behaves like the item scores of a mean.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
    probabilities : ndarray, shape (n, classes)

    Returns
    -------
    ndarray, shape (n,)
        NaN where `y` holds one class only.

    References
    ----------
    E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves: a nonparametric approach", Biometrics 44 (1988) 837-845.
    """
    y, probabilities = np.asarray(y), np.asarray(probabilities, np.float64)
    present = np.unique(y)
    if len(present) < 2:
        return np.full(len(y), np.nan)
    if probabilities.shape[1] == 2:
        return _placements(y == 1, probabilities[:, 1])
    return np.mean([_placements(y == code, probabilities[:, code]) for code in present], axis=0)


def _placements(positive: NDArray[np.bool_], scores: Floats) -> Floats:
    n, n_positive = len(scores), int(positive.sum())
    n_of_side = np.where(positive, n_positive, n - n_positive)
    within = np.empty(n)
    for side in (positive, ~positive):
        within[side] = rankdata(scores[side])
    # the mid-rank among all less the one within its side: how many of the other side lie below, ties half
    below = (rankdata(scores) - within) / (n - n_of_side)
    placement = np.where(positive, below, 1.0 - below)
    area = placement[positive].mean()
    return area + (n / n_of_side) * (placement - area)


@dataclass(frozen=True)
class Metric:
    """A score that the verdict can be about; greater is better.

    Attributes
    ----------
    name, title : str
        scikit-learn's scorer name, and what people read.
    needs : {"labels", "probabilities"}
    items : callable
        (y, labels or probabilities) to what each item contributes, shape (n,); their mean is the score.
    unit : callable
        y to by how much two models can differ at one item; None where that has no bound worth using.
    points : bool
        Whether people read it in points of a hundredth.
    bounds : tuple of float
        The worst and the best score that there is.
    classes : int
        So many must be among the items, for there to be a score.
    """

    name: str
    title: str
    needs: str
    items: Callable[[Rows, NDArray[Any]], Floats]
    unit: Callable[[Rows], float | None]
    points: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    classes: int = 1

    @property
    def signed_title(self) -> str:
        """What people read beside the score itself, of which a greater value is better."""
        return f"minus {self.title}" if self.name.startswith("neg_") else self.title

    def score(self, y: Rows, predictions: NDArray[Any]) -> float:
        """Mean over items; NaN where the score is not defined."""
        return float(np.mean(self.items(y, predictions)))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", "labels", item_accuracy, lambda y: 1.0),
        Metric("balanced_accuracy", "balanced accuracy", "labels", item_balanced_accuracy, _balanced_unit),
        Metric("roc_auc", "area under the ROC curve", "probabilities", item_roc_auc, lambda y: None, classes=2),
        Metric(
            "neg_log_loss", "log loss", "probabilities", item_neg_log_loss, lambda y: None, points=False, bounds=(-np.inf, 0.0)
        ),
        Metric("neg_brier_score", "Brier score", "probabilities", item_neg_brier, lambda y: None, bounds=(-1.0, 0.0)),
    )
}


def metric_named(name: str) -> Metric:
    """Look a metric up; an unknown name is an `UnknownNameError` that lists the real ones."""
    if name not in METRICS:
        raise UnknownNameError("metric", str(name), METRICS)
    return METRICS[name]
