"""A network in a stack is the same network alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool
from bigenough.engine.stack import Stack, generators
from bigenough.engine.train import Trained, train_stack
from bigenough.engine.training import Training
from bigenough.engine.uniforms import Uniforms
from bigenough.models.mlp import LEEK_MLP, MLP, R_MLP, dense_layers
from bigenough.types import Recipe, TrainingCurve

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = torch.device("cpu")
SEEDS = [11, 5, 23, 7, 2]  # five outputs of two fill a vector register of eight and more
N, M, FEATURES = 60, 14, 12  # rows in all, training rows of a member (no multiple of a batch), features
ADAM = Training(optimizer="adam", learning_rate=0.01, batch_size=4, epochs=5)
SGD = Training(optimizer="sgd", learning_rate=0.1, decay=0.05, batch_size=4, epochs=5, checkpoints="epoch")
CONV: list[Layer] = [
    Conv2d(1, 4), Activation("relu"), Conv2d(4, 4), MaxPool(), Activation("relu"), Flatten(), Dropout(0.2),
    Dense(4 * 4 * 4, 8), Activation("relu"), Dropout(0.5), Dense(8, 2),
]  # fmt: skip


def problem(*shape: int) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, codes, and the training rows of each member."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, N)
    X = rng.normal(size=(N, *shape)) + 0.5 * y.reshape(-1, *[1] * len(shape))
    rows = np.stack([rng.choice(N, M) for _ in SEEDS])
    return torch.from_numpy(X.astype(np.float32)), torch.from_numpy(y), torch.from_numpy(rows)


def train(layers: list[Layer], members: Sequence[int], training: Training, data: tuple[Tensor, Tensor, Tensor]) -> Trained:
    """Train some of the members."""
    X, y, rows = data
    stack = Stack(layers, [SEEDS[i] for i in members], CPU)
    return train_stack(stack, X, y, rows[list(members)], training, held_out=(X[:20], y[:20]))


def dense(activation: str, output: str, dropout: float) -> list[Layer]:
    settings = {"hidden": [10, 9], "activation": activation, "dropout": dropout, "output": output}
    return dense_layers(Recipe("small", "mlp", "deep", settings), (FEATURES,), 2)


def columns(curve: TrainingCurve) -> dict[str, np.ndarray]:
    return dataclasses.asdict(curve)


def assert_same(whole: Trained, member: int, alone: Trained) -> None:
    for together, single in zip(whole.stack.parameters, alone.stack.parameters, strict=True):
        assert torch.equal(together[member], single[0])
    np.testing.assert_equal(columns(whole.curves[member]), columns(alone.curves[0]))
    assert whole.epoch_losses[member] == alone.epoch_losses[0]
    assert whole.updates[member] == alone.updates[0]
    assert whole.converged[member] == alone.converged[0]


@pytest.mark.parametrize(
    "training",
    [
        ADAM,
        SGD,
        dataclasses.replace(SGD, momentum=0.9, weight_decay=0.01),
        dataclasses.replace(SGD, optimizer="adadelta", learning_rate=1.0, keep="best"),
        dataclasses.replace(ADAM, optimizer="rmsprop", weight_decay=0.01),
    ],
    ids=["adam", "sgd", "momentum", "adadelta, best kept", "rmsprop"],
)
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_dense_in_a_stack_is_exactly_as_alone(activation: str, output: str, dropout: float, training: Training) -> None:
    layers, data = dense(activation, output, dropout), problem(FEATURES)
    whole = train(layers, range(len(SEEDS)), training, data)
    for member in range(len(SEEDS)):
        assert_same(whole, member, train(layers, [member], training, data))


@pytest.mark.parametrize("model", [LEEK_MLP, MLP, R_MLP], ids=lambda m: m.recipe.name)
def test_networks_of_the_study_are_exactly_as_alone(model: object) -> None:
    recipe: Recipe = model.recipe  # type: ignore[attr-defined]  # a Network, whose class pytest's ids need not know
    settings = {k: v for k, v in recipe.settings.items() if k in Training.__dataclass_fields__}
    training = Training(**{**settings, "epochs": 1})
    layers, data = dense_layers(recipe, (784,), 2), problem(784)
    whole = train(layers, range(len(SEEDS)), training, data)
    for member in range(len(SEEDS)):
        assert_same(whole, member, train(layers, [member], training, data))


def test_numbers_drawn_ahead_are_a_member_s_own_and_never_the_same_twice() -> None:
    """As on a GPU, where many are drawn at once."""
    stack, alone = (Uniforms(generators("dropout", seeds, CPU)) for seeds in (SEEDS, SEEDS[2:3]))
    stack.at_once = alone.at_once = 50
    drawn = [(stack.draw(*shape), alone.draw(*shape)) for _ in range(5) for shape in ((4, 3), (2, 3), (60,))]
    for together, single in drawn:
        assert torch.equal(together[2], single[0])
    numbers = torch.cat([together.flatten() for together, _ in drawn])
    assert len(numbers.unique()) > 0.999 * len(numbers)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_members_that_stop_early_keep_what_they_had_alone(output: str) -> None:
    training = Training(optimizer="adam", learning_rate=0.05, batch_size=8, epochs=60, tol=0.02, patience=2)
    layers, data = dense("relu", output, 0.2), problem(FEATURES)
    whole = train(layers, range(len(SEEDS)), training, data)
    assert all(whole.converged)
    assert len(set(whole.updates)) > 1, "the members must stop at different epochs for this to test anything"
    for member in range(len(SEEDS)):
        assert_same(whole, member, train(layers, [member], training, data))


def test_a_curve_ends_where_its_training_stopped() -> None:
    training = Training(optimizer="adam", learning_rate=0.05, batch_size=8, epochs=60, tol=0.02, patience=2)
    layers, data = dense("relu", "softmax", 0.0), problem(FEATURES)
    whole = train(layers, range(len(SEEDS)), training, data)
    X, y, rows = data
    for i, curve in enumerate(whole.curves):
        assert curve.updates[-1] == whole.updates[i]
        assert (np.diff(curve.updates) > 0).all()
        logits = whole.stack.member(i).logits(X[rows[i]][None])[0]
        assert curve.train_loss[-1] == pytest.approx(float(torch.nn.functional.cross_entropy(logits, y[rows[i]])), rel=1e-5)


def test_the_best_weights_are_kept() -> None:
    """A rate so high that the held-out loss is least at some checkpoint before the last."""
    training = Training(optimizer="adam", learning_rate=0.05, batch_size=4, epochs=30, keep="best", checkpoints="epoch")
    layers, (X, y, rows) = dense("relu", "softmax", 0.0), problem(FEATURES)
    whole = train(layers, range(len(SEEDS)), training, (X, y, rows))
    last = train(layers, range(len(SEEDS)), dataclasses.replace(training, keep="last"), (X, y, rows))
    for i, curve in enumerate(whole.curves):
        np.testing.assert_equal(columns(curve), columns(last.curves[i]))
        assert curve.held_out_loss.argmin() < len(curve.updates) - 1
        logits = whole.stack.member(i).logits(X[:20][None])[0]
        least = float(torch.nn.functional.cross_entropy(logits, y[:20]))
        assert least == pytest.approx(curve.held_out_loss[1:].min(), rel=1e-5)
    with pytest.raises(ValueError, match="held-out"):
        train_stack(Stack(layers, [1], CPU), X, y, rows[:1], training)


def test_the_weights_that_a_member_stopped_with_may_be_the_best() -> None:
    training = Training(
        optimizer="sgd", learning_rate=0.1, batch_size=4, epochs=40, keep="best", checkpoints="geometric", tol=0.02, patience=3
    )  # fmt: skip
    layers, (X, y, rows) = dense("relu", "softmax", 0.0), problem(FEATURES)
    whole = train(layers, range(len(SEEDS)), training, (X, y, rows))
    at_the_stop = 0
    for i, curve in enumerate(whole.curves):
        at_the_stop += curve.held_out_loss[1:].argmin() == len(curve.updates) - 2
        logits = whole.stack.member(i).logits(X[:20][None])[0]
        least = float(torch.nn.functional.cross_entropy(logits, y[:20]))
        assert least == pytest.approx(curve.held_out_loss[1:].min(), rel=1e-5)
    assert at_the_stop > 0


def test_a_member_that_runs_on_is_not_touched_by_one_that_stopped() -> None:
    layers, data = dense("tanh", "softmax", 0.0), problem(FEATURES)
    training = Training(optimizer="sgd", learning_rate=0.1, batch_size=4, epochs=12, tol=0.01, patience=1)
    whole = train(layers, range(len(SEEDS)), training, data)
    free = train(layers, range(len(SEEDS)), dataclasses.replace(training, tol=None), data)
    assert len({u == free.updates[0] for u in whole.updates}) == 2, "some must stop and some run through"
    for member, updates in enumerate(whole.updates):
        ran_through = updates == free.updates[member]
        same = all(
            torch.equal(a[member], b[member]) for a, b in zip(whole.stack.parameters, free.stack.parameters, strict=True)
        )
        assert same == ran_through


def test_convolutions_in_a_stack_are_as_alone() -> None:
    data = problem(1, 12, 12)
    whole = train(CONV, range(len(SEEDS)), ADAM, data)
    for member in range(len(SEEDS)):
        alone = train(CONV, [member], ADAM, data)
        for together, single in zip(whole.stack.parameters, alone.stack.parameters, strict=True):
            torch.testing.assert_close(together[member], single[0], rtol=1e-4, atol=2e-5)
        for name, column in columns(whole.curves[member]).items():
            np.testing.assert_allclose(column, columns(alone.curves[0])[name], rtol=1e-3, atol=1e-5, err_msg=name)
        assert whole.updates[member] == alone.updates[0]


def test_one_update_of_a_convolution_is_as_alone_to_rounding() -> None:
    data = problem(1, 12, 12)
    training = Training(optimizer="sgd", learning_rate=0.1, batch_size=M, epochs=1)
    whole = train(CONV, range(len(SEEDS)), training, data)
    for member in range(len(SEEDS)):
        alone = train(CONV, [member], training, data)
        for together, single in zip(whole.stack.parameters, alone.stack.parameters, strict=True):
            torch.testing.assert_close(together[member], single[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("layers", [dense("relu", "softmax", 0.5), CONV], ids=["dense", "convolutional"])
def test_different_seeds_give_different_networks(layers: list[Layer]) -> None:
    stack = Stack(layers, SEEDS, CPU)
    for weight in stack.parameters:
        if weight.any():  # biases are zero in all
            assert len({tuple(member.flatten().tolist()) for member in weight.detach()}) == len(SEEDS)


def test_the_seed_decides_order_and_dropout_too() -> None:
    """Members with the same weights and rows but other seeds part ways."""
    X, y, rows = problem(FEATURES)
    for dropout, batch in ((0.5, M), (0.0, 4)):
        stack = Stack(dense("relu", "softmax", dropout), [1, 2], CPU)
        with torch.no_grad():
            for parameter in stack.parameters:
                parameter[1] = parameter[0]
        trained = train_stack(stack, X, y, rows[[0, 0]], dataclasses.replace(ADAM, batch_size=batch))
        assert not torch.equal(trained.stack.parameters[0][0], trained.stack.parameters[0][1])


def test_the_same_seed_twice_gives_twins() -> None:
    X, y, rows = problem(FEATURES)
    stack = Stack(dense("relu", "softmax", 0.5), [4, 4], CPU)
    train_stack(stack, X, y, rows[[0, 0]], ADAM)
    for parameter in stack.parameters:
        assert torch.equal(parameter[0], parameter[1])


def test_the_order_of_members_does_not_matter() -> None:
    layers, data, order = dense("relu", "softmax", 0.5), problem(FEATURES), [2, 0, 4, 3, 1]
    straight, mixed = train(layers, range(len(SEEDS)), ADAM, data), train(layers, order, ADAM, data)
    for place, member in enumerate(order):
        for a, b in zip(straight.stack.parameters, mixed.stack.parameters, strict=True):
            assert torch.equal(a[member], b[place])
        np.testing.assert_equal(columns(straight.curves[member]), columns(mixed.curves[place]))


def test_shorter_trainings_are_kept_only_of_one_that_begins_like_them() -> None:
    X, y, rows = problem(FEATURES)
    with pytest.raises(ValueError, match="the beginning only of one"):
        train_stack(Stack(dense("relu", "softmax", 0.0), [1], CPU), X, y, rows[:1], ADAM, shorter=[4])


def test_looking_at_a_training_does_not_change_it() -> None:
    layers, data = dense("relu", "softmax", 0.5), problem(FEATURES)
    seldom, often = (train(layers, [0], dataclasses.replace(ADAM, checkpoints=w), data) for w in ("geometric", "epoch"))
    assert len(seldom.curves[0].updates) != len(often.curves[0].updates)
    for a, b in zip(seldom.stack.parameters, often.stack.parameters, strict=True):
        assert torch.equal(a, b)
