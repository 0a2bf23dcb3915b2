"""What a person should know of their data before they believe a score: pure functions, and the sentences made of them."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.sources.spelling import percent
from bigenough.types import Rows

LEAST_ROWS = 10  # fewer show no pattern
ID_NAME = re.compile(
    r"(.*[ _.-])?(id|ids|index|idx|row|nr|no|key|uuid|guid|serial|(row name))|(?-i:.*[a-z]ID|.*[a-z]Id)|column 1", re.IGNORECASE
)
NAME_OF_THINGS = re.compile(  # also where it repeats
    r"(.*[ _.-])?(id|ids|uuid|guid|mrn|patient|subject|participant|proband|donor|person|individual|animal|mouse)"
    r"|(?-i:.*[a-z]ID|.*[a-z]Id)"
    r"|(.*[ _.-])?(pat|patient|patienten|subject|participant|proband|probanden|teilnehmer|donor|person|animal|tier|mouse|case"
    r"|fall|record|akten)[ _.-]?(nr|no|num|nummer|number|code)[.]?",
    re.IGNORECASE,
)
NO_LABEL = re.compile(r"[-–—?]+|none|nil|unknown|unk|missing|not known|unbekannt|fehlt|k\.? ?a\.?|n\.a\.|-9+", re.IGNORECASE)
TIMES = re.compile(r"(.*[ _.-])?(time|date|year|month|week|day|hour|minute|second|age)s?([ _.-].*)?", re.IGNORECASE)
EXACT = 2.0**53  # float64 does not tell all whole numbers beyond apart
ID_LENGTH = 40
GIVES_AWAY = 0.99  # cross-validated share of rows whose class one column alone tells
NOT_EASY = 0.95  # where another column that is no copy comes as near, the data are merely easy
FOLDS = 5
VALUES_AS_CATEGORIES = 20  # as many different values in a column are looked at one by one
CHECKED_ROWS = 2000
MAJORITY = 0.8
Frame = pd.DataFrame


def quoted(names: Sequence[str], most: int = 5) -> str:
    """Write column names for a sentence, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]


def constant_columns(X: Frame) -> list[str]:
    """Name the columns that have the same value in every row."""
    numbers = _numbers(X)
    values = numbers.to_numpy()
    same = dict(zip(numbers.columns, np.all(values == values[:1], axis=0), strict=True))
    return [str(c) for c in X.columns if (same[c] if c in same else not X[c].isna().any() and X[c].nunique() == 1)]


def _numbers(X: Frame) -> Frame:
    """Give the columns of numbers, which are many where columns are many, so that they are looked at together."""
    return X.loc[:, [dtype.kind in "biuf" for dtype in X.dtypes]].astype(np.float64)


def identifier_columns(X: Frame) -> list[str]:
    """Name the columns that only tell rows apart.

    Those are texts without spaces, all different; and whole numbers, all different, that rise or fall from row to row by one,
    are a range without gaps, or have a name such as ``patient_id``.
    """
    if len(X) < LEAST_ROWS:
        return []
    numbers = _numbers(X)
    values = numbers.to_numpy()
    whole = np.all(values == np.round(values), axis=0)
    measured = {name for name, is_whole in zip(numbers.columns, whole, strict=True) if not is_whole}
    return [str(c) for c in X.columns if c not in measured and _tells_rows_apart(str(c), X[c])]


def _tells_rows_apart(name: str, column: pd.Series[Any]) -> bool:
    if column.isna().any() or not column.is_unique or not _whole_or_words(column):
        return False
    if column.dtype.kind == "O" or ID_NAME.fullmatch(name):
        return True
    if TIMES.fullmatch(name):  # rows in the order of time are no numbers of rows
        return False
    return float(column.max() - column.min()) == len(column) - 1


def _whole_or_words(values: pd.Series[Any]) -> bool:
    """Tell whether values, none of them missing, are whole numbers or short texts without spaces."""
    if values.dtype.kind == "O":
        return not values.str.contains(r"\s").any() and int(values.str.len().max()) <= ID_LENGTH
    return values.dtype.kind != "M" and bool((values == values.round()).all())


def repeated_identifiers(X: Frame) -> list[str]:
    """Name the columns that tell apart not rows but what they are of, such as ``patient_id``.

    Those have the name of an identifier, and many different whole numbers or texts without spaces, some in several rows.
    """
    return [str(c) for c in X.columns if NAME_OF_THINGS.fullmatch(str(c)) and _repeats(X[c].dropna())]


def long_identifiers(X: Frame) -> list[str]:
    """Name the columns with the name of an identifier and whole numbers so long that float64 does not tell them apart."""
    names = [c for c in X.columns if NAME_OF_THINGS.fullmatch(str(c)) and X[c].dtype.kind == "f"]
    return [str(c) for c in names if X[c].abs().max() >= EXACT and _whole_or_words(X[c].dropna())]


