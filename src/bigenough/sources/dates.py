"""Dates as people write them: the year first or last, months as numbers or English names, with or without a time of day."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONGEST = 50  # characters of a date
_YEAR = r"(?P<year>(?:1[5-9]|2[01])\d\d)"  # others are numbers of something else
_CLOCK = (
    r"(?P<hour>\d\d|\d(?!\d))(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d(?:\.\d+)?))?(?:\s?(?P<offset>Z|UTC|[-+]\d\d:?(?:\d\d)?))?)?"
    r"(?:\s?(?P<half>[AP])\.?M\.?)?"
)
_DAY = (
    _YEAR + r"(?P<mark>[-/])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    _YEAR + r"\.(?P<month>\d\d)\.(?P<day>\d\d)",  # 2020.1.5 is a version of something
    r"(?P<one>\d{1,2})(?P<mark>[-./])(?P<other>\d{1,2})(?P=mark)" + _YEAR,
    r"(?P<day>\d{1,2})(?P<between>[- ]?)(?P<name>[A-Z]{3,9})\.?(?P=between)" + _YEAR,
    r"(?P<name>[A-Z]{3,9})\.?\s(?P<day>\d{1,2}),?\s" + _YEAR,
)
DATES = [re.compile(rf"{day}(?:(?:T|,?\s){_CLOCK})?", re.IGNORECASE | re.ASCII) for day in _DAY]
_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS = {name[:n]: i for i, name in enumerate(_NAMES, 1) for n in (3, 4, len(name))}
ORDERS = ("dmY", "mdY")  # of day, month and year, where the year is last
Parts = dict[str, str]


class Dates(NamedTuple):
    """Dates in UTC, shape (n,), and the order of day and month: one of `ORDERS`, empty where there is no other.

    With a question mark behind it, where it may be the other.
    """

    values: NDArray[np.datetime64]
    order: str = ""


def read_dates(texts: Sequence[str], what: str, note: Callable[[str], None], wanted: str = "") -> Dates | None:
    """Read dates; None where a text is none, or they are written in several ways that leave their order open.

    Parameters
    ----------
    texts : sequence of str
    what : str
        Names the column in notes.
    note : callable
        Told where it does not show whether the day or the month comes first.
    wanted : str
        The order in the training set, where it has shown it.
    """
    known: list[Parts] = []
    for text in texts:
        parts = _parts(text)
        if parts is None:
            return None
        known.append(parts)
    marks = {each["mark"] for each in known if "one" in each}
    if len(marks) > 1:
        return None
    read = {order: values for order in _orders(known) if not np.isnat(values := _values(known, order)).any()}
    if len(read) == 2 and wanted not in read:
        order = "mdY" if marks == {"/"} else "dmY"
        word = "month" if order == "mdY" else "day"
        note(f"The dates of {what} do not show whether the day or the month comes first; read as {word} first.")
        return Dates(read[order], f"{order}?")
    if not read:
        return None
    order = wanted if wanted in read else next(iter(read))
    return Dates(read[order], order)


def which_are_dates(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which texts are dates that exist, shape (n,); of day and month, the order that makes more of them such comes first.

    Examples
    --------
    >>> which_are_dates(["2020/01/25", "05JAN2020", "1/2/2020 3:04 PM", "30/2/2020", "12:30", "1.2.3"]).tolist()
    [True, True, True, False, False, False]
    """
    found = [_parts(text) for text in texts]
    known = [each for each in found if each is not None]
    exist = max((~np.isnat(_values(known, order)) for order in _orders(known)), key=np.sum)
    are = np.array([each is not None for each in found], bool)
    are[are] = exist
    return are


def _orders(known: Sequence[Parts]) -> tuple[str, ...]:
    return ORDERS if any("one" in each for each in known) else ("",)


def _values(known: Sequence[Parts], order: str) -> NDArray[np.datetime64]:
    """Dates in UTC, shape (n,); NaT for one that does not exist."""
    written = pd.Series([_iso(each, order) for each in known], dtype="str")
    parsed = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True)
    return parsed.dt.tz_localize(None).to_numpy("datetime64[us]")


def _parts(text: str) -> Parts | None:
    """Take a date apart; None where it is none."""
    if len(text) > LONGEST:
        return None
    match = next((match for date in DATES if (match := date.fullmatch(text))), None)
    if match is None:
        return None
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    if parts.get("name", "jan").lower() not in MONTHS or ("half" in parts and not 1 <= int(parts["hour"]) <= 12):
        return None
    return parts


def _iso(parts: Parts, order: str) -> str:
    """Write a date as ISO 8601 has it; it need not exist."""
    day, month = parts.get("day", ""), parts.get("month", "")
    if "name" in parts:
        month = str(MONTHS[parts["name"].lower()])
    elif "one" in parts:
        numbers = parts["one"], parts["other"]
        day, month = numbers if order == "dmY" else numbers[::-1]
    date = f"{parts['year']}-{int(month):02}-{int(day):02}"
    if "hour" not in parts:
        return date
    hour = int(parts["hour"])
    if "half" in parts:
        hour = hour % 12 + (12 if parts["half"] in "Pp" else 0)
    offset = parts.get("offset", "").upper().replace("UTC", "Z")
    return f"{date}T{hour:02}:{parts.get('minute', '00')}:{parts.get('second', '00')}{offset}"
