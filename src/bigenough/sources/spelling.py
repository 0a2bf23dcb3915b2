"""How values are written: a whole number alike whatever held it, and shares never rounded to all or to none."""

from __future__ import annotations

import decimal
import math
import numbers
import re
from collections.abc import Iterable, Sequence

import numpy as np

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "?", "."})
WHOLE = re.compile(r"[-+]?\d+\.0*")


def text_of(value: object) -> str:
    """Write a value of any kind, without spaces around.

    Examples
    --------
    >>> text_of(2.0), text_of(2**60 + 1), text_of(" a "), text_of(0.5)
    ('2', '1152921504606846977', 'a', '0.5')
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real | decimal.Decimal) and math.isfinite(value) and value % 1 == 0:
        return str(math.floor(value))
    if isinstance(value, bytes):
        return value.decode(errors="replace").strip()
    return str(value).strip()


def plain(text: str) -> str:
    """Take the decimals off a whole number; any other text stays as it is.

    Examples
    --------
    >>> plain("3.0"), plain("900000000000207009.0"), plain("3.5"), plain("01")
    ('3', '900000000000207009', '3.5', '01')
    """
    return str(int(text.split(".")[0])) if WHOLE.fullmatch(text) else text


def as_known(texts: Sequence[str], known: Iterable[str]) -> list[str]:
    """Write whole numbers as they are written among known texts, as a test set's ``2.0`` where training rows have ``2``."""
    exact = set(known)
    spelt = {plain(text): text for text in sorted(exact)}
    return [text if text in exact else spelt.get(plain(text), text) for text in texts]


def percent(share: float) -> str:
    """Write a share; 0 % and 100 % are said of none and of all only.

    Examples
    --------
    >>> percent(0.995), percent(1), percent(0.004), percent(0.256)
    ('more than 99%', '100%', 'less than 1%', '26%')
    """
    if 0 < share < 0.01:
        return "less than 1%"
    return "more than 99%" if 0.99 < share < 1 else f"{share:.0%}"
