"""When each row of a log was written: the rows' order, and which are of one moment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bigenough.histories.columns import CURVES
from bigenough.rules.evidence import Unit
from bigenough.types import Floats

EXACT = 2.0**53
MOST_POINTS = 1000  # of a curve; single steps of a long training are joined
FEW_EPOCHS = 8  # fewer points than this show little; where there are losses of steps, those are the points then


def in_order(table: dict[str, Floats], notes: list[str], steps: int | None) -> tuple[Floats, Unit, dict[str, Floats]]:
    """Find the time of each row, join rows of the same time, and put them in order.

    Parameters
    ----------
    table : dict of str to ndarray, shape (rows,)
        Of one training; ``"epoch"`` and ``"updates"`` are taken out.
    notes : list of str
        Gets a sentence for everything that was assumed.
    steps : int or None
        Updates in an epoch.

    Returns
    -------
    times : ndarray, shape (points,)
    unit : {"epoch", "update"}
    table : dict of str to ndarray, shape (points,)
    """
    n = len(next(iter(table.values())))
    when, unit = _times(table, notes, n)
    times = np.unique(when)
    if len(times) > MOST_POINTS:
        notes.append(f"{len(times)} {unit}s were joined to {MOST_POINTS}: of training losses the mean, of the rest the last.")
        times = times[np.linspace(0, len(times) - 1, MOST_POINTS + 1).astype(int)[1:]]
    if (np.diff(when) < 0).any():
        notes.append(f"The rows are not in order; they were put in order by {unit}.")
    order = np.argsort(when, kind="stable")
    ends = np.searchsorted(when[order], times, side="right")[:-1].tolist()
    joined = {part: np.array([_joined(some, part) for some in np.split(values[order], ends)]) for part, values in table.items()}
    if unit == "epoch" and when.min() == 0:
        times = times + 1
        notes.append("Epochs are counted from 0; they were taken to count from 1.")
    if unit == "epoch" and steps:
        times, unit = times * steps, "update"
    if len(times) < min(n, MOST_POINTS):
        notes.append(f"{n} rows were joined to {len(times)}, of which each has its own {unit}.")
    return times, unit, joined


def _times(table: dict[str, Floats], notes: list[str], n: int) -> tuple[Floats, Unit]:
    """Each row's time, shape (rows,): updates where they say more than epochs."""
    epochs, updates = table.pop("epoch", None), table.pop("updates", None)
    updates = updates if updates is not None and whole(updates) else None
    if epochs is not None and whole(epochs) and not (updates is None and _stands_still(epochs, table, notes)):
        return (epochs, "epoch") if updates is None else _of_both(epochs, updates, table, notes)
    if updates is not None:
        return updates, "update"
    if epochs is None or not whole(epochs):
        lacks = "There is no count of epochs" if epochs is None else "The epochs are no whole numbers"
        notes.append(f"{lacks}; a row was taken for one.")
    return np.arange(1.0, n + 1), "epoch"


def _stands_still(epochs: Floats, table: Mapping[str, Floats], notes: list[str]) -> bool:
    """Whether every row has the same epoch, as a loop around trainings of one epoch writes it."""
    still = len(np.unique(epochs)) == 1 and any((~np.isnan(table[part])).sum() > 1 for part in CURVES if part in table)
    if still:
        notes.append(f"Every row has epoch {epochs[0]:,.0f}; a row was taken for an epoch.")
    return still


def _of_both(epochs: Floats, updates: Floats, table: Mapping[str, Floats], notes: list[str]) -> tuple[Floats, Unit]:
    """Rows of an epoch, losses of steps and a row of held-out values, are of the epoch's end; in few epochs, of their step."""
    different = np.unique(epochs)
    rises = np.diff(epochs) > 0
    anew = (np.diff(updates) < 0) & rises & (updates[1:] <= updates[epochs == different[0]].max())  # to where they began
    if anew.any():
        runs = np.concatenate([[0], np.cumsum(anew)])
        spans = [updates[runs == run].max() + (updates.min() == 0) for run in range(runs[-1])]
        updates = updates + np.concatenate([[0.0], np.cumsum(spans)])[runs]
        notes.append(
            f"The count of updates begins anew{' in every epoch' if (anew == rises).all() else ''}; it was counted on."
        )
    losses = (~np.isnan(table["train_loss"])).sum() if "train_loss" in table else 0
    if len(different) == 1 or (len(different) < FEW_EPOCHS and losses > 2 * len(different)):
        return updates, "update"
    ends = {epoch: updates[epochs == epoch].max() for epoch in different}
    if len(set(ends.values())) == len(ends):
        return np.array([ends[epoch] for epoch in epochs]), "update"
    return epochs, "epoch"


def whole(values: Floats) -> bool:
    """Whether all are whole numbers from 0 on that float64 tells apart, none missing."""
    inside = np.isfinite(values).all() and (values >= 0).all() and (values < EXACT).all()
    return bool(inside and (values == np.round(values)).all())


def _joined(values: Floats, part: str) -> float:
    """One value of those of one epoch: of the training loss their mean, for it may be of single steps, else the last."""
    given = values[~np.isnan(values)]
    if not len(given):
        return float("nan")
    return float(given.mean() if part == "train_loss" else given[-1])
