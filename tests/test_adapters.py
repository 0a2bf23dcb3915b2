"""Networks of other libraries: what their adapters read, vary and leave alone, and a diagnosis through them."""

from __future__ import annotations

import dataclasses
import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

import bigenough
from bigenough.diagnosis import make_subject
from bigenough.diagnosis.arms import ARMS, NothingToChangeError, Seen
from bigenough.draws import parts_of
from bigenough.errors import InputError
from bigenough.models import external
from bigenough.models.adapters import recipe_from
from bigenough.models.adapters.base import OWN_NETWORK
from bigenough.models.foreign import from_object
from bigenough.models.scaling import scale
from bigenough.own_data import make_own_study
from bigenough.registry import MODELS
from bigenough.rules.rate_too_low import TINY_STEP
from bigenough.types import Dataset, Draw, Fit, Recipe
from bigenough.user_diagnosis import diagnose
from bigenough.user_study import as_dataset
from tests.own import draws_of, images, make, table

pytestmark = pytest.mark.usefixtures("one_thread")


def make_module(n_features: int, n_classes: int) -> nn.Module:
    """A small network with dropout."""
    return nn.Sequential(nn.Linear(n_features, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, n_classes))


def make_plain(input_shape: tuple[int, ...], n_classes: int) -> nn.Module:
    """A network on images, without dropout."""
    return nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(input_shape)), n_classes))


