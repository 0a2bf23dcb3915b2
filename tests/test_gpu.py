"""What a GPU computes, where there is one: the CPU's networks, up to rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from bigenough.engine.device import float32_convolutions
from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool
from bigenough.engine.stack import Stack
from bigenough.engine.train import Trained, train_stack
from bigenough.engine.training import OptimizerName, Training
from bigenough.registry import MODELS
from bigenough.results import environment
from bigenough.running import run_study
from bigenough.sources import load
from bigenough.store import Store
from tests.helpers import study

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine"),
    pytest.mark.usefixtures("one_thread"),
]

CPU = torch.device("cpu")
SEEDS = [11, 5, 23, 7, 2]
N, M = 60, 14
ROUNDING = 1e-4  # relative, after some updates in float32; a convolution in tf32 is wrong by 1e-3 at once


def images(rate: float) -> list[Layer]:
    return [
        Conv2d(1, 4), Activation("relu"), Conv2d(4, 4), MaxPool(), Activation("relu"), Flatten(), Dropout(rate),
        Dense(4 * 4 * 4, 8), Activation("relu"), Dropout(rate), Dense(8, 2),
    ]  # fmt: skip


def rows(rate: float) -> list[Layer]:
    return [Dense(144, 9), Activation("tanh"), Dropout(rate), Dense(9, 1)]


def problem(layers: list[Layer], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, codes, and the training rows of each member."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, N)
    X = rng.normal(size=(N, 1, 12, 12)) + 0.3 * y.reshape(-1, 1, 1, 1)
    X = X if isinstance(layers[0], Conv2d) else X.reshape(N, -1)
    of_member = np.stack([rng.choice(N, M) for _ in SEEDS])
    inputs, codes, chosen = (torch.from_numpy(each).to(device) for each in (X.astype(np.float32), y, of_member))
    return inputs, codes, chosen


def train(layers: list[Layer], device: torch.device, members: list[int], optimizer: OptimizerName = "adam") -> Trained:
    """Train some of the members for five passes."""
    rate = {"adam": 0.01, "sgd": 0.1, "rmsprop": 0.001, "adadelta": 1.0}[optimizer]
    training = Training(optimizer=optimizer, learning_rate=rate, decay=0.01, batch_size=4, epochs=5, checkpoints="epoch")
    X, y, of_member = problem(layers, device)
    stack = Stack(layers, [SEEDS[i] for i in members], device)
    with float32_convolutions():
        return train_stack(stack, X, y, of_member[members], training, held_out=(X[:20], y[:20]))


def weights(trained: Trained) -> list[np.ndarray]:
    return [p.detach().cpu().double().numpy() for p in trained.stack.parameters]


@pytest.fixture
def gpu() -> torch.device:
    return torch.device("cuda")


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adadelta"])
@pytest.mark.parametrize("layers", [images(0.0), rows(0.0)], ids=["convolutional", "dense"])
def test_it_trains_the_networks_that_the_cpu_trains(gpu: torch.device, layers: list[Layer], optimizer: OptimizerName) -> None:
    there, here = train(layers, gpu, [0, 1, 2, 3, 4], optimizer), train(layers, CPU, [0, 1, 2, 3, 4], optimizer)
    for theirs, ours in zip(weights(there), weights(here), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=ROUNDING * max(1e-2, np.abs(ours).max()))
    for curve, wanted in zip(there.curves, here.curves, strict=True):
        np.testing.assert_allclose(curve.held_out_loss, wanted.held_out_loss, rtol=1e-3)
        np.testing.assert_array_equal(curve.updates, wanted.updates)


@pytest.mark.parametrize("layers", [images(0.5), rows(0.5)], ids=["convolutional", "dense"])
def test_a_member_is_as_alone_up_to_rounding(gpu: torch.device, layers: list[Layer]) -> None:
    whole = weights(train(layers, gpu, [0, 1, 2, 3, 4]))
    for member in range(len(SEEDS)):
        for together, alone in zip(whole, weights(train(layers, gpu, [member])), strict=True):
            np.testing.assert_allclose(together[member], alone[0], rtol=0, atol=ROUNDING * max(1e-2, np.abs(alone).max()))


@pytest.mark.parametrize("layers", [images(0.5), rows(0.5)], ids=["convolutional", "dense"])
def test_the_same_stack_gets_the_same_bits(gpu: torch.device, layers: list[Layer]) -> None:
    for once, again in zip(weights(train(layers, gpu, [0, 3])), weights(train(layers, gpu, [0, 3])), strict=True):
        np.testing.assert_array_equal(once, again)


def test_products_are_in_float32(gpu: torch.device) -> None:
    """In tf32, torch's default for convolutions, the error is a hundred times as large."""
    layers: list[Layer] = [Conv2d(1, 32), Activation("relu"), Conv2d(32, 32), Flatten(), Dense(32 * 8 * 8, 2)]
    trained = train(layers, gpu, [0])
    X, _, _ = problem(layers, gpu)
    with float32_convolutions():
        got = trained.stack.logits(X[None]).detach().cpu().double()
    exact = Stack(layers, [SEEDS[0]], CPU)
    exact.parameters = [p.detach().cpu().double() for p in trained.stack.parameters]
    wanted = exact.logits(X[None].cpu().double())
    assert float((got - wanted).norm() / wanted.norm()) < 1e-5


def test_reports_name_it() -> None:
    assert torch.cuda.get_device_name() in environment(1.0, device="cuda")["machine"]


def test_a_study_on_it_says_what_one_on_the_cpu_says(gpu: torch.device, tmp_path: Path) -> None:
    short = MODELS["cnn"].recipe.replace(epochs=10)
    asked = study(("mlp", short, "leek-mlp", "logistic"), train_sizes=(20,), draws=2)
    accuracy = {}
    for device in ("cpu", "cuda"):
        with Store(tmp_path / device) as store:
            runs = run_study(asked, load("mnist:0,1"), store, device=device)
        assert [run.status for run in runs] == ["ok"] * 4 * 2
        accuracy[device] = np.array([run.scores["accuracy"] for run in runs]).reshape(4, 2)
    np.testing.assert_array_equal(accuracy["cpu"][3], accuracy["cuda"][3])
    assert np.abs(accuracy["cpu"] - accuracy["cuda"]).max() < 0.02
