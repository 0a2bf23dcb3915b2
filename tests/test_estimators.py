"""The classifiers keep scikit-learn's contract, and train what the engine trains."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import bigenough
from bigenough import ConvNetClassifier, LeekassoClassifier, MLPClassifier
from bigenough.errors import FitError
from bigenough.models.leekasso import LEEKASSO, LinearRule
from bigenough.types import Draw


class RowsAsImages(ConvNetClassifier):
    """Takes rows of any length, as scikit-learn's checks bring them: each is repeated to fill an image of 8 x 8."""

    def _images(self, X: Any) -> Any:  # noqa: ANN401 - as in the parent
        return np.resize(X.repeat(-(-64 // X.shape[1]), axis=1)[:, :64], (len(X), 64)).reshape(-1, 8, 8, 1)


CHECKED = [
    LeekassoClassifier(),
    MLPClassifier(hidden_layer_sizes=(32,), max_iter=60),
    RowsAsImages(image_shape=(8, 8), channels=(8,), dense=16, dropout=0.0, learning_rate_init=0.003, max_iter=100),
]


@parametrize_with_checks(CHECKED)  # type: ignore[untyped-decorator]  # scikit-learn has no types
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # checks set max_iter as low as 1
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:  # noqa: ANN401 - scikit-learn's
    check(estimator)


def digits(n: int = 300) -> tuple[Any, Any]:
    X, y = load_digits(return_X_y=True)
    return X[:n], y[:n]


ALL = [
    pytest.param(LeekassoClassifier(), id="leekasso"),
    pytest.param(MLPClassifier(hidden_layer_sizes=(32,), random_state=0), id="mlp"),
    pytest.param(
        ConvNetClassifier(channels=(8,), dense=16, image_shape=(8, 8), random_state=0, learning_rate_init=0.003), id="convnet"
    ),
]


@pytest.mark.parametrize("model", ALL)
def test_string_labels_probabilities_clone_and_pickle(model: Any) -> None:  # noqa: ANN401 - any classifier
    X, y = digits()
    names = np.array([f"digit {code}" for code in range(10)])[y]
    fitted = clone(model).fit(X[:200], names[:200])
    assert set(fitted.predict(X)) <= set(names)
    chances = fitted.predict_proba(X[200:])
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert chances.shape == (100, 10)
    assert (fitted.classes_[chances.argmax(axis=1)] == fitted.predict(X[200:])).all()
    assert fitted.score(X[200:], names[200:]) > 0.75
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X[200:]), chances)
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)


@pytest.mark.parametrize("model", ALL[1:])
def test_networks_are_reproducible_and_leave_the_world_alone(model: Any) -> None:  # noqa: ANN401 - any classifier
    X, y = digits(60)
    threads, torch_state, numpy_state = torch.get_num_threads(), torch.get_rng_state(), repr(np.random.get_state())
    torch.set_num_threads(2)  # with one, the fit could not be seen to lower it
    one, same = clone(model).fit(X, y), clone(model).fit(X, y)
    other = clone(model).set_params(random_state=1).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert one.loss_curve_ == same.loss_curve_
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))
    seen = torch.get_num_threads()
    torch.set_num_threads(threads)
    assert seen == 2
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert repr(np.random.get_state()) == numpy_state


def test_convergence_is_measured_and_said() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="max_iter=3 epochs, before it converged"):
        short = MLPClassifier(max_iter=3, random_state=0).fit(X, y)
    assert (short.n_iter_, short.n_updates_, short.converged_, len(short.loss_curve_)) == (3, 15, False, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = MLPClassifier(random_state=0, n_iter_no_change=7).fit(X, y)
    assert whole.converged_
    assert len(whole.loss_curve_) == whole.n_iter_ < whole.max_iter
    best = min(whole.loss_curve_[:-7])
    assert min(whole.loss_curve_[-7:]) >= best - 7 * whole.tol
    assert whole.loss_ == whole.loss_curve_[-1] < short.loss_


def test_pipeline_and_grid_search() -> None:
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), MLPClassifier(random_state=0)),
        {"mlpclassifier__hidden_layer_sizes": [(8,), (32,)], "mlpclassifier__activation": ["relu", "tanh"]},
        cv=2,
    ).fit(X, y)
    assert len(np.unique(search.cv_results_["mean_test_score"])) > 1  # the parameters arrive
    assert search.best_score_ > 0.9
    assert cross_val_score(LeekassoClassifier(3), X, y, cv=3).mean() > 0.9


