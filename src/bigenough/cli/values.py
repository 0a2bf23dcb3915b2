"""Values of the command line's options: lists of numbers and names, times."""

from __future__ import annotations

from bigenough.errors import InputError

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def whole_numbers(text: str | None, what: str) -> list[int] | None:
    """Read ``"10,20"``; None stays None.

    Raises
    ------
    InputError
        When it is anything else.
    """
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{what} takes whole numbers with commas between, such as 10,20; got {text!r}") from None


def names(text: str | None, what: str) -> list[str] | None:
    """Read ``"a,b"``; None stays None. What belongs to a name stays with it: ``"a,setting=value,b"`` is two."""
    if text is None:
        return None
    from bigenough.recipes import NOT_IN_BRACKETS  # loads numpy

    parts: list[str] = []
    for part in map(str.strip, NOT_IN_BRACKETS.split(text)):
        if "=" in part and parts:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    if not all(parts) or "=" in parts[0].partition(",")[0]:
        raise InputError(f"{what} takes names with commas between, such as leekasso,mlp; got {text!r}")
    return parts


def duration(text: str | None, what: str) -> float | None:
    """Read ``"5m"``, ``"90s"``, ``"1.5h"`` or plain seconds; None stays None.

    Raises
    ------
    InputError
        When it is anything else.
    """
    if text is None:
        return None
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "s")
    try:
        seconds = float(number) * UNITS[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise InputError(f"{what} takes a time above 0, such as 90s, 5m or 1.5h; got {text!r}")
    return seconds
