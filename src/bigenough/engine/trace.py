"""What is written down of a training: when, and what."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from bigenough.types import TrainingCurve

GROWTH = 1.25  # between geometric checkpoints: about ten for every factor of ten


def checkpoint_updates(total: int, per_epoch: int, when: str) -> set[int]:
    """Choose the update counts at which a training is looked at; 0 and `total` always.

    Parameters
    ----------
    total, per_epoch : int
        Updates in all and in one pass over the data.
    when : {"epoch", "geometric"}
    """
    if when == "epoch":
        return {0, total, *range(per_epoch, total + 1, per_epoch)}
    chosen, update = {0, total}, 1.0
    while update < total:
        chosen.add(round(update))
        update *= GROWTH
    return chosen


class Trace:
    """Collects what a stack shows at its checkpoints, and gives each member its `TrainingCurve`."""

    def __init__(self) -> None:
        self._rows: list[dict[str, NDArray[np.float64]]] = []
        self._updates: list[int] = []

    def record(self, update: int, **values: NDArray[np.float64]) -> None:
        """Keep one checkpoint: every value of `TrainingCurve` but `updates`, shape (k,) each."""
        self._updates.append(update)
        self._rows.append(values)

    def curve(self, member: int, last_update: int) -> TrainingCurve:
        """Give one member's curve, up to the update at which it stopped."""
        updates = np.array(self._updates, np.int64)
        kept = updates <= last_update
        names = [f.name for f in fields(TrainingCurve) if f.name != "updates"]
        columns = {name: np.array([float(row[name][member]) for row in self._rows])[kept] for name in names}
        return TrainingCurve(updates=updates[kept], **columns)
