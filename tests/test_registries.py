"""One contract a registry, over everything that is registered: a new file is tested without tests of its own."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import bigenough
from bigenough.errors import UnknownNameError
from bigenough.registry import CLAIMS, FIGURES, MODELS, RULES, SOURCES, Registry
from bigenough.running import plan, run_study
from bigenough.store import Store
from bigenough.types import PARTS, Dataset, Draw, Fit, Recipe
from tests.helpers import digits, fit_many, study

SIZE = 12
HERE = [name for name in MODELS if name != "h2o-deeplearning"]  # which needs a server, and has tests of its own


def short(name: str) -> Recipe:
    recipe: Recipe = MODELS[name].recipe
    shorter = {"epochs": 2, "max_updates": 30 if name == "convnet" else 100}
    return recipe.replace(**{name: value for name, value in shorter.items() if name in recipe.settings})


def draws(data: Dataset) -> list[Draw]:
    return [cell.draw for cell in plan(study(train_sizes=[SIZE], draws=3), data)]


def one_class(data: Dataset) -> Draw:
    """A draw from which nothing can be learnt."""
    good = draws(data)[0]
    return Draw(SIZE, 9, 9, np.flatnonzero(data.y[:60] == 1)[:SIZE], good.convergence, good.test)


def assert_valid(fit: Fit, data: Dataset, draw: Draw, *, most_probable: bool = True) -> None:
    """Either an error and nothing else, or sound predictions for every part."""
    assert fit.seconds >= 0
    if fit.error is not None:
        assert fit.error.strip()
        assert fit.labels == {}
        assert fit.probabilities is None
        return
    assert set(fit.labels) == set(PARTS)
    for part in PARTS:
        n = len(getattr(draw, part))
        labels = fit.labels[part]
        assert labels.shape == (n,)
        assert np.issubdtype(labels.dtype, np.integer)
        assert np.isin(labels, range(len(data.classes))).all()
        if fit.probabilities is not None:
            chances = fit.probabilities[part]
            assert chances.shape == (n, len(data.classes))
            assert (chances >= 0).all()
            np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-9)
            if most_probable:
                np.testing.assert_array_equal(chances.max(axis=1), chances[np.arange(n), labels])


def plain(fit: Fit) -> Any:  # noqa: ANN401 - nested plain values
    curve = None if fit.curve is None else vars(fit.curve)
    return dict(fit.labels), dict(fit.probabilities or {}), fit.updates, curve, fit.notes, fit.error


@pytest.mark.parametrize("name", HERE)
@pytest.mark.usefixtures("one_thread")
class TestModels:
    def test_fits_every_draw(self, name: str) -> None:
        data, shares = digits(), list[float]()
        before, states = data.X.copy(), (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # type: ignore[index]  # numpy's own type is too wide
        asked = draws(data)
        fits = MODELS[name].fit_many(short(name), data, asked, "cpu", shares.append)
        assert len(fits) == len(asked)
        for fit, draw in zip(fits, asked, strict=True):
            assert fit.error is None
            assert_valid(fit, data, draw, most_probable="threshold" not in short(name).settings)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        np.testing.assert_array_equal(data.X, before)
        after = (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # type: ignore[index]
        assert after == states, "randomness is an argument, never global"

    def test_learns_something(self, name: str) -> None:
        """Zeros and ones are easy; networks get what their recipe gives them, at most thirty epochs."""
        data, recipe = digits(), MODELS[name].recipe
        if "epochs" in recipe.settings:
            recipe = recipe.replace(epochs=min(30, recipe.settings["epochs"]))
        asked = [cell.draw for cell in plan(study(train_sizes=[40], draws=1), data)]
        fit = fit_many(recipe, data, asked)[0]
        if fit.curve is not None:
            assert fit.curve.train_loss[-1] < fit.curve.train_loss[0]
        if name not in ("leek-mlp", "majority"):  # the one network of 2017 that hardly learns, and the rule that cannot
            assert np.mean(fit.labels["test"] == data.y[asked[0].test]) > 0.75

    def test_is_deterministic(self, name: str) -> None:
        data = digits()
        one, other = (fit_many(short(name), data, draws(data)) for _ in range(2))
        np.testing.assert_equal([plain(fit) for fit in one], [plain(fit) for fit in other])

    def test_a_hopeless_draw_takes_no_other_along(self, name: str) -> None:
        data = digits()
        good = draws(data)[0]
        fits = fit_many(short(name), data, [one_class(data), good])
        usual = "threshold" not in short(name).settings
        assert_valid(fits[0], data, one_class(data), most_probable=usual)
        assert_valid(fits[1], data, good, most_probable=usual)
        assert fits[1].error is None
        np.testing.assert_array_equal(fits[1].labels["test"], fit_many(short(name), data, [good])[0].labels["test"])

    def test_networks_tell_of_their_training(self, name: str) -> None:
        data, recipe = digits(), short(name)
        fit = fit_many(recipe, data, draws(data)[:1])[0]
        if "optimizer" not in recipe.settings:
            assert fit.curve is None
            assert fit.updates is None
            return
        assert fit.updates is not None
        if "epochs" in recipe.settings:
            assert fit.updates == recipe.settings["epochs"] * -(-SIZE // recipe.settings["batch_size"])
        else:
            assert 0 < fit.updates <= recipe.settings["max_updates"]
        assert fit.curve is not None
        assert fit.curve.updates[0] == 0
        assert fit.curve.updates[-1] == fit.updates
        for column in vars(fit.curve).values():
            assert column.shape == fit.curve.updates.shape
        convergence = data.y[draws(data)[0].convergence]
        if "threshold" not in recipe.settings:
            assert fit.curve.held_out_score[-1] == pytest.approx(np.mean(fit.labels["convergence"] == convergence))

    def test_the_recipe_is_plain(self, name: str) -> None:
        recipe = MODELS[name].recipe
        assert recipe.name == name
        assert recipe.model in MODELS
        assert recipe.family in ("deep", "simple", "data-free")
        assert Recipe(**json.loads(json.dumps(recipe.to_json()))) == recipe
        assert pickle.loads(pickle.dumps(recipe)) == recipe
        with pytest.raises(UnknownNameError, match=f"unknown setting of {name} 'nonsense'"):
            recipe.replace(nonsense=1)
        with pytest.raises(TypeError):
            recipe.settings["new"] = 1

    def test_counts_and_guesses(self, name: str) -> None:
        model, data = MODELS[name], digits()
        parameters = model.parameters(model.recipe, data)
        assert isinstance(parameters, int)
        assert parameters == 0 if model.recipe.family == "data-free" else parameters > 0
        assert model.seconds(model.recipe, data, draws(data)[0]) > 0
        assert model.stack_limit(model.recipe, bigenough.load("wine"), "cpu") >= 1

    @pytest.mark.parametrize("source", ["three classes", "tiny images"])
    def test_data_that_do_not_suit_are_fits_or_failed_runs(self, name: str, source: str, store: Store) -> None:
        """Never an exception that takes the study along, and never a message that a person cannot read."""
        data = unsuitable(source)
        runs = run_study(study([short(name)], train_sizes=[6], draws=1), data, store)
        assert len(runs) == 1
        if runs[0].error is not None:
            assert ":" not in runs[0].error.split()[0], f"a clear error, not a Python one: {runs[0].error}"


def unsuitable(source: str) -> Dataset:
    rng, y = np.random.default_rng(0), np.tile([0, 1, 2] if source == "three classes" else [0, 1], 12)
    shape = (len(y), 5) if source == "three classes" else (len(y), 6, 6)
    kind: Any = "table" if source == "three classes" else "image"
    X = rng.normal(size=shape) + y.reshape(-1, *[1] * (len(shape) - 1))
    return Dataset(source, X, y, tuple(map(str, np.unique(y))), kind, holdout=np.arange(len(y) - 6, len(y)))


@pytest.mark.parametrize("name", list(SOURCES))
class TestSources:
    def test_is_a_sound_data_set(self, name: str) -> None:
        data = bigenough.load(name)
        assert data.name == name
        assert len(data.X) == len(data.y) > 0
        assert data.y.dtype == np.int64
        assert np.unique(data.y).tolist() == list(range(len(data.classes)))
        assert len(set(data.classes)) == len(data.classes) >= 2
        assert all(isinstance(c, str) for c in data.classes)
        assert data.kind == ("table" if data.X.ndim == 2 else "image")
        assert np.isfinite(data.X[:1000]).all()
        assert data.holdout.dtype == np.int64
        assert len(np.unique(data.holdout)) == len(data.holdout) < len(data.y)
        assert (np.diff(data.holdout) > 0).all()
        flat = data.flat(np.arange(3))
        assert flat.shape == (3, data.n_features)
        assert flat.dtype == np.float64

    def test_is_the_same_twice(self, name: str) -> None:
        one, other = bigenough.load(name), bigenough.load(name)
        assert one.fingerprint == other.fingerprint
        np.testing.assert_array_equal(one.y, other.y)


@pytest.mark.parametrize("registry", [MODELS, SOURCES, FIGURES, CLAIMS, RULES], ids=lambda r: r.what)
def test_every_line_leads_somewhere(registry: Registry) -> None:
    assert list(registry)
    for name in registry:
        assert registry[name] is not None
        assert name in registry
    with pytest.raises(UnknownNameError, match=f"unknown {registry.what} 'qqqq'; known: "):
        registry["qqqq"]
