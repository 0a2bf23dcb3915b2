"""Decision threshold: the probabilities are good and the cut through them is not."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import BELOW, percent, points
from bigenough.types import Floats, Rows

HALVINGS = 10  # ways to cut the held-out rows in two, one half to choose the threshold and the other to judge it
FEWEST = 10  # rows of each class
CUTS = 50  # thresholds tried, at quantiles of the probabilities


def look(evidence: Evidence) -> Seen:
    """Choose a threshold on half of the held-out rows, and see by how much it does better on the other half."""
    chances, y = evidence.need("held_out_probabilities"), evidence.need("y_held_out")
    if chances.ndim != 2 or chances.shape[1] != 2:
        raise NotApplicableError("there are more than two classes, and a threshold is for two")
    counts = np.bincount(y, minlength=2)
    if counts.min() < FEWEST:
        raise NotApplicableError(f"a class has only {counts.min()} held-out rows; a threshold takes {FEWEST}")
    labels = evidence.held_out_labels if evidence.held_out_labels is not None else _used(evidence, chances)
    weight = len(y) / (2 * counts[y]) if evidence.score_name == "balanced accuracy" else np.ones(len(y))
    now = weight * (labels == y)
    then, cut = _cross_fitted(chances[:, 1], y, weight)
    gain = then - now
    error = float(np.std(gain, ddof=1) / np.sqrt(len(y)))
    mean = float(gain.mean())
    numbers = {"gain": mean, "standard error": error, "threshold": cut}
    reached = float(then.mean())
    if evidence.baseline is not None and reached < evidence.baseline - BELOW:
        words = f"Even at the best threshold the held-out {evidence.score_name} would be {percent(reached)}"
        return Seen(False, f"{words}, less than a simple model's {percent(evidence.baseline)}.", numbers)
    if mean >= BELOW and mean > 2 * error:
        words = f"The held-out {evidence.score_name} is {percent(float(now.mean()))}; cut at {cut:.2g}, the same probabilities"
        return Seen(True, f"{words} give {percent(reached)}, {points(mean)} more.", numbers)
    return Seen(False, f"No other threshold would change the held-out {evidence.score_name} by much.", numbers)


def _used(evidence: Evidence, chances: Floats) -> Rows:
    threshold = (evidence.settings or {}).get("threshold", "half")
    if threshold == "half":
        return chances.argmax(axis=1).astype(np.int64)
    if not isinstance(threshold, (int, float)):
        raise NotApplicableError(f"the threshold is {threshold}, and the labels that it gave are not known")
    return (chances[:, 1] >= threshold).astype(np.int64)


def _cross_fitted(chance: Floats, y: Rows, weight: Floats) -> tuple[Floats, float]:
    """Each row's mean score under thresholds chosen without it, shape (n,), and the median threshold."""
    rng = np.random.default_rng(0)  # the same halves every time
    cuts = np.unique(np.quantile(chance, (np.arange(CUTS) + 0.5) / CUTS))
    right = weight[:, None] * ((chance[:, None] >= cuts) == (y == 1)[:, None])
    score, chosen = np.zeros(len(y)), []
    for _ in range(HALVINGS):
        order = rng.permutation(len(y))
        for half, other in ((order[::2], order[1::2]), (order[1::2], order[::2])):
            best = int(np.argmax(right[half].mean(axis=0)))
            chosen.append(float(cuts[best]))
            score[other] += right[other, best] / HALVINGS
    return score, float(np.median(chosen))


RULE = Rule("decision-threshold", "decision threshold throws good probabilities away", look)
