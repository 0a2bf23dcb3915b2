"""k networks of one architecture as one tensor program: every parameter has a leading axis of length k.

A member computes exactly what it would compute alone. Matrix products are batched over members; torch's CPU kernels
give each member of a batch the bits that it gets by itself when run in one thread, except products with a single output
column, which are therefore taken as elementwise products and row sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool, weight_shapes
from bigenough.types import stable_seed

SATURATED = 0.99  # |tanh| beyond which its slope is below 2 %


def generators(role: str, seeds: Sequence[int], device: torch.device) -> list[Generator]:
    """Make one generator a member; roles are independent, so that changing dropout leaves the order of rows alone."""
    return [Generator(device).manual_seed(stable_seed(role, seed)) for seed in seeds]


def glorot_uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draw a weight uniformly from ±sqrt(6 / (fan in + fan out)).

    Parameters
    ----------
    shape : tuple of int
        (inputs, outputs), or (outputs, inputs, kernel, kernel), whose fans count the kernel's area.
    generator : torch.Generator
        On the CPU, so that every device starts from the same weights.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
    """
    limit = math.sqrt(6 / ((shape[0] + shape[1]) * math.prod(shape[2:])))
    return (torch.rand(shape, generator=generator) * 2 - 1) * limit


class Stack:
    """k networks with the same layers and their own weights.

    Parameters
    ----------
    layers : list of Layer
        The last one gives the logits; with a single output, class 1's log-odds (a sigmoid unit).
    seeds : sequence of int
        One a member.
    device : torch.device

    Attributes
    ----------
    parameters : list of Tensor
        Shape (k, ...) each; weights by Glorot's uniform rule, biases zero.
    """

    def __init__(self, layers: list[Layer], seeds: Sequence[int], device: torch.device) -> None:
        self.layers = layers
        self.seeds = list(seeds)
        self.device = device
        self.dropouts = generators("dropout", seeds, device)
        inits = generators("init", seeds, torch.device("cpu"))
        self.parameters: list[Tensor] = []
        for layer in layers:
            for shape in weight_shapes(layer):
                members = [glorot_uniform(shape, g) if len(shape) > 1 else torch.zeros(shape) for g in inits]
                weight = torch.stack(members).to(device)
                if len(shape) == 4:  # convolution kernels run fastest with their channels last in memory
                    weight = weight.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
                self.parameters.append(weight.requires_grad_())

    def __len__(self) -> int:
        return len(self.seeds)

    def logits(self, x: Tensor, *, training: bool = False, moved: list[Tensor] | None = None) -> Tensor:
        """Compute the outputs before the softmax.

        Parameters
        ----------
        x : Tensor, shape (k, b, ...)
            Each member's rows; the same for all with an expanded first axis.
        training : bool
            Whether dropout is on.
        moved : list of Tensor, optional
            Gets, for every activation layer, which units some row moves: bool, shape (k, units); a unit of a convolution
            is a channel.

        Returns
        -------
        Tensor, shape (k, b, classes)
        """
        weights = iter(self.parameters)
        for layer in self.layers:
            own = [next(weights) for _ in weight_shapes(layer)]
            if isinstance(layer, Dropout):
                x = self._drop(x, layer.rate) if training else x
                continue
            x = apply_layer(layer, x, own)
            if moved is not None and isinstance(layer, Activation):
                active = x != 0 if layer.function == "relu" else x.abs() <= SATURATED
                moved.append(active.movedim(2, -1).flatten(1, -2).any(dim=1))
        if x.shape[-1] == 1:  # softmax over (0, z) is the sigmoid of z
            x = torch.cat([torch.zeros_like(x), x], dim=-1)
        return x

    def _drop(self, x: Tensor, rate: float) -> Tensor:
        mask = torch.empty_like(x, memory_format=torch.contiguous_format)
        for member, generator in zip(mask, self.dropouts, strict=True):
            member.bernoulli_(1 - rate, generator=generator)
        return x * mask.div_(1 - rate)


def apply_layer(layer: Layer, x: Tensor, weights: list[Tensor]) -> Tensor:
    """Compute one layer of every member; x has shape (k, b, ...)."""
    match layer:
        case Dense(_, outputs):
            weight, bias = weights
            if outputs == 1:
                return (x * weight.transpose(1, 2)).sum(dim=-1, keepdim=True) + bias[:, None]
            return torch.baddbmm(bias[:, None], x, weight)
        case Conv2d():
            return _convolve(x, *weights)
        case MaxPool(size):
            return F.max_pool2d(x.flatten(0, 1), size).unflatten(0, x.shape[:2])
        case Activation(function):
            return torch.relu(x) if function == "relu" else torch.tanh(x)
        case Flatten():
            return x.flatten(2)
        case _:
            raise TypeError(f"a layer that cannot be computed: {layer!r}")


def _convolve(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve (k, b, c, h, w) with (k, out, c, s, s): members as groups of one convolution."""
    k = x.shape[0]
    if k == 1:
        return F.conv2d(x[0], weight[0], bias[0])[None]
    merged = x.transpose(0, 1).flatten(1, 2)
    out = F.conv2d(merged, weight.flatten(0, 1), bias.flatten(), groups=k)
    return out.unflatten(1, (k, -1)).transpose(0, 1)
