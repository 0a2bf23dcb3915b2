"""Columns of a log to evidence, with a sentence for everything that was assumed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough.errors import InputError
from bigenough.histories.columns import CURVES, find, is_of_regression, names_held_out, of_classes, score_name
from bigenough.histories.gaps import contradicted, ended_before, settled
from bigenough.histories.scores import SIDES, as_shares, is_like_r2
from bigenough.histories.timing import in_order, whole
from bigenough.histories.trainings import one_training
from bigenough.rules import Evidence
from bigenough.rules.reading import percent
from bigenough.types import Floats, TrainingCurve

KNOWN = "loss, accuracy, val_loss, val_accuracy, epoch, step, lr"
MOST_ROWS = 2000  # held-out rows that a score's steps can tell
MOST_DECIMALS = 6  # of a rounded score
COINCIDENCE = 0.01  # chance that rounded scores are multiples of the same share all the same
MOST_NAMED = 8  # columns that are not used
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
    columns: Mapping[str, Sequence[float]],
    name: str,
    *,
    steps: int | None = None,
    settings: Mapping[str, Any] | None = None,
    regression: bool = False,
) -> History:
    """Make evidence of a log's columns.

    Parameters
    ----------
    columns : mapping of str to sequence of float
        NaN where a value was not recorded, negative infinity where the log has a NaN; all of one length.
    name : str
        What to call it in messages.
    steps : int, optional
        Updates in an epoch.
    settings : mapping, optional
        As a recipe has them, where the log tells of them.
    regression : bool
        Whether it is known to be one; else the columns' names may say so.

    Returns
    -------
    History

    Raises
    ------
    InputError
        There is no loss and no score that can be used, or fewer than two epochs.
    """
    known, gaps = settled(columns)
    parts = find(known, {column: int((~np.isnan(values)).sum()) for column, values in known.items()})
    if not set(parts) & set(CURVES):
        seen = ", ".join(map(str, columns)) or "nothing"
        raise InputError(f"{name} has no column that is known as a loss or a score; it has {seen}; known are such as {KNOWN}")
    regression, said = _is_regression(known, parts, regression)
    if regression:
        parts = {part: column for part, column in parts.items() if part not in SIDES}  # they are no shares of right answers
    table = {part: known[column] for part, column in parts.items()}
    _refuse_empty(table, parts, columns, name)
    unused = [column for column in columns if column.strip() and column not in parts.values()]
    notes = _of_columns(parts, unused, gaps)
    table = one_training(table, name, notes)
    n_epochs = _epochs(table["epoch"]) if "epoch" in table else len(next(iter(table.values()))) if steps else None
    when, unit, table = in_order(table, notes, steps)
    _not_recorded(table, notes)
    refused = as_shares(table, parts, notes)
    notes += [f"{reason}: it is left out." for reason in refused]
    table = {part: values for part, values in table.items() if not np.isnan(values).all()}
    if not set(table) & set(CURVES):
        raise InputError(f"{name} has nothing that can be used: {'; '.join(refused) or 'no score is a number'}")
    if len(when) < 2:
        values = ", ".join(f"{parts[part]} {table[part][0]:.4g}" for part in CURVES if part in table)
        raise InputError(f"{name} holds one {unit} only ({values}); a training curve takes two, most rules four")
    for part in ("held_out_loss", "held_out_score"):
        if part not in table and not (regression and part in SIDES):
            unknown = any(map(names_held_out, unused))
            notes.append(f"No column is known as a {_said(part)}." if unknown else f"There is no {_said(part)}.")
    notes += said
    notes += _ending_early(table, when, unit)
    curve = _curve(when, table, len(when))
    kind = score_name(parts.get("held_out_score", parts.get("train_score", "accuracy")))
    n_held_out = _rows_of(table["held_out_score"]) if "held_out_score" in table and kind == "accuracy" else None
    if n_held_out is not None:
        notes.append(f"The held-out accuracies are multiples of 1/{n_held_out}: {n_held_out} held-out rows.")
    evidence = Evidence(
        settings=settings, curve=curve, unit=unit, running=True, regression=regression, score_name=kind,
        n_held_out=n_held_out, n_epochs=n_epochs if unit == "update" else None,
        rates=_filled(table["rate"]) if "rate" in table else None,
    )  # fmt: skip
    notes.append(_at_the_end(table, when, unit, kind))
    first, last = int(when[0]), int(when[-1])
    notes.insert(0, f"{name}: {len(when)} checkpoints, {unit}s {first:,} to {last:,}.")
    return History(name, evidence, tuple(notes))


def _not_recorded(table: dict[str, Floats], notes: list[str]) -> None:
    """Take a training loss that is no number for none where the held-out loss shows that the weights are well."""
    if not {"train_loss", "held_out_loss"} <= table.keys():
        return
    no = contradicted(table["train_loss"], table["held_out_loss"])
    if no.any():
        table["train_loss"] = np.where(no, np.nan, table["train_loss"])
        notes.append(f"Where the training loss is no number the held-out loss is ({no.sum():,} x): it was not recorded there.")


def _ending_early(table: Mapping[str, Floats], when: Floats, unit: str) -> list[str]:
    """Say of losses that end before the log does since when there is none."""
    losses = [part for part in ("train_loss", "held_out_loss") if part in table]
    since = {part: row for part in losses if (row := ended_before(table[part])) is not None}
    broke = "; if it was no number, the training broke down" if len(since) == len(losses) else ""
    return [f"From {unit} {when[row]:,.0f} on there is no {_said(part)}{broke}." for part, row in since.items()]


def _of_columns(parts: Mapping[str, str], unused: Sequence[str], gaps: Mapping[str, int]) -> list[str]:
    notes = ["Columns: " + ", ".join(f"{column} is the {_said(part)}" for part, column in parts.items()) + "."]
    if unused:
        notes.append(f"Not used: {_listed(unused)}.")
    missing = [f"{column} in {gaps[column]:,}" for column in parts.values() if column in gaps]
    if missing:
        notes.append(f"NaN was taken for a value that was not recorded: of {_listed(missing)} rows.")
    return notes


def _refuse_empty(
    table: Mapping[str, Floats], parts: Mapping[str, str], columns: Mapping[str, Sequence[float]], name: str
) -> None:
    curves = [part for part in CURVES if part in table]
    if not curves:
        raise InputError(f"{name} is of a regression, it seems, and has no loss; it has {', '.join(columns)}")
    if not len(table[curves[0]]):
        raise InputError(f"{name} holds no epoch, only the names of columns: {', '.join(columns)}")
    if all(np.isnan(table[part]).all() for part in curves):
        raise InputError(f"{name} has no number in {', '.join(parts[part] for part in curves)}")


def _is_regression(known: Mapping[str, Floats], parts: Mapping[str, str], sure: bool) -> tuple[bool, list[str]]:
    """Whether a log is of a network that predicts numbers, and what to say of that."""
    scores = [parts[side] for side in SIDES if side in parts]
    signs = [column for column in known if is_of_regression(column)]
    signs += [column for column in scores if not of_classes(column) and is_like_r2(known[column])]
    if not sure and not signs:
        return False, []
    classes = [column for column in scores if of_classes(column)]
    if classes and not sure:
        return False, [f"{_listed(signs)}: of a regression, but {_listed(classes)}: of classes; it was taken for a classifier."]
    which = "It is a regression" if sure else f"{_listed(signs)}: of a regression, it seems"
    return True, [f"{which}; most rules are for classifiers, know no other losses, and are not applicable."]


def _said(part: str) -> str:
    words = {"updates": "count of updates", "epoch": "count of epochs", "rate": "learning rate"}
    return words.get(part, part.replace("_", " ").replace("held out", "held-out").replace("train ", "training "))


def _listed(names: Sequence[object]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(map(str, names[:MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


def _epochs(counts: Floats) -> int | None:
    """Number of epochs, from a count that may begin at 0, or be of parts of them."""
    given = counts[np.isfinite(counts)]
    if len(np.unique(given)) < 2:
        return None
    return math.ceil(given.max()) + int(given.min() == 0 and whole(given))


def _at_the_end(table: Mapping[str, Floats], when: Floats, unit: str, kind: str) -> str:
    """Say the last values, and of held-out ones the best."""
    said = []
    for part, title, best in (
        ("train_loss", "training loss", None), ("train_score", f"training {kind}", None),
        ("held_out_loss", "held-out loss", np.nanargmin), ("held_out_score", f"held-out {kind}", np.nanargmax),
    ):  # fmt: skip
        if part not in table:
            continue
        write = percent if part.endswith("score") else "{:.3g}".format
        values = np.where(np.isfinite(table[part]), table[part], np.nan)
        words, number = f"{title} {_last(table[part], when, unit, write)}", values[~np.isnan(values)]
        if best is not None and len(number) and values[at := int(best(values))] != number[-1]:
            words += f" (best {write(values[at])}, after {unit} {when[at]:,.0f})"
        said.append(words)
    smoothed = " Rules take medians over neighbouring checkpoints, and so say slightly other numbers." if len(when) > 4 else ""
    return f"At the end: {', '.join(said)}.{smoothed}"


def _last(values: Floats, when: Floats, unit: str, write: Callable[[float], str]) -> str:
    """Write the last value that was recorded, or since when there is no number and which was the last."""
    recorded = np.flatnonzero(~np.isnan(values))
    numbers = np.flatnonzero(np.isfinite(values))
    if not len(numbers):
        return "no number from the start"
    if recorded[-1] == numbers[-1]:
        return write(values[numbers[-1]])
    since = recorded[np.searchsorted(recorded, numbers[-1], side="right")]
    return f"no number (since {unit} {when[since]:,.0f}; {write(values[numbers[-1]])} before)"


def _rows_of(scores: Floats) -> int | None:
    """Number of held-out rows of which all scores are whole multiples; None where too few differ to tell.

    Scores with d decimals are multiples of one part in 10^d anyway, whatever the number of rows.
    """
    different = np.unique(scores[np.isfinite(scores)])
    different = different[(different > 0) & (different < 1)]
    counts = np.arange(2, MOST_ROWS + 1)[:, None] * different
    fits = (np.abs(counts - np.round(counts)) < WHOLE).all(axis=1)
    if len(different) < 2 or not fits.any():
        return None
    n = int(np.argmax(fits)) + 2
    decimals = next(
        (d for d in range(MOST_DECIMALS + 1) if np.allclose(different, different.round(d), rtol=0, atol=1e-9)), None
    )
    by_chance = 2 * WHOLE * n if decimals is None else min(1.0, n / 10**decimals)
    return n if by_chance ** len(different) * (n if decimals is None else 1) < COINCIDENCE else None


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
