"""Numbers as people write them: with marks between thousands, decimal commas, units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bigenough.types import Floats

LONGEST = 50  # characters of a number with its unit
DECIMAL_COMMA = re.compile(r"[-+]?((\d{1,3}(\.\d{3})+|\d+)(,\d+)?|,\d+)([eE][-+]?\d+)?", re.ASCII)
DOTS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)
THOUSANDS_COMMA = re.compile(r"[-+]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_NUMBER = r"[.,]?[0-9][.,0-9]*(?:[eE][-+]?[0-9]+)?"
WITH_UNIT = re.compile(  # "17.9 mm", "-$1,200", "CHF 7"
    rf"(?P<number>[-+]?{_NUMBER})\s*(?P<after>[^-+.,:/\d\s]\S{{0,11}}(?:\s\S{{1,11}})?)"
    rf"|(?P<sign>[-+]?)(?P<before>[$€£¥]|[A-Z]{{3}}\s)\s*(?P<amount>[-+]?{_NUMBER})"
)
MINUS = str.maketrans("\u2212", "-")
GROUPED = re.compile(
    r"(?<![\d.,+])[1-9]\d{0,2}([ '\u2019\u00a0\u2009\u202f])\d{3}(\1\d{3})*(?!\d)", re.ASCII
)  # "1 612", "1'612"
Note = Callable[[str], None]


class Quantity(NamedTuple):
    """A number's text, and the unit that stood with it."""

    number: str
    unit: str


class Marked(NamedTuple):
    """Numbers, shape (n,), and what stands before their decimals: "comma", "point", or nothing that shows it.

    With a question mark behind it, where it may be either.
    """

    values: Floats
    written: str = ""


def usual(text: str) -> str:
    """Write a number's minus as a hyphen, and close up its thousands where spaces or apostrophes stand between them.

    Examples
    --------
    >>> usual("\u22121 612 kg"), usual("1'234'567.5"), usual("12 34")
    ('-1612 kg', '1234567.5', '12 34')
    """
    if len(text) > LONGEST:
        return text
    return GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text.translate(MINUS))


def quoted(text: str) -> str:
    """Put a text between quotes, with usual spaces.

    Examples
    --------
    >>> quoted("1\u202f612")
    "'1 612'"
    """
    return f"'{' '.join(text.split())}'"


def quantity(text: str) -> Quantity | None:
    """Take a text apart that is a number with a unit; None where it is none.

    Examples
    --------
    >>> quantity("17.9 mm"), quantity("4WD"), quantity("17.9")
    (Quantity(number='17.9', unit='mm'), Quantity(number='4', unit='WD'), None)
    """
    match = WITH_UNIT.fullmatch(usual(text)) if len(text) <= LONGEST else None
    if match is None:
        return None
    if match["number"]:
        return Quantity(match["number"], match["after"])
    return Quantity(match["sign"] + match["amount"], match["before"].strip())


def common_unit(quantities: Sequence[Quantity | None]) -> str:
    """Give the unit that all have; empty where they have several, or where there is one that is no quantity."""
    units = {each and each.unit for each in quantities}
    return (units.pop() or "") if len(units) == 1 else ""


def plain_numbers(texts: Sequence[str]) -> Floats:
    """Read numbers with a decimal point, shape (n,); NaN where a text is none."""
    return _read([usual(text) for text in texts])


def _read(usual_texts: Sequence[str]) -> Floats:
    return pd.to_numeric(pd.Series(usual_texts, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)


def marked_numbers(texts: Sequence[str], what: str, *, decimal_comma: bool, note: Note, wanted: str = "") -> Marked | None:
    """Read numbers that may have decimal commas, or marks between thousands; None where a text is none.

    Parameters
    ----------
    texts : sequence of str
    what : str
        Names the column in notes.
    decimal_comma : bool
        Whether a comma that may be either stands before decimals.
    note : callable
        Told where marks may be read in two ways.
    wanted : str
        "comma" or "point", where a training set has shown it: what may be either is then read so.
    """
    as_written, texts = texts, [usual(text) for text in texts]
    numbers = _read(texts)
    if not np.isnan(numbers).any():
        dotted = [text for text in texts if "." in text]
        example = next((quoted(text) for text in as_written if "." in text), "")
        either = bool(dotted) and all(map(DOTS.fullmatch, dotted))
        if either and wanted == "comma":
            return Marked(_read([text.replace(".", "") for text in texts]), wanted)
        if either and decimal_comma and not wanted:
            note(f"The dots of {what}, as in {example}, may stand before decimals or between thousands; read as decimal.")
        return Marked(numbers, f"point{'?' if either and decimal_comma and not wanted else ''}" if dotted else "")
    decimals, thousands = (all(kind.fullmatch(text) for text in texts) for kind in (DECIMAL_COMMA, THOUSANDS_COMMA))
    example = next((quoted(text) for text in as_written if "," in text), "")
    either = decimals and thousands and not wanted
    if thousands and not (decimals and (wanted == "comma" if wanted else decimal_comma)):
        return Marked(_read([text.replace(",", "") for text in texts]), "point?" if either else "point")
    if not decimals:
        return None
    if either:
        note(f"The commas of {what}, as in {example}, may stand before decimals or between thousands; read as decimal.")
    elif not decimal_comma and wanted != "comma":
        note(f"The commas of {what}, as in {example}, were read as decimal.")
    values = _read([text.replace(".", "").replace(",", ".") for text in texts])
    return Marked(values, "comma?" if either else "comma")
