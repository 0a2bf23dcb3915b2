"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from bigenough.engine.device import tiny_as_zero
from bigenough.engine.evaluate import HeldOut, chunk, held_out_loss_and_score, item_losses, loss_and_score
from bigenough.engine.stack import Stack, generators
from bigenough.engine.trace import Trace, checkpoint_updates
from bigenough.types import TrainingCurve

VECTOR = 16  # float32 numbers in the widest register of a CPU


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a stack is trained; the fields are settings of the network recipes.

    Attributes
    ----------
    optimizer : {"sgd", "adam"}
        Plain gradient descent, or Adam with betas 0.9 and 0.999 and epsilon 1e-8.
    learning_rate : float
    decay : float
        The rate at update t, from 0, is ``learning_rate / (1 + decay * t)``.
    batch_size : int
        The last batch of an epoch is what is left.
    epochs, max_updates : int or None
        How long at most, in passes over the data or in updates (rounded up to a whole pass); one of the two.
    checkpoints : {"epoch", "geometric"}
    tol : float or None
        A member has converged, and stops, when its mean loss over an epoch has not come below its best by more than
        `tol` for `patience` epochs and `patience_updates` updates in a row. None: it runs to the end.
    patience, patience_updates : int
    """

    optimizer: Literal["sgd", "adam"]
    learning_rate: float
    batch_size: int
    epochs: int | None = None
    max_updates: int | None = None
    decay: float = 0.0
    checkpoints: Literal["epoch", "geometric"] = "geometric"
    tol: float | None = None
    patience: int = 10
    patience_updates: int = 0

    def n_epochs(self, per_epoch: int) -> int:
        """Passes over the data, at most, when one takes `per_epoch` updates."""
        if self.max_updates is not None:
            return math.ceil(self.max_updates / per_epoch)
        assert self.epochs is not None
        return self.epochs

    def make_optimizer(self, parameters: list[Tensor]) -> torch.optim.Optimizer:
        """Give torch's own optimiser; it works elementwise, so that members of a stack do not mix."""
        if self.optimizer == "adam":
            # on the CPU the fused Adam rounds what does not fill a vector register otherwise than the rest, so that a
            # number's bits would depend on its member's place in the stack
            fused = [p for p in parameters if p.device.type != "cpu" or p[0].numel() % VECTOR == 0]
            plain = [p for p in parameters if not any(p is other for other in fused)]
            groups = [{"params": fused, "fused": True}, {"params": plain, "fused": False, "foreach": False}]
            return torch.optim.Adam([group for group in groups if group["params"]], lr=self.learning_rate)
        return torch.optim.SGD(parameters, lr=self.learning_rate, fused=True)


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

    Returns
    -------
    Trained
    """
    k, m = rows.shape
    per_epoch = math.ceil(m / training.batch_size)
    epochs = training.n_epochs(per_epoch)
    checkpoints = checkpoint_updates(epochs * per_epoch, per_epoch, training.checkpoints)
    orders = generators("order", stack.seeds, torch.device("cpu"))
    optimizer = training.make_optimizer(stack.parameters)
    plateau, trace, update = Plateau(stack, training), Trace(), 0
    look = Look(stack, X, y, rows, held_out)
    look.record(trace, 0)
    for epoch in range(epochs):
        order = torch.stack([torch.randperm(m, generator=g) for g in orders]).to(rows.device)
        shuffled, epoch_loss = rows.gather(1, order), torch.zeros(k, device=stack.device)
        for batch in shuffled.split(training.batch_size, dim=1):
            losses = item_losses(stack.logits(X[batch], training=True), y[batch])
            optimizer.zero_grad()
            (losses.sum() / batch.shape[1]).backward()  # a mean over items, a sum over members
            for group in optimizer.param_groups:
                group["lr"] = training.learning_rate / (1 + training.decay * update)
            update += 1
            if update in checkpoints:
                before = [p.detach().clone() for p in stack.parameters]
                optimizer.step()
                look.record(trace, update, before)
            else:
                optimizer.step()
            epoch_loss += losses.detach().sum(dim=1)
        if progress is not None:
            progress((epoch + 1) / epochs)
        if plateau.all_stopped(epoch_loss / m, update):
            break
    plateau.restore(update)
    curves = [trace.curve(i, plateau.updates[i]) for i in range(k)]
    return Trained(stack, curves, plateau.losses, plateau.converged, plateau.updates)


class Look:
    """Looks at a stack without changing it."""

    def __init__(self, stack: Stack, X: Tensor, y: Tensor, rows: Tensor, held_out: HeldOut | None) -> None:
        self.stack = stack
        self.train = (X, y, rows)
        self.held_out = held_out

    def record(self, trace: Trace, update: int, before: list[Tensor] | None = None) -> None:
        """Write one checkpoint down; `before` has the weights before the last step."""
        stack, (X, y, rows) = self.stack, self.train
        nothing = torch.full((len(stack),), torch.nan)
        with torch.no_grad():
            logits, idle = [], []
            for piece in rows.split(chunk(X), dim=1):
                moved: list[Tensor] = []
                logits.append(stack.logits(X[piece], moved=moved))
                idle.append(~torch.cat(moved, dim=1) if moved else torch.zeros(len(stack), 1, device=stack.device))
            loss, score = loss_and_score(torch.cat(logits, dim=1), y[rows])
            held_loss, held_score = nothing, nothing
            if self.held_out is not None:
                held_loss, held_score = held_out_loss_and_score(stack, self.held_out)
            gradient, step = nothing, nothing
            if before is not None:
                gradient = member_norm([p.grad for p in stack.parameters if p.grad is not None])
                step = member_norm([p - b for p, b in zip(stack.parameters, before, strict=True)]) / member_norm(before)
            idle_share = torch.stack(idle).bool().all(dim=0).double().mean(dim=1)
            values = {
                "train_loss": loss, "train_score": score, "held_out_loss": held_loss, "held_out_score": held_score,
                "gradient_norm": gradient, "step_ratio": step, "idle_share": idle_share,
            }  # fmt: skip
        trace.record(update, **{name: value.double().cpu().numpy() for name, value in values.items()})


def member_norm(tensors: list[Tensor]) -> Tensor:
    """Euclidean norm over all of a member's numbers, shape (k,); member by member, so that each adds up as if alone."""
    return torch.stack([torch.cat([t[i].flatten() for t in tensors]).norm() for i in range(len(tensors[0]))])


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

    def all_stopped(self, epoch_losses: Tensor, update: int) -> bool:
        """Take in an epoch's mean losses, shape (k,), and say whether every member has stopped."""
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
                self._kept[i] = [p[i].detach().clone() for p in self.stack.parameters]
        return all(self.converged)

    def restore(self, update: int) -> None:
        """Give the members that stopped early their weights back."""
        with torch.no_grad():
            for i, kept in self._kept.items():
                if self.updates[i] < update:
                    for parameter, own in zip(self.stack.parameters, kept, strict=True):
                        parameter[i] = own
