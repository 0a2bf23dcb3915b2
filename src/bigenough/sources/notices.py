"""What a person should know of their data before they believe a score: pure functions, and the sentences made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.types import Rows

LEAST_ROWS = 10  # fewer show no pattern
ID_NAME = re.compile(
    r"(.*[ _.-])?(id|ids|index|idx|row|nr|no|key|uuid|guid|serial|(row name))|.*[a-z]I[Dd]|column 1", re.IGNORECASE
)
ID_LENGTH = 40
GIVES_AWAY = 0.99  # cross-validated share of rows whose class one column alone tells
NOT_EASY = 0.95  # where another column that is no copy comes as near, the data are merely easy
FOLDS = 5
VALUES_AS_CATEGORIES = 20  # as many different values in a column are looked at one by one
CHECKED_ROWS = 2000
COPIES_SHARE = 0.2  # as many copies at most are kept together: more are no accident but the nature of the columns
MAJORITY = 0.8
Frame = pd.DataFrame


def quoted(names: Sequence[str], most: int = 5) -> str:
    """Write column names for a sentence, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def constant_columns(X: Frame) -> list[str]:
    """Name the columns that have the same value in every row."""
    return [str(c) for c in X.columns if not X[c].isna().any() and X[c].nunique() == 1]


def identifier_columns(X: Frame) -> list[str]:
    """Name the columns that only tell rows apart.

    Those are texts without spaces, all different; and whole numbers, all different, that rise or fall from row to row by one,
    are a range without gaps, or have a name such as ``patient_id``.
    """
    return [str(c) for c in X.columns if len(X) >= LEAST_ROWS and _tells_rows_apart(str(c), X[c])]


def _tells_rows_apart(name: str, column: pd.Series[Any]) -> bool:
    if column.isna().any() or not column.is_unique or column.dtype.kind == "M":
        return False
    if column.dtype.kind == "O" or isinstance(column.dtype, pd.StringDtype):
        return not column.str.contains(r"\s").any() and int(column.str.len().max()) <= ID_LENGTH
    values = column.to_numpy(np.float64)
    if (values != np.round(values)).any():
        return False
    return bool(values.max() - values.min() == len(values) - 1) or ID_NAME.fullmatch(name) is not None


def first_copies(X: NDArray[Any] | Frame) -> Rows:
    """Find rows that equal an earlier one in every value, missing ones included.

    Returns
    -------
    ndarray of int64, shape (n,)
        The first row equal to each; its own number where there is none before.
    """
    if isinstance(X, np.ndarray):
        table = np.ascontiguousarray(X.reshape(len(X), -1))
    else:
        table = np.column_stack([pd.factorize(X[c])[0] for c in X.columns]) if len(X.columns) else np.empty((len(X), 0))
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(row.tobytes(), i) for i, row in enumerate(table)], np.int64)


def copies_kept_together(first: Rows, groups: NDArray[Any] | None, name: str) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """Give the groups that keep copies on one side, and say so.

    Parameters
    ----------
    first : ndarray of int64, shape (n,)
        From `first_copies`.
    groups : ndarray of str, shape (n,), or None
        The person's own; they stay as they are.
    name : str
        Of the data, so that names of groups are not taken for those of other data.

    Returns
    -------
    groups : ndarray of str, shape (n,), or None
    notes : tuple of str
    """
    n = len(first)
    n_alike = int((np.bincount(first, minlength=n)[first] > 1).sum())
    if not n_alike:
        return groups, ()
    said = f"{n_alike:,} of {n:,} rows are the same as another row in every column"
    if groups is not None:
        apart = int((groups != groups[first]).sum())
        more = f"; {apart:,} of them are in another group than their first copy, so a model may be tested on what it trained on"
        return groups, (said + (more if apart else "; each is in the group of its copy") + ".",)
    if n_alike > COPIES_SHARE * n:
        return None, (
            f"{said}: too many to be copies of one another, so they are treated as rows of their own. If they are copies, "
            "scores are too good; take them out, or name groups.",
        )
    together = np.array([f"{name}, row {i + 1}" for i in first])
    return together, (f"{said}; such rows are kept together, so that none is tested on that was trained on.",)


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


