"""The class that is most frequent among the training rows, whatever the features: what any model must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.models.fitting import OneByOne
from bigenough.models.tuning import class_shares
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows


@dataclass(frozen=True)
class Shares:
    """The shares of the classes, for every row."""

    shares: Floats
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        n = len(X)
        return np.full(n, self.shares.argmax(), np.int64), np.tile(self.shares, (n, 1))


class Majority(OneByOne):
    """Looks at the labels only."""

    recipe = Recipe("majority", "majority", "data-free", {})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Shares:
        """Count the classes of one draw."""
        return Shares(class_shares(data.y[draw.train], len(data.classes)))

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count no shares: of the features nothing is learnt."""
        return 0


MAJORITY = Majority()