class Functional(nn.Module):
    """A softmax that no module does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(x, dim=1)


def tried(recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
    made: list[Fit] = MODELS[recipe.model].fit_many(recipe, data, [draw], "cpu", lambda share: None)
    return made[0]


def fit(recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
    made = tried(recipe, data, draw)
    assert made.error is None, made.error
    return made


def changed(recipe: Recipe, **changes: Any) -> Recipe:  # noqa: ANN401 - settings
    return dataclasses.replace(recipe, settings={**recipe.settings, **changes})


class TestScikitLearn:
    def test_its_parameters_are_read(self) -> None:
        model = MLPClassifier((7, 5), alpha=0.1, solver="sgd", learning_rate_init=0.2, max_iter=9, random_state=3)
        settings = recipe_from(model, table(), {}).settings
        assert settings["hidden"] == [7, 5]
        assert settings["weight_decay"] == 0.1
        assert settings["learning_rate"] == 0.2
        assert settings["epochs"] == 9
        assert "dropout" not in settings["adjustable"]
        assert {"updates", "width", "weight_decay", "learning_rate", "input_scaling"} <= set(settings["adjustable"])

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_it_is_trained_as_scikit_learn_trains_it(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        model = MLPClassifier((7,), max_iter=12, random_state=3)
        got = fit(recipe_from(model, data, {}), data, draw)
        own = MLPClassifier((7,), max_iter=12, random_state=3)
        own.fit(data.X[draw.train], data.y[draw.train])
        assert got.probabilities is not None
        np.testing.assert_allclose(got.probabilities["test"], own.predict_proba(data.X[draw.test]))
        assert got.updates == 12
        assert got.notes[0] == "not converged after 12 updates"
        assert got.curve is not None
        np.testing.assert_allclose(got.curve.train_loss, own.loss_curve_)

    def test_what_is_varied_arrives(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        recipe = recipe_from(MLPClassifier((7,), max_iter=5, random_state=3), data, {})
        longer = fit(changed(recipe, epochs=50), data, draw)
        assert longer.updates is not None
        assert longer.updates > 5
        steps = fit(changed(recipe, epochs=None, max_updates=17), data, draw)
        assert steps.updates == 17

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_a_schedule_can_be_removed(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        model = MLPClassifier((7,), solver="sgd", learning_rate_init=0.2, max_iter=20, random_state=3)
        constant, falling = (
            recipe_from(clone(model).set_params(learning_rate=name), data, {}) for name in ("constant", "invscaling")
        )
        assert "decay" not in constant.settings["adjustable"]
        assert "power_t" not in constant.settings
        (arm,) = (arm for arm in ARMS if arm.cause == "rate-decayed")
        assert set(arm.needs) <= set(falling.settings["adjustable"])
        change = arm.change(falling.settings, Seen(updates=20, ended=False, n_classes=2, mixed=False))
        assert change == {"power_t": 0.0}
        got, want, slower = (fit(recipe, data, draw) for recipe in (changed(falling, **change), constant, falling))
        assert got.probabilities is not None
        assert want.probabilities is not None
        assert slower.probabilities is not None
        np.testing.assert_array_equal(got.probabilities["test"], want.probabilities["test"])
        assert not np.allclose(slower.probabilities["test"], want.probabilities["test"])

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_a_pipeline_scales_for_itself_and_can_be_given_clipped_columns(self) -> None:
        data, model = table(), make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=5, random_state=3))
        draw = draws_of(data, 30)[0]
        recipe = recipe_from(model, data, {})
        (arm,) = (arm for arm in ARMS if arm.name == "inputs scaled")
        change = arm.changes(recipe.settings, recipe.settings["adjustable"], Seen(updates=5, ended=False, n_classes=2))
        assert change == {"input_scaling": "columns"}
        X = np.asarray(data.X)
        alone = clone(model).fit(X[draw.train], data.y[draw.train])
        got = fit(recipe, data, draw).probabilities
        assert got is not None
        np.testing.assert_allclose(got["test"], alone.predict_proba(X[draw.test]))
        clipped = fit(changed(recipe, **change), data, draw).probabilities
        assert clipped is not None
        inputs = scale(data, draw, "columns")
        alone.set_params(standardscaler="passthrough").fit(inputs.train, data.y[draw.train])
        np.testing.assert_allclose(clipped["test"], alone.predict_proba(inputs.test), atol=1e-4)

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_a_pipeline_gets_all_digits(self) -> None:
        """Seconds since 1970 differ by less than float32 can tell."""
        plain, model = table(), make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=5, random_state=3))
        data = dataclasses.replace(plain, X=1.7e9 + np.asarray(plain.X))
        draw = draws_of(data, 30)[0]
        got = fit(recipe_from(model, data, {}), data, draw).probabilities
        assert got is not None
        X = np.asarray(data.X)
        alone = clone(model).fit(X[draw.train], data.y[draw.train])
        np.testing.assert_allclose(got["test"], alone.predict_proba(X[draw.test]))

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    @pytest.mark.parametrize(
        ("options", "per_epoch"),
        [({"early_stopping": True}, 3), ({"solver": "lbfgs"}, 1), ({}, 4)],
        ids=["rows put aside", "all rows at once", "batches"],
    )
    def test_updates_are_those_made(self, options: dict[str, Any], per_epoch: int) -> None:
        data, model = table(), MLPClassifier((4,), max_iter=3, batch_size=9, random_state=0, **options)
        assert fit(recipe_from(model, data, {}), data, draws_of(data, 30)[0]).updates == 3 * per_epoch

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    @pytest.mark.parametrize("scaling", ["in the pipeline", "columns"])
    def test_a_pipeline_gets_a_frame_as_it_is(self, scaling: str) -> None:
        y = np.arange(120) % 2
        rng = np.random.default_rng(0)
        X = pd.DataFrame({"dose": rng.normal(size=120) + y, "arm": rng.choice(["a", "b"], 120)})
        data = make("trial", X, y, ("no", "yes"))
        columns = ColumnTransformer([("number", StandardScaler(), ["dose"]), ("word", OneHotEncoder(), ["arm"])])
        recipe = recipe_from(make_pipeline(columns, MLPClassifier((4,), max_iter=5, random_state=3)), data, {})
        draw = draws_of(data, 40)[0]
        got = fit(changed(recipe, input_scaling=scaling), data, draw).probabilities
        assert got is not None
        between = StandardScaler() if scaling == "columns" else "passthrough"
        alone = make_pipeline(columns, between, MLPClassifier((4,), max_iter=5, random_state=3))
        alone.fit(X.iloc[draw.train], y[draw.train])
        np.testing.assert_allclose(got["test"], alone.predict_proba(X.iloc[draw.test]), atol=1e-6)

    def test_ours_at_the_end_of_a_pipeline(self) -> None:
        data = table()
        model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), bigenough.MLPClassifier((4,), dropout=0.3, max_iter=3))
        recipe = recipe_from(model, data, {})
        assert {"dropout", "learning_rate", "input_scaling", "weight_decay"} <= set(recipe.settings["adjustable"])
        assert recipe.settings["weight_decay"] == 0.01
        draw = draws_of(data, 30)[0]
        assert fit(changed(recipe, epochs=5, dropout=0.0), data, draw).updates == 5


class TestTorch:
    def test_dropout_layers_are_read_and_varied(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        recipe = recipe_from(make_module, data, {"epochs": 3, "learning_rate": 0.01})
        assert recipe.settings["dropout"] == [0.3]
        assert recipe.settings["epochs"] == 3
        assert "max_updates" not in recipe.settings
        assert "width" not in recipe.settings["adjustable"]
        pickle.loads(pickle.dumps(recipe))
        one = fit(recipe, data, draw)
        assert one.updates == 3
        other = fit(changed(recipe, dropout=[0.0]), data, draw)
        assert one.probabilities is not None
        assert other.probabilities is not None
        assert (one.probabilities["test"] != other.probabilities["test"]).any()

    def test_without_dropout_layers_there_is_none_to_vary(self) -> None:
        recipe = recipe_from(make_plain, images(), {})
        assert "dropout" not in recipe.settings["adjustable"]
        fit(changed(recipe, max_updates=20), images(), draws_of(images(), 12)[0])

    @pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adadelta", "adam"])
    def test_every_optimizer_trains(self, optimizer: str) -> None:
        data = table()
        recipe = recipe_from(make_module, data, {"optimizer": optimizer, "epochs": 20, "learning_rate": 0.02})
        curve = fit(recipe, data, draws_of(data, 30)[0]).curve
        assert curve is not None
        assert curve.train_loss[-1] < curve.train_loss[0]

    def test_the_best_weights_are_those_of_the_least_held_out_loss(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        recipe = recipe_from(make_module, data, {"epochs": 60, "learning_rate": 0.3})
        last, best = fit(recipe, data, draw), fit(changed(recipe, keep="best"), data, draw)
        assert last.curve is not None
        assert best.probabilities is not None
        truth = data.y[draw.convergence]
        loss = float(-np.log(best.probabilities["convergence"][np.arange(len(truth)), truth]).mean())
        assert loss == pytest.approx(float(last.curve.held_out_loss.min()), rel=1e-4)

    def test_steps_are_recorded_and_what_is_not_looked_at_is_not(self) -> None:
        """A first step of plain gradient descent is as large as its rate."""
        data = table()
        draw = draws_of(data, 30)[0]
        slow = recipe_from(make_module, data, {"optimizer": "sgd", "epochs": 20, "learning_rate": 1e-5})
        one, two = fit(slow, data, draw).curve, fit(changed(slow, learning_rate=2e-5), data, draw).curve
        assert one is not None
        assert two is not None
        assert np.isnan(one.step_ratio[0])
        assert two.step_ratio[1] == pytest.approx(2 * one.step_ratio[1], rel=1e-3)
        assert (one.step_ratio[1:] < TINY_STEP).all()
        assert np.isnan(one.idle_share).all()

    @pytest.mark.parametrize(
        ("ends", "outputs", "named"),
        [(nn.Softmax(1), 2, "softmax"), (nn.Sigmoid(), 1, "sigmoid"), (Functional(), 2, "softmax")],
    )
    def test_probabilities_are_refused(self, ends: nn.Module, outputs: int, named: str) -> None:
        """The cross-entropy takes them for logits, and the network hardly learns."""
        data = table()

        def make(n_features: int) -> nn.Module:
            return nn.Sequential(nn.Linear(n_features, outputs), ends, nn.Flatten())

        failed = tried(recipe_from(make, data, {"epochs": 2}), data, draws_of(data, 30)[0])
        assert failed.error == (
            f"the module ends in a {named} and gives probabilities; it is to give logits: leave that layer out"
        )

    def test_a_softmax_within_is_none_at_the_end(self) -> None:
        data = table()

        def make(n_features: int, n_classes: int) -> nn.Module:
            same = [nn.Linear(n_classes, n_classes) for _ in range(3)]  # whose outputs may come to lie where the softmax's lay
            return nn.Sequential(nn.Linear(n_features, n_classes), nn.Softmax(1), *same)

        assert tried(recipe_from(make, data, {"epochs": 2}), data, draws_of(data, 30)[0]).error is None

    def test_a_network_without_any_number_is_told_as_such(self) -> None:
        """No curve is kept of it, and no change of a rate helps."""

        class Broken(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.linear = nn.Linear(3, 2)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return torch.log(-self.linear(x[:, :3]).abs())

        data = table()
        found = diagnose(Broken, data, draws=3, jobs=1, settings={"epochs": 2})
        assert found.suspects == {"non-finite": 1.0}
        assert found.found == ("non-finite",)
        assert found.outcome == "cannot tell"

    def test_no_batch_of_one_row_is_left_over(self) -> None:
        """Batch normalisation cannot learn from one."""
        data = table()
        draw = draws_of(data, 33)[0]

        def normalised(n_features: int, n_classes: int) -> nn.Module:
            return nn.Sequential(nn.Linear(n_features, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, n_classes))

        got = fit(recipe_from(normalised, data, {"epochs": 5, "tol": None}), data, draw)
        assert got.updates == 5
        assert got.curve is not None
        assert got.curve.updates[-1] == 5
        assert fit(recipe_from(normalised, data, {"epochs": 5, "tol": None, "batch_size": 16}), data, draw).updates == 10

    def test_the_device_is_the_one_that_was_asked_for(self) -> None:
        data, there = table(), "cuda:99"
        (failed,) = OWN_NETWORK.fit_many(recipe_from(make_module, data, {}), data, draws_of(data, 30)[:1], there, print)
        assert failed.error is not None
        assert failed.error.startswith("no device 'cuda:99' on this machine")

    def test_global_randomness_is_left_alone(self) -> None:
        before = torch.get_rng_state()
        fit(recipe_from(make_module, table(), {"epochs": 2}), table(), draws_of(table(), 30)[0])
        assert torch.equal(before, torch.get_rng_state())


class TestOurs:
    def test_the_dense_one_is_the_engine_s_recipe(self) -> None:
        data = table()
        draw = draws_of(data, 30)[0]
        recipe = recipe_from(bigenough.MLPClassifier((6,), dropout=0.2, max_iter=7), data, {})
        assert recipe.model == "mlp"
        assert recipe.settings["dropout"] == 0.2
        assert fit(recipe, data, draw).updates == 7

    def test_the_convolutional_one_too(self) -> None:
        data = images()
        recipe = recipe_from(bigenough.ConvNetClassifier((4,), dense=6, max_iter=3), data, {})
        assert (recipe.model, recipe.settings["channels"], recipe.settings["dense"]) == ("convnet", [4], 6)
        fit(recipe, data, draws_of(data, 12)[0])


class SmallModule(nn.Module):
    """As skorch wants it: a class."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = make_module(5, 2)

    def forward(self, X: torch.Tensor) -> Any:  # noqa: ANN401 - a tensor
        """Give logits."""
        return self.layers(X)


