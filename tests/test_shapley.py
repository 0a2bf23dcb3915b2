"""Shares of a gap: against brute force over all orders, closed forms, and coverage where the truth is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from bigenough.stats import shapley
from bigenough.stats.paired import interval_over_draws
from bigenough.types import Floats


def brute_force(values: Floats) -> Floats:
    """Every order, one step after the other."""
    k = values.shape[1].bit_length() - 1
    found = np.zeros((len(values), k))
    orders = list(permutations(range(k)))
    for order in orders:
        mask = 0
        for i in order:
            found[:, i] += values[:, mask | 1 << i] - values[:, mask]
            mask |= 1 << i
    return found / len(orders)


def game(k: int, draws: int = 3, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(draws, 2**k))


@pytest.mark.parametrize("k", [1, 2, 3, 5, 6])
def test_shares_are_those_of_all_orders(k: int) -> None:
    values = game(k)
    np.testing.assert_allclose(shapley.shapley_shares(values), brute_force(values), atol=1e-12)


@pytest.mark.parametrize("k", [1, 4, 8, 10])
def test_shares_add_up_to_the_gap(k: int) -> None:
    values = game(k)
    np.testing.assert_allclose(shapley.shapley_shares(values).sum(axis=1), values[:, -1] - values[:, 0], atol=1e-13)


def test_an_additive_game_gives_each_change_its_own_worth() -> None:
    worth = np.array([0.3, -0.1, 0.0, 0.25])
    values = np.array([[0.5 + sum(worth[i] for i in range(4) if mask >> i & 1) for mask in range(16)]])
    np.testing.assert_allclose(shapley.shapley_shares(values)[0], worth, atol=1e-14)
    first, last = shapley.single_steps(values)
    np.testing.assert_allclose([first[0], last[0]], [worth, worth], atol=1e-14)
    np.testing.assert_allclose(shapley.interactions(values), 0.0, atol=1e-14)


def test_changes_that_need_each_other_share_evenly_and_one_that_does_nothing_gets_nothing() -> None:
    values = np.array([[float(mask & 0b101 == 0b101) for mask in range(8)]])  # the first and the third, together
    np.testing.assert_allclose(shapley.shapley_shares(values)[0], [0.5, 0.0, 0.5])
    first, last = shapley.single_steps(values)
    assert first[0].tolist() == [0, 0, 0]
    assert last[0].tolist() == [1, 0, 1]
    found = shapley.interactions(values)[0]
    assert found[0, 2] == found[2, 0] == pytest.approx(1.0)
    assert np.count_nonzero(found) == 2


def test_changes_of_which_either_does_interact_negatively() -> None:
    values = np.array([[0.0, 1.0, 1.0, 1.0]])
    assert shapley.interactions(values)[0, 0, 1] == pytest.approx(-1.0)
    np.testing.assert_allclose(shapley.shapley_shares(values)[0], [0.5, 0.5])


def test_the_airport_game() -> None:
    """A set costs what its most expensive member costs: Littlechild and Owen's closed form."""
    costs = np.array([1.0, 3.0, 4.0, 9.0])
    values = np.array([[max((costs[i] for i in range(4) if mask >> i & 1), default=0.0) for mask in range(16)]])
    steps = np.diff(costs, prepend=0.0) / np.arange(4, 0, -1)
    np.testing.assert_allclose(shapley.shapley_shares(values)[0], np.cumsum(steps))


def test_columns_must_be_all_sets() -> None:
    with pytest.raises(ValueError, match="6 columns"):
        shapley.shapley_shares(np.zeros((2, 6)))


