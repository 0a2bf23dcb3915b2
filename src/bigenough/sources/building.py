"""Rows and labels, read from wherever, to a `Dataset`: kinds of columns, rows without a label, notices."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources import notices
from bigenough.sources.columns import as_text, tidy
from bigenough.sources.labels import encode, group_names
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
    y, classes = encode(labels, target, whole=like is None)
    if like is not None and isinstance(like.X, pd.DataFrame):
        raw = raw[[column for column in raw.columns if column in like.X.columns]]
    columns, units = {}, {}
    for column in raw.columns:
        what = f"column {column!r} of {name}"
        if like is not None and isinstance(like.X, pd.DataFrame) and like.X[column].dtype.kind == "O":
            columns[column] = as_text(raw[column])
            continue
        columns[column], unit = tidy(raw[column], what, decimal_comma=decimal_comma, note=said.append)
        if unit:
            units[column] = unit
        if like is not None:
            columns[column] = _same_kind(columns[column], unit, raw[column], like, what)
    X = pd.DataFrame(columns, index=raw.index)
    names = None if groups is None else group_names(groups, len(raw), groups_name)
    X, y, names = _labelled(X, y, names, said)
    if like is None:
        X = _worth_keeping(X, name, said)
    return _noticed(Dataset(name, X.reset_index(drop=True), y, classes, groups=names, units=units), said, like)


def dataset_of_array(
    X: NDArray[Any],
    labels: Any,  # noqa: ANN401 - labels of any kind
    *,
    name: str,
    target: str,
    groups: Any = None,  # noqa: ANN401 - labels of any kind
    like: Dataset | None = None,
    notes: Sequence[str] = (),
) -> Dataset:
    """Make a data set of numbers, (n, p), or of images, (n, height, width) or (n, height, width, channels).

    Parameters, errors and what comes back are those of `dataset_of_frame`, but no column is left out.
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
    y, classes = encode(labels, target, whole=like is None)
    names = None if groups is None else group_names(groups, len(X), "groups")
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
        raise InputError(f"{name} has {n} rows and {n_labels} labels; every row needs one")


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


def _same_kind(column: pd.Series[Any], unit: str, raw: pd.Series[Any], like: Dataset, what: str) -> pd.Series[Any]:
    """Refuse a test set's column that is of another kind, or in another unit, than in training; it may be all missing."""
    if not isinstance(like.X, pd.DataFrame):
        return column
    wanted, wanted_unit = like.X[column.name].dtype, like.units.get(str(column.name), "")
    if column.isna().all():
        return column.astype(wanted)
    if column.dtype != wanted:
        kinds = {"f": "numbers", "M": "dates"}
        raise InputError(
            f"{what} should hold {kinds.get(wanted.kind, 'the same')}, as in {like.name}; it begins with {raw.iloc[0]!r}"
        )
    if unit != wanted_unit:
        ours, theirs = (f"the unit {each!r}" if each else "no unit" for each in (unit, wanted_unit))
        raise InputError(f"{what} has {ours}, and {theirs} in {like.name}; give both in the same")
    return column


def _columns(found: Sequence[str]) -> str:
    return f"Column{'' if len(found) == 1 else 's'} {notices.quoted(found)}"


def _worth_keeping(X: Frame, name: str, said: list[str]) -> Frame:
    empty = [column for column in X.columns if X[column].isna().all()]
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
        n_shared = notices.shared_rows(like.X, X)
        if n_shared:
            said.append(
                f"{n_shared:,} of its {len(data.y):,} rows are also in {like.name}, in every column: scores on them say "
                "nothing about new rows."
            )
    else:
        groups, of_copies = notices.copies_kept_together(notices.first_copies(X), groups, data.name)
        said += of_copies
        said += notices.imbalance_note(data.y, data.classes)
        if data.kind == "table":
            said += notices.missing_note(X) if not isinstance(X, np.ndarray) or X.dtype.kind == "f" else ()
            said += notices.giveaway_note(notices.giveaways(X, data.y))
    return dataclasses.replace(data, groups=groups, notes=tuple(said))
