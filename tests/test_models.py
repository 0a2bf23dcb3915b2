"""One contract for every registered model, on tables, frames, images, few rows and many classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from bigenough.models.scaling import CLIP, Scaling, scale
from bigenough.registry import MODELS
from bigenough.types import PARTS, Dataset, Draw, Fit, Recipe
from tests.helpers import fit_many
from tests.own import draws_of, frame, images, short, table

OWN = ("majority", "logistic", "lda", "leekasso", "knn", "svm", "forest", "boosting", "relu-mlp")
TWO_CLASSES = {"center-pixel", "single-pixel", "r-mlp"}
NEEDS_IMAGES = {"center-pixel", "cnn", "convnet"}
LARGE_IMAGES = {"cnn"}  # two blocks of its own, whatever the images

BEST_F1 = "h2o-settings"  # whose labels are those of a threshold

pytestmark = pytest.mark.usefixtures("one_thread")


def assert_sound(fits: Sequence[Fit], data: Dataset, draws: Sequence[Draw], *, best_f1: bool = False) -> None:
    for fit, draw in zip(fits, draws, strict=True):
        assert fit.error is None, fit.error
        for part in PARTS:
            n = len(getattr(draw, part))
            labels = fit.labels[part]
            assert labels.shape == (n,)
            assert np.isin(labels, range(len(data.classes))).all()
            if fit.probabilities is not None:
                chances = fit.probabilities[part]
                assert chances.shape == (n, len(data.classes))
                assert (chances >= 0).all()
                np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)
                if chances.shape[1] > 2 or not best_f1:
                    np.testing.assert_array_equal(chances.max(axis=1), chances[np.arange(n), labels])
                else:  # some threshold, on one side of which all are of the second class
                    assert chances[labels == 1, 1].min(initial=1) >= chances[labels == 0, 1].max(initial=0)


def plain(fit: Fit) -> Any:  # noqa: ANN401 - nested plain values
    curve = None if fit.curve is None else vars(fit.curve)
    return dict(fit.labels), dict(fit.probabilities or {}), fit.updates, curve, fit.notes, fit.error


@pytest.mark.parametrize("name", [name for name in MODELS if name != "h2o-deeplearning"])  # see test_h2o.py
class TestEveryModel:
    def test_two_classes_twice_the_same(self, name: str) -> None:
        data = images(2, 16) if name in NEEDS_IMAGES else table()
        draws = draws_of(data, 12)
        fits, again = (fit_many(short(name), data, draws) for _ in range(2))
        assert_sound(fits, data, draws, best_f1=name == BEST_F1)
        np.testing.assert_equal([plain(fit) for fit in fits], [plain(fit) for fit in again])

    def test_three_classes(self, name: str) -> None:
        data = images(3, 16) if name in NEEDS_IMAGES else table([20, 20, 20])
        draws = draws_of(data, 15)
        fits = fit_many(short(name), data, draws) if name != "r-mlp" else None
        if name in TWO_CLASSES:
            assert fits is None or all("two classes" in (fit.error or "") for fit in fits)
        else:
            assert fits is not None
            assert_sound(fits, data, draws, best_f1=name == BEST_F1)

    def test_two_rows_a_class(self, name: str) -> None:
        data = images(2, 16) if name in NEEDS_IMAGES else table()
        draws = draws_of(data, 4)
        fits = fit_many(short(name), data, draws)
        assert_sound(fits, data, draws, best_f1=name == BEST_F1)
        if name in (*OWN, "convnet"):  # what libraries warn of would be among the notes; those of 2017 have theirs
            assert all(note.startswith("not converged") for fit in fits for note in fit.notes), fits[0].notes

    def test_one_row_of_a_class(self, name: str) -> None:
        data = images(2, 16) if name in NEEDS_IMAGES else table([40, 6])
        draws = draws_of(data, 2)
        assert_sound(fit_many(short(name), data, draws), data, draws, best_f1=name == BEST_F1)

    def test_missing_values_and_categories(self, name: str) -> None:
        data = frame()
        draws = draws_of(data, 16, repeats=3)
        if name in NEEDS_IMAGES:
            assert name in str(outcome(short(name), data, draws))
            return
        assert_sound(fit_many(short(name), data, draws), data, draws, best_f1=name == BEST_F1)


def outcome(recipe: Recipe, data: Dataset, draws: Sequence[Draw]) -> object:
    try:
        return {fit.error for fit in fit_many(recipe, data, draws)}
    except Exception as error:  # a task's error becomes that of its fits in `execute`
        return error


@pytest.mark.parametrize("name", [name for name in OWN if name != "majority"])
def test_learns_what_can_be_learnt(name: str) -> None:
    data = table([60, 60, 60], features=6)
    draws = draws_of(data, 90, repeats=3)
    fits = fit_many(MODELS[name].recipe, data, draws)
    assert np.mean([np.mean(f.labels["test"] == data.y[d.test]) for f, d in zip(fits, draws, strict=True)]) > 0.75
    for fit, draw in zip(fits, draws, strict=True):
        assert fit.probabilities is not None
        chance = fit.probabilities["test"][np.arange(len(draw.test)), data.y[draw.test]]
        # a network that is trained until its loss falls no more is too sure of itself where classes overlap
        limit = 2 * np.log(3) if MODELS[name].recipe.family == "deep" else np.log(3)
        assert -np.log(chance).mean() < limit, "probabilities are better than none"


@pytest.mark.parametrize("name", ["logistic", "lda", "knn", "svm", "relu-mlp"])
def test_units_of_the_columns_do_not_matter(name: str) -> None:
    data = table()
    draws = draws_of(data, 16)
    scaled = Dataset(data.name, data.X * np.array([1e6, 1e-6, 3.0, 1.0, 2.0]) + 5.0, data.y, data.classes)
    one, other = fit_many(short(name), data, draws), fit_many(short(name), scaled, draws)
    for fit, same in zip(one, other, strict=True):
        assert np.mean(fit.labels["test"] == same.labels["test"]) > 0.9


def test_a_column_that_is_constant_in_training_is_not_used() -> None:
    """Its scale is unknown: a value that is far away in other rows must not decide them."""
    data = table()
    draw = draws_of(data, 16)[0]
    X = data.X.copy()
    X[:, 0] = 0.0
    X[draw.test, 0] = 1e9
    wild, tame = (Dataset("wild", values, data.y, data.classes) for values in (X, np.where(X == 1e9, 0.0, X)))
    for name in ("logistic", "lda", "knn", "svm", "relu-mlp"):
        one, other = (fit_many(short(name), each, [draw])[0] for each in (wild, tame))
        np.testing.assert_array_equal(one.labels["test"], other.labels["test"])


@pytest.mark.parametrize(("side", "channels"), [(3, None), (5, None), (6, None), (8, 3), (16, None), (20, 1)])
def test_the_convnet_fits_the_images(side: int, channels: int | None) -> None:
    data = images(2, side, channels=channels)
    draws = draws_of(data, 8)
    assert_sound(fit_many(short("convnet"), data, draws), data, draws)


def test_images_too_small_for_a_convolution() -> None:
    data = images(2, 2)
    assert "needs 3 x 3" in str(outcome(short("convnet"), data, draws_of(data, 8)))


def test_networks_say_whether_they_converged() -> None:
    data = table([60, 60])
    draws = draws_of(data, 40)
    for fit in fit_many(short("relu-mlp"), data, draws):
        assert fit.notes == ("not converged after 30 updates",)
        assert fit.updates == 30
    recipe = MODELS["relu-mlp"].recipe
    for fit in fit_many(recipe, data, draws):
        assert fit.notes == ()
        assert fit.updates is not None
        assert fit.updates < recipe.settings["max_updates"]
        assert fit.curve is not None
        assert fit.curve.train_loss[-1] < 0.1
        assert fit.curve.updates[-1] <= fit.updates


def test_more_rows_than_the_svm_is_tuned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigenough.models.svm.TUNING_ROWS", 20)
    data = table([60, 60])
    draws = draws_of(data, 60)
    assert_sound(fit_many(MODELS["svm"].recipe, data, draws), data, draws)


def test_histograms_take_over_on_many_rows() -> None:
    data = table([60, 60])
    draws = draws_of(data, 60)
    assert_sound(fit_many(short("boosting").replace(histogram_from=50), data, draws), data, draws)


@pytest.mark.parametrize("make_data", [table, frame])
def test_a_stack_with_rows_of_their_own_changes_none_of_its_members(make_data: Any) -> None:  # noqa: ANN401
    data = make_data()
    draws = draws_of(data, 17, repeats=5)
    assert len({tuple(d.test) for d in draws}) == 5
    recipe = MODELS["relu-mlp"].recipe.replace(max_updates=60, patience_updates=5, tol=0.02)
    together = fit_many(recipe, data, draws)
    for fit, draw in zip(together, draws, strict=True):
        np.testing.assert_equal(plain(fit), plain(fit_many(recipe, data, [draw])[0]))
    assert len({fit.updates for fit in together}) > 1, "the members must stop at different updates for this to test anything"


def test_parts_of_different_lengths_are_stacked_too() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), rng.integers(1, 7, 30))
    data = table([len(groups) // 2, len(groups) - len(groups) // 2], groups=groups)
    draws = draws_of(data, 12, repeats=4)
    assert len({len(d.test) for d in draws}) > 1
    recipe = short("relu-mlp")
    for fit, draw in zip(fit_many(recipe, data, draws), draws, strict=True):
        np.testing.assert_equal(plain(fit), plain(fit_many(recipe, data, [draw])[0]))


def test_raw_networks_of_2017_work_on_rows_of_their_own() -> None:
    data = images(2, 8)
    draws = draws_of(data, 12, repeats=3)
    recipe = short("mlp")
    for fit, draw in zip(fit_many(recipe, data, draws), draws, strict=True):
        np.testing.assert_equal(plain(fit), plain(fit_many(recipe, data, [draw])[0]))


@pytest.mark.parametrize("scaling", ["standard", "columns", "columns-unclipped"])
def test_columns_are_standardised_by_the_training_rows(scaling: Scaling) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(3, 2, (60, 4))
    X[:20, 1], X[:20, 2] = 5.0, 5.0 + 1e-3 * X[:20, 2]
    data = Dataset("columns", X, np.arange(60) % 2, ("a", "b"))
    draw = Draw(20, 0, 0, np.arange(20), np.arange(20, 40), np.arange(40, 60))
    scaled = scale(data, draw, scaling)
    expected = StandardScaler().fit(X[:20]).transform(X[40:])
    expected[:, 1] = 0.0  # constant in training: its scale is not known
    assert np.abs(expected[:, 2]).max() > CLIP
    if scaling != "columns-unclipped":
        expected = expected.clip(-CLIP, CLIP)
    np.testing.assert_allclose(scaled.test, expected)
    np.testing.assert_allclose(scaled.train.std(axis=0), [1, 0, 1, 1])
