"""Scoring rows that a stack is not trained on: the fast first look and the cutting into pieces change no result."""

from __future__ import annotations

import dataclasses
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
    """Take the fast path on any CPU; the list gets the number of rows of every first look."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this build of torch has no products of 8-bit integers")
    looked: list[int] = []
    whole = coarse.coarse_logits

    def first_look(stack: Stack, X: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
        looked.append(len(X))
        return whole(stack, X, shown)

    if not coarse.has_fast_int8():
        monkeypatch.setattr(coarse, "STEPS", 127)  # other CPUs add two products in 16 bits, which more steps would overflow
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


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("layer", [0, -1])
def test_weights_that_are_no_numbers_are_not_hidden(value: float, layer: int, fast_int8: list[int]) -> None:
    stack = Stack(POST, [1], CPU)
    X, y = rows(60, 90)
    with torch.no_grad():
        stack.parameters[layer].view(-1)[0] = value if layer else torch.nan
    loss, _ = evaluate.loss_and_score(evaluate.held_out_logits(stack, X, y), y[None])
    assert not torch.isfinite(loss).any()
    assert not np.isfinite(evaluate.predict_probabilities(stack, X)).all()


def test_what_cannot_be_looked_at_in_integers_is_scored_in_float32(fast_int8: list[int]) -> None:
    X, y = rows(60, 80)
    tanh: list[Layer] = [Conv2d(1, 4), Activation("tanh"), Flatten(), Dense(4 * 26 * 26, 2)]
    for stack in (Stack(POST, [1, 2], CPU), Stack([Flatten(), Dense(784, 2)], [1], CPU), Stack(tanh, [1], CPU)):
        assert torch.equal(evaluate.held_out_logits(stack, X, y), evaluate.member_logits(stack, X))
    stack = trained("the post's CNN", 1)
    with_gap = X.clone()
    with_gap[3, 0, 5, 5] = torch.nan
    seen = evaluate.held_out_logits(stack, with_gap, y)
    assert torch.equal(torch.isnan(seen).any(dim=-1)[0], torch.arange(20) == 3)
    assert fast_int8 == []


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
    assert (logits - exact)[:, known].abs().max() < evaluate.COARSE_ERROR / 2 * exact[:, known].abs().max()


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
