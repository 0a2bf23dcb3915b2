"""A test that is made at several looks holds over all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as st

from bigenough import stats
from bigenough.stats import level_over_looks, p_over_looks, variances_at

LOOKS = (5, 10, 20, 40)


@pytest.mark.parametrize(("k", "nominal"), [(2, 0.0294), (3, 0.0221), (4, 0.0182), (5, 0.0158)])
def test_pococks_table(k: int, nominal: float) -> None:
    evenly = 1 / np.arange(1.0, k + 1)
    assert 1 - level_over_looks(evenly, level=0.95) == pytest.approx(nominal, abs=6e-5)
    assert p_over_looks(nominal, evenly, sides=2) == pytest.approx(0.05, abs=2e-4)


@pytest.mark.parametrize("sides", [1, 2])
def test_it_is_the_chance_that_any_look_is_as_small(sides: int) -> None:
    rng, variances = np.random.default_rng(0), 0.5 + 20 / np.array(LOOKS)
    z = [rng.standard_normal(200_000)]
    for ratio in variances[1:] / variances[:-1]:
        z.append(np.sqrt(ratio) * z[-1] + np.sqrt(1 - ratio) * rng.standard_normal(200_000))
    least = np.min(sides * st.norm.sf(np.abs(z) if sides == 2 else np.array(z)), axis=0)
    for p in (0.5, 0.1, 0.05, 0.01):
        assert p_over_looks(p, variances, sides=sides) == pytest.approx(np.mean(least <= p), abs=0.003)


@given(p=some.floats(0, 1), shared=some.floats(0, 100), sides=some.sampled_from([1, 2]))
def test_bounds(p: float, shared: float, sides: int) -> None:
    found = p_over_looks(p, shared + 1 / np.array(LOOKS), sides=sides)
    assert p <= found <= min(1.0, 4 * p)


def test_looks_that_are_alike_cost_little() -> None:
    prices = [1 - level_over_looks(shared + 20 / np.array(LOOKS), level=0.95) for shared in (0, 1, 10, 1000)]
    assert prices == sorted(prices)
    assert prices[0] == pytest.approx(0.0160, abs=1e-4)
    assert 0.04 < prices[-1] < 0.05


def test_one_look_costs_nothing() -> None:
    for looks in ((), (20,)):
        assert p_over_looks(0.03, np.ones(len(looks)), sides=2) == 0.03
        assert level_over_looks(np.ones(len(looks)), level=0.95) == 0.95
    assert np.isnan(p_over_looks(np.nan, np.full(4, np.nan), sides=2))
    assert level_over_looks(np.full(4, np.nan), level=0.95) == 0.95


def test_variances_fall_to_what_the_items_leave() -> None:
    rng = np.random.default_rng(1)
    parts = stats.components(rng.normal(size=(5, 30)) + rng.normal(size=30), overlap=0.3)
    found = variances_at(parts, LOOKS)
    assert found[0] == pytest.approx(parts.items + parts.repeats)
    assert found[-1] == pytest.approx(parts.items + parts.repeats / 8)
    nothing_differs = stats.components(np.zeros((5, 30)), overlap=0.3)
    assert variances_at(nothing_differs, LOOKS) == pytest.approx(1 / np.array(LOOKS))


def test_stopping_when_significant_is_wrong_too_often_unless_it_is_paid_for() -> None:
    rng, wrong = np.random.default_rng(2), {"unpaid": 0, "paid": 0}
    for _ in range(600):
        # nothing is common to the draws but their items, which hardly differ: the worst case for looking again
        values = rng.normal(size=(40, 1)) + 0.1 * rng.normal(size=(40, 60))
        for way in wrong:
            for look in LOOKS:
                parts = stats.components(values[:look], overlap=0.0, crossed=False, unit=0.0)
                p = stats.p_different(parts)
                if (p if way == "unpaid" else p_over_looks(p, variances_at(parts, LOOKS), sides=2)) <= 0.05:
                    wrong[way] += 1
                    break
    assert wrong["paid"] / 600 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert wrong["unpaid"] / 600 > 0.10
