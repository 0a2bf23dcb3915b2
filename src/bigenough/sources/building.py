"""Rows and labels, read from wherever, to a `Dataset`: kinds of columns, rows without a label, notices."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources import copies, doubts, notices
from bigenough.sources.labels import encode, group_names
from bigenough.sources.reading import read_columns
from bigenough.sources.spelling import MISSING
from bigenough.types import Dataset, Rows

LARGEST_CELLS = 10**8  # rows times columns; 0.8 GB as numbers
Frame = pd.DataFrame


def check_cells(shape: Sequence[int], name: str) -> None:
    """Refuse a table too large to work with.

    Raises
    ------
    InputError
    """
    cells = int(np.prod(shape, dtype=float))
    if cells > LARGEST_CELLS:
        raise InputError(
            f"{name} has {cells:,} values, and the limit is {LARGEST_CELLS:,}; bigenough is for small data: give it a "
            "random part of the rows"
        )


def dataset_of_frame(
    raw: Frame,
    labels: Any,  # noqa: ANN401 - labels of any kind
    *,
    name: str,
    target: str,
    groups: Any = None,  # noqa: ANN401 - labels of any kind
    groups_name: str = "groups",
    like: Dataset | None = None,
    decimal_comma: bool = False,
    notes: Sequence[str] = (),
) -> Dataset:
    """Make a data set of a table with columns of any kind.

    Parameters
    ----------
    raw : DataFrame, shape (n, columns)
        The features only.
    labels : array-like, shape (n,)
    name : str
    target, groups_name : str
        What the labels and the groups are called in errors.
    groups : array-like, shape (n,), optional
    like : Dataset, optional
        What this is the test set of: then its columns have the same kinds, none is left out, and no class is too small.
    decimal_comma : bool
        Whether ``1,5`` may be a number.
    notes : sequence of str
        What was noticed before.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        The rows or the labels are of no use; the message names the column and the row.
    """
    raw = raw.reset_index(drop=True)
    raw.columns = [str(column) for column in raw.columns]
    twice = raw.columns[raw.columns.duplicated()]
    if len(twice):
        raise InputError(f"{name} has two columns called {twice[0]!r}; give each a name of its own")
    _some_rows(len(raw), len(labels), name)
    check_cells(raw.shape, name)
    said = list(notes)
    y, classes = encode(labels, target, known=() if like is None else like.classes)
    if like is not None and isinstance(like.X, pd.DataFrame):
        raw = raw[[column for column in raw.columns if column in like.X.columns]]
    X, units, written = read_columns(raw, name, like=like, decimal_comma=decimal_comma, note=said.append)
    names = None if groups is None else group_names(groups, y >= 0, groups_name)
    X, y, names = _labelled(X, y, names, said)
    if like is None:
        X = _worth_keeping(X, name, said, grouped=groups is not None)
    return _noticed(Dataset(name, X.reset_index(drop=True), y, classes, groups=names, units=units, written=written), said, like)


def dataset_of_array(
    X: NDArray[Any],
    labels: Any,  # noqa: ANN401 - labels of any kind
    *,
    name: str,
    target: str,
    groups: Any = None,  # noqa: ANN401 - labels of any kind
    like: Dataset | None = None,
    notes: Sequence[str] = (),
    missing: Collection[str] = MISSING,
) -> Dataset:
    """Make a data set of numbers, (n, p), or of images, (n, height, width) or (n, height, width, channels).

    Parameters, errors and what comes back are those of `dataset_of_frame`, but no column is left out; `missing` is
    `labels.encode`'s.
    """
    kind: Literal["table", "image"] = "table" if X.ndim == 2 else "image"
    if X.ndim not in (2, 3, 4) or 0 in X.shape[1:]:
        raise InputError(f"{name} must be (rows, columns), (n, height, width) or (n, height, width, channels), got {X.shape}")
    _some_rows(len(X), len(labels), name)
    check_cells(X.shape, name)
    if X.dtype.kind not in "biuf":
        raise InputError(f"{name} must hold numbers, got {X.dtype}")
    if X.dtype.kind == "b":
        X = X.astype(np.uint8)
    if X.dtype.kind == "f":
        _finite(X, kind, name)
    said = list(notes)
    y, classes = encode(labels, target, known=() if like is None else like.classes, missing=missing)
    names = None if groups is None else group_names(groups, y >= 0, "groups")
    X, y, names = _labelled(X, y, names, said)
    if kind == "table" and like is None:
        columns = pd.DataFrame(X, columns=[str(i) for i in range(X.shape[1])]).astype("float64")
        identifiers = "a different whole number in every row, as numbers of rows have"
        for found, what in (
            (notices.constant_columns(columns), "the same value in every row"),
            (notices.identifier_columns(columns), identifiers),
        ):
            if found and len(found) < X.shape[1]:
                said.append(f"{_columns(found)} {'has' if len(found) == 1 else 'have'} {what}.")
    return _noticed(Dataset(name, X, y, classes, kind, groups=names), said, like)


def _some_rows(n: int, n_labels: int, name: str) -> None:
    if n == 0:
        raise InputError(f"{name} has no rows")
    if n != n_labels:
        raise InputError(f"{n} rows and {n_labels} labels in {name}; every row needs one")


def _finite(X: NDArray[Any], kind: str, name: str) -> None:
    for what, bad in (("infinite", np.isinf), ("missing", np.isnan)):
        if what == "missing" and kind == "table":
            gone = np.isnan(X).all(axis=0)
            if gone.any():
                raise InputError(f"column {int(np.argmax(gone))} of {name} has no value in any row; fill it or take it out")
            continue
        if bad(X).any():
            place = ", ".join(str(i) for i in np.argwhere(bad(X))[0])
            article = "an" if what == "infinite" else "a"
            raise InputError(f"{name} has {article} {what} value at [{place}]; correct it")


def _columns(found: Sequence[str]) -> str:
    return f"Column{'' if len(found) == 1 else 's'} {notices.quoted(found)}"


def _worth_keeping(X: Frame, name: str, said: list[str], *, grouped: bool) -> Frame:
    empty = list(X.columns[X.isna().all().to_numpy()])
    named = [column for column in empty if not column.startswith("column ")]  # spreadsheets have nameless empty ones
    if named:
        raise InputError(f"column {named[0]!r} of {name} has no value in any row; fill it or take it out")
    X = X.drop(columns=empty)
    for found, why in (
        (notices.constant_columns(X), "the same value in every row"),
        (notices.identifier_columns(X), "a different value in every row and no other meaning, as identifiers have"),
    ):
        if found:
            said.append(f"{_columns(found)} left out: {why}.")
            X = X.drop(columns=found)
    found = notices.long_identifiers(X)
    if found:
        said.append(f"{_columns(found)} left out: named as an identifier, with numbers too long to be told apart as amounts.")
        X = X.drop(columns=found)
    found = [] if grouped else notices.repeated_identifiers(X)
    said += notices.repeated_note(X, found)
    X = X.drop(columns=found)
    if not len(X.columns):
        raise InputError(f"{name} has no column to learn from" + (f": {said[-1][0].lower()}{said[-1][1:-1]}" if said else ""))
    return X


def _labelled(X: Any, y: Rows, groups: NDArray[Any] | None, said: list[str]) -> Any:  # noqa: ANN401 - array or frame
    kept = y >= 0
    if kept.all():
        return X, y, groups
    n = int((~kept).sum())
    said.append(f"{n:,} row{' has' if n == 1 else 's have'} no label and {'was' if n == 1 else 'were'} left out.")
    return X[kept], y[kept], None if groups is None else groups[kept]


def _noticed(data: Dataset, said: list[str], like: Dataset | None) -> Dataset:
    X, groups = data.X, data.groups
    if like is not None:
        n_shared = copies.shared_rows(like.X, X)
        if n_shared:
            all_of_it = ", in every column" if data.kind == "table" else ""
            said.append(
                f"{n_shared:,} of its {len(data.y):,} rows are also in {like.name}{all_of_it}: scores on them say nothing "
                "about new rows."
            )
        if isinstance(X, pd.DataFrame) and isinstance(like.X, pd.DataFrame):
            said += notices.unseen_note(X, like.X, like.name)
    else:
        groups, of_copies = copies.kept_together(X, data.y, classes=data.classes, groups=groups, name=data.name)
        said += of_copies
        said += notices.class_note(data.y, data.classes)
        said += doubts.few_rows_note(data.y, data.classes)
        said += notices.imbalance_note(data.y, data.classes)
        if data.kind == "table":
            said += doubts.codes_note(X)
            said += notices.missing_note(X) if not isinstance(X, np.ndarray) or X.dtype.kind == "f" else ()
            said += notices.giveaway_note(notices.giveaways(X, data.y))
    return dataclasses.replace(data, groups=groups, notes=tuple(said))
