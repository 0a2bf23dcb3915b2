"""What a training printed, line by line, to rows: Keras's progress, log files of one's own loop, scikit-learn's ``verbose``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from bigenough.histories.columns import SIDE_WORDS, has_curves, plain

Row = dict[str, str]  # name to number as it is written, perhaps with a %

LONGEST_MARK = 40  # letters before a name in which it may be said which rows it is of
LEAST_LINES = 2  # with a loss or a score; a table may have one in a remark
_LINE_ENDS = re.compile(r"[\r\n]|\x08+")  # a progress bar goes back, and writes the line anew
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COUNTS = {  # what a line counts, to how it is written
    "epoch": re.compile(r"\bepoch\b\W{0,4}(\d+(?:\.\d+)?)(?:\s*/\s*\d+)?", re.IGNORECASE),
    "iteration": re.compile(r"\b(?:iteration|iter|step)\b\W{0,4}(\d+)(?:\s*/\s*\d+)?", re.IGNORECASE),
}
_OF_SCIKIT_LEARN = re.compile(r"^Iteration \d+, loss = ", re.MULTILINE)  # which counts passes over the rows
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|[-+]?inf"
_PAIR = re.compile(
    rf"""(?<![\w.@/])([a-z_][\w.@/]*(?:[ -](?:[a-z_][\w.@/]*|\(\w+\))){{0,3}})(["']?\s*[:=]\s*|\s+)({_NUMBER})"""
    r"(\s?%|\s*/\s*[1-9]\d*)?(?![\w.]|,\d)",
    re.IGNORECASE,
)
_MARK = re.compile(r"\b([a-z]+)(?: (?:set|phase))?\s*[\])]*\s*[-:|]?\s*[\[(]*\s*$", re.IGNORECASE)  # "Val - ", "[train] "
_HEADING = re.compile(r"\W*([a-z]+)(?: \w+)?:\s*", re.IGNORECASE)  # "Test Error:", with no number behind it
_SAID_BEFORE = ("info", "debug", "warning", "root", "average", "avg", "mean", "running")  # of a name, but no part of it


def rows_of(text: str) -> list[Row]:
    """Read the values that a training printed, one row an epoch; without epochs, one row whenever a name comes again.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of dict
        Empty where fewer than two lines have a loss or a score.
    """
    lines = [COLOURS.sub("", line) for line in _LINE_ENDS.split(text)]
    lines = [line for line in lines if line and not line.startswith("#")]
    unit = next((unit for unit, written in _COUNTS.items() if any(map(written.search, lines))), None)
    rows, counts = list[Row](), list[str]()
    speaking, block = 0, ""  # lines with a curve; the side that a line by itself, "Test Error:", gives those under it
    for line in lines:
        count = _COUNTS[unit].search(line) if unit is not None else None
        if count is not None:
            line = f"{line[: count.start()]} | {line[count.end() :]}"  # which is no part of the name behind it
            if not rows or float(counts[-1]) != float(count[1]):
                rows.append({})
                counts.append(count[1])
        heading = _HEADING.fullmatch(line)
        if count is not None or heading is not None:
            block = heading[1].lower() if heading is not None and heading[1].lower() in SIDE_WORDS else ""
        pairs = list(_pairs(line, block))
        speaking += any(_is_curve(name) for name, _ in pairs)
        if unit is None and pairs and (not rows or any(name in rows[-1] for name, _ in pairs)):
            rows.append({})
        if rows:
            rows[-1].update(pairs)
    if speaking < LEAST_LINES:
        return []
    called = "epoch" if _OF_SCIKIT_LEARN.search(text) else unit
    kept: list[Row] = []
    for i, row in enumerate(_of_one_form(rows)):
        if not any(map(_is_curve, row)):
            continue
        if called is not None:
            row[called] = counts[i]
        if called is not None and kept and float(kept[-1][called]) == float(counts[i]):
            kept[-1].update(row)  # taken up again in this epoch
        else:
            kept.append(row)
    return kept


@lru_cache(4096)
def _is_curve(name: str) -> bool:
    return has_curves([name])


def _pairs(line: str, side: str = "") -> Iterator[tuple[str, str]]:
    """Give a line's names and numbers; a name says which rows it is of where the line does, or one above it."""
    end = 0
    for pair in _PAIR.finditer(line):
        between = line[end : pair.start()]
        mark = _MARK.search(between[-LONGEST_MARK:])
        if mark is not None and mark[1].lower() in SIDE_WORDS:
            side = mark[1].lower()
        elif end and not between.isspace() and side.endswith(" "):  # said by the name before, which reaches no further
            side = ""
        words = pair[1].split(" ")
        while len(words) > 1 and words[0].lower() in _SAID_BEFORE:
            del words[0]
        name = " ".join(words)
        if not pair[2].strip() and not _is_curve(name):  # any word before any number
            continue
        own = next((word for word in plain(name).split("_") if word in SIDE_WORDS), "")
        if own:
            side = f"{own} "
        elif side and _is_curve(name):
            name = f"{side.strip()} {name}"
        yield name, _value(pair[3], pair[4] or "")
        end = pair.end()


def _value(number: str, behind: str) -> str:
    """Write a number as a cell: right ones of all, ``9830/10000``, as a share."""
    if "/" not in behind:
        return number + behind.strip()
    return str(float(number) / float(behind.strip(" /")))


def _of_one_form(rows: list[Row]) -> list[Row]:
    """Of names that mean the same keep that which is written most often: others stand in remarks, such as on a best epoch."""
    written = Counter(name for row in rows for name in row)
    most = {plain(name): name for name, _ in reversed(written.most_common())}
    return [{name: value for name, value in row.items() if most[plain(name)] == name} for row in rows]
