"""k networks of one architecture as one tensor program: every parameter has a leading axis of length k.

A member computes exactly what it would compute alone. Matrix products are batched over members; torch's CPU kernels
give each member of a batch the bits that it gets by itself when run in one thread, except products with a single output
column, which are therefore taken as elementwise products and row sums.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from bigenough.engine.initial import INITS, Init
from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool, weight_shapes
from bigenough.engine.uniforms import Uniforms
from bigenough.types import stable_seed

SATURATED = 0.99  # |tanh| beyond which its slope is below 2 %


def generators(role: str, seeds: Sequence[int], device: torch.device) -> list[Generator]:
    """Make one generator a member; roles are independent, so that changing dropout leaves the order of rows alone."""
    return [Generator(device).manual_seed(stable_seed(role, seed)) for seed in seeds]


class Stack:
    """k networks with the same layers and their own weights.

    Parameters
    ----------
    layers : list of Layer
        The last one gives the logits; with a single output, class 1's log-odds (a sigmoid unit).
    seeds : sequence of int
        One a member.
    device : torch.device
    init : str
        A name of `bigenough.engine.initial.INITS`.
    init_scale : float
        Factor on the initial weights.

    Attributes
    ----------
    parameters : list of Tensor
        Shape (k, ...) each; biases start at zero.
    """

    def __init__(
        self,
        layers: list[Layer],
        seeds: Sequence[int],
        device: torch.device,
        *,
        init: Init = "glorot_uniform",
        init_scale: float = 1.0,
    ) -> None:
        self.layers = layers
        self.seeds = list(seeds)
        self.device = device
        self.uniforms = Uniforms(generators("dropout", seeds, device))
        inits = generators("init", seeds, torch.device("cpu"))
        self.parameters: list[Tensor] = []
        for layer in layers:
            for shape in weight_shapes(layer):
                members = [INITS[init](shape, g) if len(shape) > 1 else torch.zeros(shape) for g in inits]
                weight = (torch.stack(members) * init_scale).to(device)
                if len(shape) == 4:
                    weight = laid_out(weight)
                self.parameters.append(weight.requires_grad_())

    def __len__(self) -> int:
        return len(self.seeds)

    def member(self, i: int) -> Stack:
        """Give one member as a stack of its own, with the weights that it has now."""
        alone = copy.copy(self)
        alone.seeds, alone.uniforms = [self.seeds[i]], self.uniforms.of(i)
        alone.parameters = [p.detach()[i : i + 1] for p in self.parameters]
        return alone

    def copy(self) -> Stack:
        """Give the stack with the weights that it has now, which stay so."""
        kept = copy.copy(self)
        kept.parameters = [p.detach().clone() for p in self.parameters]
        return kept

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
        if x.ndim == 5:
            x = laid_out(merge_members(x))
        for i, layer in enumerate(self.layers):
            own = [next(weights) for _ in weight_shapes(layer)]
            if isinstance(layer, Dropout):
                x = x * self.dropout_mask(x, layer.rate) if training else x
                continue
            # what these give is nobody else's, and without gradients nobody needs it again
            in_place = not torch.is_grad_enabled() and i > 0 and isinstance(self.layers[i - 1], Dense | Conv2d | MaxPool)
            x = apply_layer(layer, x, own, members=len(self), in_place=in_place)
            if moved is not None and isinstance(layer, Activation):
                moved.append(moved_units(layer, x, len(self)))
        if x.shape[-1] == 1:  # softmax over (0, z) is the sigmoid of z
            x = torch.cat([torch.zeros_like(x), x], dim=-1)
        return x

    def dropout_mask(self, x: Tensor, rate: float) -> Tensor:
        """Draw by what dropout multiplies activations like x: 0, or 1 / (1 - rate)."""
        mask = self.uniforms.draw(*split_members(x, len(self)).shape[1:])
        mask.ge_(rate).div_(1 - rate)
        return mask if x.ndim == 3 else merge_members(mask)


def laid_out(images: Tensor) -> Tensor:
    """Lay (..., c, h, w) out in memory as the device's convolutions are fastest: with channels last on a CPU."""
    return channels_last(images) if images.device.type == "cpu" else images


def channels_last(images: Tensor) -> Tensor:
    """Lay (..., c, h, w) out with channels last in memory, as convolutions are fastest.

    Always a copy: torch keeps a layout that differs by an axis of length 1 only, and then picks slow kernels.
    """
    *outer, channels, height, width = images.shape
    return images.new_empty(*outer, height, width, channels).movedim(-1, -3).copy_(images)


def merge_members(x: Tensor) -> Tensor:
    """Images of k members, (k, b, c, h, w), as images with k groups of channels, (b, k * c, h, w)."""
    return x.transpose(0, 1).flatten(1, 2)


def split_members(x: Tensor, members: int) -> Tensor:
    """Undo `merge_members`; flat rows, (k, b, features), stay as they are."""
    return x if x.ndim == 3 else x.unflatten(1, (members, -1)).transpose(0, 1)


def moved_units(layer: Activation, x: Tensor, members: int) -> Tensor:
    """Say of every unit whether some row moves it: activations as in `apply_layer` to bool, shape (k, units)."""
    per_unit = x if x.ndim == 3 else x.movedim(1, -1).flatten(0, 2).unflatten(1, (members, -1)).transpose(0, 1)
    if layer.function == "relu":
        return per_unit.amax(dim=1) != 0
    return per_unit.abs().amin(dim=1) <= SATURATED


def apply_layer(layer: Layer, x: Tensor, weights: list[Tensor], *, members: int, in_place: bool = False) -> Tensor:
    """Compute one layer of every member.

    Parameters
    ----------
    layer : Layer
    x : Tensor
        (k, b, features), or images with their members merged, (b, k * c, h, w): as 4-dimensional tensors they keep the
        memory layout that convolutions are fast in.
    weights : list of Tensor
        Shape (k, ...) each.
    members : int
        k.
    in_place : bool
        Whether an activation may overwrite x.
    """
    match layer:
        case Dense(_, outputs):
            weight, bias = weights
            if outputs == 1:
                return (x * weight.transpose(1, 2)).sum(dim=-1, keepdim=True) + bias[:, None]
            return torch.baddbmm(bias[:, None], x, weight)
        case Conv2d():
            weight, bias = weights
            return F.conv2d(x, weight.flatten(0, 1), bias.flatten(), groups=members)
        case MaxPool(size):
            return F.max_pool2d(x, size)
        case Activation(function):
            if function == "relu":
                return x.relu_() if in_place else torch.relu(x)
            return x.tanh_() if in_place else torch.tanh(x)
        case Flatten():
            return split_members(x, members).flatten(2)
        case _:
            raise TypeError(f"a layer that cannot be computed: {layer!r}")
