"""What a stack makes of rows that it is not trained on, without changing it."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.coarse import can_look_coarsely, coarse_logits
from bigenough.engine.stack import Stack

HeldOut: TypeAlias = tuple[Tensor, Tensor] | list[tuple[Tensor, Tensor]]
MAX_CHUNK = 2048  # rows evaluated at once
CONV_CHUNK = 64  # for images: what a core's second-level cache holds of the widest layer, measured (docs/performance.md)
GPU_CHUNK = 2**14  # for images on a GPU, of all members together, which take about 100 kB each
SURE_NATS = 16.0  # of two classes, one that leads by this much is right and adds less than 1.2e-7 to a mean loss
CHECKED_ROWS = 8  # at least, spread over all, that the first look takes its ranges from and is compared on
COARSE_ERROR = 0.1  # room, of the largest logit: four times what the first look may be off on the rows computed twice


def loss_and_score(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy and accuracy of each member, shape (k,)."""
    return item_losses(logits, y).double().mean(dim=1), (logits.argmax(dim=-1) == y).double().mean(dim=1)


def item_losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of every item in nats: (k, b, classes) and (k, b) to (k, b)."""
    return F.nll_loss(torch.log_softmax(logits, dim=-1).flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def member_logits(stack: Stack, X: Tensor) -> Tensor:
    """Logits of the same rows under every member, in cache-sized pieces: (n, ...) to (k, n, classes)."""
    with torch.no_grad():
        pieces = [stack.logits(piece.expand(len(stack), *piece.shape)) for piece in X.split(chunk(X, len(stack)))]
    return torch.cat(pieces, dim=1)


def chunk(X: Tensor, members: int) -> int:
    """How many rows of X, shape (n, ...), to evaluate at once."""
    if X.ndim == 2:
        return MAX_CHUNK
    return CONV_CHUNK if X.device.type == "cpu" else max(CONV_CHUNK, GPU_CHUNK // members)


def predict_probabilities(stack: Stack, X: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Class probabilities of the same rows under every member, float64, shape (k, n, classes)."""
    return torch.softmax(member_logits(stack, X).double(), dim=-1).cpu().numpy()


def held_out_loss_and_score(stack: Stack, held_out: HeldOut) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy and accuracy of each member on held-out rows, shape (k,).

    Parameters
    ----------
    stack : Stack
    held_out : tuple of Tensor or list of such
        (n, ...) and (n,): the same rows for all members, or a pair a member, whose n may differ; those are looked at one
        by one, so that a member gets what it would get alone.
    """
    if isinstance(held_out, tuple):
        X, y = held_out
        return loss_and_score(held_out_logits(stack, X, y), y.expand(len(stack), -1))
    each = [loss_and_score(held_out_logits(stack.member(i), X, y), y[None]) for i, (X, y) in enumerate(held_out)]
    return torch.cat([loss for loss, _ in each]), torch.cat([score for _, score in each])


def held_out_logits(stack: Stack, X: Tensor, y: Tensor) -> Tensor:
    """Logits for scoring at a checkpoint: (n, ...) and (n,) to (k, n, classes).

    Scoring a convolutional network after every epoch costs many times its training. Where the CPU has fast products of
    8-bit integers, a first look is taken with them. Rows that it leaves in doubt are computed again in float32: those whose
    true class does not lead by so much that, the first look's error allowed for, it is right and adds less than 1.2e-7 nats
    to the loss. The error is checked on the rows computed twice, among them some that were sure: beyond a quarter of what is
    allowed for, all rows are computed again. So accuracy and loss are those of float32 unless an error is twice as large
    on a row that was not checked as on any that was (docs/performance.md has the largest seen).
    """
    if not can_look_coarsely(stack, X):
        return member_logits(stack, X)
    with torch.no_grad():
        checked = checked_rows(len(X))
        logits, known = coarse_logits(stack, X, X[checked])
        own = F.one_hot(y, logits.shape[-1]).bool()
        lead = logits[0, own] - logits[0].masked_fill(own, -torch.inf).amax(dim=1)
        room = COARSE_ERROR * torch.where(known[:, None], logits, 0).abs().max()
        again = ~((lead > SURE_NATS + math.log(max(1, logits.shape[-1] - 1)) + room) & known)  # also where not a number
        again[checked] = True
        exact = member_logits(stack, X[again])
        if not torch.where(known[again, None], exact - logits[:, again], 0).abs().max() < room / 4:
            return member_logits(stack, X)
        logits[:, again] = exact
    return logits


def checked_rows(rows: int) -> slice:
    """Which of so many rows the first look is compared on."""
    return slice(None, None, max(1, rows // CHECKED_ROWS))