@pytest.mark.filterwarnings("ignore")
def test_skorch() -> None:
    skorch = pytest.importorskip("skorch")
    data = table()
    net = skorch.NeuralNetClassifier(
        SmallModule, criterion=nn.CrossEntropyLoss, max_epochs=4, lr=0.1, train_split=None, verbose=0
    )
    recipe = recipe_from(net, data, {})
    assert recipe.settings["learning_rate"] == 0.1
    assert recipe.settings["dropout"] == [0.3]
    draw = draws_of(data, 30)[0]
    assert fit(recipe, data, draw).updates == 4
    assert fit(changed(recipe, epochs=9, dropout=[0.0], weight_decay=0.1), data, draw).updates == 9
    piped = recipe_from(make_pipeline(StandardScaler(), net), data, {})
    assert piped.settings["input_scaling"] == "in the pipeline"
    outside = fit(changed(recipe, input_scaling="columns-unclipped"), data, draw).probabilities
    inside = fit(piped, data, draw).probabilities
    assert outside is not None
    assert inside is not None
    np.testing.assert_allclose(inside["test"], outside["test"], atol=1e-4)


class CountingSGD(torch.optim.SGD):
    """Counts its steps."""

    made = 0

    def step(self, *given: Any) -> Any:  # noqa: ANN401 - as torch has it
        """Make one."""
        CountingSGD.made += 1
        return super().step(*given)


