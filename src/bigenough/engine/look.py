"""What a stack shows at a checkpoint, seen without changing it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bigenough.engine.evaluate import HeldOut, chunk, held_out_loss_and_score, loss_and_score
from bigenough.engine.stack import Stack


class Look:
    """Looks at a stack.

    Parameters
    ----------
    stack : Stack
        k members.
    X, y, rows, held_out
        As `bigenough.engine.train.train_stack` takes them.
    """

    def __init__(self, stack: Stack, X: Tensor, y: Tensor, rows: Tensor, held_out: HeldOut | None) -> None:
        self.stack = stack
        self.train = (X, y, rows)
        self.held_out = held_out

    def of(self, i: int) -> Look:
        """Give a look at one member alone."""
        X, y, rows = self.train
        held_out = self.held_out if not isinstance(self.held_out, list) else self.held_out[i]
        return Look(self.stack.member(i), X, y, rows[i : i + 1], held_out)

    def take(self, before: list[Tensor] | None = None) -> dict[str, NDArray[np.float64]]:
        """See one checkpoint: every value of `TrainingCurve` but the updates, shape (k,) each.

        Parameters
        ----------
        before : list of Tensor, optional
            The weights before the last step, whose gradient the parameters still hold.
        """
        stack, (X, y, rows) = self.stack, self.train
        nothing = torch.full((len(stack),), torch.nan)
        with torch.no_grad():
            logits, idle = [], []
            for piece in rows.split(chunk(X, len(stack)), dim=1):
                moved: list[Tensor] = []
                logits.append(stack.logits(X[piece], moved=moved))
                idle.append(~torch.cat(moved, dim=1) if moved else torch.zeros(len(stack), 1, device=stack.device))
            loss, score = loss_and_score(torch.cat(logits, dim=1), y[rows])
            held_loss, held_score = nothing, nothing
            if self.held_out is not None:
                held_loss, held_score = held_out_loss_and_score(stack, self.held_out)
            gradient, ratio, step = nothing, nothing, nothing
            if before is not None:
                gradients = [p.grad for p in stack.parameters if p.grad is not None]
                gradient, ratio = member_norm(gradients), first_to_last(gradients)
                step = member_norm([p - b for p, b in zip(stack.parameters, before, strict=True)]) / member_norm(before)
            idle_share = torch.stack(idle).bool().all(dim=0).double().mean(dim=1)
            values = {
                "train_loss": loss, "train_score": score, "held_out_loss": held_loss, "held_out_score": held_score,
                "gradient_norm": gradient, "gradient_ratio": ratio, "step_ratio": step, "idle_share": idle_share,
            }  # fmt: skip
        return {name: value.double().cpu().numpy() for name, value in values.items()}


def member_norm(tensors: list[Tensor]) -> Tensor:
    """Euclidean norm over all of a member's numbers, shape (k,); member by member, so that each adds up as if alone."""
    return torch.stack([torch.cat([t[i].flatten() for t in tensors]).norm() for i in range(len(tensors[0]))])


def first_to_last(gradients: list[Tensor]) -> Tensor:
    """Norm of the first layer's weight gradient over that of the last layer's, shape (k,)."""
    weights = [g for g in gradients if g.ndim > 2]
    return member_norm(weights[:1]) / member_norm(weights[-1:])
