"""Gradients of a stack's training loss.

Dense stacks have theirs written out. Their cost is moving weights through memory, and autograd moves more of them: it makes
a new gradient for every update, and multiplies a column by a row, which is all that a batch of one row needs, several times
slower than an elementwise product does it (docs/performance.md). Everything else is autograd's.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.evaluate import item_losses
from bigenough.engine.layers import Activation, Dense, Dropout, Layer, weight_shapes
from bigenough.engine.stack import Stack, apply_layer

Step: TypeAlias = tuple[Layer, list[Tensor], Tensor]  # a layer, its parameters, and what its slope is made of


def training_gradients(stack: Stack, x: Tensor, y: Tensor) -> Tensor:
    """Set every parameter's gradient to that of the batch's loss: a mean over items, a sum over members.

    Parameters
    ----------
    stack : Stack
        k members; dropout is on.
    x : Tensor, shape (k, b, ...)
        Each member's batch.
    y : Tensor, shape (k, b), int64

    Returns
    -------
    Tensor, shape (k, b)
        Cross-entropy of every item in nats.
    """
    if all(isinstance(layer, Dense | Activation | Dropout) for layer in stack.layers):
        return _dense(stack, x, y)
    losses = item_losses(stack.logits(x, training=True), y)
    for parameter in stack.parameters:
        parameter.grad = None
    (losses.sum() / y.shape[1]).backward()
    return losses.detach()


@torch.no_grad()
def _dense(stack: Stack, x: Tensor, y: Tensor) -> Tensor:
    weights, steps = iter(stack.parameters), list[Step]()
    for layer in stack.layers:
        own = [next(weights) for _ in weight_shapes(layer)]
        if isinstance(layer, Dropout):
            steps.append((layer, own, stack.dropout_mask(x, layer.rate)))
            x = x * steps[-1][2]
        elif isinstance(layer, Dense):
            steps.append((layer, own, x))
            x = apply_layer(layer, x, own, members=len(stack))
        else:
            after_dense = bool(steps) and isinstance(steps[-1][0], Dense)  # whose output nobody else needs
            x = apply_layer(layer, x, own, members=len(stack), in_place=after_dense)
            steps.append((layer, own, x))
    losses, slope = _losses_and_slope(x, y)
    first = next((i for i, (_, own, _) in enumerate(steps) if own), len(steps))
    for i in reversed(range(first, len(steps))):
        slope = _through(*steps[i], slope, first=i == first)
    return losses


def _losses_and_slope(outputs: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Each item's loss, and by how much the batch's loss changes with each output, (k, b, outputs)."""
    one = outputs.shape[-1] == 1  # softmax over (0, z) is the sigmoid of z
    logits, target = F.pad(outputs, (1, 0)) if one else outputs, y[..., None]
    losses = -torch.log_softmax(logits, dim=-1).gather(-1, target).squeeze(-1)
    slope = torch.softmax(logits, dim=-1)  # the exponential of the other would round by an item's place in the stack
    slope.scatter_add_(-1, target, slope.new_full(target.shape, -1.0)).div_(y.shape[1])
    return losses, slope[..., 1:] if one else slope


def _through(layer: Layer, own: list[Tensor], seen: Tensor, slope: Tensor, *, first: bool) -> Tensor:
    """Take the slope from a layer's outputs to its inputs, and leave its parameters' gradients with them.

    Parameters
    ----------
    layer : Layer
    own : list of Tensor
    seen : Tensor
        Inputs of a dense layer, outputs of an activation, the mask of a dropout.
    slope : Tensor, shape (k, b, outputs)
    first : bool
        Nobody needs the slope of the inputs.
    """
    match layer:
        case Dropout():
            return slope * seen
        case Activation("relu"):
            return torch.ops.aten.threshold_backward(slope, seen, 0)
        case Activation():
            return torch.ops.aten.tanh_backward(slope, seen)
    weight, bias = own
    torch.sum(slope, dim=1, out=_gradient_of(bias))
    if weight.shape[2] == 1:  # as in `apply_layer`
        torch.sum(seen * slope, dim=1, out=_gradient_of(weight).squeeze(2))
    elif slope.shape[1] == 1:
        torch.mul(seen.transpose(1, 2), slope, out=_gradient_of(weight))
    else:
        torch.bmm(seen.transpose(1, 2), slope, out=_gradient_of(weight))
    if first:
        return slope
    return slope * weight.transpose(1, 2) if weight.shape[2] == 1 else torch.bmm(slope, weight.transpose(1, 2))


def _gradient_of(parameter: Tensor) -> Tensor:
    """Where a parameter's gradient is kept, from update to update."""
    if parameter.grad is None:
        parameter.grad = torch.empty_like(parameter)
    return parameter.grad
