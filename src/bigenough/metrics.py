"""Predictions to scores."""

from __future__ import annotations

import numpy as np

from bigenough.types import Floats, Rows


def accuracy(y: Rows, labels: Rows) -> float:
    """Share of right labels; both of shape (n,)."""
    return float(np.mean(np.asarray(y) == np.asarray(labels)))


def log_loss(y: Rows, probabilities: Floats) -> float:
    """Mean cross-entropy in nats an item.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
    probabilities : ndarray, shape (n, classes)
        Clipped below at the smallest positive float64, so that the result is finite.

    Returns
    -------
    float
    """
    of_truth = probabilities[np.arange(len(y)), y]
    return float(np.mean(-np.log(np.clip(of_truth, np.finfo(np.float64).tiny, 1.0)))) + 0.0  # no minus zero