def test_scale_of_columns_does_not_matter_nor_do_constant_ones() -> None:
    X, y = load_iris(return_X_y=True)
    plain = MLPClassifier(random_state=0).fit(X, y)
    np.testing.assert_allclose(
        MLPClassifier(random_state=0).fit(X * 1024 - 4096, y).predict_proba(X * 1024 - 4096), plain.predict_proba(X), atol=1e-3
    )
    with_constant = np.column_stack([X, np.full(len(X), 1e9)])
    moved = with_constant.copy()
    moved[:, 4] += 1.0
    fitted = MLPClassifier(random_state=0).fit(with_constant, y)
    assert fitted.score(with_constant, y) > 0.95
    assert fitted.score(moved, y) > 0.9  # by 1e9 as an input it would be lost


def test_images_of_every_shape_are_the_same_images() -> None:
    X, y = digits(80)
    make = ConvNetClassifier(channels=(4,), dense=8, random_state=0, max_iter=300, learning_rate_init=0.003)
    flat = clone(make).set_params(image_shape=(8, 8)).fit(X, y).predict_proba(X)
    images = X.reshape(-1, 8, 8)
    np.testing.assert_array_equal(clone(make).fit(images, y).predict_proba(images), flat)
    np.testing.assert_array_equal(clone(make).fit(images[..., None], y).predict_proba(images), flat)
    colour = images[..., None] * np.array([1.0, 0.5, 0.0])
    of_colour = clone(make).fit(colour, y)
    as_rows = clone(make).set_params(image_shape=(8, 8, 3)).fit(colour.reshape(len(X), -1), y)
    np.testing.assert_array_equal(of_colour.predict_proba(colour), as_rows.predict_proba(colour.reshape(len(X), -1)))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (MLPClassifier(max_iter=0), "max_iter must be a whole number at least 1; got 0"),
        (MLPClassifier(dropout=1.0), "dropout must be a number at least 0 and below 1; got 1.0"),
        (MLPClassifier(weight_decay=-1), "weight_decay must be a number at least 0; got -1"),
        (MLPClassifier(input_scaling="minmax"), "input_scaling must be 'standard' or None; got 'minmax'"),  # type: ignore[arg-type]  # likewise
        (
            ConvNetClassifier(image_shape="8x8"),  # type: ignore[arg-type]  # likewise
            r"image_shape must be a sequence of whole numbers, such as \(28, 28\); got '8x8'",
        ),
        (MLPClassifier(learning_rate_init=float("nan")), "learning_rate_init must be a number above 0; got nan"),
        (MLPClassifier(hidden_layer_sizes=64), r"hidden_layer_sizes must be a sequence of whole numbers, .*; got 64"),  # type: ignore[arg-type]  # a mistake on purpose
        (MLPClassifier(activation="gelu"), "activation must be one of 'relu', 'tanh'; got 'gelu'"),  # type: ignore[arg-type]  # likewise
        (LeekassoClassifier(statistic="u"), "statistic must be one of 'welch-t', 'equal-variance-f'; got 'u'"),
        (LeekassoClassifier(0), "n_features_to_select must be a whole number at least 1; got 0"),
        (ConvNetClassifier(), r"X has flat rows; give image_shape=\(height, width\)"),
        (ConvNetClassifier(image_shape=(8, 9)), r"image_shape \(8, 9\) does not fit rows of 64 numbers"),
        (
            ConvNetClassifier((8, 8), image_shape=(8, 8)),
            "images of 8 x 8 pixels are too small for 2 blocks; give fewer channels",
        ),
        (ConvNetClassifier(image_shape=(2, 32)), "images of 2 x 32 pixels are too small for any convolution"),
    ],
)
def test_mistakes(model: Any, message: str) -> None:  # noqa: ANN401 - any classifier
    with pytest.raises(ValueError, match=message):
        model.fit(*digits(40))


