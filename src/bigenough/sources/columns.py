"""Columns of any table to three kinds: numbers (booleans are 0 and 1), dates, text.

Kinds are read from the whole file, as its column names are; nothing else is learnt here.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources.dates import read_dates, which_are_dates
from bigenough.sources.quantities import GROUPED, Note, common_unit, marked_numbers, plain_numbers, quantity, quoted
from bigenough.sources.spelling import MISSING, as_known, percent, text_of

CODES = "If they are codes, put a letter before each"
MISSING_TEXT = "an empty cell, NA, N/A, NaN, null, ? or ."
SEVERAL = 3  # different values with one unit are no names of classes such as 4WD
STRAY = 0.1  # a column of text with at most this share of other values than numbers was meant to be numbers
Series = pd.Series  # of any kind


class Tidied(NamedTuple):
    """A column as float64, datetime64[us] or str, the unit that stood with every number, and how it was written.

    That is `quantities.Marked.written`, or "dmY" or "mdY" for dates; empty where nothing shows it.
    """

    values: Series[Any]
    unit: str = ""
    written: str = ""


def tidy(
    column: Series[Any], what: str, *, decimal_comma: bool = False, note: Note = lambda text: None, wanted: str = ""
) -> Tidied:
    """Turn a column into float64, datetime64[us] or str.

    Parameters
    ----------
    column : Series, shape (n,)
        Index 0 to n - 1.
    what : str
        Names the column in errors, such as ``"column 'age' of people.csv"``.
    decimal_comma : bool
        Whether ``1,5`` may be a number.
    note : callable
        Told what a person should know.
    wanted : str
        How the training set's column is written, where this is its test set's: what may be read in two ways is read so.

    Returns
    -------
    Tidied
        Of shape (n,).

    Raises
    ------
    InputError
        A few texts among numbers, infinite numbers, or values that are none of these kinds.
    """
    kind = column.dtype.kind
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Tidied(as_text(column))
    if kind in "biuf":
        return Tidied(finite(column.astype("float64"), what))
    if kind == "M":
        return Tidied(_dates(column))
    if kind == "m":
        return Tidied(column.dt.total_seconds())
    if kind == "c":
        raise InputError(f"{what} has complex numbers; real numbers, text, dates and booleans can be used")
    return _objects(column, what, decimal_comma, note, wanted)


def finite(column: Series[Any], what: str) -> Series[Any]:
    """Give the column as it is, unless a value is infinite.

    Raises
    ------
    InputError
    """
    infinite = np.flatnonzero(np.isinf(column.to_numpy(np.float64, na_value=np.nan)))
    if len(infinite):
        raise InputError(
            f"{what} has an infinite value in row {infinite[0] + 1}; correct it, or leave the cell empty if it is not known"
        )
    return column


def _dates(column: Series[Any]) -> Series[Any]:
    plain = pd.to_datetime(column, utc=True).dt.tz_localize(None)
    return plain.astype("datetime64[us]")


def as_text(column: Series[Any], known: Iterable[str] = ()) -> Series[Any]:
    """Turn a column of any kind into str, without spaces around, and with what stands for a missing value as one.

    Whole numbers are written as `known` has them, the training texts of a test set.
    """
    codes, values = _distinct(column)
    return _spelt(column.name, codes, as_known(values, known))


def _distinct(column: Series[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Give every row's number among the different texts, -1 where it is missing, and these texts."""
    texts = pd.Series(
        [None if gone else text_of(value) for value, gone in zip(column, column.isna(), strict=True)], dtype=object
    )
    codes, found = pd.factorize(texts)
    kept = np.array([value.lower() not in MISSING for value in found], bool)
    renumbered = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    return renumbered[codes], [value for value, keep in zip(found, kept, strict=True) if keep]


def _spelt(name: Hashable, codes: NDArray[np.int64], values: Sequence[str]) -> Series[Any]:
    return pd.Series([None if code < 0 else values[code] for code in codes], dtype="str", name=name)


