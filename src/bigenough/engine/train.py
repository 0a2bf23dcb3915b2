"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import torch
from torch import Tensor

from bigenough.engine.device import tiny_as_zero
from bigenough.engine.evaluate import HeldOut
from bigenough.engine.gradients import training_gradients
from bigenough.engine.look import Look
from bigenough.engine.optimizers import StackOptimizer
from bigenough.engine.stack import Stack, generators
from bigenough.engine.stopping import Best, Plateau
from bigenough.engine.trace import Trace, checkpoint_updates
from bigenough.engine.training import Training
from bigenough.types import TrainingCurve


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
    shorter : dict of int to Trained
        Gradient updates to the training as it would have ended with so many.
    """

    stack: Stack
    curves: list[TrainingCurve]
    epoch_losses: list[list[float]]
    converged: list[bool]
    updates: list[int]
    shorter: dict[int, Trained] = field(default_factory=dict)


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
    shorter: Collection[int] = (),
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
    shorter : collection of int
        Numbers of updates, whole passes over the data, with which the training is wanted too: it is this one's beginning.

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        The best weights are to be kept, and there are no held-out rows to say which; or shorter trainings are wanted of one
        that they are not simply the beginning of.
    """
    if training.keep == "best" and held_out is None:
        raise ValueError("keep='best' needs held-out rows")
    if shorter and not training.begins_alike:
        raise ValueError("shorter trainings are the beginning only of one that is looked at and stops at its end alone")
    k, m = rows.shape
    per_epoch = math.ceil(m / training.batch_size)
    epochs = training.n_epochs(per_epoch)
    checkpoints = checkpoint_updates(epochs * per_epoch, per_epoch, training.checkpoints) | set(shorter)
    orders = generators("order", stack.seeds, torch.device("cpu"))
    optimizer = StackOptimizer(training, stack.parameters)
    plateau, trace, update = Plateau(stack, training), Trace(k), 0
    best = Best(stack) if training.keep == "best" else None
    look, begun = Look(stack, X, y, rows, held_out), dict[int, Trained]()
    trace.record(0, **look.take())
    for epoch in range(epochs):
        order = torch.stack([torch.randperm(m, generator=g) for g in orders]).to(rows.device)
        shuffled, epoch_loss = rows.gather(1, order), torch.zeros(k, device=stack.device)
        for batch in shuffled.split(training.batch_size, dim=1):
            x = X[batch] if augment is None else augment(X[batch])
            losses = training_gradients(stack, x, y[batch])
            rate = training.learning_rate / (1 + training.decay * update)
            update += 1
            if update in checkpoints:
                before = [p.detach().clone() for p in stack.parameters]
                optimizer.step(rate)
                seen = look.take(before)
                trace.record(update, **seen)
                if best is not None:
                    best.take_in(seen["held_out_loss"], plateau.converged)
            else:
                optimizer.step(rate)
            epoch_loss += losses.sum(dim=1)
        if progress is not None:
            progress((epoch + 1) / epochs)
        stopped = plateau.take_in(epoch_loss / m, update)
        for i in stopped if update not in checkpoints else []:
            seen = look.of(i).take()
            trace.record_last(i, update, **seen)
            if best is not None:
                best.offer(i, float(seen["held_out_loss"][0]))
        if update in shorter:
            curves = [trace.curve(i, update, without=shorter) for i in range(k)]
            so_far = [list(each) for each in plateau.losses]
            begun[update] = Trained(stack.copy(), curves, so_far, [False] * k, [update] * k)
        if all(plateau.converged):
            break
    plateau.restore(update)
    if best is not None:
        best.restore()
    curves = [trace.curve(i, plateau.updates[i], without=shorter) for i in range(k)]
    return Trained(stack, curves, plateau.losses, plateau.converged, plateau.updates, begun)
