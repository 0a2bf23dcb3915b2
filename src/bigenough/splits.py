"""The split of a person's own data: each repeat cuts all rows anew into pool, convergence and test rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bigenough.errors import DrawError
from bigenough.types import Dataset, Floats, Rows, stable_seed

JUDGED_SHARE = 0.2  # of the rows each, for convergence and for test
JUDGED_ROWS = 2000  # at most each: a share right of 2000 rows has a standard error of at most 1.1 points
ORDERS = 30  # in which groups are dealt out, until one serves
DEVIATION = 0.25  # of its share of rows by which a part may miss it, where groups are uneven


def split_repeat(data: Dataset, *, seed: int, repeat: int) -> tuple[Rows, Rows, Rows]:
    """Cut the rows for one repeat, stratified; a group is in one part only.

    Parameters
    ----------
    data : Dataset
        Where it has a `holdout`, that is the test part of every repeat, and the other rows are cut.
    seed, repeat : int

    Returns
    -------
    pool, convergence, test : ndarray of int64
        Disjoint row numbers in increasing order; 60, 20 and 20 % of all rows (75 and 25 % of the others where there is a
        `holdout`), but at most `JUDGED_ROWS` each for convergence and test. Every class is in each part that is cut.

    Raises
    ------
    DrawError
        A class has too few rows, or is in too few groups, to be in every part.
    """
    rest = np.setdiff1d(np.arange(len(data.y)), data.holdout)
    given = len(data.holdout) > 0
    share = JUDGED_SHARE / (1 - JUDGED_SHARE) if given else JUDGED_SHARE
    share = min(share, JUDGED_ROWS / max(len(rest), 1))
    shares = np.array([1 - share, share] if given else [1 - 2 * share, share, share])
    _check_classes(data, rest, len(shares))
    rng = np.random.default_rng(stable_seed("repeated split", seed, repeat))
    part_of = _deal_rows(data.y[rest], shares, rng) if data.groups is None else _deal_groups(data, rest, shares, rng)
    parts = [rest[part_of == part] for part in range(len(shares))]
    return parts[0], parts[1], np.sort(data.holdout) if given else parts[2]


def _check_classes(data: Dataset, rest: Rows, n_parts: int) -> None:
    counts = np.bincount(data.y[rest], minlength=len(data.classes))
    rarest = int(np.argmin(counts))
    if counts[rarest] < n_parts:
        where = " outside the test set" if n_parts == 2 else ""
        for_what = "train on and to choose by" if n_parts == 2 else "train on, to choose by and to test on"
        rows = "row" if counts[rarest] == 1 else "rows"
        raise DrawError(
            f"class {data.classes[rarest]!r} of {data.name} has {counts[rarest]} {rows}{where}; every class needs at least "
            f"{n_parts}, to {for_what}: get more, leave the class out or merge it with another"
        )


def _deal_rows(y: Rows, shares: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give every row its part, shape (n,): each class by the shares, at least one row of it for each part."""
    part_of = np.zeros(len(y), np.int64)
    for code in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == code))
        start = 0
        for part in range(1, len(shares)):
            count = max(1, round(shares[part] * len(rows)))
            part_of[rows[start : start + count]] = part
            start += count
    return part_of


def _deal_groups(data: Dataset, rest: Rows, shares: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give every row the part of its group, shape (n,): groups one after another to where their classes lack most."""
    groups = data.groups
    assert groups is not None
    names, group_of = np.unique(groups[rest], return_inverse=True)
    straddling = np.intersect1d(names, groups[data.holdout])
    if len(straddling):
        raise DrawError(f"group {straddling[0]!s} is in the test set and outside it; a group must be on one side")
    counts = np.zeros((len(names), len(data.classes)))
    np.add.at(counts, (group_of, data.y[rest]), 1)
    best, least = None, np.inf
    for _ in range(ORDERS):
        part_of = _deal_in_order(counts, shares, rng.permutation(len(names)))
        dealt = np.stack([counts[part_of == part].sum(axis=0) for part in range(len(shares))])
        if (dealt == 0).any():
            continue
        deviation = float(np.max(np.abs(dealt.sum(axis=1) / len(rest) / shares - 1)))
        if deviation < least:
            best, least = part_of, deviation
        if least <= DEVIATION:
            break
    if best is None:
        spread = (counts > 0).sum(axis=0)
        scarce = int(np.argmin(spread))
        raise DrawError(
            f"{len(names)} groups of {data.name} (rows that are equal count as one) cannot be dealt out whole to {len(shares)} "
            f"parts that each hold every class: class {data.classes[scarce]!r} is in {spread[scarce]} of them"
        )
    return best[group_of]


def _deal_in_order(counts: Floats, shares: Floats, order: Rows) -> NDArray[np.int64]:
    wanted = shares[:, None] * counts.sum(axis=0)
    weight = 1 / counts.sum(axis=0)
    dealt = np.zeros_like(wanted)
    part_of = np.zeros(len(counts), np.int64)
    for group in order:
        lack = ((1 - dealt / wanted) * (counts[group] * weight)).sum(axis=1)
        part_of[group] = int(np.argmax(lack))
        dealt[part_of[group]] += counts[group]
    return part_of
