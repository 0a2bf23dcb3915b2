"""Probabilities to labels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from bigenough.errors import FitError
from bigenough.models.threshold import best_f1, labels_of
from bigenough.types import Floats, Part


@pytest.mark.parametrize("seed", range(20))
def test_best_f1_is_the_best_of_all_thresholds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 25)
    y[:2] = 0, 1
    chance = np.round(rng.random(25), 1 if seed % 2 else 9)  # with and without ties
    cut = best_f1(chance, y)
    scores = {c: f1_score(y, chance >= c) for c in np.unique(chance)}
    assert cut == max(c for c, s in scores.items() if s == pytest.approx(max(scores.values())))


def test_labels() -> None:
    p = np.array([0.1, 0.5, 0.7, 0.9])
    chances: dict[Part, Floats] = {"train": np.column_stack([1 - p, p]), "test": np.array([[0.75, 0.25], [0.2, 0.8]])}
    y = np.array([0, 0, 1, 1])
    assert labels_of(chances, y)["train"].tolist() == [0, 0, 1, 1]
    assert labels_of(chances, y, 0.2)["test"].tolist() == [1, 1]
    assert labels_of(chances, y, "max_f1")["test"].tolist() == [0, 1]
    assert labels_of(chances, y, 0.2)["train"].tolist() == [0, 1, 1, 1]
    with pytest.raises(FitError, match="3"):
        labels_of({"train": np.ones((2, 3)) / 3}, y, 0.5)
