"""Claim 10: most of the 45 pairs of digits can be told apart by a single pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent
from bigenough.types import Dataset

LEVELS = (0.99, 0.975, 0.95, 0.9, 0.85, 0.8)
STRICT, LOOSE = (
    0.95,
    0.8,
)  # the post names no number: above the one a pair is told apart by any reading, below the other by none
SHADES = 256


def shade_counts(data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count images by class, pixel and shade.

    Returns
    -------
    ndarray, shape (classes, pixels, 256)
    """
    pixels = data.n_features
    offsets = np.arange(pixels) * SHADES
    counts = []
    for code in range(len(data.classes)):
        images = data.X[rows[data.y[rows] == code]].reshape(-1, pixels)
        counts.append(np.bincount((images + offsets).ravel(), minlength=pixels * SHADES).reshape(pixels, SHADES))
    return np.stack(counts)


def best_single_pixel(train: NDArray[np.int64], test: NDArray[np.int64]) -> tuple[int, float, float]:
    """Choose pixel, threshold and direction by training accuracy, and score that one choice on the test images.

    Parameters
    ----------
    train, test : ndarray, shape (2, pixels, 256)
        Shade counts of the two classes.

    Returns
    -------
    pixel : int
    train_accuracy, test_accuracy : float
        Share of right answers. The first was maximised, the second was not looked at for the choice.
    """
    at_most = train.cumsum(axis=2)  # images with at most this shade
    totals = at_most[:, 0, -1]
    right_if_dark_is_second = at_most[0] + (totals[1] - at_most[1])
    right = np.maximum(right_if_dark_is_second, totals.sum() - right_if_dark_is_second)
    pixel, threshold = np.unravel_index(int(np.argmax(right)), right.shape)
    dark = 1 if right_if_dark_is_second[pixel, threshold] * 2 >= totals.sum() else 0
    below = test[:, pixel, : threshold + 1].sum(axis=1)
    above = test[:, pixel, threshold + 1 :].sum(axis=1)
    right_test = below[1 - dark] + above[dark]
    return int(pixel), float(right.max() / totals.sum()), float(right_test / (below.sum() + above.sum()))


@dataclass(frozen=True)
class DigitPairs(ClaimText):
    """Finds the best single pixel of every pair on all training images."""

    def answer(self, evidence: Evidence) -> Answer:
        """Count the pairs by the accuracy that they reach on the test images."""
        data = evidence.load("mnist")
        pool = np.setdiff1d(np.arange(len(data.y)), data.holdout)
        train, test = shade_counts(data, pool), shade_counts(data, data.holdout)
        n = len(data.classes)
        accuracy, pixel = np.full((n, n), np.nan), np.zeros((n, n), np.int64)
        for i in range(n):
            for j in range(i + 1, n):
                pixel[i, j], _, accuracy[i, j] = best_single_pixel(train[[i, j]], test[[i, j]])
        pairs = [(float(accuracy[i, j]), i, j) for i in range(n) for j in range(i + 1, n)]
        reach = {level: sum(a >= level for a, _, _ in pairs) for level in LEVELS}
        most = {level: 2 * reach[level] > len(pairs) for level in LEVELS}
        verdict: Verdict = "holds" if most[STRICT] else "holds in part" if most[LOOSE] else "does not hold"
        (best, a, b), (worst, c, d) = max(pairs), min(pairs)
        counts = ", ".join(f"{reach[level]} with at least {percent(level)}" for level in (LOOSE, 0.9, STRICT))
        sentence = (
            f"It depends on what counts as told apart. Of the {len(pairs)} pairs, one pixel gets {counts} of the standard test "
            f"images right; the easiest is {a} against {b} ({percent(best)}), the hardest {c} against {d} ({percent(worst)})."
        )
        means = np.stack([data.X[pool[data.y[pool] == code]].mean(axis=0) for code in range(n)])
        plot = Plot(
            "digit_pairs",
            "claim-10-digit-pairs",
            {"accuracy": accuracy, "pixel": pixel, "means": means},
            "Above the diagonal: accuracy (%) of the best single pixel with its best threshold, chosen on all training images, "
            "scored on the standard test images. Below: that pixel (dot) on the difference of the two mean images; dark where "
            "the digit of the row has more ink, light where that of the column has.",
            "A 10 by 10 map of all pairs of digits: accuracies above the diagonal, the place of the chosen pixel below it.",
        )
        rows = [[percent(level), str(n_pairs)] for level, n_pairs in reach.items()]
        table = Table(f"How many of the {len(pairs)} pairs reach which accuracy.", ["accuracy at least", "pairs"], rows)
        return Answer(verdict, sentence, [plot], [table])


CLAIM = DigitPairs(10, "Most of the 45 pairs of digits can be told apart by a single pixel.", ("single-pixel",))
