"""Scoring rows that a stack is not trained on: the fast first look and the cutting into pieces change no result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from bigenough.engine import coarse, evaluate
from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool
from bigenough.engine.stack import Stack
from bigenough.engine.train import train_stack
from bigenough.engine.training import Training
from bigenough.registry import MODELS
from tests.helpers import digits

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = torch.device("cpu")
HELD_OUT = 300
SMALL_CONV: list[Layer] = [
    Conv2d(1, 8), Activation("relu"), Conv2d(8, 8), Activation("relu"), MaxPool(3), Flatten(), Dropout(0.2),
    Dense(8 * 8 * 8, 1),
]  # fmt: skip
POST: list[Layer] = MODELS["cnn"].layers(MODELS["cnn"].recipe, (1, 28, 28), 2)
NETWORKS = {"the post's CNN": POST, "pooled by three, and a sigmoid": SMALL_CONV}


def rows(first: int, last: int) -> tuple[Tensor, Tensor]:
    data = digits(400, 100)
    return torch.from_numpy(MODELS["cnn"].prepare(data.X[first:last])), torch.from_numpy(data.y[first:last])


@cache
def trained(name: str, epochs: int) -> Stack:
    """A convolutional network after a few updates on raw pixels."""
    stack = Stack(NETWORKS[name], [1], CPU)
    X, y = rows(0, 40)
    training = Training(optimizer="adam", learning_rate=0.001, batch_size=10, epochs=epochs)
    train_stack(stack, X, y, torch.arange(40)[None], training)
    return stack


@pytest.fixture
def fast_int8(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Take the fast path on any CPU whose products are right; the list gets the number of rows of every first look."""
    steps = next((steps for steps in (255, 127) if coarse.products_are_exact(steps)), None)
    if steps is None:
        pytest.skip("torch has no exact products of 8-bit integers on this CPU")
    looked: list[int] = []
    whole = coarse.coarse_logits

    def first_look(stack: Stack, X: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
        looked.append(len(X))
        return whole(stack, X, shown)

    monkeypatch.setattr(coarse, "STEPS", steps)
    monkeypatch.setattr(coarse, "has_fast_int8", lambda: True)
    monkeypatch.setattr(evaluate, "coarse_logits", first_look)
    return looked


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("epochs", [0, 1, 6])
def test_a_first_look_in_integers_changes_no_score(name: str, epochs: int, fast_int8: list[int]) -> None:
    stack, (X, y) = trained(name, epochs), rows(60, 60 + HELD_OUT)
    fast_int8.clear()
    exact, seen = evaluate.member_logits(stack, X), evaluate.held_out_logits(stack, X, y)
    assert fast_int8 == [HELD_OUT], "the fast path must have been taken for this to test anything"
    assert seen.dtype == torch.float32
    assert torch.equal(seen.argmax(dim=-1), exact.argmax(dim=-1))
    for value, reference in zip(evaluate.loss_and_score(seen, y[None]), evaluate.loss_and_score(exact, y[None]), strict=True):
        assert float(value) == pytest.approx(float(reference), abs=2e-7)


def test_a_trained_network_is_mostly_scored_in_integers(fast_int8: list[int]) -> None:
    """Otherwise the tests above compared float32 with itself."""
    stack, (X, y) = trained("the post's CNN", 6), rows(60, 60 + HELD_OUT)
    exact, seen = evaluate.member_logits(stack, X), evaluate.held_out_logits(stack, X, y)
    differ = (seen != exact).any(dim=-1)[0]
    assert differ.double().mean() > 0.3
    assert not differ.all()


def test_labels_that_contradict_the_network_are_scored_exactly(fast_int8: list[int]) -> None:
    """No row is sure when every label is wrong; then all of it is float32."""
    stack, (X, _) = trained("the post's CNN", 6), rows(60, 160)
    exact = evaluate.member_logits(stack, X)
    wrong = 1 - exact[0].argmax(dim=-1)
    seen = evaluate.held_out_logits(stack, X, wrong)
    torch.testing.assert_close(seen, exact, rtol=1e-5, atol=1e-4)
    assert float(evaluate.loss_and_score(seen, wrong[None])[1]) == 0.0


def test_a_first_look_that_is_far_off_is_not_believed(monkeypatch: pytest.MonkeyPatch, fast_int8: list[int]) -> None:
    stack, (X, y) = trained("the post's CNN", 6), rows(60, 160)
    own = torch.nn.functional.one_hot(y, 2)[None]
    known = torch.ones(len(X), dtype=torch.bool)
    monkeypatch.setattr(evaluate, "coarse_logits", lambda *_: (1000.0 * own, known))  # sure of every label, and wrong in size
    assert torch.equal(evaluate.held_out_logits(stack, X, y), evaluate.member_logits(stack, X))


def test_cpus_that_add_products_in_16_bits_get_no_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen by taking the largest products there are, since what oneDNN uses need not be what the CPU has."""
    if coarse.products_are_exact(255):
        assert coarse.has_fast_int8() == any(torch.cpu.get_capabilities().get(name, False) for name in coarse.INSTRUCTIONS)
    else:
        assert not coarse.has_fast_int8()
    whole = coarse._product
    monkeypatch.setattr(coarse, "_product", lambda block, x: whole(block, x).clamp(-(2**20), 2**20))
    assert not coarse.products_are_exact(255)

    def missing(*_: object) -> None:
        raise AttributeError("no such product in this torch")

    monkeypatch.setattr(coarse, "_product", missing)
    assert not coarse.products_are_exact(255)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("layer", [0, -1])
def test_weights_that_are_no_numbers_are_not_hidden(value: float, layer: int, fast_int8: list[int]) -> None:
    stack = Stack(POST, [1], CPU)
    X, y = rows(60, 160)
    with torch.no_grad():
        stack.parameters[layer].view(-1)[0] = value if layer else torch.nan
    loss, _ = evaluate.loss_and_score(evaluate.held_out_logits(stack, X, y), y[None])
    assert not torch.isfinite(loss).any()
    assert not np.isfinite(evaluate.predict_probabilities(stack, X)).all()


REFUSED: dict[str, tuple[list[Layer], int]] = {
    "two networks": (POST, 100),
    "few rows": (POST, 63),
    "no convolution": ([Flatten(), Dense(784, 2)], 100),
    "tanh": ([Conv2d(1, 4), Activation("tanh"), Flatten(), Dense(4 * 26 * 26, 2)], 100),
    "no activation": ([Conv2d(1, 4), Flatten(), Dense(4 * 26 * 26, 2)], 100),
    "an activation at the end": ([Conv2d(1, 4), Activation("relu"), Flatten(), Dense(4 * 26 * 26, 2), Activation("relu")], 100),
    "sums beyond 32 bits": ([Conv2d(1, 200), Activation("relu"), Flatten(), Dense(200 * 26 * 26, 2)], 100),
}


@pytest.mark.parametrize("why", list(REFUSED))
def test_what_cannot_be_looked_at_in_integers_is_scored_in_float32(why: str, fast_int8: list[int]) -> None:
    layers, count = REFUSED[why]
    X, y = rows(60, 60 + count)
    stack = Stack(layers, [1, 2] if why == "two networks" else [1], CPU)
    assert torch.equal(evaluate.held_out_logits(stack, X, y), evaluate.member_logits(stack, X))
    assert fast_int8 == []


def test_a_gap_in_the_inputs_is_not_hidden(fast_int8: list[int]) -> None:
    X, y = rows(60, 160)
    X[3, 0, 5, 5] = torch.nan
    seen = evaluate.held_out_logits(trained("the post's CNN", 1), X, y)
    assert torch.equal(torch.isnan(seen).any(dim=-1)[0], torch.arange(100) == 3)


@pytest.mark.parametrize("scaled", [lambda x: x / 127.5 - 1, lambda x: x - 255, lambda x: x / 255, lambda x: 0 * x - 3])
def test_inputs_on_any_scale_are_looked_at_as_well(scaled: Callable[[Tensor], Tensor], fast_int8: list[int]) -> None:
    """The brightest value is the last step, not one beyond it, which a byte takes for 0. The network is untrained."""
    X = scaled(rows(60, 360)[0])
    stack = Stack(POST, [1], CPU)
    logits, known = coarse.coarse_logits(stack, X, X[::30])
    exact = evaluate.member_logits(stack, X)
    assert known.double().mean() > 0.9
    assert (logits - exact)[:, known].abs().max() < evaluate.COARSE_ERROR * exact[:, known].abs().max()


def test_with_many_classes_the_loss_is_still_that_of_float32(fast_int8: list[int]) -> None:
    """Each of the others adds e^-16 at most."""
    layers: list[Layer] = [Conv2d(1, 1, 1), Activation("relu"), Flatten(), Dense(4, 1000)]
    stack, X, y = Stack(layers, [1], CPU), torch.ones(100, 1, 2, 2), torch.zeros(100, dtype=torch.long)
    with torch.no_grad():
        for parameter in stack.parameters:
            parameter.zero_()
        stack.parameters[0].fill_(1.0)
        stack.parameters[2][..., 0] = 4.5  # ahead of all others by 18 nats, with room; 16 and the logarithm of 999 are 22.9
    exact, seen = evaluate.member_logits(stack, X), evaluate.held_out_logits(stack, X, y)
    assert fast_int8 == [100]
    assert float(exact[0, 0, 0] - exact[0, 0, 1]) == 18.0
    assert torch.equal(seen, exact)


@pytest.mark.parametrize("shift", [0.0, -100.0])
def test_rows_beyond_the_range_of_those_it_was_taken_from_are_said_to_be_unknown(shift: float, fast_int8: list[int]) -> None:
    """Their activations would be cut off, and the logits could be anything."""
    stack, (X, _) = trained("the post's CNN", 6), rows(60, 360)
    shown = X[::30] + shift
    strong = X + shift
    strong[7] *= 10
    logits, known = coarse.coarse_logits(stack, strong, shown)
    exact = evaluate.member_logits(stack, strong)
    assert not known[7]
    assert known.double().mean() > 0.9
    assert (logits - exact)[:, known].abs().max() < evaluate.COARSE_ERROR * exact[:, known].abs().max()


def test_a_row_that_alone_moves_a_layer_is_unknown(fast_int8: list[int]) -> None:
    stack, (X, _) = trained("the post's CNN", 6).copy(), rows(60, 90)
    with torch.no_grad():
        stack.parameters[1].fill_(-1e4)  # more than a digit's pixels make up for
    X[7] *= 1e3
    logits, known = coarse.coarse_logits(stack, X, X[:3])
    assert torch.isfinite(logits).all()
    assert torch.equal(known, torch.arange(30) != 7)


def test_a_row_that_is_unknown_is_computed_in_float32(monkeypatch: pytest.MonkeyPatch, fast_int8: list[int]) -> None:
    stack, (X, y) = trained("the post's CNN", 6), rows(60, 360)
    whole = coarse.coarse_logits

    def unknown_and_sure(stack: Stack, X: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
        logits, known = whole(stack, X, shown)
        logits[0, 7], known[7] = 50.0 * (2 * torch.nn.functional.one_hot(1 - y[7], 2) - 1), False  # wrong, and as sure as any
        return logits, known

    monkeypatch.setattr(evaluate, "coarse_logits", unknown_and_sure)
    seen, exact = evaluate.held_out_logits(stack, X, 1 - y), evaluate.member_logits(stack, X)
    torch.testing.assert_close(seen[0, 7], exact[0, 7], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("size", [1, 7, 50])
def test_cutting_into_pieces_changes_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    X, _ = rows(60, 110)
    stack = trained("the post's CNN", 1)
    whole = evaluate.member_logits(stack, X)
    monkeypatch.setattr(evaluate, "CONV_CHUNK", size)
    pieces = evaluate.member_logits(stack, X)
    torch.testing.assert_close(pieces, whole, rtol=1e-5, atol=1e-4)
    assert torch.equal(pieces.argmax(dim=-1), whole.argmax(dim=-1))
    two = Stack([Dense(784, 5), Activation("tanh"), Dense(5, 3)], [1, 2], CPU)
    flat = X.flatten(1) / 255
    whole = evaluate.member_logits(two, flat)
    monkeypatch.setattr(evaluate, "MAX_CHUNK", size)
    torch.testing.assert_close(evaluate.member_logits(two, flat), whole, rtol=1e-5, atol=1e-6)


def test_every_member_scores_the_same_rows_by_itself() -> None:
    X, _ = rows(60, 90)
    two = Stack(POST, [1, 2], CPU)
    together = evaluate.predict_probabilities(two, X)
    assert together.shape == (2, 30, 2)
    np.testing.assert_allclose(together.sum(axis=-1), 1.0, rtol=1e-12)
    for i, seed in enumerate(two.seeds):
        np.testing.assert_allclose(together[i], evaluate.predict_probabilities(Stack(POST, [seed], CPU), X)[0], atol=1e-5)


def test_scoring_leaves_the_stack_as_it_was() -> None:
    stack, (X, y) = Stack(POST, [1], CPU), rows(60, 90)
    before = [p.detach().clone() for p in stack.parameters]
    states = [g.get_state() for g in stack.uniforms.generators]
    evaluate.held_out_logits(stack, X, y)
    evaluate.predict_probabilities(stack, X)
    assert all(torch.equal(a, b) for a, b in zip(before, stack.parameters, strict=True))
    assert all(torch.equal(a, g.get_state()) for a, g in zip(states, stack.uniforms.generators, strict=True))
    assert all(p.grad is None for p in stack.parameters)


def test_curves_of_a_training_are_the_same_with_and_without_the_first_look(
    monkeypatch: pytest.MonkeyPatch, fast_int8: list[int]
) -> None:
    X, y = rows(0, 160)
    training = Training(optimizer="adam", learning_rate=0.001, batch_size=10, epochs=2, checkpoints="epoch")
    curves = []
    for fast in (True, False):
        monkeypatch.setattr(coarse, "has_fast_int8", lambda fast=fast: fast)
        trained = train_stack(Stack(POST, [1], CPU), X, y, torch.arange(20)[None], training, held_out=(X[60:], y[60:]))
        curves.append(dataclasses.asdict(trained.curves[0]))
    assert len(fast_int8) == 3
    for name, column in curves[0].items():
        np.testing.assert_allclose(column, curves[1][name], rtol=1e-6, atol=2e-7, err_msg=name)