def skorch_net(**options: Any) -> Any:  # noqa: ANN401 - a net
    """A small net; importing skorch is left to those who need it."""
    skorch = pytest.importorskip("skorch")
    usual = {"criterion": nn.CrossEntropyLoss, "optimizer": CountingSGD, "max_epochs": 4, "train_split": None, "verbose": 0}
    return skorch.NeuralNetClassifier(SmallModule, **{**usual, **options})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("options", "per_epoch"),
    [
        ({"batch_size": -1}, 1),
        ({"iterator_train__batch_size": 8}, 4),
        ({"batch_size": 8, "iterator_train__drop_last": True}, 3),
        ({"batch_size": 8, "train_split": "usual"}, 3),
    ],
    ids=["all rows at once", "the iterator's batches", "a rest left out", "rows held back"],
)
def test_updates_of_skorch_are_those_made(options: dict[str, Any], per_epoch: int) -> None:
    if options.get("train_split"):
        options = {**options, "train_split": pytest.importorskip("skorch.dataset").ValidSplit(5)}
    data = table()
    draw, recipe = draws_of(data, 30)[0], recipe_from(skorch_net(**options), data, {})
    CountingSGD.made = 0
    got = fit(recipe, data, draw)
    assert got.updates == CountingSGD.made == 4 * per_epoch
    assert got.curve is not None
    np.testing.assert_array_equal(got.curve.updates, per_epoch * np.arange(1, 5))
    assert fit(changed(recipe, epochs=None, max_updates=12), data, draw).updates == 12
    assert OWN_NETWORK.seconds(recipe, data, draw) > 0


