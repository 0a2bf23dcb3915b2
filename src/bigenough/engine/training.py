"""How a network is trained, as plain settings, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

OptimizerName = Literal["sgd", "adam", "adadelta", "rmsprop"]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a stack is trained; the fields are settings of the network recipes.

    Attributes
    ----------
    optimizer : {"sgd", "adam", "adadelta", "rmsprop"}
        torch's own; Adam has betas 0.9 and 0.999.
    learning_rate : float
    decay : float
        The rate at update t, from 0, is ``learning_rate / (1 + decay * t)``.
    momentum : float
        Of plain gradient descent.
    weight_decay : float
        This times a parameter is added to its gradient: an L2 penalty of half as much on all weights and biases.
    rho, epsilon : float
        Of ADADELTA and RMSprop the share of the running mean square that is kept; what is added to the denominator.
    batch_size : int
        The last batch of an epoch is what is left.
    epochs, max_updates : int or None
        How long at most, in passes over the data or in updates (rounded up to a whole pass); one of the two.
    checkpoints : {"epoch", "geometric", "ends"}
    tol : float or None
        A member has converged, and stops, when its mean loss over an epoch has not come below its best by more than
        `tol` for `patience` epochs and `patience_updates` updates in a row. None: it runs to the end.
    patience, patience_updates : int
    keep : {"last", "best"}
        Which weights a member ends with: those of its last update, or those of the checkpoint with the least held-out loss.
    """

    optimizer: OptimizerName
    learning_rate: float
    batch_size: int
    epochs: int | None = None
    max_updates: int | None = None
    decay: float = 0.0
    momentum: float = 0.0
    weight_decay: float = 0.0
    rho: float = 0.9
    epsilon: float = 1e-8
    checkpoints: Literal["epoch", "geometric", "ends"] = "geometric"
    tol: float | None = None
    patience: int = 10
    patience_updates: int = 0
    keep: Literal["last", "best"] = "last"

    def n_epochs(self, per_epoch: int) -> int:
        """Passes over the data, at most, when one takes `per_epoch` updates."""
        if self.max_updates is not None:
            return math.ceil(self.max_updates / per_epoch)
        assert self.epochs is not None
        return self.epochs

    @property
    def begins_alike(self) -> bool:
        """Whether a longer training by the same settings begins with this one, and nothing is seen in between."""
        return self.tol is None and self.keep == "last" and self.checkpoints == "ends"
