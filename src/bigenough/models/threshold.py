"""From probabilities to labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from bigenough.errors import FitError
from bigenough.types import Floats, Part, Rows

WordThreshold = Literal["half", "max_f1"]
Threshold = WordThreshold | float


def labels_of(probabilities: Mapping[Part, Floats], y_train: Rows, threshold: Threshold = "half") -> dict[Part, Rows]:
    """Decide for a class.

    Parameters
    ----------
    probabilities : mapping of part to ndarray, shape (rows, classes)
    y_train : ndarray of int64
        Codes of the training rows.
    threshold : {"half", "max_f1"} or float
        ``"half"``: the most probable class. For two classes, a number: the second class from this probability on; or
        ``"max_f1"``: the number, among the training rows' own probabilities, with the greatest F1 score of the second class
        on them (the greatest such number, where several are equal), as h2o.deeplearning chooses it; with more classes it
        takes the most probable, and so does this.

    Raises
    ------
    FitError
        A number, and other than two classes.
    """
    n_classes = probabilities["train"].shape[1]
    if threshold == "half" or (threshold == "max_f1" and n_classes > 2):
        return {part: chances.argmax(axis=1) for part, chances in probabilities.items()}
    if n_classes != 2:
        raise FitError(f"a threshold is for two classes; these data have {n_classes}")
    cut = best_f1(probabilities["train"][:, 1], y_train) if threshold == "max_f1" else float(threshold)
    return {part: (chances[:, 1] >= cut).astype(np.int64) for part, chances in probabilities.items()}


def best_f1(chance: Floats, y: Rows) -> float:
    """Find the threshold on the second class's probability, (n,), with the greatest F1 score on these rows."""
    cuts, counts = np.unique(chance, return_counts=True)
    hits = np.bincount(np.searchsorted(cuts, chance), weights=y == 1, minlength=len(cuts))
    called, true = np.cumsum(counts[::-1])[::-1], np.cumsum(hits[::-1])[::-1]
    f1 = 2 * true / (called + (y == 1).sum())
    return float(cuts[np.flatnonzero(f1 == f1.max())[-1]])
