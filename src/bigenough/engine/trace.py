"""What is written down of a training: when, and what."""

from __future__ import annotations

from collections.abc import Collection
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
    when : {"epoch", "geometric", "ends"}
        ``"ends"``: only before the first update and after the last, where nobody asks for the curve between.
    """
    if when == "ends":
        return {0, total}
    if when == "epoch":
        return {0, total, *range(per_epoch, total + 1, per_epoch)}
    chosen, update = {0, total}, 1.0
    while update < total:
        chosen.add(round(update))
        update *= GROWTH
    return chosen


class Trace:
    """Collects what k members show at their checkpoints, and gives each its `TrainingCurve`."""

    def __init__(self, k: int) -> None:
        self._rows: list[dict[str, NDArray[np.float64]]] = []
        self._updates: list[int] = []
        self._last: list[tuple[int, dict[str, NDArray[np.float64]]] | None] = [None] * k

    def record(self, update: int, **values: NDArray[np.float64]) -> None:
        """Keep one checkpoint of all members: every value of `TrainingCurve` but `updates`, shape (k,) each."""
        self._updates.append(update)
        self._rows.append(values)

    def record_last(self, member: int, update: int, **values: NDArray[np.float64]) -> None:
        """Keep the checkpoint at which one member stopped, between two of all members; values of shape (1,)."""
        self._last[member] = (update, values)

    def curve(self, member: int, last_update: int, *, without: Collection[int] = ()) -> TrainingCurve:
        """Give one member's curve, up to the update at which it stopped, without some of the checkpoints before that."""
        seen = [
            (u, {name: float(v[member]) for name, v in row.items()}) for u, row in zip(self._updates, self._rows, strict=True)
        ]
        kept = [(u, values) for u, values in seen if u <= last_update and (u == last_update or u not in without)]
        last = self._last[member]
        if last is not None:
            kept.append((last[0], {name: float(v[0]) for name, v in last[1].items()}))
        names = [f.name for f in fields(TrainingCurve) if f.name != "updates"]
        columns = {name: np.array([values[name] for _, values in kept]) for name in names}
        return TrainingCurve(updates=np.array([u for u, _ in kept], np.int64), **columns)