def test_the_default_blocks_are_those_that_the_images_are_large_enough_for() -> None:
    images, y = load_digits(n_class=3, return_X_y=True)
    images = images.reshape(-1, 8, 8)
    model = ConvNetClassifier(random_state=0).fit(images[:200], y[:200])
    assert model.score(images[200:], y[200:]) > 0.95
    one_block = ConvNetClassifier((32,), random_state=0).fit(images[:200], y[:200])
    np.testing.assert_array_equal(model.predict_proba(images[200:]), one_block.predict_proba(images[200:]))


def test_images_of_another_shape_are_refused() -> None:
    X, y = digits(40)
    fitted = ConvNetClassifier(channels=(2,), dense=4, learning_rate_init=0.01).fit(X.reshape(-1, 8, 8), y)
    with pytest.raises(ValueError, match=r"images of shape \(8, 8, 1\) were learned from; got \(9, 9, 1\)"):
        fitted.predict(np.zeros((2, 9, 9)))
    with pytest.raises(ValueError, match="looks like images with their channels first"):
        fitted.fit(np.zeros((40, 3, 8, 8)), y)


def test_divergence_is_an_error_not_a_prediction() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(FitError, match=r"training diverged: .*learning_rate_init \(it is 1e\+30\)"):
        MLPClassifier(solver="sgd", learning_rate_init=1e30, max_iter=20, random_state=0).fit(X, y)


def test_outputs_that_are_not_finite_are_errors() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(FitError, match="training diverged"):  # one step, whose weights are finite and outputs are not
        MLPClassifier(solver="sgd", learning_rate_init=1e14, max_iter=1, batch_size=200, random_state=0).fit(X, y)
    fitted = MLPClassifier(input_scaling=None, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"X must be below 3\.4e38 in size after scaling"):
        fitted.predict_proba(np.full((2, 4), 1e300))
    with pytest.raises(ValueError, match="the network's outputs are not finite"):
        fitted.predict_proba(np.full((2, 4), 3e38))


@pytest.mark.parametrize(("shift", "unit"), [(0, 1e-9), (2000, 1), (1e12, 1e3)])
def test_units_make_no_difference_to_the_leekasso(shift: float, unit: float) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(size=(200, 3)) + 2 * y[:, None]
    plain, changed = LeekassoClassifier(2).fit(X, y), LeekassoClassifier(2).fit(shift + unit * X, y)
    np.testing.assert_array_equal(plain.selected_, changed.selected_)
    np.testing.assert_allclose(plain.predict_proba(X), changed.predict_proba(shift + unit * X), atol=1e-3)
    assert plain.score(X, y) > 0.8


def test_weight_decay_keeps_probabilities_off_the_ends() -> None:
    """Labels that are noise: without a penalty the network learns them by heart, and is sure of what it cannot know."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 10)), rng.permutation(np.arange(80) % 2)
    unseen = rng.normal(size=(200, 10))
    sure = {
        decay: np.abs(MLPClassifier(weight_decay=decay, random_state=0).fit(X, y).predict_proba(unseen)[:, 1] - 0.5).mean()
        for decay in (0.0, 0.01, 0.1)
    }
    assert sure[0.0] > sure[0.01] > sure[0.1] + 0.05


def test_columns_that_hardly_vary_in_training_do_not_explode() -> None:
    """A constant column is ignored, an almost constant one cut off; the others alone decide."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
    X[:, 0] += 4 * y
    X[:, 2], X[:, 3] = 7.0, rng.normal(scale=1e-3, size=40)
    model = MLPClassifier(random_state=0).fit(X, y)
    elsewhere = X.copy()
    elsewhere[:, 2] = 255.0
    np.testing.assert_array_equal(model.predict_proba(elsewhere), model.predict_proba(X))
    elsewhere[:, 3] = 255.0
    far = X.copy()
    far[:, 3] = X[:, 3].mean() + 10 * X[:, 3].std()
    np.testing.assert_allclose(model.predict_proba(elsewhere), model.predict_proba(far), rtol=1e-4)
    digits = bigenough.load("mnist:0,1")
    pixels, test = np.asarray(digits.X).reshape(len(digits.X), -1), digits.holdout[:500]
    assert MLPClassifier(random_state=0).fit(pixels[:40], digits.y[:40]).score(pixels[test], digits.y[test]) > 0.99


