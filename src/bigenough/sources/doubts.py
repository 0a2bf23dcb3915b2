"""What looks like a slip in the data: numbers that stand for missing values, classes of a few rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.sources.notices import NO_LABEL, quoted
from bigenough.types import Rows

# what people write for "missing" where a cell may hold numbers alone
CODES = np.array([-9.0, *(sign * (10.0**digits - 1) for digits in range(2, 10) for sign in (-1, 1))])
TWICE = 2  # times at least: a value by itself may be an outlier
FEW_ROWS, FEW_SHARE = 10, 0.2  # of a class: fewer rows than that, and than that share of what half of the classes have
SEVERAL = 3  # classes; of two, the rarer one is what a study is about


def codes_note(X: NDArray[Any] | pd.DataFrame) -> tuple[str, ...]:
    """Say it where nines, such as -999, lie farther from a column's other values than these from each other."""
    columns, codes, count = [], set[str](), 0
    for name, column in pd.DataFrame(X).items():
        if column.dtype.kind not in "iuf":
            continue
        values = column.dropna().to_numpy(np.float64)
        if not np.isin(values, CODES).any():
            continue
        found, times = np.unique(values, return_counts=True)
        nines = np.isin(found, CODES)
        others = found[~nines]
        if len(others) < TWICE:
            continue
        low, high = others.min(), others.max()
        far = nines & (times >= TWICE) & ((found < 2 * low - high) | (found > 2 * high - low))
        if far.any():
            columns.append(str(name))
            codes |= {str(int(value)) for value in found[far]}
            count += int(times[far].sum())
    if not columns:
        return ()
    where = f"column {quoted(columns)}" if len(columns) == 1 else f"columns {quoted(columns)}"
    written = ", ".join(sorted(codes, key=float))
    return (
        f"{count:,} values of {where} are {written}, far from all others; if that stands for a missing value, leave such cells "
        "empty, else it is taken as a number.",
    )


def few_rows_note(y: Rows, classes: Sequence[str]) -> tuple[str, ...]:
    """Say it where one of several classes has a few rows only, as a slip of the pen would have."""
    counts = np.bincount(y, minlength=len(classes))
    usual = float(np.median(counts))
    few = [
        name for name, n in zip(classes, counts, strict=True)
        if n < min(FEW_ROWS, FEW_SHARE * usual) and not NO_LABEL.fullmatch(name)
    ]  # fmt: skip
    if len(classes) < SEVERAL or not few:
        return ()
    rows = ", ".join(f"{counts[classes.index(name)]:,}" for name in few)
    have = f"class {quoted(few)} has only {rows}" if len(few) == 1 else f"classes {quoted(few)} have only {rows}"
    return (
        f"Half of the classes have {usual:,.0f} rows or more, and {have}; if that is a slip, mend it or leave the rows out.",
    )
