"""The statistics of repeated splits: against hand computations, at their edges, and on a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy import stats as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from bigenough import stats

Array = NDArray[np.float64]


def table(seed: int, repeats: int = 8, items: int = 40, tested: int = 10, effect: float = 0.0) -> Array:
    """Contributions with item, repeat and cell noise, NaN where not tested."""
    rng = np.random.default_rng(seed)
    values = effect + 0.3 * rng.standard_normal(items) + 0.1 * rng.standard_normal((repeats, 1))
    values = values + 0.3 * rng.standard_normal((repeats, items))
    for row in values:
        row[rng.permutation(items)[tested:]] = np.nan
    return values


def widths(interval: stats.Interval) -> float:
    return interval.high - interval.low


# ---------------------------------------------------------------- the parts of the variance


def test_parts_by_hand() -> None:
    nan = np.nan
    values = np.array([[1.0, 0.0, nan], [nan, 1.0, 1.0]])
    parts = stats.components(values, overlap=0.5)
    # mean 3/4; cells weigh 1/4; residuals 1/4 (.25, -.75 | .25, .25)
    assert parts.estimate == 0.75
    cells = (0.25**2 + 0.75**2 + 0.25**2 + 0.25**2) / 16
    items = (0.25**2 + 0.5**2 + 0.25**2) / 16 * 3 / 2
    repeats = float(np.var([0.5, 1.0], ddof=1)) / 2
    assert parts.cells == pytest.approx(cells)
    assert parts.items == pytest.approx(max(items - cells, 0))
    assert parts.repeats == pytest.approx(max(repeats, cells))
    between = float(max(0.0, 2 * (repeats - cells) + items - cells))
    assert parts.training == pytest.approx(0.25 * between)
    assert (parts.n_repeats, parts.n_items) == (2, 3)


def test_variance_is_the_sum_of_its_parts_and_the_link_only_where_rows_are_shared() -> None:
    parts = stats.Components(0.1, 10, 50, 4e-4, 6e-4, 1e-4, 9e-4, True, 1.0)
    assert parts.variance() == pytest.approx(19e-4 + 2 * np.sqrt(5e-4 * 9e-4))
    assert parts._replace(crossed=False).variance() == pytest.approx(19e-4)
    assert parts._replace(crossed=False).variance(20) == pytest.approx(16e-4)
    of_draws = 5e-4  # not of what is drawn from: more rows leave it
    assert parts.variance(more=4) == pytest.approx((parts.variance() - of_draws) / 4 + of_draws)
    assert parts.degrees(more=4) < 4 * parts.degrees()


def test_one_group_of_rows_counts_as_one_item() -> None:
    values = table(1, items=20, tested=20)
    doubled = np.repeat(values, 2, axis=1)
    alone = stats.components(values, overlap=0.2)
    grouped = stats.components(doubled, overlap=0.2, clusters=np.repeat(np.arange(20), 2))
    naive = stats.components(doubled, overlap=0.2)
    assert grouped.n_items == 20
    assert grouped == pytest.approx(alone)
    assert naive.items + naive.cells < 0.6 * (alone.items + alone.cells)


def test_missing_repeats_and_untested_items_do_not_count() -> None:
    values = table(2)
    padded = np.vstack([values, np.full((2, 40), np.nan)])
    padded = np.hstack([padded, np.full((10, 3), np.nan)])
    seen = ~np.isnan(values).all(axis=0)
    assert stats.components(padded, overlap=0.3) == stats.components(values[:, seen], overlap=0.3)


def test_a_single_fixed_test_set_without_training_noise_gives_bonett_and_price() -> None:
    rng = np.random.default_rng(0)
    e = rng.choice([-1.0, 0.0, 1.0], size=50, p=[0.1, 0.7, 0.2])
    parts = stats.components(np.tile(e, (5, 1)), overlap=0.3, crossed=False)
    centre, error = parts.centre_error()
    assert centre == pytest.approx(e.sum() / 52)
    # theirs divides by n + 2 throughout and keeps the mean's square: the same to order 1 / n
    with_two = np.append(e, [1, -1])
    assert error == pytest.approx(np.sqrt(np.mean((with_two - with_two.mean()) ** 2) / 52), rel=0.02)


def test_training_overlap() -> None:
    sets = [np.array([0, 1, 2, 3]), np.array([2, 3, 4, 5]), np.array([6, 7, 8, 9])]
    assert stats.training_overlap(sets) == pytest.approx((0.5 + 0 + 0) / 3)
    assert stats.training_overlap(sets[:1]) == 0


# ---------------------------------------------------------------- the two intervals


def test_interval_over_draws_is_students_where_differences_are_continuous() -> None:
    values = np.random.default_rng(1).standard_normal(9)
    expected = st.t.interval(0.9, 8, values.mean(), st.sem(values))
    assert stats.interval_over_draws(values, level=0.9)[1:] == pytest.approx(expected)
    assert stats.interval_over_draws(np.append(values, np.nan), level=0.9)[1:] == pytest.approx(expected)


def test_equal_differences_never_close_an_interval() -> None:
    for repeats in (2, 5, 20):
        low, high = stats.interval_over_draws(np.zeros(repeats), resolution=0.1)[1:]
        assert -0.5 < low < 0 < high < 0.5


@pytest.mark.parametrize("items", [10, 60, 1000])
def test_no_difference_at_any_item_leaves_three_in_n(items: int) -> None:
    parts = stats.components(np.zeros((20, items)), overlap=0.3)
    estimate, low, high = stats.interval_over_draws_and_items(parts)
    assert estimate == 0
    assert high == pytest.approx(3 / items, rel=0.15)
    assert low == -high
    assert stats.p_different(parts) == 1
    assert stats.components(np.zeros((3, 9)), overlap=0.3, unit=None).unit == 1


def test_always_better_is_a_finite_claim() -> None:
    parts = stats.components(np.ones((10, 30)), overlap=0.3)
    low, high = stats.interval_over_draws_and_items(parts)[1:]
    assert 0.5 < low < high < 1.1
    assert stats.p_different(parts) < 1e-6


@pytest.mark.parametrize("values", [np.zeros((1, 5)), np.zeros((4, 1)), np.full((2, 2), np.nan)])
def test_too_little_to_know_is_infinite_not_zero(values: Array) -> None:
    parts = stats.components(values, overlap=0.3)
    assert stats.interval_over_draws_and_items(parts)[1:] == (-np.inf, np.inf)
    assert np.isnan(stats.p_different(parts))
    assert np.isnan(stats.p_same(parts, 0.01))
    assert stats.interval_over_draws(np.zeros(1))[1:] == (-np.inf, np.inf)
    assert stats.repeats_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) is None
    assert stats.rows_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) is None


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 10**6), overlap=some.floats(0.01, 0.45), shift=some.floats(-0.5, 0.5))
def test_interval_properties(seed: int, overlap: float, shift: float) -> None:
    values = table(seed)
    parts = stats.components(values, overlap=overlap)
    whole = stats.interval_over_draws_and_items(parts)
    assert widths(stats.interval_over_draws_and_items(parts, level=0.99)) > widths(whole)
    assert widths(stats.interval_over_draws_and_items(stats.components(values, overlap=overlap + 0.05))) >= widths(whole)
    assert widths(stats.interval_over_draws_and_items(parts._replace(crossed=False))) <= widths(whole) * (1 + 1e-9) or (
        parts._replace(crossed=False).degrees() < parts.degrees()
    )
    moved = stats.components(values + shift, overlap=overlap)
    assert moved.variance() == pytest.approx(parts.variance())
    assert moved.estimate == pytest.approx(parts.estimate + shift)
    mirrored = stats.interval_over_draws_and_items(stats.components(-values, overlap=overlap))
    assert mirrored[1:] == pytest.approx((-whole.high, -whole.low))


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 10**6), effect=some.floats(-0.6, 0.6))
def test_p_values_agree_with_the_interval(seed: int, effect: float) -> None:
    parts = stats.components(table(seed, effect=effect), overlap=0.3)
    low, high = stats.interval_over_draws_and_items(parts)[1:]
    assert (stats.p_different(parts) < 0.05) == (not low <= 0 <= high)
    low, high = stats.interval_over_draws_and_items(parts, level=0.9)[1:]
    assert (stats.p_same(parts, 0.4) < 0.05) == (max(-low, high) < 0.4)


def test_two_one_sided_tests_are_those_of_statsmodels() -> None:
    e = np.random.default_rng(3).normal(0.002, 0.05, size=400)
    parts = stats.components(np.tile(e, (6, 1)), overlap=0.0, crossed=False, unit=1e-9)
    reference = ttost_paired(e, np.zeros(400), -0.01, 0.01)[0]
    assert stats.p_same(parts, 0.01) == pytest.approx(reference, rel=0.1)


def test_coverage_on_a_known_truth() -> None:
    """Rows are sampled, models are trained on overlapping draws: both nearest means, on exchangeable columns."""
    rng, hits, naive = np.random.default_rng(5), [], []
    repeats, total, size = 10, 60, 20
    for _ in range(400):
        y = np.arange(total) % 2
        X = rng.standard_normal((total, 2, 3))
        X[:, :, 0] += 1.4 * (y[:, None] - 0.5)
        values = np.full((repeats, total), np.nan)
        for repeat in range(repeats):
            order = rng.permutation(total // 2)
            train, test = (2 * part[:, None] + [0, 1] for part in (order[: size // 2], order[-6:]))
            means = X[train].mean(axis=0)  # (class, model, column)
            distance = ((X[test.ravel(), None] - means) ** 2).sum(axis=3)
            right = distance.argmin(axis=1) == y[test.ravel(), None]
            values[repeat, test.ravel()] = right[:, 0] * 1.0 - right[:, 1]
        low, high = stats.interval_over_draws_and_items(stats.components(values, overlap=size / total))[1:]
        hits.append(low <= 0 <= high)
        low, high = stats.mean_interval(np.nanmean(values, axis=1))[1:]
        naive.append(low <= 0 <= high)
    assert np.mean(hits) > 0.93
    assert np.mean(naive) < 0.9


# ---------------------------------------------------------------- several sizes


@settings(max_examples=20, deadline=None)
@given(some.lists(some.floats(0, 1), min_size=1, max_size=9))
def test_holm_is_that_of_statsmodels(p: list[float]) -> None:
    assert stats.holm(np.array(p)) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_leaves_out_what_could_not_be_tested() -> None:
    assert stats.holm(np.array([0.01, np.nan, 0.03])) == pytest.approx([0.02, np.nan, 0.03], nan_ok=True)


def test_crossing_by_hand() -> None:
    sizes = np.array([10, 100, 1000])
    assert stats.crossing(sizes, np.array([-1.0, 1.0, 2.0])) == pytest.approx(10**1.5)
    assert stats.crossing(sizes, np.array([-1.0, -1.0, 3.0])) == pytest.approx(10**2.25)
    assert stats.crossing(sizes, np.array([1.0, -1.0, 1.0])) == pytest.approx(10**2.5)
    assert stats.crossing(sizes, np.array([1.0, 1.0, 1.0])) == -np.inf
    assert stats.crossing(sizes, np.array([1.0, 1.0, -1.0])) == np.inf
    assert stats.crossing(sizes, np.zeros(3)) == np.inf


def test_crossing_interval() -> None:
    sizes = np.array([10, 100, 1000])
    curves = [table(k, effect=effect) for k, effect in enumerate((-1.0, 0.0, 1.0))]
    clear = stats.crossing_interval(sizes, curves, np.full(3, 0.02), rng=np.random.default_rng(0))
    vague = stats.crossing_interval(sizes, curves, np.full(3, 0.8), rng=np.random.default_rng(0))
    assert 10 < clear.low <= clear.estimate <= clear.high < 1000
    assert vague.low < clear.low
    assert vague.high > clear.high
    assert vague.high == np.inf
    same = [np.zeros((20, 40))] * 3  # nothing ever differed, which does not make the differences sure
    never = stats.crossing_interval(sizes, same, np.full(3, 0.02), rng=np.random.default_rng(0))
    assert (never.low, never.high) == (-np.inf, np.inf)


# ---------------------------------------------------------------- what would settle it


def test_more_repeats_settle_what_is_noise_of_draws() -> None:
    parts = stats.Components(0.05, 5, 500, 1e-5, 16e-4, 1e-4, 0.0, True, 1.0)
    needed = stats.repeats_to_settle(parts, margin=0.01, alphas=(0.05, 0.05))
    assert needed is not None
    assert 5 < needed < 40
    settled = parts._replace(repeats=parts.repeats * 5 / (5 + needed), cells=0.0, n_repeats=5 + needed)
    assert stats.p_different(settled) < 0.06


def test_only_rows_settle_what_is_noise_of_items() -> None:
    parts = stats.Components(0.05, 20, 100, 16e-4, 1e-4, 1e-4, 0.0, True, 1.0)
    assert stats.repeats_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) is None
    times, repeats = stats.rows_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) or (0.0, 0)
    assert times == pytest.approx((1.96 / 0.05) ** 2 * 17e-4, rel=0.15)
    assert repeats == 20


def test_more_rows_do_not_settle_what_is_noise_of_draws() -> None:
    parts = stats.Components(0.02, 20, 500, 1e-6, 3.2e-4, 1e-7, 0.0, True, 0.1)
    assert stats.rows_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) == (1.0, 100)  # it is draws alone that it takes
    both = parts._replace(items=3e-4)
    assert stats.repeats_to_settle(both, margin=0.01, alphas=(0.05, 0.05)) is None
    assert (stats.rows_to_settle(both._replace(repeats=3.2e-3), margin=0.01, alphas=(0.05, 0.05)) or (0, 0))[1] == 1000
    times, repeats = stats.rows_to_settle(both, margin=0.01, alphas=(0.05, 0.05)) or (0.0, 0)
    assert repeats == 100
    assert 3 < times < 30
    assert 0 < (stats.repeats_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) or 0) < 100


def test_a_settled_comparison_needs_nothing() -> None:
    parts = stats.components(np.ones((10, 30)), overlap=0.3)
    assert stats.repeats_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) == 0
    assert stats.rows_to_settle(parts, margin=0.01, alphas=(0.05, 0.05)) == (1, 10)
