"""The scores against scikit-learn's, and what each item contributes to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from sklearn import metrics as reference

from bigenough.errors import UnknownNameError
from bigenough.metrics import METRICS, accuracy, balanced_accuracy, log_loss, metric_named, roc_auc

Case = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def case(seed: int, classes: int, n: int = 40, *, ties: bool = False) -> Case:
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), rng.integers(classes, size=n - classes)])
    raw = rng.exponential(size=(n, classes)) + 0.5 * (y[:, None] == np.arange(classes))
    if ties:
        raw = np.ceil(raw)
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return y, probabilities.argmax(axis=1), probabilities


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("ties", [False, True])
def test_scores_are_those_of_scikit_learn(classes: int, ties: bool) -> None:
    y, labels, probabilities = case(classes, classes, ties=ties)
    scores = probabilities[:, 1] if classes == 2 else probabilities
    assert accuracy(y, labels) == pytest.approx(reference.accuracy_score(y, labels))
    assert balanced_accuracy(y, labels) == pytest.approx(reference.balanced_accuracy_score(y, labels))
    assert roc_auc(y, probabilities) == pytest.approx(reference.roc_auc_score(y, scores, multi_class="ovr"))
    assert log_loss(y, probabilities) == pytest.approx(reference.log_loss(y, probabilities))
    assert -METRICS["neg_brier_score"].score(y, probabilities) == pytest.approx(
        reference.brier_score_loss(y, scores, scale_by_half=True)
    )


@settings(max_examples=40, deadline=None)
@given(seed=some.integers(0, 10**6), classes=some.integers(2, 5), name=some.sampled_from(sorted(METRICS)))
def test_the_items_mean_is_the_score_and_better_predictions_score_more(seed: int, classes: int, name: str) -> None:
    y, labels, probabilities = case(seed, classes)
    metric = METRICS[name]
    given_them: Any = labels if metric.needs == "labels" else probabilities
    truth: Any = y if metric.needs == "labels" else np.eye(classes)[y]
    items = metric.items(y, given_them)
    assert items.shape == y.shape
    assert metric.score(y, given_them) == pytest.approx(items.mean())
    assert metric.score(y, truth) >= metric.score(y, given_them)
    assert metric.score(y, truth) == pytest.approx(0.0 if name.startswith("neg_") else 1.0, abs=1e-12)


def test_item_contributions_to_the_roc_area_have_delongs_variance() -> None:
    y, _, probabilities = case(3, 2, 60)
    scores = probabilities[:, 1]
    above = (scores[y == 1][:, None] > scores[y == 0]) + 0.5 * (scores[y == 1][:, None] == scores[y == 0])
    delong = above.mean(axis=1).var(ddof=1) / sum(y == 1) + above.mean(axis=0).var(ddof=1) / sum(y == 0)
    items = METRICS["roc_auc"].items(y, probabilities)
    assert items.var(ddof=1) / len(items) == pytest.approx(delong, rel=0.05)


def test_probabilities_of_zero_stay_finite() -> None:
    y = np.array([0, 1])
    assert METRICS["neg_log_loss"].score(y, np.array([[0.0, 1.0], [0.0, 1.0]])) == pytest.approx(np.log(2**-23) / 2)


def test_roc_area_of_one_class_is_not_defined() -> None:
    assert np.isnan(roc_auc(np.array([1, 1]), np.array([[0.2, 0.8], [0.5, 0.5]])))


def test_an_unknown_metric_lists_the_near_ones() -> None:
    assert metric_named("accuracy").name == "accuracy"
    with pytest.raises(UnknownNameError, match=r"unknown metric 'roc'; did you mean roc_auc\?"):
        metric_named("roc")


def test_units() -> None:
    y = np.array([0, 0, 0, 1])
    assert METRICS["accuracy"].unit(y) == 1
    assert METRICS["balanced_accuracy"].unit(y) == pytest.approx(np.hypot(4 / 6, 4 / 2))
    assert METRICS["neg_log_loss"].unit(y) is None
