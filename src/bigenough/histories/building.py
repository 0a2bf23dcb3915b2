"""Columns of a log to evidence, with a sentence for everything that was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough.errors import InputError
from bigenough.histories.columns import find, is_error, score_name
from bigenough.rules import Evidence
from bigenough.rules.evidence import Unit
from bigenough.types import Floats, TrainingCurve

CURVES = ("train_loss", "train_score", "held_out_loss", "held_out_score")
KNOWN = "loss, accuracy, val_loss, val_accuracy, epoch, step, lr"
MOST_ROWS = 2000  # held-out rows that a score's steps can tell
MOST_POINTS = 1000  # of a curve; single steps of a long training are joined
FEWEST_SCORES = 5  # different scores that must all be whole multiples
WHOLE = 1e-4  # from a whole number; float32 scores of up to 2,000 rows are that close


@dataclass(frozen=True)
class History:
    """A log, understood.

    Attributes
    ----------
    name : str
    evidence : Evidence
    notes : tuple of str
        How it was understood, a sentence each.
    """

    name: str
    evidence: Evidence
    notes: tuple[str, ...]


def build(
    columns: Mapping[str, Sequence[float]], name: str, *, steps: int | None = None, settings: Mapping[str, Any] | None = None
) -> History:
    """Make evidence of a log's columns.

    Parameters
    ----------
    columns : mapping of str to sequence of float
        NaN where a value was not recorded, infinity where it was no number; all of one length.
    name : str
        What to call it in messages.
    steps : int, optional
        Updates in an epoch.
    settings : mapping, optional
        As a recipe has them, where the log tells of them.

    Returns
    -------
    History

    Raises
    ------
    InputError
        There is no loss and no score, or fewer than two epochs.
    """
    parts = find(columns)
    if not set(parts) & set(CURVES):
        seen = ", ".join(map(str, columns)) or "nothing"
        raise InputError(f"{name} has no column that is known as a loss or a score; it has {seen}; known are such as {KNOWN}")
    table = {part: np.array(columns[column], float) for part, column in parts.items()}
    if not len(next(iter(table.values()))):
        raise InputError(f"{name} holds no epoch, only the names of columns: {', '.join(columns)}")
    if all(np.isnan(table[part]).all() for part in CURVES if part in table):
        raise InputError(f"{name} has no number in {', '.join(parts[part] for part in CURVES if part in parts)}")
    notes = ["Columns: " + ", ".join(f"{column} is the {_said(part)}" for part, column in parts.items()) + "."]
    when, unit, table = _ordered(table, notes, steps)
    for side in ("train_score", "held_out_score"):
        if side in table:
            table[side] = _share(table[side], parts[side], name, notes)
    table = {part: values for part, values in table.items() if not np.isnan(values).all()}
    if len(when) < 2:
        values = ", ".join(f"{parts[part]} {table[part][0]:.4g}" for part in CURVES if part in table)
        raise InputError(f"{name} holds one {unit} only ({values}); a training curve takes two, most rules four")
    for part in ("held_out_loss", "held_out_score"):
        if part not in table:
            notes.append(f"There is no {_said(part)}.")
    curve = _curve(when, table, len(when))
    kind = score_name(parts.get("held_out_score", parts.get("train_score", "accuracy")))
    n_held_out = _rows_of(table["held_out_score"]) if "held_out_score" in table and kind == "accuracy" else None
    if n_held_out is not None:
        notes.append(f"The held-out accuracies are multiples of 1/{n_held_out}: {n_held_out} held-out rows.")
    evidence = Evidence(
        settings=settings, curve=curve, unit=unit, running=True, score_name=kind, n_held_out=n_held_out,
        rates=_filled(table["rate"]) if "rate" in table else None,
    )  # fmt: skip
    first, last = int(when[0]), int(when[-1])
    notes.insert(0, f"{name}: {len(when)} checkpoints, {unit}s {first:,} to {last:,}.")
    return History(name, evidence, tuple(notes))


def _said(part: str) -> str:
    words = {"updates": "count of updates", "epoch": "count of epochs", "rate": "learning rate"}
    return words.get(part, part.replace("_", " ").replace("held out", "held-out").replace("train ", "training "))


def _ordered(table: dict[str, Floats], notes: list[str], steps: int | None) -> tuple[Floats, Unit, dict[str, Floats]]:
    """Find the time of each row, join rows of the same time, and put them in order."""
    n = len(next(iter(table.values())))
    epochs, updates = table.pop("epoch", None), table.pop("updates", None)
    unit: Unit = "epoch"
    if epochs is not None and _whole(epochs):
        when = epochs
        if updates is not None and _whole(updates):  # several rows an epoch: losses of steps, and a row of held-out values
            ends = {epoch: updates[epochs == epoch].max() for epoch in np.unique(epochs)}
            if len(ends) > 1 and len(set(ends.values())) == len(ends):
                when, unit = np.array([ends[epoch] for epoch in epochs]), "update"
    elif updates is not None and _whole(updates):
        when, unit = updates, "update"
    else:
        when = np.arange(1.0, n + 1)
        notes.append("There is no count of epochs; a row was taken for one.")
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


def _whole(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all() and (values == np.round(values)).all())


def _joined(values: Floats, part: str) -> float:
    """One value of those of one epoch: of the training loss their mean, for it may be of single steps, else the last."""
    given = values[~np.isnan(values)]
    if not len(given):
        return float("nan")
    return float(given.mean() if part == "train_loss" else given[-1])


def _share(values: Floats, column: str, name: str, notes: list[str]) -> Floats:
    """Read shares or per cent, right or wrong ones, as shares of right answers."""
    given = values[np.isfinite(values)]
    values = np.where(np.isinf(values), np.nan, values)
    if len(given) and given.min() < 0:
        raise InputError(f"{column} of {name} goes down to {given.min():g}; scores are shares from 0 to 1 or per cent")
    if len(given) and given.max() > 1:
        if not 2 < given.max() <= 100:
            raise InputError(f"{column} of {name} goes up to {given.max():g}, which is neither a share nor per cent")
        notes.append(f"{column} was taken for per cent, as it goes up to {given.max():g}.")
        values = values / 100
    if is_error(column):
        notes.append(f"{column} was taken for the share of wrong answers.")
        return np.asarray(1 - values)
    return values


def _rows_of(scores: Floats) -> int | None:
    """Number of held-out rows of which all scores are whole multiples; None where too few differ to tell."""
    different = np.unique(scores[np.isfinite(scores)])
    if len(different) < FEWEST_SCORES:
        return None
    counts = np.arange(2, MOST_ROWS + 1)[:, None] * different
    fits = (np.abs(counts - np.round(counts)) < WHOLE).all(axis=1)
    return int(np.argmax(fits)) + 2 if fits.any() else None


def _filled(values: Floats) -> Floats | None:
    """Rates with what is missing filled by the one before; None where the first is missing."""
    if not np.isfinite(values[0]):
        return None
    places = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
    return np.asarray(values[places])


def _curve(when: Floats, table: Mapping[str, Floats], n: int) -> TrainingCurve:
    names = [name for name in TrainingCurve.__dataclass_fields__ if name != "updates"]
    nothing = np.full(n, np.nan)
    return TrainingCurve(updates=when.astype(np.int64), **{name: table.get(name, nothing) for name in names})
