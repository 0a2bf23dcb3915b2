"""The Leekasso against independent computations: its choice of pixels and its three fits."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from scipy.special import expit
from sklearn.feature_selection import f_classif

from bigenough.models.leekasso import (
    STATISTICS,
    T_OFFSET,
    equal_variance_f,
    fit_glm,
    fit_liblinear,
    fit_lm,
    independent_columns,
    select,
    welch_t,
)
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Floats, Rows
from tests.helpers import digits, fit_many, labelled

LEEKASSOS = [name for name in MODELS if MODELS[name].recipe.model == "leekasso"]


def sample(n: int = 60, p: int = 7, *, noise: float = 1.5, seed: int = 0) -> tuple[Floats, Rows]:
    """Two classes that overlap, of unequal size and spread."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(np.int64)
    X = rng.normal(size=(n, p)) * (1 + y[:, None]) + np.outer(y, np.linspace(-1, 2, p)) / noise
    return X, y


def draw(train: Rows, data: Dataset) -> Draw:
    half = len(data.holdout) // 2
    return Draw(len(train), 0, 1, train, data.holdout[:half], data.holdout[half:])


def test_welch_t_is_scipy_s_but_for_the_offset() -> None:
    X, y = sample()
    t = np.abs(stats.ttest_ind(X[y == 0], X[y == 1], equal_var=False).statistic)
    difference = np.abs(X[y == 0].mean(axis=0) - X[y == 1].mean(axis=0))
    np.testing.assert_allclose(welch_t(X, y), difference / (difference / t + T_OFFSET), rtol=1e-10)
    assert T_OFFSET == 1e-6


def test_welch_t_of_constant_columns_and_of_a_class_with_one_row() -> None:
    y = np.array([0, 0, 0, 1])
    X = np.array([[3.0, 0, 1], [3, 0, 2], [3, 0, 3], [3, 5, 5]])
    expected = [0.0, 5 / T_OFFSET, 3 / (np.sqrt(1 / 3) + T_OFFSET)]
    np.testing.assert_allclose(welch_t(X, y), expected, rtol=1e-12)


def test_equal_variance_f_is_scipy_s_and_scikit_learn_s() -> None:
    X, y = sample()
    np.testing.assert_allclose(equal_variance_f(X, y), stats.f_oneway(X[y == 0], X[y == 1]).statistic, rtol=1e-10)
    np.testing.assert_allclose(equal_variance_f(X, y), f_classif(X, y)[0], rtol=1e-10)


def test_equal_variance_f_of_constant_columns() -> None:
    y = np.array([0, 0, 1, 1])
    X = np.array([[3.0, 0, 1, 1 / 3], [3, 0, 2, 1 / 3], [3, 5, 1, 1 / 3], [3, 5, 2, 1 / 3]])
    np.testing.assert_array_equal(equal_variance_f(X, y), [0.0, np.inf, 0.0, 0.0])


@pytest.mark.parametrize("statistic", list(STATISTICS))
def test_the_best_columns_come_first_and_ties_go_to_the_lower_number(statistic: str) -> None:
    X, y = sample(p=5)
    tied = np.column_stack([X, X])
    scores = STATISTICS[statistic](X, y)
    chosen = select(tied, y, statistic, 4)
    best = np.argsort(-scores)[:2]
    assert chosen.tolist() == [best[0], best[0] + 5, best[1], best[1] + 5]
    assert select(X, y, statistic, 10).tolist() == np.argsort(-scores).tolist()


@pytest.mark.parametrize("limit", [0.2, 0.5, 0.9])
def test_columns_that_correlate_with_a_better_one_are_passed_over(limit: float) -> None:
    X, y = sample(p=4)
    rng = np.random.default_rng(1)
    copies = np.column_stack([X, -X + 0.3 * rng.normal(size=X.shape), np.ones(len(X))])
    chosen = select(copies, y, "welch-t", 6, limit)
    r = np.abs(np.corrcoef(copies[:, chosen], rowvar=False)) - np.eye(len(chosen))
    assert r.max() <= limit
    assert 8 not in chosen
    scores, best = welch_t(copies, y), np.argsort(-welch_t(copies, y))
    assert chosen[0] == best[0]
    assert (np.diff(scores[chosen]) <= 0).all()
    for column in best[: list(best).index(chosen[-1])]:  # passed over only for a better one
        better = [c for c in chosen if scores[c] > scores[column]]
        correlations = [abs(np.corrcoef(copies[:, column], copies[:, c])[0, 1]) for c in better]
        assert column in chosen or np.std(copies[:, column]) == 0 or max(correlations) > limit


def penalised(theta: Floats, Z: Floats, y: Rows) -> tuple[float, Floats]:
    """liblinear's objective with C = 1e6 over C, intercept and coefficients penalised alike, and its gradient."""
    design, sign = np.column_stack([np.ones(len(Z)), Z]), 2 * y - 1
    margin = sign * (design @ theta)
    value = float(theta @ theta / 2e6 + np.logaddexp(0, -margin).sum())
    return value, theta / 1e6 - design.T @ (sign * expit(-margin))


