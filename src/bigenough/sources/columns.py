"""Columns of any table to three kinds: numbers (booleans are 0 and 1), dates, text.

Kinds are read from the whole file, as its column names are; nothing else is learnt here.
"""

from __future__ import annotations

import datetime
import math
import numbers
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bigenough.errors import InputError

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "?"})
CODES = "If they are codes, put a letter before each"
MISSING_TEXT = "an empty cell, NA, N/A, NaN, null or ?"
LONGEST_NUMBER = 50  # characters of a number with its unit
SEVERAL = 3  # different values with one unit are no names of classes such as 4WD
STRAY = 0.1  # a column of text with at most this share of other values than numbers was meant to be numbers
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ]\d.*)?|\d{1,2}([./])\d{1,2}\2\d{4}( \d.*)?")
DECIMAL_COMMA = re.compile(r"[-+]?((\d{1,3}(\.\d{3})+|\d+)(,\d+)?|,\d+)([eE][-+]?\d+)?")
DOTS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+")
THOUSANDS_COMMA = re.compile(r"[-+]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d+)?")
NUMBER = r"[.,]?\d[.,\d]*(?:[eE][-+]?\d+)?"
WITH_UNIT = re.compile(  # "17.9 mm", "-$1,200", "CHF 7"
    rf"(?P<number>[-+]?{NUMBER})\s*(?P<after>[^-+.,:/\d\s]\S{{0,11}}(?:\s\S{{1,11}})?)"
    rf"|(?P<sign>[-+]?)(?P<before>[$€£¥]|[A-Z]{{3}}\s)\s*(?P<amount>[-+]?{NUMBER})"
)
MINUS = str.maketrans("\u2212", "-")
Series = pd.Series  # of any kind
Note = Callable[[str], None]


