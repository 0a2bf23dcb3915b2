"""Scores against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from bigenough import metrics


@pytest.mark.parametrize("classes", [2, 5])
def test_accuracy_and_log_loss_are_scikit_learn_s(classes: int) -> None:
    rng = np.random.default_rng(classes)
    y, labels = rng.integers(0, classes, (2, 200))
    probabilities = rng.dirichlet(np.ones(classes), 200)
    assert metrics.accuracy(y, labels) == pytest.approx(theirs.accuracy_score(y, labels), abs=1e-15)
    expected = theirs.log_loss(y, probabilities, labels=range(classes))
    assert metrics.log_loss(y, probabilities) == pytest.approx(expected, rel=1e-12)


def test_log_loss_of_certainty() -> None:
    y, sure = np.array([0, 1]), np.eye(2)
    right = metrics.log_loss(y, sure)
    assert right == 0.0
    assert not np.signbit(right)
    wrong = metrics.log_loss(y, sure[::-1])
    assert wrong == pytest.approx(-np.log(np.finfo(float).tiny))
    assert np.isfinite(wrong)


def test_log_loss_keeps_what_is_not_a_number() -> None:
    assert np.isnan(metrics.log_loss(np.array([0]), np.array([[np.nan, np.nan]])))
