"""Rows of one group never judge what other rows of it taught: in folds, among neighbours, out of a forest's bag."""

from __future__ import annotations

import numpy as np
import pytest

from bigenough.models.tuning import folds, groups_of
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw
from tests.helpers import fit_many
from tests.own import draws_of, make, table


def patients(n: int = 24, each: int = 6, *, noise: float = 0.02) -> Dataset:
    """Rows of a patient are nearly alike, and tell nothing of any other patient: all that can be learnt is by heart."""
    rng = np.random.default_rng(3)
    y = rng.permutation(np.repeat([0, 1], n // 2))
    X = np.repeat(rng.normal(size=(n, 8)), each, axis=0)
    return make(
        "patients", X + noise * rng.normal(size=X.shape), np.repeat(y, each), ("a", "b"), groups=np.repeat(range(n), each)
    )


def one_draw(data: Dataset, size: int = 70) -> Draw:
    return draws_of(data, size, 1)[0]


def test_folds_keep_groups_together() -> None:
    data = patients()
    draw = one_draw(data)
    groups, y = groups_of(data, draw), data.y[draw.train]
    assert groups is not None
    cuts = folds(y, 5, draw, groups)
    assert len(cuts) == 5
    assert sorted(np.concatenate([judge for _, judge in cuts])) == list(range(len(y)))
    for fit, judge in cuts:
        assert not set(groups[fit]) & set(groups[judge])
        assert set(y[fit]) == {0, 1}


def test_a_class_in_one_group_leaves_nothing_to_choose_by() -> None:
    y, draw = np.array([0, 0, 0, 1, 1, 1]), one_draw(table())
    assert folds(y, 5, draw, np.array([0, 1, 2, 3, 3, 3])) == []
    assert len(folds(y, 5, draw, np.array([0, 1, 2, 3, 4, 4]))) == 2
    assert groups_of(table(), draw) is None


@pytest.mark.parametrize("name", ["logistic", "svm", "knn"])
def test_what_is_chosen_does_not_learn_patients_by_heart(name: str) -> None:
    """With rows of a patient on both sides of a fold, what is sure of itself is chosen, and new patients punish it."""
    data, losses = patients(), {}
    rows, draws = make("rows", data.X, data.y, data.classes), draws_of(data, 70, 6)
    for of in (data, rows):
        of_truth = []
        for draw, fit in zip(draws, fit_many(MODELS[name].recipe, of, draws), strict=True):
            assert fit.probabilities is not None
            of_truth.append(fit.probabilities["test"][np.arange(len(draw.test)), of.y[draw.test]])
        losses[of.name] = -np.log(np.maximum(np.concatenate(of_truth), 1e-6)).mean()
    assert losses["patients"] < losses["rows"] - 0.1


def test_neighbours_of_ones_own_group_have_no_vote_in_the_choice() -> None:
    data = patients()
    draw = one_draw(data)
    rule = MODELS["knn"].fit(MODELS["knn"].recipe, data, draw)
    without = MODELS["knn"].fit(MODELS["knn"].recipe, make("rows", data.X, data.y, data.classes), draw)
    assert without.k <= 5 < rule.k
    one = make("one", data.X, data.y, data.classes, groups=np.zeros(len(data.y), int))
    assert MODELS["knn"].fit(MODELS["knn"].recipe, one, draw).notes == (
        "too few rows, or groups of rows, to choose k by: the smallest is taken",
    )


def test_a_forest_is_chosen_by_left_out_groups() -> None:
    data = patients()
    draw = one_draw(data)
    rule = MODELS["forest"].fit(MODELS["forest"].recipe.replace(trees=10), data, draw)
    assert len(rule.fitted.estimators_) == 10
    few = MODELS["forest"].fit(MODELS["forest"].recipe.replace(trees=1), table(), one_draw(table(), 20))
    assert len(few.fitted.estimators_) == 1  # most rows are in its one tree's bag, and judge nothing
