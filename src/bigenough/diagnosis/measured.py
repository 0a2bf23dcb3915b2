"""What an experiment measured, as plain arrays: all that a cause is read off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bigenough.stats import Components
from bigenough.types import Floats

Judged = Literal["convergence", "test"]
Scores = Mapping[Judged, Floats]  # shape (draws,) each; NaN where a draw has no run
NO_TIME = "the budget of time did not reach for it"
JUDGED: tuple[Judged, ...] = ("convergence", "test")


@dataclass(frozen=True)
class Measured:
    """Scores of a network and of its arms on the same draws.

    Attributes
    ----------
    metric : str
    network : mapping of part to ndarray, shape (draws,)
        Score of the network as it is.
    arms : mapping of str to mapping of part to ndarray, shape (draws,)
        Likewise of every arm, controls too, in the order of the arms.
    train_loss : mapping of str to float
        Mean change of the training loss under every arm; NaN where it is not known.
    train_accuracy, held_out_accuracy : float
        Of the network as it is, on training and convergence rows, mean over draws; NaN where every fit failed.
    references : mapping of str to mapping of part to ndarray, shape (draws,)
        Scores of simple models.
    compared : mapping of str to Components
        By how much the test score of every arm that changes no data, and of every simple model, is above the network's, on
        the draws that both have; with the parts of its variance.
    resolution : float
        The smallest difference that the convergence rows of one draw can show.
    left_out : mapping of str to str
        Arms that were not trained, and why.
    """

    metric: str
    network: Scores
    arms: Mapping[str, Scores]
    train_loss: Mapping[str, float]
    train_accuracy: float
    held_out_accuracy: float
    references: Mapping[str, Scores]
    compared: Mapping[str, Components]
    resolution: float
    left_out: Mapping[str, str]

    def gains(self, arm: str, part: Judged) -> Floats:
        """By how much an arm's score is above the network's, draw by draw, shape (draws,)."""
        return self.arms[arm][part] - self.network[part]

    def reference(self) -> str | None:
        """Name the simple model that does best on the convergence rows."""
        means = {
            name: float(np.nanmean(scores["convergence"]))
            for name, scores in self.references.items()
            if not np.isnan(scores["convergence"]).all()
        }
        return max(means, key=lambda name: means[name]) if means else None