def along(values: Floats, orders: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Floats:
    return shapley.sampled_shares(values[:, shapley.masks_of(orders)], orders)


def test_all_orders_sampled_once_are_the_exact_shares() -> None:
    values = game(4)
    every = [order for order in permutations(range(4)) if order < order[::-1]]
    orders = np.array([[order, order[::-1]] for order in every])
    np.testing.assert_allclose(along(values, orders).mean(axis=1), shapley.shapley_shares(values), atol=1e-13)


def test_sampled_shares_add_up_to_the_gap_in_every_draw_and_pair() -> None:
    values, orders = game(9), shapley.sample_orders(9, 5, np.random.default_rng(1))
    assert (np.sort(orders, axis=2) == np.arange(9)).all()
    assert (orders[:, 0] == orders[:, 1, ::-1]).all()
    gap = values[:, -1] - values[:, 0]
    np.testing.assert_allclose(along(values, orders).sum(axis=2), np.repeat(gap[:, None], 5, axis=1), atol=1e-12)


def test_antithetic_orders_are_exact_where_changes_interact_in_pairs_only() -> None:
    """The reason for reversing: what is first in one order is last in the other, so that pair interactions cancel."""
    rng = np.random.default_rng(2)
    alone, pairs = rng.normal(size=6), np.triu(rng.normal(size=(6, 6)), 1)
    bits = np.array([[mask >> i & 1 for i in range(6)] for mask in range(64)])
    values = (bits @ alone + np.einsum("mi,ij,mj->m", bits, pairs, bits))[None]
    one = along(values, shapley.sample_orders(6, 1, rng))[:, 0]
    np.testing.assert_allclose(one, shapley.shapley_shares(values), atol=1e-12)


def noisy_game(rng: np.random.Generator, mean: Floats, draws: int) -> Floats:
    """Scores of draws around a game's, with what a draw does to all sets and what it does to each change."""
    k = mean.shape[1].bit_length() - 1
    bits = np.array([[mask >> i & 1 for i in range(k)] for mask in range(2**k)])
    effects = rng.normal(0, 0.3, (draws, k))
    return mean + rng.normal(0, 0.5, (draws, 1)) + effects @ bits.T + rng.normal(0, 0.4, (draws, 2**k))


def test_the_interval_over_draws_covers() -> None:
    rng, mean = np.random.default_rng(3), game(3, draws=1)
    truth, hits, trials = shapley.shapley_shares(mean)[0], 0, 600
    for _ in range(trials):
        shares = shapley.shapley_shares(noisy_game(rng, mean, 8))
        hits += sum(low <= truth[i] <= high for i in range(3) for _, low, high in [interval_over_draws(shares[:, i])])
    assert 0.93 <= hits / (3 * trials) <= 0.97


@pytest.mark.parametrize(("draws", "pairs"), [(8, 12), (20, 8)])
def test_the_interval_over_draws_and_orders_covers_the_sampling_too(draws: int, pairs: int) -> None:
    rng, mean = np.random.default_rng(4), game(6, draws=1)
    truth, trials = shapley.shapley_shares(mean)[0], 250
    hits = without = 0
    for _ in range(trials):
        shares = along(noisy_game(rng, mean, draws), shapley.sample_orders(6, pairs, rng))
        for i in range(6):
            _, low, high = shapley.interval_over_draws_and_orders(shares[:, :, i])
            hits += low <= truth[i] <= high
            _, low, high = interval_over_draws(shares[:, :, i].mean(axis=1))
            without += low <= truth[i] <= high
    assert 0.92 <= hits / (6 * trials) <= 0.99
    assert without / (6 * trials) < 0.9  # so the sampling is worth covering


def test_an_interval_needs_two_draws_and_two_pairs_of_orders() -> None:
    for shape in ((1, 5), (5, 1)):
        assert shapley.interval_over_draws_and_orders(np.ones(shape))[1:] == (-np.inf, np.inf)
    estimate, low, high = shapley.interval_over_draws_and_orders(np.ones((5, 5)), resolution=0.01)
    assert low < estimate == 1.0 < high


def test_the_interval_of_a_ratio_covers() -> None:
    rng, hits, trials = np.random.default_rng(5), 0, 2000
    for _ in range(trials):
        wholes = rng.normal(0.1, 0.05, 12)
        parts = 0.8 * wholes + rng.normal(0, 0.02, 12)
        hits += shapley.ratio_interval(parts, wholes).low <= 0.8 <= shapley.ratio_interval(parts, wholes).high
    assert 0.935 <= hits / trials <= 0.965


def test_the_interval_of_a_ratio_covers_what_the_part_varies_by_besides() -> None:
    """As a share does by the orders that were sampled, on all draws alike."""
    rng, hits, without, trials = np.random.default_rng(7), 0, 0, 2000
    for _ in range(trials):
        wholes = rng.normal(0.1, 0.02, 40)
        parts = 0.8 * wholes + rng.normal(0, 0.02, 40) + rng.normal(0, 0.006)
        narrow, wide = shapley.ratio_interval(parts, wholes), shapley.ratio_interval(parts, wholes, more=0.006**2)
        hits, without = hits + (wide.low <= 0.8 <= wide.high), without + (narrow.low <= 0.8 <= narrow.high)
    assert 0.935 <= hits / trials <= 0.97
    assert without / trials < 0.8


def test_a_ratio_to_nothing_is_not_known() -> None:
    rng = np.random.default_rng(6)
    found = shapley.ratio_interval(rng.normal(size=10), rng.normal(size=10))
    assert found[1:] == (-np.inf, np.inf)
    assert shapley.ratio_interval(np.array([0.45, 0.9]), np.array([0.5, 1.0])).estimate == pytest.approx(0.9)