@pytest.mark.filterwarnings("ignore")
def test_the_rate_of_skorch_is_the_one_in_use() -> None:
    data = table()
    draw = draws_of(data, 30)[0]
    (given, usual) = (recipe_from(skorch_net(**rate), data, {}) for rate in ({"optimizer__lr": 1e-5}, {"lr": 1e-5}))
    assert given.settings["learning_rate"] == usual.settings["learning_rate"] == 1e-5
    slow, same, fast = (fit(r, data, draw).probabilities for r in (given, usual, changed(given, learning_rate=0.1)))
    assert slow is not None
    assert same is not None
    assert fast is not None
    np.testing.assert_array_equal(slow["test"], same["test"])
    assert np.abs(slow["test"] - fast["test"]).max() > 0.01


@pytest.mark.filterwarnings("ignore")
def test_rates_by_group_of_weights_are_not_varied() -> None:
    data = table()
    groups = [("layers.0*", {"lr": 0.1, "weight_decay": 0.1})]
    recipe = recipe_from(skorch_net(optimizer__param_groups=groups), data, {})
    assert not {"learning_rate", "weight_decay"} & {*recipe.settings, *recipe.settings["adjustable"]}
    assert fit(recipe, data, draws_of(data, 30)[0]).updates == 4
    (arm,) = (arm for arm in ARMS if arm.name == "rate x 10")
    with pytest.raises(NothingToChangeError, match="learning rate cannot be varied in this model"):
        arm.changes(recipe.settings, recipe.settings["adjustable"], Seen(updates=4, ended=False, n_classes=2))


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - the package
    """Keras, on torch unless another backend was asked for."""
    if "KERAS_BACKEND" not in os.environ:
        monkeypatch.setenv("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


@pytest.mark.filterwarnings("ignore")
def test_a_keras_model_is_built_where_it_is_not(keras: Any) -> None:  # noqa: ANN401 - the package
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.outer = keras.layers.Dense(8, "relu"), keras.layers.Dense(2)

        def call(self, x: Any) -> Any:  # noqa: ANN401 - tensors
            return self.outer(self.inner(x))

    def unbuilt() -> Any:  # noqa: ANN401 - a model
        model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])
        model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    def own() -> Any:  # noqa: ANN401 - a model
        model = Own()
        model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    data = table()
    for make_model in (unbuilt, own):
        got = fit(recipe_from(make_model, data, {"epochs": 30, "tol": None}), data, draws_of(data, 30)[0])
        assert got.curve is not None
        assert got.curve.train_loss[-1] < 0.8 * got.curve.train_loss[0]


