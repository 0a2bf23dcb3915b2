"""Dates as people write them: the year first or last, months as numbers or English names, with or without a time of day."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d+)?))?)?"
    r"(?:\s?(?P<half>[AP])\.?M\.?)?(?:\s?(?P<offset>Z|UTC|[-+]\d{2}:?(?:\d{2})?))?"
)
_DAY = (
    r"(?P<year>\d{4})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<one>\d{1,2})(?P<mark>[-./])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4})",
    r"(?P<day>\d{1,2})(?P<mark>[- ]?)(?P<name>[A-Z]{3,9})\.?(?P=mark)(?P<year>\d{4})",
    r"(?P<name>[A-Z]{3,9})\.?\s(?P<day>\d{1,2}),?\s(?P<year>\d{4})",
)
DATES = [re.compile(rf"{day}(?:(?:T|,?\s){_CLOCK})?", re.IGNORECASE) for day in _DAY]
MONTHS = {name.lower()[:n]: i for i, name in enumerate(calendar.month_name) if name for n in (3, 4, len(name))}
ORDERS = ("dmY", "mdY")  # of day, month and year, where the year is last


class Dates(NamedTuple):
    """Dates in UTC, shape (n,), and the order of day and month: one of `ORDERS`, empty where there is no other.

    With a question mark behind it, where it may be the other.
    """

    values: NDArray[np.datetime64]
    order: str = ""


def is_date(text: str) -> bool:
    """Tell whether a text is written as a date, if perhaps not one that exists.

    Examples
    --------
    >>> [is_date(text) for text in ("2020/01/25", "25-12-2020", "05JAN2020", "1/2/2020 3:04 PM", "12:30", "1.2.3")]
    [True, True, True, True, False, False]
    """
    return _parts(text) is not None


def read_dates(texts: Sequence[str], what: str, note: Callable[[str], None], wanted: str = "") -> Dates | None:
    """Read dates; None where a text is none.

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
    known: list[dict[str, str]] = []
    for text in texts:
        parts = _parts(text)
        if parts is None:
            return None
        known.append(parts)
    orders = ORDERS if any("one" in each for each in known) else ("",)
    read: dict[str, NDArray[np.datetime64]] = {}
    for order in orders:
        written = pd.Series([_iso(each, order) for each in known], dtype="str")
        parsed = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True)
        if parsed.notna().all():
            read[order] = parsed.dt.tz_localize(None).astype("datetime64[us]").to_numpy()
    if len(read) == 2 and wanted not in read:
        order = "mdY" if any(each.get("mark") == "/" for each in known) else "dmY"
        word = "month" if order == "mdY" else "day"
        note(f"The dates of {what} do not show whether the day or the month comes first; read as {word} first.")
        return Dates(read[order], f"{order}?")
    if not read:
        return None
    order = wanted if wanted in read else next(iter(read))
    return Dates(read[order], order)


def _parts(text: str) -> dict[str, str] | None:
    """Take a date apart; None where it is none."""
    match = next((match for date in DATES if (match := date.fullmatch(text))), None)
    if match is None:
        return None
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    if parts.get("name", "jan").lower() not in MONTHS or ("half" in parts and not 1 <= int(parts["hour"]) <= 12):
        return None
    return parts


def _iso(parts: dict[str, str], order: str) -> str:
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
