"""Rows that are equal in every column: which they are, whether chance can have made them, and that they stay together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.types import Rows

COPIES_SHARE = 0.2  # more equal rows than that may be the nature of coarse columns
LEAST_KINDS = 10  # fewer different rows are kinds of rows
NEAR_SHARE = 0.5  # of the rows with copies that have near ones too, where chance made the copies
Frame = pd.DataFrame


def first_copies(X: NDArray[Any] | Frame) -> Rows:
    """Find rows that equal an earlier one in every value, missing ones included.

    Returns
    -------
    ndarray of int64, shape (n,)
        The first row equal to each; its own number where there is none before.
    """
    table = _comparable(X)
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(row.tobytes(), i) for i, row in enumerate(table)], np.int64)


def _comparable(X: NDArray[Any] | Frame) -> NDArray[Any]:
    """Give rows whose bytes are the same where their values are, (n, p)."""
    if isinstance(X, np.ndarray):
        flat = X.reshape(len(X), -1)
        return np.ascontiguousarray(np.where(np.isnan(flat), np.nan, flat + 0.0) if X.dtype.kind == "f" else flat)
    numeric = np.array([dtype == np.float64 for dtype in X.dtypes], bool)
    numbers = _comparable(X.loc[:, numeric].to_numpy(np.float64)).view(np.int64)
    return np.column_stack([numbers, *(_codes(column) for column in _columns(X.loc[:, ~numeric]))])


def _columns(X: NDArray[Any] | Frame) -> Iterator[Any]:
    """Give columns one by one, (n,): numbers where they are numbers or dates, else texts."""
    if isinstance(X, np.ndarray):
        yield from X.reshape(len(X), -1).T
        return
    for i in range(len(X.columns)):
        column = X.iloc[:, i]
        yield column.array if column.dtype.kind == "O" else column.to_numpy()


def _codes(column: Any) -> NDArray[np.int64]:  # noqa: ANN401 - an array of any kind
    return pd.factorize(column)[0]


def equal_by_chance(X: NDArray[Any] | Frame, first: Rows) -> bool:
    """Tell whether equal rows may be no copies of one another.

    Where columns are so few and so coarse that chance makes rows equal, it also makes rows that differ in one of them only.

    Parameters
    ----------
    X : ndarray or DataFrame, n rows
    first : ndarray of int64, shape (n,)
        From `first_copies`.

    Returns
    -------
    bool
        Whether `NEAR_SHARE` of the rows with copies have another near them, which differs from them in one coarse column
        only; or there are fewer than `LEAST_KINDS` different rows.
    """
    rows, times = np.unique(first, return_counts=True)
    if len(rows) < LEAST_KINDS:
        return True
    different = X[rows] if isinstance(X, np.ndarray) else X.iloc[rows]
    whole = np.zeros(len(rows), np.uint64)
    for i, column in enumerate(_columns(different)):
        whole += _marks(column, i)
    near = np.zeros(len(rows), bool)
    for i, column in enumerate(_columns(different)):
        if not _is_fine(column, len(first)):
            _, place, counts = np.unique(whole - _marks(column, i), return_inverse=True, return_counts=True)
            near |= counts[place] > 1
    return float(near[times > 1].mean()) >= NEAR_SHARE


def _marks(column: Any, i: int) -> NDArray[np.uint64]:  # noqa: ANN401 - an array of any kind
    """Give a random number for each value of column i, shape (n,): rows whose numbers have the same sum are equal."""
    codes = _codes(column)
    return np.random.default_rng(i).integers(0, 2**64, codes.max(initial=-1) + 2, dtype=np.uint64)[codes]


def _is_fine(column: Any, n: int) -> bool:  # noqa: ANN401 - an array of any kind
    """Tell whether numbers have so many steps that chance would make fewer than `COPIES_SHARE` of n of them equal."""
    if column.dtype.kind not in "iufM":
        return False
    values = np.unique(column[~pd.isna(column)]).astype(np.float64)
    return len(values) > 1 and (values[-1] - values[0]) * COPIES_SHARE >= n * float(np.diff(values).min())


def kept_together(
    X: NDArray[Any] | Frame, y: Rows, *, classes: Sequence[str], groups: NDArray[Any] | None, name: str
) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """Give the groups that keep copies on one side, and say so.

    Parameters
    ----------
    X : ndarray or DataFrame, n rows
    y : ndarray of int64, shape (n,)
    classes : sequence of str
    groups : ndarray of str, shape (n,), or None
        The person's own; they stay as they are.
    name : str
        Of the data, so that names of groups are not taken for those of other data.

    Returns
    -------
    groups : ndarray of str, shape (n,), or None
    notes : tuple of str

    Raises
    ------
    InputError
        A class whose rows are all equal.
    """
    first, n = first_copies(X), len(y)
    if n > 1 and not first.any():
        raise InputError(f"all {n:,} rows of {name} are equal, so that there is nothing to learn from")
    n_alike = int((np.bincount(first, minlength=n)[first] > 1).sum())
    if not n_alike:
        return groups, ()
    is_image = isinstance(X, np.ndarray) and X.ndim > 2
    rows, everywhere = ("images", "image in every pixel") if is_image else ("rows", "row in every column")
    said = f"{n_alike:,} of {n:,} {rows} are the same as another {everywhere}"
    contradict = _contradictions(first, y, rows)
    if groups is not None:
        apart = int((groups != groups[first]).sum())
        more = f"; {apart:,} of them are in another group than their first copy, so a model may be tested on what it trained on"
        return groups, (said + (more if apart else "; each is in the group of its copy") + ".", *contradict)
    if n_alike > COPIES_SHARE * n and equal_by_chance(X, first):
        return None, (
            f"{said}: too many to be copies of one another, so they are treated as {rows} of their own. If they are copies, "
            "scores are too good; take them out, or name groups.", *contradict,
        )  # fmt: skip
    _different_rows(first, y, classes, name)
    together = np.array([f"{name}, row {i + 1}" for i in first])
    return together, (f"{said}; such {rows} are kept together, so that none is tested on that was trained on.", *contradict)


def _contradictions(first: Rows, y: Rows, rows: str) -> tuple[str, ...]:
    """Say how many equal rows have different labels."""
    pairs = np.unique(np.column_stack([first, y]), axis=0)
    several = np.isin(first, np.flatnonzero(np.bincount(pairs[:, 0]) > 1))
    if not several.any():
        return ()
    return (f"{several.sum():,} {rows} that are the same have different labels: no model can be right about all of them.",)


def _different_rows(first: Rows, y: Rows, classes: Sequence[str], name: str) -> None:
    for code, label in enumerate(classes):
        rows = first[y == code]
        if len(rows) and (rows == rows[0]).all():
            raise InputError(
                f"all {len(rows)} rows of class {label!r} of {name} are the same in every column, and equal rows are kept "
                "together; a class needs different rows to train on, to choose by and to test on: get more, leave it out or "
                "merge it with another"
            )


def shared_rows(X: NDArray[Any] | Frame, other: NDArray[Any] | Frame) -> int:
    """Count the rows of `other` that are also in X, in every value."""
    if isinstance(X, np.ndarray) != isinstance(other, np.ndarray) or X.shape[1:] != other.shape[1:]:
        return 0
    if isinstance(X, np.ndarray):
        both: Any = np.concatenate([X, other])
    else:
        frames: list[Any] = [X, other]
        both = pd.concat(frames, ignore_index=True)
    return int((first_copies(both)[len(X) :] < len(X)).sum())
