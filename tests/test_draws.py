"""Draws: what holds for every training set that can be asked for, and what is said of those that cannot."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import bigenough
from bigenough.draws import TEST_SHARE, class_counts, draw_rows, make_draw, split_rows
from bigenough.errors import DrawError, InputError
from bigenough.running import plan
from bigenough.types import Dataset, Draw, Study
from tests.helpers import digits, labelled, study

Split = Literal["holdout", "stratified"]
SPLITS: tuple[Split, ...] = ("holdout", "stratified")
class_sizes = some.lists(some.integers(5, 40), min_size=2, max_size=4)
booleans = some.booleans()


def make(data: Dataset, asked: Study, size: int, repeat: int = 0) -> Draw:
    return make_draw(data, asked, split_rows(data, asked.split, seed=asked.seed), size, repeat)


@given(class_sizes, some.sampled_from(SPLITS), some.integers(0, 5))
def test_the_parts_share_no_row_and_are_all_rows(counts: list[int], how: Split, seed: int) -> None:
    data = labelled(counts, [4] * len(counts), seed=seed)
    parts = split_rows(data, how, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(data.y)))
    if how == "stratified":
        tested = np.bincount(data.y[parts[2]], minlength=len(counts))
        np.testing.assert_allclose(tested, TEST_SHARE * np.array(counts), atol=0.5)
        np.testing.assert_array_equal(parts[1], data.holdout)


def test_the_post_s_split_of_mnist() -> None:
    data = bigenough.load("mnist:0,1")
    pool, convergence, test = split_rows(data, "holdout", seed=0)
    assert (len(pool), len(convergence), len(test)) == (12_665, 1_057, 1_058)
    np.testing.assert_array_equal(np.concatenate([convergence, test]), data.holdout)
    assert pool.max() < convergence.min()


def test_leek_s_split_of_mnist() -> None:
    data = bigenough.load("mnist:0,1")
    pool, convergence, test = split_rows(data, "stratified", seed=0)
    assert np.bincount(data.y[test]).tolist() == [round(0.2 * 5923), round(0.2 * 6742)]
    assert len(pool) + len(test) == 12_665
    assert len(convergence) == 2_115
    assert not np.array_equal(test, split_rows(data, "stratified", seed=1)[2])


@given(class_sizes, some.sampled_from(SPLITS), booleans, booleans, booleans, some.data())
def test_every_draw(
    counts: list[int], how: Split, replacement: bool, stratified: bool, nested: bool, choose: some.DataObject
) -> None:
    data = labelled(counts, [4] * len(counts))
    asked = dataclasses.replace(study(replacement=replacement, stratified=stratified, nested=nested), split=how)
    pool, convergence, test = split_rows(data, how, seed=0)
    size = choose.draw(some.integers(len(counts), len(pool)))
    draw = make(data, asked, size, choose.draw(some.integers(0, 3)))
    assert draw.train.shape == (size,)
    assert np.isin(draw.train, pool).all()
    assert not np.isin(draw.train, np.concatenate([draw.convergence, draw.test])).any()
    np.testing.assert_array_equal(draw.convergence, convergence)
    np.testing.assert_array_equal(draw.test, test)
    if not replacement:
        assert len(np.unique(draw.train)) == size
    if stratified:
        drawn = np.bincount(data.y[draw.train], minlength=len(counts))
        assert (drawn >= 1).all()
        np.testing.assert_array_equal(drawn, class_counts(data.y[pool], size))
    again = make(data, asked, size, draw.repeat)
    np.testing.assert_array_equal(again.train, draw.train)
    assert again.seed == draw.seed


def test_with_replacement_rows_come_twice_and_without_they_never_do() -> None:
    data = labelled([20, 20])
    for stratified in (True, False):
        twice = make(data, study(replacement=True, stratified=stratified), 40)
        assert len(np.unique(twice.train)) < 40
        once = make(data, study(replacement=False, stratified=stratified), 40)
        np.testing.assert_array_equal(np.sort(once.train), np.arange(40))


@given(some.lists(some.integers(1, 60), min_size=1, max_size=6), some.data())
def test_shares_of_the_classes_are_proportional_and_none_is_empty(counts: list[int], choose: some.DataObject) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    size = choose.draw(some.integers(len(counts), len(y)))
    shared = class_counts(y, size)
    quota = size * np.array(counts) / len(y)
    assert shared.sum() == size
    assert (shared >= 1).all()
    assert (shared <= counts).all()
    if (quota >= 1).all():
        assert (np.abs(shared - quota) < 1).all()


@pytest.mark.parametrize("replacement", [True, False])
@given(some.integers(0, 1000), some.integers(2, 38), some.integers(1, 2))
def test_nested_draws_begin_alike(replacement: bool, seed: int, small: int, more: int) -> None:
    data = labelled([20, 20])
    asked = study(replacement=replacement, stratified=False, nested=True, seed=seed)
    shorter, longer = make(data, asked, small), make(data, asked, small + more)
    np.testing.assert_array_equal(longer.train[:small], shorter.train)


@given(some.integers(0, 1000), some.integers(2, 38), some.integers(1, 2))
def test_nested_stratified_draws_hold_the_smaller_ones(seed: int, small: int, more: int) -> None:
    data, asked = labelled([25, 15]), study(stratified=True, nested=True, seed=seed)
    assert set(make(data, asked, small).train) <= set(make(data, asked, small + more).train)


def test_draws_that_are_not_nested_are_independent() -> None:
    data, asked = labelled([200, 200]), study(stratified=False, nested=False)
    assert not set(make(data, asked, 20).train) <= set(make(data, asked, 40).train)


@pytest.mark.parametrize("nested", [True, False])
def test_sizes_repeats_and_seeds_give_other_draws(nested: bool) -> None:
    data, asked = labelled([100, 100]), study(nested=nested)
    draws = [make(data, asked, size, repeat) for size in (10, 20) for repeat in range(3)]
    draws += [make(data, dataclasses.replace(asked, seed=1), 10)]
    assert len({d.seed for d in draws}) == len(draws)
    assert len({tuple(d.train) for d in draws}) == len(draws)


@settings(max_examples=15)
@given(some.sets(some.integers(2, 30), min_size=1, max_size=4), some.sets(some.integers(2, 30), max_size=3), booleans, booleans)
def test_more_sizes_repeats_or_models_change_no_draw(sizes: set[int], more: set[int], nested: bool, stratified: bool) -> None:
    data = labelled([20, 20])
    asked = study(["single-pixel"], train_sizes=sorted(sizes), draws=2, nested=nested, stratified=stratified)
    larger = study(
        ["leekasso", "single-pixel"], train_sizes=sorted(sizes | more), draws=4, nested=nested, stratified=stratified
    )
    known = {cell.key: cell.draw for cell in plan(larger, data)}
    for cell in plan(asked, data):
        assert known[cell.key].seed == cell.draw.seed
        np.testing.assert_array_equal(known[cell.key].train, cell.draw.train)


def test_all_models_get_the_same_draws() -> None:
    cells = plan(study(["leekasso", "single-pixel"]), digits())
    half = len(cells) // 2
    for one, other in zip(cells[:half], cells[half:], strict=True):
        assert one.draw.seed == other.draw.seed
        np.testing.assert_array_equal(one.draw.train, other.draw.train)


def test_draws_are_uniform_over_the_pool() -> None:
    data, asked = labelled([20, 20]), study(stratified=False, replacement=True)
    seen = np.concatenate([make(data, asked, 30, repeat).train for repeat in range(200)])
    expected = len(seen) / 40
    assert np.abs(np.bincount(seen, minlength=40)[:40] - expected).max() < 5 * np.sqrt(expected)


def test_draws_are_the_same_on_every_machine() -> None:
    """Pinned: a change here makes every stored study another one."""
    draw = make(labelled([20, 20]), study(), 5)
    assert draw.seed == 2516261603678239463
    assert draw.train.tolist() == [34, 6, 39, 14, 8]


@pytest.mark.parametrize("how", SPLITS)
def test_a_data_set_without_a_standard_test_part(how: Split) -> None:
    with pytest.raises(InputError, match=f"data set 'wine' has no standard test part, which the split '{how}' needs"):
        split_rows(bigenough.load("wine"), how, seed=0)


@pytest.mark.parametrize("size", [-1, 0, 1, 41])
def test_sizes_that_are_not_possible(size: int) -> None:
    says = f"training size {size} is not possible: labelled has 2 classes and a pool of 40 rows, so sizes from 2 to 40 are"
    with pytest.raises(InputError, match=says):
        plan(study(train_sizes=[10, size]), labelled([20, 20]))


def test_rows_that_are_not_there() -> None:
    y, pool, rng = np.array([0, 0, 1, 1, 1]), np.arange(5), np.random.default_rng(0)
    with pytest.raises(DrawError, match="6 rows asked for, but the pool has 5"):
        draw_rows(y, pool, 6, replacement=False, stratified=True, rng=rng)
    with pytest.raises(DrawError, match="1 rows cannot hold every one of 2 classes"):
        draw_rows(y, pool, 1, replacement=True, stratified=True, rng=rng)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_class_that_the_pool_lacks(missing: int, replacement: bool) -> None:
    y = np.array([0, 0, 1, 1, 2, 2])
    pool = np.flatnonzero(y != missing)
    with pytest.raises(DrawError, match=f"the pool has no row of class {missing}"):
        draw_rows(y, pool, 4, replacement=replacement, stratified=True, rng=np.random.default_rng(0))