def test_liblinear_minimises_its_penalised_loss() -> None:
    Z, y = sample(p=3)
    intercept, coefficients, notes = fit_liblinear(Z, y)
    found = optimize.minimize(penalised, np.zeros(4), (Z, y), jac=True, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose([intercept, *coefficients], found.x, rtol=2e-3, atol=2e-3)
    assert penalised(np.array([intercept, *coefficients]), Z, y)[0] == pytest.approx(found.fun, rel=1e-6)
    assert notes == ()


def test_glm_is_statsmodels_logit() -> None:
    Z, y = sample(p=3)
    intercept, coefficients, notes = fit_glm(Z, y)
    expected = sm.Logit(y, sm.add_constant(Z)).fit(disp=0).params
    np.testing.assert_allclose([intercept, *coefficients], expected, rtol=1e-5)
    assert notes == ()


def test_lm_is_least_squares() -> None:
    Z, y = sample(p=3)
    intercept, coefficients, notes = fit_lm(Z, y)
    expected = np.linalg.lstsq(np.column_stack([np.ones(len(Z)), Z]), y.astype(float), rcond=None)[0]
    np.testing.assert_allclose([intercept, *coefficients], expected, rtol=1e-10)
    assert notes == ()


def dependent(n: int = 40) -> tuple[Floats, Rows]:
    """Columns 1 and 3 follow from those before them: twice column 0, and 1 minus column 2."""
    X, y = sample(n, p=3)
    return np.column_stack([X[:, 0], 2 * X[:, 0], X[:, 1], 1 - X[:, 1], X[:, 2]]), y


@pytest.mark.parametrize("solver", [fit_lm, fit_glm])
def test_aliased_columns_are_dropped_as_r_does(solver: object) -> None:
    Z, y = dependent()
    intercept, coefficients, notes = solver(Z, y)  # type: ignore[operator]  # either of two functions
    own = [0, 2, 4]
    reduced = solver(Z[:, own], y)  # type: ignore[operator]
    np.testing.assert_allclose(coefficients[own], reduced[1], rtol=1e-8)
    assert intercept == pytest.approx(reduced[0])
    assert (coefficients[[1, 3]] == 0).all()
    assert notes == ("2 aliased columns dropped",)


def test_lm_with_aliased_columns_fits_the_training_rows_as_any_least_squares() -> None:
    Z, y = dependent()
    intercept, coefficients, _ = fit_lm(Z, y)
    design = np.column_stack([np.ones(len(Z)), Z])
    minimum_norm = np.linalg.lstsq(design, y.astype(float), rcond=None)[0]
    np.testing.assert_allclose(intercept + Z @ coefficients, design @ minimum_norm, atol=1e-10)


def test_more_columns_than_rows_leave_as_many_as_there_are_rows() -> None:
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(6, 10)), np.array([0, 1, 0, 1, 1, 0])
    intercept, coefficients, notes = fit_lm(Z, y)
    np.testing.assert_allclose(intercept + Z @ coefficients, y, atol=1e-9)
    assert np.count_nonzero(coefficients) == 5
    assert notes == ("5 aliased columns dropped",)


def test_independent_columns_have_the_rank_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    design = rng.normal(size=(20, 4)) @ rng.normal(size=(4, 9))
    kept = independent_columns(design, 1e-7)
    assert kept == [0, 1, 2, 3]
    assert np.linalg.matrix_rank(design[:, kept]) == np.linalg.matrix_rank(design)
    assert independent_columns(np.zeros((5, 2)), 1e-7) == []


@pytest.mark.parametrize("name", LEEKASSOS)
def test_real_digits_that_a_line_separates(name: str) -> None:
    """Logistic regression has no finite solution there; every fit must still come back, right on its training rows."""
    data = digits()
    train = np.arange(40)
    fit = fit_many(MODELS[name].recipe, data, [draw(train, data)])[0]
    assert fit.error is None
    assert np.mean(fit.labels["train"] == data.y[train]) >= 0.95
    assert np.mean(fit.labels["test"] == data.y[data.holdout[30:]]) >= 0.9
    if fit.probabilities is not None:
        assert all(np.isfinite(p).all() for p in fit.probabilities.values())
        np.testing.assert_array_equal(fit.probabilities["test"].argmax(axis=1), fit.labels["test"])
    else:
        assert name == "leekasso-lm"


def test_irls_that_does_not_converge_says_so() -> None:
    X = np.column_stack([np.arange(20.0), np.random.default_rng(0).normal(size=20)])
    data = Dataset("separable", X, (X[:, 0] > 9).astype(np.int64), ("0", "1"), holdout=np.arange(16, 20))
    fit = fit_many(MODELS["leekasso-glm"].recipe, data, [draw(np.arange(2, 16), data)])[0]
    assert fit.error is None
    assert fit.notes
    np.testing.assert_array_equal(fit.labels["train"], data.y[2:16])


@pytest.mark.parametrize("name", LEEKASSOS)
def test_a_training_set_of_one_class_is_a_failed_fit_and_the_others_go_on(name: str) -> None:
    data = digits()
    zeros = np.flatnonzero(data.y[:120] == 0)[:10]
    bad, good = fit_many(MODELS[name].recipe, data, [draw(zeros, data), draw(np.arange(10), data)])
    assert bad.error == "the training set has rows of one class only"
    assert bad.labels == {}
    assert good.error is None


@pytest.mark.parametrize("name", LEEKASSOS)
def test_more_than_two_classes_are_each_against_the_rest(name: str) -> None:
    data = labelled([9, 9, 9])
    fit = fit_many(MODELS[name].recipe, data, [draw(np.arange(27), data)])[0]
    assert fit.error is None
    assert set(fit.labels["train"]) <= {0, 1, 2}
    if fit.probabilities is not None:
        np.testing.assert_allclose(fit.probabilities["train"].sum(axis=1), 1)


def test_unknown_settings_are_named() -> None:
    data = digits()
    recipe = MODELS["leekasso"].recipe
    fit = fit_many(recipe.replace(solver="liblinaer"), data, [draw(np.arange(20), data)])[0]
    assert fit.error is not None
    assert "unknown solver 'liblinaer'; did you mean liblinear" in fit.error