def giveaways(X: NDArray[Any] | Frame, y: Rows) -> list[str]:
    """Name the columns that alone tell the class of nearly every row, while the other columns do not.

    Parameters
    ----------
    X : DataFrame or ndarray, shape (n, p)
        An array's columns are called by their number, from 0.
    y : ndarray of int64, shape (n,)

    Returns
    -------
    list of str
        Columns from whose values (or whether they are missing) a rule fitted on four fifths of the rows tells at least
        `GIVES_AWAY` of the others; none if these are more than half of the columns, or if another column comes near.
    """
    n = len(y)
    rows = np.arange(n) if n <= CHECKED_ROWS else np.random.default_rng(0).permutation(n)[:CHECKED_ROWS]
    y = y[rows]
    if len(rows) < 2 * LEAST_ROWS or np.max(np.bincount(y)) >= GIVES_AWAY * len(y):
        return []
    if isinstance(X, np.ndarray):
        columns = {str(i): X[rows, i] for i in range(X.shape[1])}
    else:
        columns = {str(c): _as_numbers(X[c].iloc[rows]) for c in X.columns}
    shares = {name: _share_told(values.astype(np.float64), y) for name, values in columns.items()}
    found = [name for name, share in shares.items() if share >= GIVES_AWAY]
    near = [name for name, share in shares.items() if NOT_EASY <= share < GIVES_AWAY]
    return found if 2 * len(found) <= max(len(shares), 2) and not near else []


def _as_numbers(column: pd.Series[Any]) -> NDArray[Any]:
    if column.dtype.kind in "biuf":
        return column.to_numpy(np.float64)
    codes = pd.factorize(column)[0].astype(np.float64)
    if column.dtype.kind == "M":
        codes = np.where(codes < 0, np.nan, column.to_numpy("datetime64[us]").astype(np.int64))
    return codes


def _share_told(values: NDArray[np.float64], y: Rows) -> float:
    """Cross-validated share of rows that one column tells; 0 without the work where it is clearly less than `NOT_EASY`."""
    present = ~np.isnan(values)
    if not present.all():
        low = values[present].min() if present.any() else 0.0
        values = np.where(present, values, low - 1.0 - abs(low))  # missing is a value of its own
    distinct, codes = np.unique(values, return_inverse=True)
    n_classes = int(y.max()) + 1
    if len(distinct) <= VALUES_AS_CATEGORIES:
        counts = np.zeros((len(distinct), n_classes))
        np.add.at(counts, (codes, y), 1)
        if counts.max(axis=1).sum() < NOT_EASY * len(y):
            return 0.0
    elif (np.diff(y[np.lexsort((y, values))]) != 0).sum() > 2 * (1 - NOT_EASY) * len(y) + n_classes:
        return 0.0
    from sklearn.tree import DecisionTreeClassifier

    leaves = len(distinct) if len(distinct) <= VALUES_AS_CATEGORIES else n_classes
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    right = 0
    for k in range(FOLDS):
        rule = DecisionTreeClassifier(max_leaf_nodes=max(leaves, 2), random_state=0)
        rule.fit(values[fold != k, None], y[fold != k])
        right += int((rule.predict(values[fold == k, None]) == y[fold == k]).sum())
    return right / len(y)


def giveaway_note(names: Sequence[str]) -> tuple[str, ...]:
    """Ask whether columns that tell the class may be known when it is not."""
    if not names:
        return ()
    if len(names) == 1:
        return (
            f"Column {quoted(names)} alone tells the class of at least {GIVES_AWAY:.0%} of the rows. Is it known before the "
            "class is? If it was made from the class, take it out.",
        )
    return (
        f"Columns {quoted(names)} each tell the class of at least {GIVES_AWAY:.0%} of the rows. Are they known before the "
        "class is? If they were made from the class, take them out.",
    )


def imbalance_note(y: Rows, classes: Sequence[str]) -> tuple[str, ...]:
    """Say it where one class has most rows."""
    counts = np.bincount(y, minlength=len(classes))
    most = int(np.argmax(counts))
    share = counts[most] / len(y)
    if share < MAJORITY:
        return ()
    return (
        f"{share:.0%} of the rows are of class {classes[most]!r}, so accuracy says little; balanced_accuracy or roc_auc "
        "say more.",
    )


def missing_note(X: NDArray[Any] | Frame) -> tuple[str, ...]:
    """Say how many values are missing, and what is done about them."""
    gone = np.isnan(X) if isinstance(X, np.ndarray) else X.isna().to_numpy()
    if not gone.any():
        return ()
    share = gone.mean()
    shown = f"{share:.0%}" if share >= 0.01 else "Less than 1%"
    return (
        f"{shown} of the values are missing, in {int(gone.any(axis=0).sum())} of {gone.shape[1]} columns; every training set "
        "fills them with its own medians and marks where they were.",
    )