def test_images_of_one_grey_do_not_explode() -> None:
    grey = np.full((20, 8, 8), 0.1)
    model = ConvNetClassifier(channels=(4,), dense=8, random_state=0).fit(grey, np.arange(20) % 2)
    np.testing.assert_allclose(model.predict_proba(grey + 0.1), model.predict_proba(grey), atol=0.1)


def test_convnet_forgets_the_columns_of_an_earlier_fit() -> None:
    X, y = digits(40)
    model = ConvNetClassifier(channels=(2,), dense=4, learning_rate_init=0.01, image_shape=(8, 8)).fit(X, y)
    assert model.n_features_in_ == 64
    assert not hasattr(model.set_params(image_shape=None).fit(X.reshape(-1, 8, 8), y), "n_features_in_")


def test_convnet_converges_by_default() -> None:
    data = bigenough.load("mnist:0,1")
    assert ConvNetClassifier(random_state=0).fit(data.X[:30], data.y[:30]).converged_


def test_leekasso_is_the_models_own() -> None:
    data = bigenough.load("mnist:0,1")  # images: the model scales the columns of tables, the classifier scales nothing
    rows, X = np.arange(300), np.asarray(data.X[:300]).reshape(300, -1).astype(float)
    rule = LEEKASSO.fit(LEEKASSO.recipe, data, Draw(100, 0, 0, rows[:100], rows[100:200], rows[200:]))
    assert isinstance(rule, LinearRule)
    fitted = LeekassoClassifier(input_scaling=None).fit(X[:100], data.y[:100])
    np.testing.assert_array_equal(fitted.selected_, [rule.columns])
    labels, chances = rule.predict(X[200:])
    np.testing.assert_array_equal(fitted.predict(X[200:]), labels)
    assert chances is not None
    np.testing.assert_allclose(fitted.predict_proba(X[200:]), chances, rtol=1e-7, atol=1e-12)


def test_leekasso_probabilities_sum_to_1_where_no_class_is_likely() -> None:
    fitted = LeekassoClassifier(2).fit(*load_iris(return_X_y=True))
    fitted.intercept_[:] = [-3000.0, -2000.0, -1000.0]  # as columns of large numbers give
    fitted.coef_[:] = 0
    np.testing.assert_array_equal(fitted.predict_proba(np.ones((1, 4))), [[0, 0, 1]])


def test_leekasso_against_scipy() -> None:
    data = bigenough.load("breast_cancer")
    fitted = LeekassoClassifier(5, statistic="equal-variance-f").fit(data.X, data.y)
    f = stats.f_oneway(data.X[data.y == 0], data.X[data.y == 1]).statistic
    np.testing.assert_array_equal(fitted.selected_, [np.argsort(-f)[:5]])
    assert np.count_nonzero(fitted.coef_) == 5
    welch = LeekassoClassifier(5).fit(data.X, data.y)
    t = np.abs(stats.ttest_ind(data.X[data.y == 0], data.X[data.y == 1], equal_var=False).statistic)
    np.testing.assert_array_equal(np.sort(welch.selected_[0]), np.sort(np.argsort(-t)[:5]))
    odds = fitted.decision_function(data.X)
    np.testing.assert_allclose(fitted.predict_proba(data.X)[:, 1], 1 / (1 + np.exp(-odds)))


def test_leekasso_takes_each_class_against_the_rest() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = LeekassoClassifier(2).fit(X, y)
    assert fitted.selected_.shape == (3, 2)
    one = LeekassoClassifier(2).fit(X, y == 2)
    np.testing.assert_allclose(fitted.coef_[2], one.coef_[0])
    np.testing.assert_allclose(fitted.decision_function(X)[:, 2], one.decision_function(X))
