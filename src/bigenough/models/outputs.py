"""What a model of somebody else gave, read and checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import softmax

from bigenough.errors import FitError
from bigenough.types import Floats, Rows

SUM_TOLERANCE = 1e-3  # of probabilities, which float32 may round


def as_probabilities(outputs: Any, n: int, n_classes: int) -> Floats:  # noqa: ANN401 - what a model gave
    """Read a network's outputs: probabilities or logits, a column a class, or with two classes one for the second."""
    values = np.asarray(outputs, np.float64)
    if n_classes == 2 and values.shape in ((n,), (n, 1)):
        one = values.reshape(n)
        sure = bool(np.isfinite(one).all() and (one >= 0).all() and (one <= 1).all())
        values = np.column_stack([1 - one, one]) if sure else np.column_stack([np.zeros(n), one])
    if values.shape != (n, n_classes):
        raise FitError(f"its outputs have shape {values.shape}; {(n, n_classes)} is needed, a column a class")
    if not np.isfinite(values).all():
        raise FitError("its outputs are not finite")
    if (values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=SUM_TOLERANCE):
        return np.asarray(values / values.sum(axis=1, keepdims=True))
    return np.asarray(softmax(values, axis=1))


def checked_probabilities(values: Any, n: int, n_classes: int) -> Floats:  # noqa: ANN401 - what a model gave
    """Refuse what are no probabilities of n rows."""
    chances = np.asarray(values, np.float64)
    if chances.shape != (n, n_classes):
        raise FitError(f"predict_proba gave shape {chances.shape}; {(n, n_classes)} is needed")
    if not np.isfinite(chances).all():
        raise FitError("predict_proba gave values that are not finite")
    if (chances < 0).any() or not np.allclose(chances.sum(axis=1), 1, atol=SUM_TOLERANCE):
        raise FitError("predict_proba gave rows that are negative somewhere or do not sum to 1")
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def checked_labels(values: Any, n: int, n_classes: int) -> Rows:  # noqa: ANN401 - what a model gave
    """Refuse what are no class codes of n rows."""
    labels = np.asarray(values)
    if labels.shape != (n,):
        raise FitError(f"predict gave shape {labels.shape}; {(n,)} is needed")
    strange = labels[~np.isin(labels, range(n_classes))]
    if len(strange):
        raise FitError(f"predict gave {strange[0]!r}; class codes from 0 to {n_classes - 1} are needed")
    return labels.astype(np.int64)