def losses_of_keras(keras: Any) -> dict[str, Any]:  # noqa: ANN401 - the package
    """Losses as users have them, those of codes and those of one-hot rows."""
    ops = keras.ops

    def gathered(y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401 - takes one-hot rows too, and is then wrong
        codes = ops.cast(y_true, "int32")
        codes = codes if len(codes.shape) == 2 else ops.expand_dims(codes, -1)
        return -ops.mean(ops.log(ops.take_along_axis(y_pred, codes, axis=-1)), axis=-1)

    def squares(y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401 - takes codes too, and is then wrong
        y_true = y_true if len(y_true.shape) == 2 else ops.expand_dims(y_true, -1)
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    class Sparse(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401 - tensors
            return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    return {
        "a name": "categorical_crossentropy", "a sparse name": "sparse_categorical_crossentropy", "either": "crossentropy",
        "an object": keras.losses.CategoricalCrossentropy(), "a list": ["sparse_categorical_crossentropy"],
        "a function of codes": lambda y, p: keras.losses.sparse_categorical_crossentropy(y, p),
        "a function of one-hot rows": lambda y, p: keras.losses.categorical_crossentropy(y, p),
        "a class of codes": Sparse(), "gathered": gathered, "squares": squares,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "loss",
    [
        "a name", "a sparse name", "either", "an object", "a list", "a function of codes", "a function of one-hot rows",
        "a class of codes", "gathered", "squares",
    ],
)  # fmt: skip
def test_the_labels_of_keras_are_those_that_its_loss_takes(
    keras: Any,  # noqa: ANN401 - the package
    monkeypatch: pytest.MonkeyPatch,
    loss: str,
) -> None:
    def make_model() -> Any:  # noqa: ANN401 - a model
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])
        model.compile(keras.optimizers.Adam(0.1), losses_of_keras(keras)[loss])
        return model

    monkeypatch.setitem(external.TUNING, "max_updates", 60)
    data = table((30, 30, 30))
    draw = draws_of(data, 60)[0]
    for recipe in (recipe_from(make_model, data, {}), from_object("make_model", make_model)):
        got = fit(recipe, data, draw)
        assert np.mean(got.labels["train"] == data.y[draw.train]) > 0.75


@pytest.mark.filterwarnings("ignore")
def test_several_updates_of_keras_at_a_call(keras: Any) -> None:  # noqa: ANN401 - the package
    if keras.backend.backend() == "torch":
        pytest.skip("Keras does not do so on torch")

    def make_model() -> Any:  # noqa: ANN401 - a model
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=2)
        return model

    data = table()
    got = fit(recipe_from(make_model, data, {"epochs": 3, "batch_size": 8}), data, draws_of(data, 30)[0])
    assert got.updates == 12
    assert got.curve is not None
    assert np.isnan(got.curve.step_ratio).all()


@pytest.mark.filterwarnings("ignore")
def test_keras(keras: Any) -> None:  # noqa: ANN401 - the package
    def make_model() -> Any:  # noqa: ANN401 - a model of Keras
        model = keras.Sequential(
            [keras.Input((5,)), keras.layers.Dense(6, "relu"), keras.layers.Dropout(0.4), keras.layers.Dense(2, "softmax")]
        )
        model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
        return model

    data = table()
    recipe = recipe_from(make_model, data, {"epochs": 4})
    assert recipe.settings["learning_rate"] == pytest.approx(0.02)
    assert recipe.settings["dropout"] == [0.4]
    draw = draws_of(data, 30)[0]
    assert fit(recipe, data, draw).updates == 4
    best = fit(changed(recipe, keep="best", epochs=6, learning_rate=0.3, dropout=[0.0], tol=None), data, draw)
    assert best.updates == 6
    assert best.curve is not None
    assert np.isfinite(best.curve.held_out_loss).all()
    assert (best.curve.step_ratio > 0).all()


