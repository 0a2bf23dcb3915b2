"""Labels of any kind to class codes, and groups of any kind to names."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources.spelling import MISSING, as_known, plain, text_of
from bigenough.types import Rows

USUAL_NAMES = ("target", "label", "class", "y")
MAX_CLASSES = 100
FEW_VALUES = 20  # as many different numbers may always be classes, if they are whole
FEW_FRACTIONS = 5  # likewise if they are not
ROWS_A_VALUE = 10  # more different whole numbers are classes when they are in as many rows on average,
ROWS_TO_SPLIT = 3  # or each in as many, one to train on, one to choose by and one to test on
LEAST_ROWS = 10
COLLECTIONS = (Mapping, list, tuple, Set, np.ndarray, np.void)  # what is no label
SUPPORTED = f"bigenough is for classification, with 2 to {MAX_CLASSES} classes"


def listed(names: Sequence[object], most: int = 8) -> str:
    """Write names with commas between, and how many more there are."""
    shown = ", ".join(str(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def find_column(columns: Sequence[str], name: str, source: str, option: str) -> str:
    """Give the column of that name.

    Raises
    ------
    InputError
        There is none; the message has the near ones, or all.
    """
    if not isinstance(name, str):
        raise InputError(f"{option} of {source} is given by the name of a column, not by a {type(name).__name__}")
    if name in columns:
        return name
    near = difflib.get_close_matches(name, [c for c in columns if isinstance(c, str)], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it has {listed(columns) or 'nothing'}"
    raise InputError(f"{source} has no column {name!r} for {option}; {hint}")


def find_target(columns: Sequence[str], target: str | None, source: str) -> str:
    """Give the column of the labels: the one named, or the only one with a usual name.

    Raises
    ------
    InputError
    """
    if target is not None:
        return find_column(columns, target, source, "the target")
    usual = [column for column in columns if column.lower() in USUAL_NAMES]
    if len(usual) == 1:
        return usual[0]
    several = f", which has {' and '.join(usual)}" if usual else ""
    raise InputError(
        f"which column of {source}{several} holds the labels? Name it as the target (--target COLUMN); it has {listed(columns)}"
    )


def encode(
    labels: Any,  # noqa: ANN401 - of any kind
    what: str,
    *,
    known: Sequence[str] = (),
    missing: Collection[str] = MISSING,
) -> tuple[Rows, tuple[str, ...]]:
    """Turn labels into codes.

    Parameters
    ----------
    labels : array-like, shape (n,)
        Strings, numbers, booleans or categories.
    what : str
        Names the labels in errors, such as ``"the target 'kind' of people.csv"``.
    known : sequence of str
        The classes of the training set, where this is its test set.
    missing : collection of str
        Texts, in small letters, that say that there is no label.

    Returns
    -------
    codes : ndarray of int64, shape (n,)
        -1 where the label is missing.
    classes : tuple of str
        In the order of their numbers, if all are numbers; else in that of their letters.

    Raises
    ------
    InputError
        All missing, constant, continuous, too many classes, or a class with a single row.
    """
    _one_each(labels, what)
    raw = pd.Series(labels).reset_index(drop=True)
    codes, found = pd.factorize(raw)
    texts = [text_of(value) for value in found]
    present = [i for i, text in enumerate(texts) if text.lower() not in missing]
    if not present:
        raise InputError(f"{what} has no value in any row")
    values = np.array([_number(texts[i]) for i in present], np.float64)
    numeric = not np.isnan(values).any()
    if numeric:  # 0.0 and 0 are one class, 01 and 1 are two
        texts = [plain(text) for text in texts]
    texts = as_known(texts, known)
    classes = sorted({texts[i] for i in present}, key=lambda text: (Decimal(text) if numeric else 0, text))
    place = {name: code for code, name in enumerate(classes)}
    of_value = np.full(len(texts) + 1, -1, np.int64)
    of_value[present] = [place[texts[i]] for i in present]
    y = of_value[codes]
    if not known:
        if numeric:
            _not_continuous(values, y, classes, what)
        _enough(y, classes, what)
    return y, tuple(classes)


def _one_each(labels: Any, what: str) -> None:  # noqa: ANN401 - of any kind
    """Refuse lists, dicts and records in place of labels."""
    of_any_kind = getattr(getattr(labels, "dtype", None), "kind", "O") in "OV"
    odd = [each for each in labels if isinstance(each, COLLECTIONS)] if of_any_kind else []
    if odd:
        kind = "record" if isinstance(odd[0], np.void) else type(odd[0]).__name__
        raise InputError(f"{what} must be one label a row, got a {kind} in place of one")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) and "_" not in text else np.nan


def _not_continuous(values: NDArray[np.float64], y: Rows, classes: Sequence[str], what: str) -> None:
    fractions = not np.all(values == np.round(values))
    if len(classes) <= (FEW_FRACTIONS if fractions else max(FEW_VALUES, min(len(y) // ROWS_A_VALUE, MAX_CLASSES))):
        return
    if not fractions and np.bincount(y[y >= 0]).min() >= ROWS_TO_SPLIT:
        return
    raise InputError(
        f"{what} is continuous: {len(classes)} different {'numbers' if fractions else 'whole numbers'} in {len(y)} rows; "
        f"{SUPPORTED}: choose another target, or cut this one into ranges; if they are classes, write them as words, such as "
        f"c{classes[0]}"
    )


def _enough(y: Rows, classes: Sequence[str], what: str) -> None:
    if len(classes) == 1:
        raise InputError(f"{what} is constant: every row has {classes[0]!r}; {SUPPORTED}")
    if len(classes) > MAX_CLASSES:
        raise InputError(f"{what} has {len(classes)} different values, such as {listed(classes, 3)}; {SUPPORTED}")
    counts = np.bincount(y[y >= 0], minlength=len(classes))
    if (counts == 1).any():
        alone = [classes[int(code)] for code in np.flatnonzero(counts == 1)]
        names = f"class {alone[0]!r}" if len(alone) == 1 else f"classes {listed(alone, 5)}"
        raise InputError(
            f"{what} has one row only of {names}; a class needs rows to train on, to choose by and to test on: get more, leave "
            "it out or merge it with another"
        )
    n = int(counts.sum())
    if n < LEAST_ROWS:
        raise InputError(
            f"{what} has {n} labelled rows; at least {LEAST_ROWS} are needed, to train on, to choose by and to test on"
        )


def group_names(values: Any, labelled: NDArray[np.bool_], what: str) -> NDArray[Any]:  # noqa: ANN401 - of any kind
    """Turn groups into names.

    Parameters
    ----------
    values : array-like, shape (n,)
    labelled : ndarray of bool, shape (n,)
        Which rows have a label; the others are left out, and so need no group.
    what : str
        Names them in errors, such as ``"groups"``.

    Returns
    -------
    ndarray of str, shape (n,)

    Raises
    ------
    InputError
        Not one a row; of the labelled rows one has none, or all have the same.
    """
    n_rows = len(labelled)
    flat = _flat(values, n_rows, what)
    _one_each(flat, what)
    column = pd.Series(flat).reset_index(drop=True)
    if len(column) != n_rows:
        raise InputError(f"{what} must name one group a row: {n_rows} rows, got {len(column)}")
    names = np.array([text_of(value) for value in column])
    missing = column.isna().to_numpy() | np.isin(np.char.lower(np.char.strip(names)), list(MISSING))
    gone = np.flatnonzero(missing & labelled)
    if len(gone):
        raise InputError(f"{what} has no value in row {gone[0] + 1}; every row needs its group, one of its own if it is alone")
    if len(set(names[labelled])) == 1:
        raise InputError(f"{what} has the same value {str(names[labelled][0])!r} in every row: one group cannot be cut in two")
    return names


def _flat(values: Any, n_rows: int, what: str) -> Any:  # noqa: ANN401 - of any kind
    """Give values one a row, (n,), also where each is in a row of its own, (n, 1)."""
    try:
        shape = np.shape(values)
    except ValueError as error:
        raise InputError(f"{what} must name one group a row: {n_rows} rows, got rows of different lengths") from error
    if len(shape) == 2 and shape[1] == 1:
        return np.asarray(values, object)[:, 0]
    if len(shape) != 1:
        raise InputError(f"{what} must name one group a row: {n_rows} rows, got shape {shape}")
    return values
