"""Bias and variance: identities, agreement with the definitions, and known truths under few draws."""

from __future__ import annotations

import numpy as np
import pytest

from bigenough.stats import Term, mean_interval, squared_error, term_interval, zero_one


def wandering(rng: np.random.Generator, draws: int, items: int = 40, spread: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of three classes, (draws, items, 3), and labels."""
    logits = rng.normal(size=(items, 3)) + spread * rng.normal(size=(draws, items, 3))
    p = np.exp(logits)
    return p / p.sum(axis=2, keepdims=True), rng.integers(0, 3, items)


def test_terms_of_squared_error_add_up_and_are_the_definitions() -> None:
    p, y = wandering(np.random.default_rng(0), 7)
    found = squared_error(p, y)
    loss = ((p - np.eye(3)[y]) ** 2).sum(axis=2)
    variance = p.var(axis=0, ddof=1).sum(axis=1)
    np.testing.assert_allclose(found.loss.items, loss.mean(axis=0))
    np.testing.assert_allclose(found.variance.items, variance)
    np.testing.assert_allclose(found.bias.items + found.variance.items, found.loss.items)
    centre = ((p.mean(axis=0) - np.eye(3)[y]) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.bias.items, centre - variance / 7)


def test_terms_of_zero_one_loss_add_up() -> None:
    rng = np.random.default_rng(1)
    labels, y = rng.integers(0, 3, (6, 50)), rng.integers(0, 3, 50)
    found = zero_one(labels, y)
    np.testing.assert_allclose(found.loss.items, (labels != y).mean(axis=0))
    np.testing.assert_allclose(found.bias.items + found.unbiased.items - found.biased.items, found.loss.items, atol=1e-12)


def test_zero_one_by_hand() -> None:
    labels = np.array([[0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 0, 0], [0, 1, 1, 1]])
    found = zero_one(labels, np.array([0, 0, 0, 0]))
    np.testing.assert_allclose(found.bias.items, [0, 1, 1, 1 / 2])
    np.testing.assert_allclose(
        found.variance.items, [0, 0, 1 / 4, 1]
    )  # of 2 against 2, each faces one like itself and two unlike
    np.testing.assert_allclose(found.loss.items, [0, 1, 3 / 4, 1 / 2])


@pytest.mark.parametrize("decompose", ["squared", "zero_one"])
def test_leaving_a_draw_out_is_the_estimate_without_it(decompose: str) -> None:
    p, y = wandering(np.random.default_rng(2), 6)
    for name in ("loss", "bias", "variance"):
        for r in range(6):
            rest = np.delete(p, r, axis=0)
            if decompose == "squared":
                whole, alone = getattr(squared_error(p, y), name), getattr(squared_error(rest, y), name)
            else:
                whole, alone = (getattr(zero_one(q.argmax(axis=2), y), name) for q in (p, rest))
            assert whole.without[r] == pytest.approx(alone.estimate)


def test_few_draws_give_the_same_bias_and_variance_as_many() -> None:
    """The plug-in bias of three draws would be a third of the variance too large."""
    rng = np.random.default_rng(3)
    y = np.zeros(20, np.int64)
    centre = rng.uniform(0.4, 0.9, 20)
    found = []
    for _ in range(2000):
        p = centre + rng.uniform(-0.1, 0.1, (3, 20))
        terms = squared_error(np.stack([p, 1 - p], axis=2), y)
        found.append((terms.bias.estimate, terms.variance.estimate))
    bias, variance = (mean_interval(np.array(column), level=0.999) for column in zip(*found, strict=True))
    true_bias, true_variance = 2 * float(((1 - centre) ** 2).mean()), 2 * 0.2**2 / 12
    assert bias.low <= true_bias <= bias.high < true_bias + true_variance / 3
    assert variance.low <= true_variance <= variance.high


def test_zero_one_variance_is_that_about_the_main_prediction_of_the_others() -> None:
    """With chance 0.6 of label 1 and 3 draws the others are two: 1 with 0.6, and the plug-in would say 0.28 for 0.48."""
    rng = np.random.default_rng(4)
    labels = (rng.random((3, 200_000)) < 0.6).astype(np.int64)
    found = zero_one(labels, np.ones(200_000, np.int64))
    main = 0.36 + 0.48 / 2
    assert found.variance.estimate == pytest.approx(main * 0.4 + (1 - main) * 0.6, abs=0.004)
    assert found.bias.estimate == pytest.approx(1 - main, abs=0.004)


def test_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        # draws move all items together, which a bootstrap of items alone would miss
        p = np.clip(0.7 + 0.05 * rng.normal(size=(8, 1)) + 0.05 * rng.normal(size=(8, 60)), 0, 1)
        interval = term_interval(squared_error(np.stack([p, 1 - p], axis=2), np.zeros(60, np.int64)).bias)
        held += interval.low <= 2 * 0.3**2 <= interval.high
    assert held >= 0.92 * 300


def test_the_difference_of_two_recipes_is_paired() -> None:
    p, y = wandering(np.random.default_rng(6), 5)
    terms = squared_error(p, y)
    same = term_interval(terms.variance - squared_error(p, y).variance)
    np.testing.assert_array_equal(same, [0, 0, 0])
    assert (terms.loss - terms.bias).estimate == pytest.approx(terms.variance.estimate)


def test_the_interval_of_a_variance_stays_above_0() -> None:
    term = Term(np.array([0.0, 0.0, 0.0, 0.4]), np.array([0.02, 0.1, 0.18]))
    plain, positive = term_interval(term), term_interval(term, positive=True)
    assert plain.low < 0 < positive.low
    assert positive.low * positive.high == pytest.approx(positive.estimate**2)


def test_what_cannot_be_told() -> None:
    p, y = wandering(np.random.default_rng(7), 2)
    with pytest.raises(ValueError, match="at least 3 draws, got 2"):
        squared_error(p, y)
    with pytest.raises(ValueError, match="at least 3 draws, got 2"):
        zero_one(p.argmax(axis=2), y)
    assert term_interval(Term(np.array([0.5]), np.array([0.4, 0.5, 0.6])))[1:] == (-np.inf, np.inf)
