"""Validation leak: held-out rows that the network was trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import percent
from bigenough.types import Floats

LEAKED = 0.05  # of the held-out rows, beyond what repeats among the training rows themselves explain
FEWEST = 3  # such rows; fewer happen
ROUNDING = 1e-6  # between the two curves of one and the same set of rows
DIFFERENT = 3  # values that the score must have taken: two constant curves are alike by chance


def look(evidence: Evidence) -> Seen:
    """Count held-out rows that are training rows; without the rows, see whether the two curves are one."""
    if evidence.X_train is not None and evidence.X_held_out is not None:
        return _rows(evidence.X_train, evidence.X_held_out)
    if evidence.running:
        raise NotApplicableError(
            "rows are not known, and training values taken during an epoch do not compare with held-out ones"
        )
    for column in ("loss", "score"):
        train, held_out = evidence.series(f"train_{column}"), evidence.series(f"held_out_{column}")
        if len(np.unique(train)) < DIFFERENT:
            continue
        if np.allclose(train, held_out, rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
            return Seen(
                True, f"Training and held-out {column} are equal at all {len(train)} checkpoints: they are the same rows."
            )
    raise NotApplicableError("the rows are not known; the curves are not those of one and the same set of rows")


def _rows(train: NDArray[np.generic], held_out: NDArray[np.generic]) -> Seen:
    own, other = _hashes(train), _hashes(held_out)
    values, counts = np.unique(own, return_counts=True)
    shared = float(np.isin(other, values).mean())
    usual = float((counts[counts > 1]).sum() / len(own))
    n = round(shared * len(other))
    numbers = {"held-out rows that train": float(n), "training rows that repeat": usual}
    words = f"{n} of {len(other)} held-out rows are training rows as well"
    if n >= FEWEST and shared - usual >= LEAKED:
        return Seen(True, f"{words}; among the training rows {percent(usual)} have a double.", numbers)
    return Seen(False, f"{words}.", numbers)


def _hashes(X: NDArray[np.generic]) -> NDArray[np.int64]:
    """Hash every row, rounded to float32 so that two ways to compute the same scaling agree; shape (n,)."""
    flat: Floats = np.asarray(X, np.float64).reshape(len(X), -1)
    rounded = np.ascontiguousarray(flat.astype(np.float32) + np.float32(0))  # no minus zero
    return np.array([hash(row.tobytes()) for row in rounded], np.int64)


RULE = Rule("validation-leak", "validation leak", look, of_regressions=True)
