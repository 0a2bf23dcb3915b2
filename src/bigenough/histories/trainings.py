"""Which rows of a log are one training, where a file has several under each other or one that was taken up again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bigenough.histories.columns import CURVES
from bigenough.types import Floats

ENOUGH = 4  # points, which most rules take; of several trainings a shorter one gives way
MOST_FALLS = 500  # of the count; with more the rows are in no order at all
MOST_NAMED = 3  # places where a training was taken up again

Rows = NDArray[np.intp]


def one_training(table: dict[str, Floats], name: str, notes: list[str]) -> dict[str, Floats]:
    """Keep the rows of one training.

    A count that falls to where there are values already begins a new training, or takes one up again, if it goes on from
    there through all that it had. Of several trainings the last is kept that has enough points; of one that was taken up
    again, what came later.

    Parameters
    ----------
    table : dict of str to ndarray, shape (rows,)
        Columns by the part that they play.
    name : str
    notes : list of str
        Gets a sentence on what was left out.
    """
    when = _counted(table)
    falls = np.empty(0, np.intp) if when is None else np.flatnonzero(np.diff(when) < 0) + 1
    if when is None or not 0 < len(falls) <= MOST_FALLS or not _meets_itself(table, when):
        return table
    trainings, resumed = [np.empty(0, np.intp)], [list[str]()]
    for rows in np.split(np.arange(len(when)), falls):
        before = trainings[-1]
        if not len(before) or not _meet(table, when, before, rows):
            trainings[-1] = np.concatenate([before, rows])
        elif when[rows[0]] <= max(when[before].min(), 1):
            trainings.append(rows)
            resumed.append([])
        elif _goes_on(when, before, rows):
            trainings[-1] = np.concatenate([before[when[before] < when[rows[0]]], rows])
            resumed[-1].append(_place(table, rows[0]))
        else:
            trainings[-1] = np.concatenate([before, rows])
    points = [len(np.unique(when[rows])) for rows in trainings]
    chosen = max(range(len(trainings)), key=lambda i: (min(points[i], ENOUGH), i))
    kept = trainings[chosen]
    if len(trainings) > 1:
        which = "the last one" if chosen == len(trainings) - 1 else f"number {chosen + 1}, the last of {points[chosen]} points,"
        notes.append(f"{name} holds {len(trainings)} trainings under each other; {which} is read, from row {kept[0] + 1} on.")
    if resumed[chosen]:
        places, more = resumed[chosen][:MOST_NAMED], len(resumed[chosen]) - MOST_NAMED
        said = ", ".join(places) + (f" and {more:,} places more" if more > 0 else "")
        notes.append(f"It was taken up again at {said}; what had been there from then on is left out.")
    return {part: values[kept] for part, values in table.items()}


def _counted(table: Mapping[str, Floats]) -> Floats | None:
    """Each row's place in time, shape (rows,): epochs, within them updates; None where neither is known of every row."""
    epochs, updates = (table.get(part) for part in ("epoch", "updates"))
    epochs, updates = (None if each is None or not np.isfinite(each).all() else each for each in (epochs, updates))
    if epochs is None or updates is None:
        return updates if epochs is None else epochs
    return np.asarray(epochs * (updates.max() + 1) + updates)


def _place(table: Mapping[str, Floats], row: np.intp) -> str:
    part = "epoch" if "epoch" in table and np.isfinite(table["epoch"][row]) else "updates"
    return f"{part.removesuffix('s')} {table[part][row]:,.6g}"


def _meets_itself(table: Mapping[str, Floats], when: Floats) -> bool:
    """Whether any column has two values of one time, before and after the count fell."""
    stretch = np.concatenate([[0], np.cumsum(np.diff(when) < 0)])
    for part in CURVES:
        if part in table:
            there = ~np.isnan(table[part])
            pairs = np.unique(np.column_stack([when[there], stretch[there]]), axis=0)
            if len(pairs) > len(np.unique(pairs[:, 0])):
                return True
    return False


def _meet(table: Mapping[str, Floats], when: Floats, before: Rows, after: Rows) -> bool:
    """Whether a column has values of the same time among both rows."""
    for part in CURVES:
        if part in table:
            there = ~np.isnan(table[part])
            if np.intersect1d(when[before[there[before]]], when[after[there[after]]]).size:
                return True
    return False


def _goes_on(when: Floats, before: Rows, after: Rows) -> bool:
    """Whether rows go through all the times from their first one on that were there before, and are more than one of them."""
    times, first, last = np.unique(when[after]), when[after[0]], when[after].max()
    earlier = when[before]
    return len(times) > 1 and bool(np.isin(earlier[(earlier >= first) & (earlier <= last)], times).all())
