"""The split and the draws of a person's own data: what holds for all of them, and what is said of those that cannot be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bigenough.draws import make_draw, nested_rows, parts_of
from bigenough.errors import DrawError, InputError
from bigenough.running import plan
from bigenough.splits import JUDGED_ROWS, split_repeat
from bigenough.types import Dataset
from tests.own import make, study_of, table

class_sizes = some.lists(some.integers(3, 40), min_size=2, max_size=5)
seeds = some.integers(0, 1000)


def grouped(n_groups: int, n_classes: int, seed: int) -> Dataset:
    """Groups of one to six rows; a row's class is any."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), rng.integers(1, 7, n_groups))
    y = rng.integers(0, n_classes, len(groups))
    y[:n_classes] = np.arange(n_classes)
    return make("grouped", rng.normal(size=(len(y), 2)), y, tuple(map(str, range(n_classes))), groups=groups)


@given(class_sizes, seeds, some.integers(0, 3))
def test_parts_are_disjoint_stratified_and_all_rows(counts: list[int], seed: int, repeat: int) -> None:
    data = table(counts)
    parts = split_repeat(data, seed=seed, repeat=repeat)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(data.y)))
    for part, share in zip(parts, (0.6, 0.2, 0.2), strict=True):
        held = np.bincount(data.y[part], minlength=len(counts))
        assert (held >= 1).all(), "every class is in every part"
        np.testing.assert_allclose(held, share * np.array(counts), atol=1.2)
    for one, other in zip(parts, split_repeat(data, seed=seed, repeat=repeat), strict=True):
        np.testing.assert_array_equal(one, other)


def test_repeats_and_seeds_cut_anew() -> None:
    data = table([40, 40])
    cuts = [tuple(split_repeat(data, seed=seed, repeat=repeat)[2]) for seed in (0, 1) for repeat in range(3)]
    assert len(set(cuts)) == len(cuts)


@settings(max_examples=60)
@given(some.integers(15, 60), some.integers(2, 3), seeds)
def test_groups_are_never_torn_apart(n_groups: int, n_classes: int, seed: int) -> None:
    data = grouped(n_groups, n_classes, seed)
    try:
        parts = split_repeat(data, seed=seed, repeat=0)
    except DrawError:
        return
    groups = data.groups
    assert groups is not None
    of_part = [set(groups[part]) for part in parts]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not of_part[one] & of_part[other]
    assert sum(map(len, parts)) == len(data.y)
    assert all(len(np.unique(data.y[part])) == n_classes for part in parts)


def test_many_groups_are_dealt_out_by_the_shares_and_differently_each_time() -> None:
    data = grouped(120, 2, 5)
    cuts = [split_repeat(data, seed=0, repeat=repeat) for repeat in range(5)]
    for cut in cuts:
        shares = np.array([len(part) for part in cut]) / len(data.y)
        np.testing.assert_allclose(shares, [0.6, 0.2, 0.2], atol=0.05)
    assert len({tuple(cut[2]) for cut in cuts}) == len(cuts)


@given(class_sizes, seeds)
def test_training_sets_are_nested_stratified_and_without_replacement(counts: list[int], seed: int) -> None:
    data = table(counts)
    asked = dataclasses.replace(study_of(data), seed=seed)
    parts = parts_of(data, asked, 1)
    before: set[int] = set()
    for size in range(len(counts), len(parts[0]) + 1):
        draw = make_draw(data, asked, parts, size, 1)
        rows = set(draw.train.tolist())
        assert len(rows) == size
        assert before <= rows <= set(parts[0].tolist())
        held = np.bincount(data.y[draw.train], minlength=len(counts))
        assert (held >= 1).all()
        if size >= 3 * len(counts):
            quota = size * np.bincount(data.y[parts[0]]) / len(parts[0])
            assert (np.abs(held - quota) < len(counts)).all()
        before = rows


def test_a_draw_comes_in_no_order_that_favours_a_row() -> None:
    y, pool = np.repeat([0, 1], 20), np.arange(40)
    seen = np.concatenate([nested_rows(y, pool, 10, np.random.default_rng(i)) for i in range(800)])
    counts = np.bincount(seen, minlength=40)
    assert np.abs(counts - 200).max() < 5 * np.sqrt(200)


def test_a_given_test_set_tests_every_repeat() -> None:
    data = dataclasses.replace(table([40, 40]), holdout=np.arange(10, 30))
    for repeat in range(3):
        pool, convergence, test = split_repeat(data, seed=0, repeat=repeat)
        np.testing.assert_array_equal(test, np.arange(10, 30))
        assert len(pool) + len(convergence) == 60
        assert abs(len(convergence) - 15) <= 1
        assert not np.isin(test, np.concatenate([pool, convergence])).any()


def test_no_more_rows_judge_than_do_any_good() -> None:
    y = np.tile([0, 1], 8000)
    data = make("large", np.zeros((len(y), 1)), y, ("a", "b"))
    pool, convergence, test = split_repeat(data, seed=0, repeat=0)
    assert len(convergence) == len(test) == JUDGED_ROWS
    assert len(pool) == len(y) - 2 * JUDGED_ROWS


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ([20, 2], r"class 'c1' of table of 22 has 2 rows; every class needs at least 3, to train on, to choose by and to test"),
        ([20, 1], r"class 'c1' of table of 21 has 1 row; every class needs at least 3"),
    ],
)
def test_a_class_with_too_few_rows(counts: list[int], says: str) -> None:
    with pytest.raises(DrawError, match=says):
        split_repeat(table(counts), seed=0, repeat=0)


def test_a_class_with_too_few_rows_outside_the_test_set() -> None:
    data = table([20, 4])
    data = dataclasses.replace(data, holdout=np.flatnonzero(data.y == 1)[:3])
    with pytest.raises(
        DrawError, match="class 'c1' of table of 24 has 1 row outside the test set; every class needs at least 2"
    ):
        split_repeat(data, seed=0, repeat=0)


def test_groups_that_cannot_be_dealt_out() -> None:
    everything = make("one", np.zeros((40, 1)), np.tile([0, 1], 20), ("a", "b"), groups=np.zeros(40))
    with pytest.raises(DrawError, match=r"1 groups of one .* cannot be dealt out whole to 3 parts that each hold every class"):
        split_repeat(everything, seed=0, repeat=0)
    y = np.repeat([0, 1], [30, 10])
    two = make("two", np.zeros((40, 1)), y, ("a", "b"), groups=np.r_[np.arange(30), np.repeat([100, 101], 5)])
    with pytest.raises(DrawError, match="class 'b' is in 2 of them"):
        split_repeat(two, seed=0, repeat=0)


@pytest.mark.parametrize("size", [0, 1, 37])
def test_sizes_that_are_not_possible(size: int) -> None:
    data = table([30, 30])
    with pytest.raises(InputError, match=f"training size {size} is not possible: .* so sizes from 2 to 36 are"):
        plan(study_of(data, ["majority"], sizes=[10, size]), data)


def test_more_draws_at_some_sizes_change_no_other_cell() -> None:
    data = table()
    asked = study_of(data, ["majority"], sizes=[4, 8], draws=2)
    more = dataclasses.replace(asked, more_draws=(3, 0))
    old, new = ({cell.key: cell.draw for cell in plan(each, data)} for each in (asked, more))
    assert set(old) < set(new)
    assert len(new) == more.n_runs == 7
    for key, draw in old.items():
        np.testing.assert_array_equal(draw.train, new[key].train)
