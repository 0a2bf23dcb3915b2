"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from bigenough.engine.device import tiny_as_zero
from bigenough.engine.evaluate import HeldOut, item_losses
from bigenough.engine.look import Look
from bigenough.engine.optimizers import OptimizerName, make_optimizer
from bigenough.engine.stack import Stack, generators
from bigenough.engine.stopping import Best, Plateau
from bigenough.engine.trace import Trace, checkpoint_updates
from bigenough.types import TrainingCurve


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

    def make_optimizer(self, parameters: list[Tensor]) -> torch.optim.Optimizer:
        """Set torch's own optimiser up for a stack's parameters."""
        return make_optimizer(
            self.optimizer, parameters, learning_rate=self.learning_rate, momentum=self.momentum,
            weight_decay=self.weight_decay, rho=self.rho, epsilon=self.epsilon,
        )  # fmt: skip


@dataclass(frozen=True)
class Trained:
    """A trained stack.

    Attributes
    ----------
    stack : Stack
    curves : list of TrainingCurve
        One a member.
    epoch_losses : list of list of float
        One a member: mean loss of every epoch as it was trained, dropout on.
    converged : list of bool
        One a member; always False without a `tol`.
    updates : list of int
    """

    stack: Stack
    curves: list[TrainingCurve]
    epoch_losses: list[list[float]]
    converged: list[bool]
    updates: list[int]


@tiny_as_zero()
def train_stack(
    stack: Stack,
    X: Tensor,
    y: Tensor,
    rows: Tensor,
    training: Training,
    held_out: HeldOut | None = None,
    progress: Callable[[float], None] | None = None,
    augment: Callable[[Tensor], Tensor] | None = None,
) -> Trained:
    """Train every member on its own rows.

    Parameters
    ----------
    stack : Stack
        k members; changed in place.
    X : Tensor, shape (n, ...), float32
    y : Tensor, shape (n,), int64
    rows : Tensor, shape (k, m), int64
        Training rows of each member.
    training : Training
    held_out : tuple of Tensor or list of such, optional
        X and y of the rows that assess convergence, the same for all members or one pair a member; they are looked at,
        never trained on.
    progress : callable, optional
        Gets the share done, after every epoch.
    augment : callable, optional
        Changes every training batch, (k, b, ...), before the network sees it; nothing else is changed.

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        The best weights are to be kept, and there are no held-out rows to say which.
    """
    if training.keep == "best" and held_out is None:
        raise ValueError("keep='best' needs held-out rows")
    k, m = rows.shape
    per_epoch = math.ceil(m / training.batch_size)
    epochs = training.n_epochs(per_epoch)
    checkpoints = checkpoint_updates(epochs * per_epoch, per_epoch, training.checkpoints)
    orders = generators("order", stack.seeds, torch.device("cpu"))
    optimizer = training.make_optimizer(stack.parameters)
    plateau, trace, update = Plateau(stack, training), Trace(k), 0
    best = Best(stack) if training.keep == "best" else None
    look = Look(stack, X, y, rows, held_out)
    trace.record(0, **look.take())
    for epoch in range(epochs):
        order = torch.stack([torch.randperm(m, generator=g) for g in orders]).to(rows.device)
        shuffled, epoch_loss = rows.gather(1, order), torch.zeros(k, device=stack.device)
        for batch in shuffled.split(training.batch_size, dim=1):
            x = X[batch] if augment is None else augment(X[batch])
            losses = item_losses(stack.logits(x, training=True), y[batch])
            optimizer.zero_grad()
            (losses.sum() / batch.shape[1]).backward()  # a mean over items, a sum over members
            for group in optimizer.param_groups:
                group["lr"] = training.learning_rate / (1 + training.decay * update)
            update += 1
            if update in checkpoints:
                before = [p.detach().clone() for p in stack.parameters]
                optimizer.step()
                seen = look.take(before)
                trace.record(update, **seen)
                if best is not None:
                    best.take_in(seen["held_out_loss"], plateau.converged)
            else:
                optimizer.step()
            epoch_loss += losses.detach().sum(dim=1)
        if progress is not None:
            progress((epoch + 1) / epochs)
        stopped = plateau.take_in(epoch_loss / m, update)
        for i in stopped if update not in checkpoints else []:
            trace.record_last(i, update, **look.of(i).take())
        if all(plateau.converged):
            break
    plateau.restore(update)
    if best is not None:
        best.restore()
    curves = [trace.curve(i, plateau.updates[i]) for i in range(k)]
    return Trained(stack, curves, plateau.losses, plateau.converged, plateau.updates)
