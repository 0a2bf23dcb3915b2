"""Which rows train, which assess convergence, which test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigenough.errors import DrawError, InputError
from bigenough.splits import split_repeat
from bigenough.types import Dataset, Draw, Rows, Split, Study, stable_seed

TEST_SHARE = 0.2  # Leek's split: caret's createDataPartition(p = 0.8)
Parts = tuple[Rows, Rows, Rows]


def parts_of(data: Dataset, study: Study, repeat: int) -> Parts:
    """Give pool, convergence and test rows of one repeat; with most splits they are the same for all."""
    if study.split == "repeated":
        return split_repeat(data, seed=study.seed, repeat=repeat)
    return split_rows(data, study.split, seed=study.seed)


def split_rows(data: Dataset, how: Split, *, seed: int) -> tuple[Rows, Rows, Rows]:
    """Cut a data set into pool, convergence and test rows, disjoint.

    Parameters
    ----------
    data : Dataset
    how : {"holdout", "stratified"}
        As in `Study.split`; for ``"repeated"`` see `splits.split_repeat`.
    seed : int

    Returns
    -------
    pool, convergence, test : ndarray of int64
        Row numbers.

    Raises
    ------
    InputError
        When the data set has no standard test part.
    """
    if how == "repeated":
        raise InputError("the split 'repeated' has other rows in every repeat; parts_of gives them")
    if len(data.holdout) == 0:
        raise InputError(f"data set {data.name!r} has no standard test part, which the split {how!r} needs")
    rest = np.setdiff1d(np.arange(len(data.y)), data.holdout)
    if how == "holdout":
        half = len(data.holdout) // 2
        return rest, data.holdout[:half], data.holdout[half:]
    rng = np.random.default_rng(stable_seed("split", seed))
    shuffled = rest[rng.permutation(len(rest))]
    of_class = [shuffled[data.y[shuffled] == code] for code in range(len(data.classes))]
    cuts = [round(TEST_SHARE * len(rows)) for rows in of_class]
    test = np.concatenate([rows[:cut] for rows, cut in zip(of_class, cuts, strict=True)])
    pool = np.concatenate([rows[cut:] for rows, cut in zip(of_class, cuts, strict=True)])
    return np.sort(pool), data.holdout, np.sort(test)


def class_counts(y: Rows, size: int) -> Rows:
    """Share `size` out among the classes of `y` in proportion, at least one each, by largest remainders.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
        Codes from 0; every class occurs.
    size : int

    Returns
    -------
    ndarray of int64, shape (classes,)
        Sums to `size`.

    Raises
    ------
    DrawError
        When `size` is smaller than the number of classes.
    """
    present = np.bincount(y)
    if size < len(present):
        raise DrawError(f"{size} rows cannot hold every one of {len(present)} classes")
    quota = size * present / present.sum()
    counts = np.maximum(np.floor(quota).astype(np.int64), 1)
    while counts.sum() != size:
        gap = quota - counts
        if counts.sum() < size:
            counts[np.argmax(gap)] += 1
        else:
            counts[np.argmin(np.where(counts > 1, gap, np.inf))] -= 1
    return counts


def draw_rows(y: Rows, pool: Rows, size: int, *, replacement: bool, stratified: bool, rng: np.random.Generator) -> Rows:
    """Draw a training set from the pool.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
        Class codes of all rows.
    pool : ndarray of int64
        Rows that may be drawn.
    size : int
    replacement : bool
        Whether a row may come twice.
    stratified : bool
        Whether classes come in the pool's proportions, each at least once.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape (size,)
        For a given generator state and without stratification, a smaller draw is the beginning of a larger one.

    Raises
    ------
    DrawError
        When the pool is too small for a draw without replacement, or lacks a class that a stratified draw must hold.
    """
    if not replacement and size > len(pool):
        raise DrawError(f"{size} rows asked for, but the pool has {len(pool)}")
    if not stratified:
        if replacement:
            # one number a row, so that a smaller draw is a prefix
            return pool[[int(rng.integers(len(pool))) for _ in range(size)]]
        return rng.permutation(pool)[:size]
    missing = np.setdiff1d(y, y[pool])
    if len(missing):
        raise DrawError(f"every class must be drawn, but the pool has no row of class {', '.join(map(str, missing))}")
    chosen = []
    for code, count in enumerate(class_counts(y[pool], size)):
        of_class = pool[y[pool] == code]
        if not replacement and count > len(of_class):
            raise DrawError(f"{count} rows of class {code} asked for, but the pool has {len(of_class)}")
        chosen.append(rng.choice(of_class, count) if replacement else rng.permutation(of_class)[:count])
    return rng.permutation(np.concatenate(chosen))


def nested_rows(y: Rows, pool: Rows, size: int, rng: np.random.Generator) -> Rows:
    """Draw rows without replacement so that every smaller draw is the beginning of a larger one, classes in proportion.

    Row number i (from 0) of a class with m rows has its place at (i + 1/2) / m, as Sainte-Laguë's rule has it, after one row
    of each class: so every beginning that has as many rows as there are classes holds them all.

    Parameters
    ----------
    y : ndarray of int64, shape (n,)
        Class codes of all rows.
    pool : ndarray of int64
        Rows that may be drawn.
    size : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape (size,)
    """
    shuffled = rng.permutation(pool)
    codes = y[shuffled]
    places = np.empty(len(pool))
    for code in np.unique(codes):
        of_class = np.flatnonzero(codes == code)
        places[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
        places[of_class[0]] = -1.0
    return shuffled[np.argsort(places, kind="stable")][:size]


def make_draw(data: Dataset, study: Study, parts: Parts, size: int, repeat: int) -> Draw:
    """Make the draw number `repeat` of one size; the same for every model.

    Parameters
    ----------
    data : Dataset
    study : Study
        Its sampling settings and seed are used.
    parts : tuple of ndarray
        Pool, convergence and test rows, from `parts_of`.
    size, repeat : int

    Returns
    -------
    Draw
    """
    pool, convergence, test = parts
    seed = stable_seed("draw", study.seed, size, repeat)
    start = stable_seed("draw", study.seed, repeat) if study.nested else seed
    rng = np.random.default_rng(start)
    if study.split == "repeated":
        return Draw(size, repeat, seed, nested_rows(data.y, pool, size, rng), convergence, test)
    train = draw_rows(data.y, pool, size, replacement=study.replacement, stratified=study.stratified, rng=rng)
    return Draw(size, repeat, seed, train, convergence, test)


def fixed_test_rows(draws: Sequence[Draw]) -> bool:
    """Say whether every draw tests the same rows, and no draw's convergence rows are among them."""
    test = draws[0].test
    return all(np.array_equal(draw.test, test) and not np.isin(draw.convergence, test).any() for draw in draws)
