"""Label noise: training labels that contradict their neighbourhood, more than held-out labels do."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import last, need_unbroken, percent, points
from bigenough.types import Floats, Rows

NEIGHBOURS = 5
AGREE = 4  # of them, for a neighbourhood to have an opinion; with a tenth of wrong labels nine in ten clean ones still do
FEWEST = 12  # rows with such a neighbourhood; of fewer, one wrong label in four cannot be told from none
NOISY = 0.05  # more contradictions among training than among held-out labels: a network that learns them loses points
CLEAN = 0.05  # contradictions among the training labels: less is no matter
MOST = 3000  # rows looked at; distances between more take seconds
AHEAD = 0.05  # held-out score above training score, while the network has learnt the pattern and not yet the wrong labels


def look(evidence: Evidence) -> Seen:
    """With rows, compare labels with those of the nearest training rows; without, look for the course noise gives."""
    if any(getattr(evidence, name) is None for name in ("X_train", "y_train", "X_held_out", "y_held_out")):
        return _course(evidence)
    X, y, other_X, other_y = _rows(evidence)
    own, n = _contradicted(X, y, X, y, alone=True)
    held_out, m = _contradicted(X, y, other_X, other_y, alone=False)
    if min(n, m) < FEWEST:
        raise NotApplicableError(f"only {min(n, m)} rows have neighbours that agree on a class; this takes {FEWEST}")
    numbers = {"training labels contradicted": own, "held-out labels contradicted": held_out}
    words = (
        f"{percent(own)} of the training labels and {percent(held_out)} of the held-out labels contradict neighbours that agree"
    )
    error = math.sqrt(sum((p + 1 / k) * (1 - p) / k for p, k in ((own, n), (held_out, m))))
    if own - held_out >= max(NOISY, 2 * error):
        return Seen(True, f"{words}: about {percent(own - held_out)} of the training labels are wrong.", numbers)
    if own >= 2 * CLEAN and held_out >= 2 * CLEAN:
        raise NotApplicableError(f"{words}, which wrong labels everywhere and classes that overlap both give")
    return Seen(False, f"{words}.", numbers)


def _rows(evidence: Evidence) -> tuple[Floats, Rows, Floats, Rows]:
    train, held_out = evidence.need("X_train"), evidence.need("X_held_out")
    X, other = (np.asarray(part, np.float64).reshape(len(part), -1)[:MOST] for part in (train, held_out))
    if not (np.isfinite(X).all() and np.isfinite(other).all()):
        raise NotApplicableError("some inputs are no finite numbers, so that rows have no neighbours")
    sd = X.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    return X / scale, evidence.need("y_train")[:MOST], other / scale, evidence.need("y_held_out")[:MOST]


def _contradicted(X: Floats, y: Rows, other: Floats, of_other: Rows, *, alone: bool) -> tuple[float, int]:
    """Share of rows whose label contradicts that of neighbours that agree, and how many rows have such neighbours."""
    distances = (other**2).sum(axis=1)[:, None] - 2 * other @ X.T + (X**2).sum(axis=1)
    if alone:
        np.fill_diagonal(distances, np.inf)
    k = min(NEIGHBOURS, X.shape[0] - 1)
    if k < NEIGHBOURS:
        return 0.0, 0
    near: NDArray[np.int64] = y[np.argpartition(distances, k - 1, axis=1)[:, :k]]
    votes = np.stack([(near == code).sum(axis=1) for code in range(int(y.max()) + 1)], axis=1)
    agree = votes.max(axis=1) >= AGREE
    wrong = votes.argmax(axis=1)[agree] != of_other[agree]
    return float(wrong.mean()) if agree.any() else 0.0, int(agree.sum())


def _course(evidence: Evidence) -> Seen:
    """First the held-out rows do better than the training rows, then the training rows are learnt and those get worse."""
    if evidence.running:
        raise NotApplicableError(
            "rows are not known, and training values taken during an epoch do not compare with held-out ones"
        )
    need_unbroken(evidence)
    train, held_out = evidence.series("train_score"), evidence.series("held_out_score")
    ahead = float(np.nanmax(held_out - train))
    loss = float(np.nanmax(held_out)) - last(evidence, "held_out_score")
    ended = last(evidence, "train_score") - last(evidence, "held_out_score")
    numbers = {"held-out score ahead": ahead, "held-out score lost": loss}
    if ahead >= AHEAD and loss >= AHEAD and ended >= AHEAD and evidence.need("n_held_out") * AHEAD >= 5:
        words = (
            f"The held-out {evidence.score_name} was {points(ahead)} above the training rows' at first and lost {points(loss)}"
        )
        return Seen(True, f"{words} while those were learnt: some training labels are wrong.", numbers)
    raise NotApplicableError("the rows are not known, and the curve does not look like it")


RULE = Rule("label-noise", "wrong labels", look)
