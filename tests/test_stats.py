"""Intervals against scipy, and by simulation with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as st
from statsmodels.stats.proportion import proportion_confint

from bigenough.stats import mean_interval, mean_quantiles, mean_sd, wilson

VALUES = np.array([0.91, 0.97, 0.88, 0.99, 0.95])


def test_mean_sd() -> None:
    mean, low, high = mean_sd(VALUES)
    assert mean == pytest.approx(VALUES.mean())
    assert high - mean == pytest.approx(st.tstd(VALUES))
    assert mean - low == pytest.approx(st.tstd(VALUES))


def test_mean_sd_of_one_value_has_no_spread() -> None:
    mean, low, high = mean_sd(np.array([0.5]))
    assert mean == 0.5
    assert np.isnan([low, high]).all()


def test_mean_quantiles_are_r_s_type_7() -> None:
    mean, low, high = mean_quantiles(VALUES)
    assert mean == pytest.approx(VALUES.mean())
    ordered = np.sort(VALUES)  # 1 + (n - 1) p: 1.4 and 4.6
    assert low == pytest.approx(ordered[0] + 0.4 * (ordered[1] - ordered[0]))
    assert high == pytest.approx(ordered[3] + 0.6 * (ordered[4] - ordered[3]))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_mean_interval_is_scipy_s(level: float) -> None:
    expected = st.ttest_1samp(VALUES, 0).confidence_interval(level)
    assert mean_interval(VALUES, level=level) == pytest.approx((VALUES.mean(), expected.low, expected.high))


def test_no_values_have_no_mean() -> None:
    """As where every fit failed; no warning either."""
    none = np.empty(0)
    assert np.isnan(mean_sd(none)).all()
    mean, low, high = mean_interval(none)
    assert np.isnan(mean)
    assert (low, high) == (-np.inf, np.inf)


def test_mean_interval_of_one_value_and_of_equal_values() -> None:
    assert mean_interval(np.array([0.5])) == (0.5, -np.inf, np.inf)
    assert mean_interval(np.full(4, 0.5)) == (0.5, 0.5, 0.5)


def test_mean_interval_ends_where_no_mean_can_be() -> None:
    mean, low, high = mean_interval(np.array([0.9, 1.0, 1.0]), bounds=(0.0, 1.0))
    assert (mean, low, high) == pytest.approx((2.9 / 3, mean_interval(np.array([0.9, 1.0, 1.0])).low, 1.0))
    assert mean_interval(np.array([-0.1, 0.0]), bounds=(-1.0, 0.0))[2] == 0.0
    assert mean_interval(np.array([0.5]), bounds=(0.0, 1.0)) == (0.5, -np.inf, np.inf)  # nothing is known of its spread


@pytest.mark.parametrize("n", [2, 5, 30])
def test_mean_interval_holds_the_truth_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(n)
    intervals = np.array([mean_interval(rng.normal(0.3, 2.0, n)) for _ in range(2000)])
    covered = np.mean((intervals[:, 1] <= 0.3) & (intervals[:, 2] >= 0.3))
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 2000))


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (3, 10), (1050, 1058)])
def test_wilson_is_statsmodels(right: int, n: int) -> None:
    low, high = proportion_confint(right, n, alpha=0.05, method="wilson")
    assert wilson(right, n) == pytest.approx((right / n, low, high), abs=1e-12)


def test_wilson_covers_about_as_often_as_it_says() -> None:
    """Exactly, by summing over all outcomes; near the ends of the range a little below its level, as is known."""
    for n, truth in ((20, 0.5), (50, 0.9), (1058, 0.99)):
        intervals = [wilson(right, n) for right in range(n + 1)]
        holds = [i.low <= truth <= i.high for i in intervals]
        assert st.binom.pmf(np.arange(n + 1), n, truth)[holds].sum() == pytest.approx(0.95, abs=0.035)


@given(some.integers(1, 400), some.data())
def test_wilson_stays_within_0_and_1_around_its_estimate(n: int, data: some.DataObject) -> None:
    right = data.draw(some.integers(0, n))
    estimate, low, high = wilson(right, n)
    assert -1e-12 <= low <= estimate + 1e-12
    assert estimate - 1e-12 <= high <= 1 + 1e-12


@given(some.lists(some.floats(-1, 1), min_size=2, max_size=20))
def test_every_interval_holds_its_estimate(values: list[float]) -> None:
    for interval in (mean_interval(np.array(values)), mean_sd(np.array(values))):
        assert interval.low <= interval.estimate <= interval.high


def test_a_wider_level_gives_a_wider_interval() -> None:
    narrow, wide = mean_interval(VALUES, level=0.5), mean_interval(VALUES, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wilson(5, 10, level=0.99).low < wilson(5, 10, level=0.5).low
