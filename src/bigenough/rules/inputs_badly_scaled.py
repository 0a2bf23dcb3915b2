"""Inputs badly scaled: huge, of very different sizes, or far off on rows that the network never saw."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence
from bigenough.rules.reading import does_badly
from bigenough.types import Floats

HUGE = 20.0  # root mean square; initial weights are made for inputs of about 1, and one column at 1000 outweighs all others
TINY = 0.02  # likewise
UNEVEN = 100.0  # between the standard deviations of columns that vary: one rate cannot serve both
FAR = 30.0  # standard deviations of the training rows; even with heavy tails rows of the same kind do not lie there
EXPLODED = 10.0  # times the inputs' root mean square; raw pixels may be far off and yet no larger than others
FAR_ROWS = 0.02  # of the held-out rows, at least, and more than one: fewer cost less than the 3 points that count


def look(evidence: Evidence) -> Seen:
    """Measure the columns, and whether the network does badly; without a training curve the columns alone decide."""
    train = evidence.need("X_train")
    X = np.asarray(train, np.float64).reshape(len(train), -1)
    missing = float(np.mean(~np.isfinite(X)))
    if missing:
        return Seen(True, f"{100 * missing:.2g} % of the inputs are no finite numbers.", {"share not finite": missing})
    sd, mean = X.std(axis=0), X.mean(axis=0)
    varies = sd > 1e-12 * np.maximum(np.abs(mean), 1.0)
    numbers = {"columns": float(X.shape[1]), "constant columns": float((~varies).sum())}
    if not varies.any():
        return Seen(True, f"All {X.shape[1]} columns are constant: there is nothing to learn from.", numbers)
    far = _far_rows(evidence, mean, sd, varies)
    if far >= max(2.0, FAR_ROWS * (evidence.n_held_out or _rows(evidence))):
        words = f"{far:.0f} held-out rows have a value more than {FAR:.0f} standard deviations of the training rows away"
        numbers["held-out rows far off"] = far
        if not _harmless(evidence):
            return Seen(True, f"{words}: a column that hardly varies in training explodes when standardised.", numbers)
    size = float(np.sqrt(np.mean(X[:, varies] ** 2)))
    spread = float(np.quantile(sd[varies], 0.95) / np.quantile(sd[varies], 0.05)) if X.ndim == train.ndim else 1.0
    numbers |= {"root mean square": size, "ratio of standard deviations": spread}
    words = f"The inputs' root mean square is {size:.3g}"
    if spread > 1:
        words += f", and the columns' standard deviations differ {spread:,.0f}-fold"
    if TINY <= size <= HUGE and spread <= UNEVEN:
        return Seen(False, f"{words}.", numbers)
    if _harmless(evidence):
        return Seen(False, f"{words}; the network does well nevertheless.", numbers)
    return Seen(True, f"{words}; networks are made for inputs of about 1, all columns alike.", numbers)


def _harmless(evidence: Evidence) -> bool:
    return evidence.curve is not None and not does_badly(evidence)


def _rows(evidence: Evidence) -> int:
    return 0 if evidence.X_held_out is None else len(evidence.X_held_out)


def _far_rows(evidence: Evidence, mean: Floats, sd: Floats, varies: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Count held-out rows that lie far from the training rows in a column; a constant one counts where it moves at all."""
    if evidence.X_held_out is None:
        return 0.0
    X = np.asarray(evidence.X_held_out, np.float64).reshape(len(evidence.X_held_out), -1)
    away = np.abs(X - mean) / np.where(varies, sd, 1.0)
    usual = np.sqrt(np.mean(sd[varies] ** 2 + mean[varies] ** 2))
    return float(((away > FAR) & (np.abs(X) > EXPLODED * usual)).any(axis=1).sum())


RULE = Rule("inputs-badly-scaled", "inputs badly scaled", look)