def _objects(column: Series[Any], what: str, decimal_comma: bool, note: Note, wanted: str) -> Tidied:
    present = column[column.notna()]
    kinds = {_kind(value) for value in present} if column.dtype == object else {"text"}
    if "other" in kinds:
        row = next(i for i, value in enumerate(column) if not pd.isna(value) and _kind(value) == "other")
        type_name = type(column.iloc[row]).__name__
        raise InputError(f"{what} has a {type_name} in row {row + 1}; numbers, text, dates and booleans can be used")
    if kinds in ({"boolean"}, {"number"}):
        values = [np.nan if gone else float(value) for value, gone in zip(column, column.isna(), strict=True)]
        return Tidied(finite(pd.Series(values, name=column.name, dtype="float64"), what))
    if kinds == {"date"}:
        return Tidied(_dates(column))
    return _texts(column, what, decimal_comma, note, wanted)


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, numbers.Number) and not isinstance(value, complex | np.complexfloating):
        return "number"
    return "date" if isinstance(value, datetime.date) else "other"


def _texts(column: Series[Any], what: str, decimal_comma: bool, note: Note, wanted: str) -> Tidied:
    codes, values = _distinct(column)

    def spread(of_values: Any, missing: Any) -> Any:  # noqa: ANN401 - an array of any kind
        return pd.Series(np.append(np.asarray(of_values), [missing])[codes], name=column.name)

    if not values:
        return Tidied(pd.Series(np.full(len(codes), np.nan), name=column.name))
    found = marked_numbers(values, what, decimal_comma=decimal_comma, note=note, wanted=wanted)
    quantities = [quantity(value) for value in values] if found is None else []
    unit = common_unit(quantities)
    if unit:
        plain = [each.number for each in quantities if each]
        found = marked_numbers(plain, what, decimal_comma=decimal_comma, note=note, wanted=wanted)
    if found is not None:
        if unit:
            note(f"All values of {what} have the unit {unit!r}, as in {quoted(values[0])}; read as numbers. {CODES}.")
        spaced = next((value for value in values if GROUPED.search(value)), "")
        if spaced:
            mark = "apostrophes" if set(spaced) & {"'", "\u2019"} else "spaces"
            note(f"The {mark} of {what}, as in {quoted(spaced)}, were read as marks between thousands. {CODES}.")
        return Tidied(finite(spread(found.values, np.nan), what), unit, found.written)
    if {value.lower() for value in values} <= {"true", "false"}:
        return Tidied(spread([float(value.lower() == "true") for value in values], np.nan))
    dates = read_dates(values, what, note, wanted)
    if dates is not None:
        return Tidied(spread(dates.values, np.datetime64("NaT")).astype("datetime64[us]"), written=dates.order)
    is_number = ~np.isnan(plain_numbers(values))
    units = np.array([each.unit if each else "" for each in quantities])
    _no_strays(codes, values, is_number, units, what)
    countable = is_number | (units != "")
    share = float(countable[codes[codes >= 0]].mean())
    if share >= 0.5 and len(set(units)) <= SEVERAL < len(values):
        said = f"{percent(share)} of it are numbers, with or without a unit, as in {values[int(np.argmax(countable))]!r}"
        note(f"{what[:1].upper()}{what[1:]} is read as text, though {said}.")
    return Tidied(_spelt(column.name, codes, values))


def _no_strays(codes: NDArray[Any], values: Sequence[str], is_number: NDArray[Any], units: NDArray[Any], what: str) -> None:
    """Refuse a few texts among numbers or dates, and a few values of another kind among numbers of one unit."""
    rows = np.flatnonzero(codes >= 0)
    kinds = {"numbers": is_number, "dates": which_are_dates(values)}
    of_unit, counts = np.unique(units[units != ""], return_counts=True)
    if counts.max(initial=0) >= SEVERAL:
        most = of_unit[np.argmax(counts)]
        kinds[f"numbers with the unit {str(most)!r}"] = units == most
    for kind, fits in kinds.items():
        stray = rows[~fits[codes[rows]]]
        if 0 < len(stray) <= STRAY * len(rows):
            others = f"{len(stray)} values that are" if len(stray) > 1 else "a value that is"
            which = f"{values[codes[stray[0]]]!r} in row {stray[0] + 1}"
            raise InputError(
                f"{what} holds {kind}, and {others} none of these: {which}; correct it, or mark it as missing "
                f"({MISSING_TEXT}){'' if kind == 'dates' else f'. {CODES}'}"
            )
