"""Scores as logs have them, shares or per cent, of right or of wrong answers, as shares of right answers."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bigenough.histories.columns import is_error
from bigenough.types import Floats

SIDES = ("train_score", "held_out_score")
ROUNDING = 1e-4  # beyond 0 and 1: float32 gives 1.0000001, and means of batches more
SURE = 2.0  # a greatest score above it is no share, however it was added up
HIGH_LOSS = math.log(10)  # whoever is right on 2 % at most has a loss above this


def as_shares(table: dict[str, Floats], parts: Mapping[str, str], notes: list[str]) -> list[str]:
    """Read the scores of a log as shares, in place, and take out those that are none.

    Parameters
    ----------
    table : dict of str to ndarray, shape (rows,)
        Columns by the part that they play.
    parts : mapping of str to str
        Part to the column's name.
    notes : list of str
        Gets a sentence for everything that was assumed.

    Returns
    -------
    list of str
        Why a column was taken out, each.
    """
    refused = []
    most = {side: _most(table[side]) for side in SIDES if side in table}
    high_loss = _is_high(table)
    for side, greatest in most.items():
        column, values = parts[side], np.where(np.isinf(table[side]), np.nan, table[side])
        reason = ""
        if (least := float(np.nanmin(values, initial=0.0))) < -ROUNDING:
            reason = f"{column} goes down to {least:.3g}; scores are shares from 0 to 1 or per cent"
        elif _is_per_cent(column, greatest, [value for other, value in most.items() if other != side], high_loss):
            notes.append(f"{column} was taken for per cent, as {_reason(greatest)}.")
            values = values / 100
        elif greatest > 1 + ROUNDING:
            reason = f"{column} goes up to {greatest:.4g}, which is neither a share nor per cent"
        if reason:
            refused.append(reason)
            del table[side]
            continue
        if is_error(column):
            notes.append(f"{column} was taken for the share of wrong answers.")
            values = 1 - values
        table[side] = np.clip(values, 0.0, 1.0)
    return refused


def is_like_r2(values: Floats) -> bool:
    """Whether values lie on both sides of 0 and never above 1, as the share of variance that a regression explains."""
    given = values[np.isfinite(values)]
    return bool(len(given)) and float(given.min()) < -ROUNDING and 0 < float(given.max()) <= 1 + ROUNDING


def _most(values: Floats) -> float:
    given = values[np.isfinite(values)]
    return float(given.max()) if len(given) else 0.0


def _is_high(table: Mapping[str, Floats]) -> bool:
    losses = [table[part][np.isfinite(table[part])] for part in ("train_loss", "held_out_loss") if part in table]
    return any(len(values) and values.min() > HIGH_LOSS for values in losses)


def _is_per_cent(column: str, greatest: float, others: list[float], high_loss: bool) -> bool:
    """Whether a column is in per cent: by its name, its size, the other column's size, or a loss of many classes."""
    if greatest > 100 * (1 + ROUNDING):
        return False
    if greatest > SURE or ("%" in column and (high_loss or greatest > 1 + ROUNDING)):
        return True  # of a name with a % and cells up to 1, those may have had a % of their own, or be shares
    other = next((value for value in others if 1 + ROUNDING < value <= 100 * (1 + ROUNDING)), None)
    if greatest > 1 + ROUNDING:
        return high_loss or (other is not None and other > SURE)
    sure = other is not None and (other > SURE or high_loss)
    return sure and other is not None and abs(greatest - other) < abs(100 * greatest - other)  # the nearer reading


def _reason(greatest: float) -> str:
    if greatest > 1 + ROUNDING:
        return f"it goes up to {greatest:g}"
    return "its name or the other score says so"
