"""The numbers that models get: every column of a draw as numbers, by what the draw's training rows teach and only those.

A number is filled in with the training rows' median where it is missing, and a column marks where. A date becomes days since
1970, year, month, day, weekday and hour. A text with few different values becomes one column a value, with more or all
different ones the main directions of its letter groups (skrub's `StringEncoder`); values never seen in training are all zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bigenough.types import Dataset, Draw, Floats, Rows

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 20  # different values of a text in the training rows that get a column each
FEWEST_TEXTS = 4  # where as many are all different, it is text to read rather than categories
DIRECTIONS = 10  # columns of a text
KEPT_BYTES = 2**27  # of prepared draws, which several models ask for


@dataclass(frozen=True)
class Inputs:
    """A draw's rows as numbers without gaps.

    Attributes
    ----------
    train, convergence, test : ndarray, shape (rows, features)
    names : tuple of str
        One a feature; empty where the features are a plain array's own, in order.
    notes : tuple of str
        What a person should know of this draw.
    """

    train: Floats
    convergence: Floats
    test: Floats
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


_kept: dict[tuple[Any, ...], Inputs] = {}


def prepare(data: Dataset, draw: Draw) -> Inputs:
    """Turn a draw's rows into numbers.

    Parameters
    ----------
    data : Dataset
    draw : Draw

    Returns
    -------
    Inputs
        Arrays without gaps are the rows as they are. What is learnt is learnt from ``draw.train``; no other row changes
        anything but its own numbers.
    """
    if isinstance(data.X, np.ndarray):
        train, convergence, test = (data.flat(rows) for rows in (draw.train, draw.convergence, draw.test))
        if data.X.dtype.kind != "f" or not any(np.isnan(part).any() for part in (train, convergence, test)):
            return Inputs(train, convergence, test)
        numbers = Numbers.learn(train, [str(i) for i in range(data.n_features)])
        return Inputs(numbers.apply(train), numbers.apply(convergence), numbers.apply(test), names=numbers.names)
    key = (data.fingerprint, *(rows.tobytes() for rows in (draw.train, draw.convergence, draw.test)))
    inputs = _kept.pop(key, None) or _prepare_frame(data.X, draw)
    _kept[key] = inputs
    while sum(_size(kept) for kept in _kept.values()) > KEPT_BYTES and len(_kept) > 1:
        del _kept[next(iter(_kept))]
    return inputs


def _size(inputs: Inputs) -> int:
    return inputs.train.nbytes + inputs.convergence.nbytes + inputs.test.nbytes


def _prepare_frame(X: pd.DataFrame, draw: Draw) -> Inputs:
    train = X.iloc[draw.train]
    learnt = learn(train)
    parts = (np.hstack([each.apply_to(X.iloc[rows]) for each in learnt]) for rows in (draw.train, draw.convergence, draw.test))
    of_train, of_convergence, of_test = parts
    return Inputs(of_train, of_convergence, of_test, names=tuple(name for each in learnt for name in each.names))


class Encoder(Protocol):
    """What was learnt of some columns."""

    @property
    def names(self) -> tuple[str, ...]:
        """One a feature."""

    def apply_to(self, X: pd.DataFrame) -> Floats:
        """Give rows as numbers, (rows, features)."""


def learn(train: pd.DataFrame) -> list[Encoder]:
    """Learn from training rows how to turn rows into numbers.

    Parameters
    ----------
    train : DataFrame, shape (n, columns)

    Returns
    -------
    list of Encoder
        Numbers and dates first, then texts, each in the order of their columns.
    """
    kinds = [dtype.kind for dtype in train.dtypes]
    found: list[Encoder] = []
    numeric = [i for i, kind in enumerate(kinds) if kind in "biufmM"]
    if numeric:
        values, names = _as_numbers(train, numeric)
        found.append(Numeric(numeric, Numbers.learn(values, names)))
    return found + [_learn_text(train, i) for i, kind in enumerate(kinds) if kind not in "biufmM"]


@dataclass(frozen=True)
class Numbers:
    """Medians, (p,), and which columns get one beside them that marks gaps."""

    medians: Floats
    marked: Rows
    known: NDArray[np.bool_]
    names: tuple[str, ...]

    @classmethod
    def learn(cls, train: Floats, names: Sequence[str]) -> Numbers:
        """Learn from training rows, (n, p); a column without any value in them is 0 in all rows."""
        gone = np.isnan(train)
        known, medians = ~gone.all(axis=0), np.zeros(train.shape[1])
        for i in np.flatnonzero(known & gone.any(axis=0)):
            medians[i] = np.median(train[~gone[:, i], i])
        whole = ~gone.any(axis=0)
        medians[whole] = np.median(train[:, whole], axis=0)
        marked = np.flatnonzero(known & ~whole)
        return cls(medians, marked, np.asarray(known), (*names, *(f"{names[int(i)]} missing" for i in marked)))

    def apply(self, X: Floats) -> Floats:
        """Fill in and mark, (rows, p) to (rows, p + marked)."""
        gone = np.isnan(X)
        filled = np.where(gone, self.medians, X) * self.known if not self.known.all() else np.where(gone, self.medians, X)
        return np.hstack([filled, gone[:, self.marked].astype(np.float64)]) if len(self.marked) else filled


@dataclass(frozen=True)
class Numeric:
    """The columns of a frame that are numbers or dates."""

    columns: list[int]
    numbers: Numbers

    @property
    def names(self) -> tuple[str, ...]:
        """One a feature."""
        return self.numbers.names

    def apply_to(self, X: pd.DataFrame) -> Floats:
        """Give rows as numbers."""
        return self.numbers.apply(_as_numbers(X, self.columns)[0])


def _as_numbers(X: pd.DataFrame, columns: Sequence[int]) -> tuple[Floats, list[str]]:
    """Numbers as they are, dates as several; each row by itself. NaN where there is no value."""
    names = [str(X.columns[i]) for i in columns]
    kinds = [X.dtypes.iloc[i].kind for i in columns]
    if not set(kinds) & set("mM"):
        return X.iloc[:, list(columns)].to_numpy(np.float64, na_value=np.nan), names
    values, parts = [], []
    for i, name, kind in zip(columns, names, kinds, strict=True):
        column = X.iloc[:, i]
        if kind == "m":
            values.append(column.dt.total_seconds().to_numpy(np.float64))
            parts.append(name)
        elif kind == "M":
            date = column.dt
            days = column.to_numpy("datetime64[us]").astype(np.int64) / 86_400e6
            values.append(np.where(column.isna(), np.nan, days))
            values += [
                part.to_numpy(np.float64, na_value=np.nan)
                for part in (date.year, date.month, date.day, date.day_of_week, date.hour)
            ]
            parts += [f"{name}: {part}" for part in ("days", "year", "month", "day", "weekday", "hour")]
        else:
            values.append(column.to_numpy(np.float64, na_value=np.nan))
            parts.append(name)
    return np.column_stack(values), parts


def _texts(column: pd.Series[Any]) -> NDArray[Any]:
    """Texts, (n,), and None where there is none."""
    return np.array([None if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)], object)


def _learn_text(train: pd.DataFrame, i: int) -> Encoder:
    name, texts = str(train.columns[i]), _texts(train.iloc[:, i])
    present = [text for text in texts if text is not None]
    values = sorted(set(present))
    gaps = len(present) < len(texts)
    all_different = len(values) == len(present) >= FEWEST_TEXTS
    if len(values) > MOST_CATEGORIES or (all_different and any(" " in value for value in values)):
        return Letters(i, name, present, gaps)
    return Categories(i, name, values, gaps)


class Categories:
    """One column a value, and one for gaps if the training rows have any."""

    def __init__(self, column: int, name: str, values: Sequence[str], gaps: bool) -> None:
        self.column = column
        self.place: dict[str | None, int] = {value: k for k, value in enumerate(values)}
        self.names = tuple(f"{name} = {value}" for value in values)
        if gaps:
            self.place[None] = len(values)
            self.names += (f"{name} missing",)

    def apply_to(self, X: pd.DataFrame) -> Floats:
        """Give rows as zeros and ones; an unknown value is all zeros."""
        codes = np.array([self.place.get(text, -1) for text in _texts(X.iloc[:, self.column])], np.int64)
        out = np.zeros((len(X), len(self.names)))
        rows = np.flatnonzero(codes >= 0)
        out[rows, codes[rows]] = 1.0
        return out


class Letters:
    """The main directions of a text's letter groups, and a column for gaps if the training rows have any."""

    def __init__(self, column: int, name: str, texts: Sequence[str], gaps: bool) -> None:
        import pandas as pd
        from skrub import StringEncoder

        self.column, self.gaps = column, gaps
        # one text and its twin have no second direction, so that no more are asked for than there are
        self.encoder = StringEncoder(n_components=min(DIRECTIONS, max(2, len(set(texts)) - 1)), random_state=0)
        width = np.asarray(self.encoder.fit_transform(pd.Series(list(texts), name=name, dtype="str"))).shape[1]
        self.names = tuple(f"{name}: direction {k + 1}" for k in range(width)) + ((f"{name} missing",) if gaps else ())

    def apply_to(self, X: pd.DataFrame) -> Floats:
        """Give rows as numbers; a gap is all zeros but for its mark."""
        import pandas as pd

        texts = _texts(X.iloc[:, self.column])
        present = np.array([text is not None for text in texts], bool)
        out = np.zeros((len(X), len(self.names)))
        width = len(self.names) - self.gaps
        if present.any():
            filled = pd.Series(list(texts[present]), name="text", dtype="str")
            out[present, :width] = np.asarray(self.encoder.transform(filled), np.float64)
        if self.gaps:
            out[:, -1] = ~present
        return out