def _repeats(values: pd.Series[Any]) -> bool:
    many = max(LEAST_ROWS, min(VALUES_AS_CATEGORIES + 1, len(values) // LEAST_ROWS))
    return many <= values.nunique() < len(values) and _whole_or_words(values)


def repeated_note(X: Frame, names: Sequence[str]) -> tuple[str, ...]:
    """Say of each of these columns that it is left out, and how its values may be used."""
    return tuple(
        f"Column {name!r} left out: it has the name of an identifier, and its {X[name].nunique():,} values repeat. Where rows "
        f"with the same value belong together, take it for the groups (--groups {shlex.quote(name)}), so that none is tested "
        "on whose fellows were trained on."
        for name in names
    )


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
        shares = {str(i): _share_told(X[rows, i].astype(np.float64), y) for i in range(X.shape[1])}
    else:
        some = X.iloc[rows]
        numbers = _numbers(some)
        of_numbers = dict(zip(numbers.columns, numbers.to_numpy().T, strict=True))
        shares = {str(c): _share_told(of_numbers[c], y) if c in of_numbers else _share_of_column(some[c], y) for c in X.columns}
    found = [name for name, share in shares.items() if share >= GIVES_AWAY]
    near = [name for name, share in shares.items() if NOT_EASY <= share < GIVES_AWAY]
    return found if 2 * len(found) <= max(len(shares), 2) and not near else []


def _share_of_column(column: pd.Series[Any], y: Rows) -> float:
    if column.dtype.kind == "O":
        return _share_told_by_words(pd.factorize(column, use_na_sentinel=False)[0], y)
    times = column.to_numpy("datetime64[us]").astype(np.int64)
    return _share_told(np.where(column.isna(), np.nan, times), y)


def _folds(n: int) -> Rows:
    return np.random.default_rng(0).permutation(n) % FOLDS


def _share_told_by_words(codes: Rows, y: Rows) -> float:
    """Cross-validated share of rows whose class most others with the same text have; texts have no order to go by."""
    fold, right = _folds(len(y)), 0
    for k in range(FOLDS):
        counts = np.zeros((codes.max() + 1, y.max() + 1))
        np.add.at(counts, (codes[fold != k], y[fold != k]), 1)
        seen = counts.any(axis=1)
        guess = np.where(seen, counts.argmax(axis=1), counts.sum(axis=0).argmax())
        right += int((guess[codes[fold == k]] == y[fold == k]).sum())
    return right / len(y)


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
    fold, right = _folds(len(y)), 0
    for k in range(FOLDS):
        rule = DecisionTreeClassifier(max_leaf_nodes=max(leaves, 2), random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of as many classes as rows, which is refused in our words
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


def class_note(y: Rows, classes: Sequence[str]) -> tuple[str, ...]:
    """Say it where classes look like one written in two ways, or like labels that are missing."""
    counts = dict(zip(classes, np.bincount(y, minlength=len(classes)), strict=True))
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(re.sub(r"[\s_]+", " ", name.casefold()).strip(), []).append(name)
    said = [
        f"Classes {quoted(names)} count as {len(names)} ({', '.join(f'{counts[n]:,}' for n in names)} rows); if they are one, "
        "write it in one way."
        for names in alike.values()
        if len(names) > 1
    ]
    unknown = [name for name in classes if NO_LABEL.fullmatch(name)]
    said += [
        f"{name!r} counts as a class of its own ({counts[name]:,} rows); if it means that nobody knows, leave these rows out."
        for name in unknown
    ]
    return tuple(said)


def imbalance_note(y: Rows, classes: Sequence[str]) -> tuple[str, ...]:
    """Say it where one class has most rows."""
    counts = np.bincount(y, minlength=len(classes))
    most = int(np.argmax(counts))
    share = float(counts[most] / len(y))
    if share < MAJORITY:
        return ()
    return (
        f"{_begin(percent(share))} of the rows are of class {classes[most]!r}, so accuracy says little; balanced_accuracy or "
        "roc_auc say more.",
    )


def missing_note(X: NDArray[Any] | Frame) -> tuple[str, ...]:
    """Say how many values are missing, and what is done about them."""
    gone = np.isnan(X) if isinstance(X, np.ndarray) else X.isna().to_numpy()
    if not gone.any():
        return ()
    share, columns = float(gone.mean()), int(gone.any(axis=0).sum())
    return (
        f"{_begin(percent(share))} of the values are missing, in {columns} of {gone.shape[1]} columns; every training set "
        "fills numbers with its own medians and marks where they were; words that are missing are a category.",
    )


def unseen_note(X: Frame, training: Frame, name: str) -> tuple[str, ...]:
    """Say how many rows of a test set hold a text that no training row has, where texts are categories.

    Parameters
    ----------
    X, training : DataFrame
        Of the test set, and of what it is the test set of.
    name : str
        Of the latter.
    """
    unseen = np.zeros(len(X), bool)
    example = ""
    for column in X.columns:
        values = training[column].dropna()
        if values.dtype.kind != "O" or 2 * values.nunique() > len(values):  # texts to read
            continue
        new = (X[column].notna() & ~X[column].isin(values.unique())).to_numpy()
        if new.any() and not example:
            example = f"{X[column].iloc[int(np.argmax(new))]!r} in column {str(column)!r}"
        unseen |= new
    if not example:
        return ()
    n, rows = int(unseen.sum()), len(X)
    return (f"{n:,} of its {rows:,} rows hold a category that no row of {name} has, such as {example}; models know none.",)