@pytest.mark.parametrize(
    ("model", "settings", "says"),
    [
        (lambda: "nothing", {}, "gave a str; a diagnosis takes"),
        (
            bigenough.LeekassoClassifier(),
            {},
            "LeekassoClassifier cannot be diagnosed; a diagnosis takes bigenough's MLPClassifier",
        ),
        (
            make_pipeline(StandardScaler(), bigenough.LeekassoClassifier()),
            {},
            "Pipeline gave a LeekassoClassifier; a diagnosis takes",
        ),
        (make_module, {"hidden": [3]}, "no setting 'hidden' of make_module; it takes optimizer"),
        (MLPClassifier(), {"epochs": 3}, "the model itself says how it is trained"),
        (bigenough.MLPClassifier(), {"epochs": 3}, "no setting 'epochs' of MLPClassifier; the model itself says how"),
        (make_module, {"batch_size": 0}, "'batch_size' of make_module takes a whole number of at least 1; got 0"),
        (make_module, {"batch_size": 2.5}, "'batch_size' of make_module takes a whole number of at least 1; got 2.5"),
        (make_module, {"epochs": "10"}, "'epochs' of make_module takes a whole number of at least 1; got '10'"),
        (make_module, {"epochs": 0}, "'epochs' of make_module takes a whole number of at least 1; got 0"),
        (make_module, {"learning_rate": "fast"}, "'learning_rate' of make_module takes a number above 0; got 'fast'"),
        (make_module, {"learning_rate": -1}, "'learning_rate' of make_module takes a number above 0; got -1"),
        (make_module, {"weight_decay": np.nan}, "'weight_decay' of make_module takes a number of at least 0; got nan"),
        (make_module, {"momentum": 1}, "'momentum' of make_module takes a number from 0 to below 1; got 1"),
        (make_module, {"optimizer": "adamw"}, "'optimizer' of make_module takes sgd, adam, adadelta, rmsprop; got 'adamw'"),
        (make_module, {"input_scaling": "zscore"}, "'input_scaling' of make_module takes none, standard, .*; got 'zscore'"),
        (make_module, {"epochs": 3, "max_updates": 9}, "must have one of epochs and max_updates; got both"),
        (make_module, ["epochs"], "must be a dict of names and values"),
        (lambda n_features: 1 / 0, {}, "cannot be made: ZeroDivisionError"),
    ],
)
def test_mistakes_are_one_line(model: Any, settings: Any, says: str) -> None:  # noqa: ANN401 - the user's own
    with pytest.raises(InputError, match=says) as caught:
        recipe_from(model, table(), settings)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_foreign_network_is_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's network on columns of very different size: to scale them is what helps."""
    from bigenough import execute
    from bigenough.diagnosis import experiment

    kept: Callable[[str], bool] = lambda name: name in ("inputs scaled", "rate / 3", "weight decay raised")  # noqa: E731
    defaults: Any = experiment.conduct.__kwdefaults__
    monkeypatch.setitem(defaults, "arms", tuple(arm for arm in defaults["arms"] if kept(arm.name)))
    monkeypatch.setattr(experiment, "REFERENCES", ("lda",))
    monkeypatch.setattr(execute, "FOREIGN", set[str]())  # in this process, which saves the others' start
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(150) % 2)
    X = (rng.normal(size=(150, 5)) + 1.0 * y[:, None]) * [1e-3, 1e-3, 1e-3, 1e-3, 1e3]
    found = diagnose(MLPClassifier((8,), max_iter=300, random_state=0), X, y, size=80, draws=8, jobs=1)
    assert (found.outcome, found.found) == ("confirmed", ("inputs-badly-scaled",)), found.sentence
    assert found.repair is not None
    assert found.repair.difference == ("input_scaling none -> standard",)
    assert {f.code for f in found.findings if f.outcome == "not applicable"} >= {"over-regularised"}


def test_a_subject_needs_a_network() -> None:
    data = table()
    study, _ = make_own_study(data, models=["majority"], train_sizes=[20], draws=1)
    with pytest.raises(InputError, match="is no network"):
        make_subject(MODELS["logistic"].recipe, data, study, draws=3)


def test_the_size_is_what_all_draws_have() -> None:
    X, y = load_iris(return_X_y=True)
    data = as_dataset(
        X, y, groups=None, target=None, skip_unreadable=False
    )  # of which two rows are the same, and stay together
    whole, _ = make_own_study(data, models=["majority"], draws=1)
    study = dataclasses.replace(whole, train_sizes=whole.train_sizes[-1:])
    subject = make_subject(MODELS["relu-mlp"].recipe, data, study, draws=20)
    pools = [len(parts_of(data, subject.study, repeat)[0]) for repeat in range(40)]
    assert subject.size == min(pools)
    assert min(pools) < study.train_sizes[0] == pools[0]
    beyond, _ = make_own_study(data, models=["majority"], train_sizes=[120], draws=1)
    with pytest.raises(InputError, match="training size 120 is not possible"):
        make_subject(MODELS["relu-mlp"].recipe, data, beyond, draws=20)
