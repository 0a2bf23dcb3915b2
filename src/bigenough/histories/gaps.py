"""What a NaN in a log stands for: a value that nobody recorded there, or a loss that is no number any more.

Libraries write the same NaN for both. Pandas puts it into the columns that a row lacks, and a network that broke down gives it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bigenough.types import Floats

GONE, NOT_A_NUMBER = math.nan, math.inf  # what evidence has for the two
WRITTEN = -math.inf  # a NaN that stood in the log, until it is known which of the two it is


def settled(columns: Mapping[str, Sequence[float]]) -> tuple[dict[str, Floats], dict[str, int]]:
    """Tell gaps from values that are no numbers.

    A NaN with a number after it in its column is a gap. One that lasts to the end is no number, unless it lasts no longer
    than gaps do in that column, or its row has a value of a column that never has one beside this column's. A column
    without any number is none because of its NaN, and not because it was not recorded.

    Parameters
    ----------
    columns : mapping of str to sequence of float
        All of one length; `WRITTEN` where the log has a NaN.

    Returns
    -------
    columns : dict of str to ndarray
        `GONE` or `NOT_A_NUMBER` there instead.
    gaps : dict of str to int
        How many NaN were taken for gaps, of the columns that have any.
    """
    table = {column: np.array(values, float) for column, values in columns.items()}
    given = {column: np.isfinite(values) for column, values in table.items()}
    gaps = dict[str, int]()
    for column, values in table.items():
        nan = values == WRITTEN
        if not nan.any():
            continue
        gap = nan & _is_gap(column, nan, given)
        values[nan] = NOT_A_NUMBER
        values[gap] = GONE
        if gap.any():
            gaps[column] = int(gap.sum())
    return table, gaps


def contradicted(train_loss: Floats, held_out_loss: Floats) -> NDArray[np.bool_]:
    """Rows whose training loss is no number though a held-out loss is one there or later: weights that broke down give none."""
    later = np.logical_or.accumulate(np.isfinite(held_out_loss)[::-1])[::-1]
    return np.isinf(train_loss) & later


def ended_before(values: Floats) -> int | None:
    """Give the row from which a column has nothing to its end, for longer than its gaps are; None where it goes on."""
    places = np.flatnonzero(~np.isnan(values))
    if not len(places):
        return None
    longest, left = int(np.diff(places, prepend=-1).max()) - 1, len(values) - 1 - int(places[-1])
    return int(places[-1]) + 1 if left > max(1, longest) else None


def _is_gap(column: str, nan: NDArray[np.bool_], given: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Which rows may hold a gap of the column, shape (rows,)."""
    mine = given[column]
    if not mine.any():
        return np.zeros(len(mine), bool)
    places = np.flatnonzero(mine)
    inside = np.arange(len(mine)) < places[-1]
    longest = int(np.diff(places, prepend=-1).max()) - 1
    if nan[~inside].sum() <= longest and nan[inside].any():
        return np.ones(len(mine), bool)
    for other in given.values():
        if not (other & mine).any():  # never beside this one: of rows of its own, such as those of a validation
            inside = inside | other
    return inside