def tidy(column: Series[Any], what: str, *, decimal_comma: bool = False, note: Note = lambda text: None) -> Series[Any]:
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

    Returns
    -------
    Series, shape (n,)

    Raises
    ------
    InputError
        A few texts among numbers, infinite numbers, or values that are none of these kinds.
    """
    kind = column.dtype.kind
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _as_text(column)
    if kind in "biuf":
        return finite(column.astype("float64"), what)
    if kind == "M":
        return _dates(column)
    if kind == "m":
        return column.dt.total_seconds()
    if kind == "c":
        raise InputError(f"{what} has complex numbers; real numbers, text, dates and booleans can be used")
    return _objects(column, what, decimal_comma, note)


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


def _as_text(column: Series[Any]) -> Series[Any]:
    texts = [None if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)]
    return pd.Series(texts, dtype="str", name=column.name)


def _objects(column: Series[Any], what: str, decimal_comma: bool, note: Note) -> Series[Any]:
    present = column[column.notna()]
    kinds = {_kind(value) for value in present} if column.dtype == object else {"text"}
    if "other" in kinds:
        row = next(i for i, value in enumerate(column) if not pd.isna(value) and _kind(value) == "other")
        type_name = type(column.iloc[row]).__name__
        raise InputError(f"{what} has a {type_name} in row {row + 1}; numbers, text, dates and booleans can be used")
    if kinds in ({"boolean"}, {"number"}):
        values = [np.nan if gone else float(value) for value, gone in zip(column, column.isna(), strict=True)]
        return finite(pd.Series(values, name=column.name, dtype="float64"), what)
    if kinds == {"date"}:
        return _dates(column)
    return _texts(_as_text(column), what, decimal_comma, note)


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, numbers.Number) and not isinstance(value, complex | np.complexfloating):
        return "number"
    return "date" if isinstance(value, datetime.date) else "other"


def _texts(column: Series[Any], what: str, decimal_comma: bool, note: Note) -> Series[Any]:
    codes, found = pd.factorize(column.str.strip())
    values = [str(value) for value in found]
    gone = np.array([value.lower() in MISSING for value in values], bool)
    codes = np.where((codes >= 0) & ~np.append(gone, True)[codes], codes, -1)
    used = sorted(set(codes.tolist()) - {-1})

    def spread(of_values: Any, missing: Any) -> Any:  # noqa: ANN401 - an array of any kind
        return np.append(np.asarray(of_values), [missing])[codes]

    if not used:
        return pd.Series(np.full(len(codes), np.nan), name=column.name)
    parsed = _numbers(values)
    texts = [values[i] for i in used]
    unit, plain = _without_unit(texts) if np.isnan(parsed[used]).any() else ("", texts)
    if np.isnan(_numbers(plain)).any():
        plain = _without_marks(plain, what, decimal_comma, note) or plain
    elif decimal_comma and (dotted := [value for value in plain if "." in value]) and all(map(DOTS.fullmatch, dotted)):
        note(f"The dots of {what}, as in {dotted[0]!r}, may stand before decimals or between thousands; read as decimal.")
    if not np.isnan(read := _numbers(plain)).any():
        parsed[used] = read
        if unit:
            note(f"All values of {what} have the unit {unit!r}, as in {texts[0]!r}; read as numbers. {CODES}.")
        made = finite(pd.Series(spread(parsed, np.nan), name=column.name), what)
        made.attrs["unit"] = unit
        return made
    if {values[i].lower() for i in used} <= {"true", "false"}:
        return pd.Series(spread([float(value.lower() == "true") for value in values], np.nan), name=column.name)
    if all(DATE.fullmatch(values[i]) for i in used):
        dates = _parse_dates([values[i] for i in used], what, note)
        if dates is not None:
            every = np.full(len(values) + 1, np.datetime64("NaT"), "datetime64[us]")
            every[used] = dates
            return pd.Series(every[codes], name=column.name)
    _no_strays(codes, parsed, values, what)
    numbers_too = np.array([not math.isnan(parsed[i]) or _unit(value) is not None for i, value in enumerate(values)])
    share = float(numbers_too[codes[codes >= 0]].mean())
    if share >= 0.5 and len({_unit(values[i]) for i in used}) <= SEVERAL < len(used):
        example = next(values[i] for i in used if numbers_too[i])
        said = f"{share:.0%} of it are numbers, with or without a unit, as in {example!r}"
        note(f"{what[:1].upper()}{what[1:]} is read as text, though {said}.")
    return pd.Series([None if code < 0 else values[code] for code in codes], dtype="str", name=column.name)


def _without_marks(values: list[str], what: str, decimal_comma: bool, note: Note) -> list[str] | None:
    """Write numbers with a decimal comma, or with marks between thousands, as plain ones; None where not all are such."""
    values = [value.translate(MINUS) for value in values]
    decimals, thousands = (all(kind.fullmatch(value) for value in values) for kind in (DECIMAL_COMMA, THOUSANDS_COMMA))
    example = next((value for value in values if "," in value), "")
    if thousands and not (decimals and decimal_comma):
        return [value.replace(",", "") for value in values]
    if thousands:
        note(f"The commas of {what}, as in {example!r}, may stand before decimals or between thousands; read as decimal.")
    elif decimals and not decimal_comma:
        note(f"The commas of {what}, as in {example!r}, were read as decimal.")
    return [value.replace(".", "").replace(",", ".") for value in values] if decimals else None


def _without_unit(values: list[str]) -> tuple[str, list[str]]:
    """Take the unit off values that all have the same, such as ``17.9 mm``; no unit and the values where they have not."""
    found = [match for value in values if (match := _with_unit(value))]
    units = {_unit(value) for value in values}
    if len(found) < len(values) or len(units) != 1:
        return "", values
    return str(units.pop()), [match["number"] or match["sign"] + match["amount"] for match in found]


def _with_unit(value: str) -> re.Match[str] | None:
    return WITH_UNIT.fullmatch(value.translate(MINUS)) if len(value) <= LONGEST_NUMBER else None


def _unit(value: str) -> str | None:
    match = _with_unit(value)
    return match and (match["after"] or match["before"].strip())


def _numbers(values: list[str]) -> Any:  # noqa: ANN401 - (n,) float64, NaN where it is no number
    return pd.to_numeric(pd.Series([value.translate(MINUS) for value in values], dtype=object), errors="coerce").to_numpy(
        np.float64, copy=True
    )


def _no_strays(codes: Any, parsed: Any, values: list[str], what: str) -> None:  # noqa: ANN401 - arrays
    rows = np.flatnonzero(codes >= 0)
    kinds = {"numbers": ~np.isnan(parsed)}
    units = [_unit(value) for value in values]
    if with_one := [unit for unit in units if unit]:
        unit = max(sorted(set(with_one)), key=with_one.count)
        if with_one.count(unit) >= SEVERAL:
            kinds[f"numbers with the unit {unit!r}"] = np.array([other == unit for other in units])
    for kind, fits in kinds.items():
        stray = rows[~fits[codes[rows]]]
        if 0 < len(stray) <= STRAY * len(rows):
            others = f"{len(stray)} values that are" if len(stray) > 1 else "a value that is"
            which = f"{values[codes[stray[0]]]!r} in row {stray[0] + 1}"
            raise InputError(
                f"{what} holds {kind}, and {others} none of these: {which}; correct it, or mark it as missing "
                f"({MISSING_TEXT}). {CODES}"
            )


def _parse_dates(values: list[str], what: str, note: Note) -> Any:  # noqa: ANN401 - (n,) datetime64[us], or None
    texts = pd.Series(values, dtype="str")
    if values[0][4:5] == "-":
        tries = {"ISO8601": "ISO8601"}
    else:
        clock = " %H:%M:%S" if values[0].count(":") == 2 else " %H:%M" if ":" in values[0] else ""
        mark = "." if "." in values[0] else "/"
        tries = {order: mark.join(f"%{part}" for part in order) + clock for order in ("dmY", "mdY")}
    read = {}
    for order, how in tries.items():
        parsed = pd.to_datetime(texts, format=how, errors="coerce", utc=True)
        if parsed.notna().all():
            read[order] = parsed
    if len(read) == 2:
        chosen = "dmY" if "." in values[0] else "mdY"
        word = "day" if chosen == "dmY" else "month"
        note(f"The dates of {what} do not show whether the day or the month comes first; read as {word} first.")
        return _dates(read[chosen]).to_numpy()
    return _dates(next(iter(read.values()))).to_numpy() if read else None
