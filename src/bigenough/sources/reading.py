"""All columns of a table to their kinds: plain numbers of all columns at once, every other column by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources.columns import as_text, tidy
from bigenough.sources.quantities import DOTS, Note
from bigenough.sources.spelling import MISSING
from bigenough.types import Dataset, Floats

Frame = pd.DataFrame
Texts = NDArray[np.object_]
SHOWN = {
    "comma": "that commas stand before decimals", "point": "that points stand before decimals",
    "dmY": "that the day comes first", "mdY": "that the month comes first",
}  # fmt: skip


def read_columns(
    raw: Frame, name: str, *, like: Dataset | None, decimal_comma: bool, note: Note
) -> tuple[Frame, dict[str, str], dict[str, str]]:
    """Turn every column into float64, datetime64[us] or str.

    Parameters
    ----------
    raw : DataFrame, shape (n, columns)
        Index 0 to n - 1.
    name : str
        Of the data, for errors.
    like : Dataset, optional
        What this is the test set of: its columns have the same kinds and units.
    decimal_comma, note
        As in `columns.tidy`.

    Returns
    -------
    X : DataFrame, shape (n, columns)
    units : dict of str to str
        Of the columns whose numbers have one.
    written : dict of str to str
        How columns are written, `columns.Tidied`; a test set's are read as its training set's.

    Raises
    ------
    InputError
        As in `columns.tidy`, or a column of another kind or unit than in `like`.
    """
    training = like.X if like is not None and isinstance(like.X, pd.DataFrame) else None
    words = set() if training is None else {name for name, dtype in training.dtypes.items() if dtype.kind == "O"}
    known = {} if like is None else like.written
    slow = words | {column for column, how in known.items() if how.startswith("comma")}
    found = plain_numbers_at_once(raw, [column for column in raw.columns if column not in slow], decimal_comma)
    columns: dict[str, Any] = {}
    units, written = {}, {}
    for column in raw.columns:
        what = f"column {column!r} of {name}"
        if training is not None and column in words:
            columns[column] = as_text(raw[column], training[column].dropna().unique()).array
            continue
        if column in found:
            values, unit, how = pd.Series(found[column], name=column), "", "point" if _dotted(raw[column]) else ""
        else:
            wanted = known.get(column, "")
            values, unit, how = tidy(raw[column], what, decimal_comma=decimal_comma, note=note, wanted=wanted.rstrip("?"))
            if like is not None and wanted.endswith("?") and how not in ("", wanted.rstrip("?")):
                raise InputError(
                    f"{what} shows {SHOWN[how]}, and {like.name}, which does not, was read otherwise; write it so that it does"
                )
        if unit:
            units[column] = unit
        if how:
            written[column] = how
        columns[column] = (values if like is None else _same_kind(values, unit, raw[column], like, what)).array
    return pd.DataFrame(columns, index=raw.index), units, written


def plain_numbers_at_once(raw: Frame, columns: Sequence[str], decimal_comma: bool) -> dict[str, Floats]:
    """Read the columns that hold nothing but finite numbers and gaps, and of which nothing is to be said.

    Parameters
    ----------
    raw : DataFrame, n rows
    columns : sequence of str
        Those to look at.
    decimal_comma : bool
        Whether ``1,5`` may be a number: then ``1.234`` may be meant in two ways, and is not read here.

    Returns
    -------
    dict of str to ndarray of float64, shape (n,)
        What `columns.tidy` makes of these columns; others are not in it.
    """
    kinds = raw.dtypes
    numeric = [c for c in columns if isinstance(kinds[c], np.dtype) and kinds[c].kind in "biuf"]
    written = [c for c in columns if isinstance(kinds[c], pd.StringDtype)]
    found: dict[str, Floats] = {}
    values: Floats
    if numeric:
        values = raw[numeric].to_numpy(np.float64)
        infinite = np.any(np.isinf(values), axis=0)
        found.update({c: values[:, i] for i, c in enumerate(numeric) if not infinite[i]})
    if written:
        texts = raw[written].to_numpy(object)
        values = pd.to_numeric(texts.ravel(), errors="coerce").astype(np.float64).reshape(texts.shape)
        infinite = np.any(np.isinf(values), axis=0)
        for i, column in enumerate(written):
            sure = not infinite[i] and _only_gaps(texts[np.isnan(values[:, i]), i])
            if sure and not (decimal_comma and _two_ways(texts[:, i])):
                found[column] = values[:, i]
    return found


def _dotted(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.StringDtype) and bool(column.str.contains(".", regex=False).any())


def _only_gaps(texts: Texts) -> bool:
    return all(not isinstance(text, str) or text.strip().lower() in MISSING for text in texts)


def _two_ways(texts: Iterable[object]) -> bool:
    """Tell whether the first number with a dot may have it between thousands."""
    dotted = next((text for text in texts if isinstance(text, str) and "." in text), "")
    return DOTS.fullmatch(dotted.strip()) is not None


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
