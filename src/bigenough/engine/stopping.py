"""When a member of a stack stops, and which of its weights it keeps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bigenough.engine.stack import Stack
from bigenough.engine.training import Training


class Plateau:
    """Decides when each member has converged, and keeps the weights that it had then."""

    def __init__(self, stack: Stack, training: Training) -> None:
        k = len(stack)
        self.stack, self.training = stack, training
        self.losses: list[list[float]] = [[] for _ in range(k)]
        self.converged = [False] * k
        self.updates = [0] * k
        self._best = [math.inf] * k
        self._waited = [0] * k
        self._kept: dict[int, list[Tensor]] = {}

    def take_in(self, epoch_losses: Tensor, update: int) -> list[int]:
        """Take in an epoch's mean losses, shape (k,), and say which members have just converged."""
        stopped = []
        for i, loss in enumerate(epoch_losses.tolist()):
            if self.converged[i]:
                continue
            self.losses[i].append(loss)
            self.updates[i] = update
            if self.training.tol is None:
                continue
            self._waited[i] = 0 if loss < self._best[i] - self.training.tol else self._waited[i] + 1
            self._best[i] = min(self._best[i], loss)
            per_epoch = update // len(self.losses[i])
            if self._waited[i] >= self.training.patience and self._waited[i] * per_epoch >= self.training.patience_updates:
                self.converged[i] = True
                self._kept[i] = weights_of(self.stack, i)
                stopped.append(i)
        return stopped

    def restore(self, update: int) -> None:
        """Give the members that stopped before this update their weights back."""
        for i, kept in self._kept.items():
            if self.updates[i] < update:
                set_weights(self.stack, i, kept)


class Best:
    """Keeps the weights with which each member did best on held-out rows."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._least = [math.inf] * len(stack)
        self._kept: dict[int, list[Tensor]] = {}

    def take_in(self, losses: NDArray[np.float64], stopped: Sequence[bool]) -> None:
        """Take in a checkpoint's held-out losses, shape (k,); members that have stopped are left alone."""
        for i, loss in enumerate(losses):
            if not stopped[i]:
                self.offer(i, float(loss))

    def offer(self, i: int, loss: float) -> None:
        """Keep what member i has now if its held-out loss is the least so far."""
        if loss < self._least[i]:
            self._least[i] = loss
            self._kept[i] = weights_of(self.stack, i)

    def restore(self) -> None:
        """Give every member its best weights."""
        for i, kept in self._kept.items():
            set_weights(self.stack, i, kept)


def weights_of(stack: Stack, i: int) -> list[Tensor]:
    """Copy one member's weights."""
    return [p[i].detach().clone() for p in stack.parameters]


def set_weights(stack: Stack, i: int, weights: list[Tensor]) -> None:
    """Overwrite one member's weights."""
    with torch.no_grad():
        for parameter, own in zip(stack.parameters, weights, strict=True):
            parameter[i] = own
