"""Layers as plain data: what a network is, without torch.

A network is a list of layers; `engine.stack` builds k of them at once. To add a layer, write its class here and what it
computes in `engine.stack.apply_layer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ActivationName = Literal["relu", "tanh"]
OutputName = Literal["softmax", "sigmoid"]


@dataclass(frozen=True)
class Dense:
    """Every output from every input: (b, inputs) to (b, outputs)."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Conv2d:
    """Square kernel, stride 1, no padding: (b, inputs, h, w) to (b, outputs, h - kernel + 1, w - kernel + 1)."""

    inputs: int
    outputs: int
    kernel: int = 3


@dataclass(frozen=True)
class MaxPool:
    """Maximum over squares that do not overlap; a rest at the border is dropped."""

    size: int = 2


@dataclass(frozen=True)
class Flatten:
    """(b, ...) to (b, features), channels first."""


@dataclass(frozen=True)
class Activation:
    """An elementwise function."""

    function: ActivationName


@dataclass(frozen=True)
class Dropout:
    """While training, zero a share `rate` of the inputs and divide the others by 1 - rate; else nothing."""

    rate: float


Layer: TypeAlias = Dense | Conv2d | MaxPool | Flatten | Activation | Dropout


def weight_shapes(layer: Layer) -> list[tuple[int, ...]]:
    """Give the shapes of a layer's weight and bias; none for a layer without parameters."""
    match layer:
        case Dense(inputs, outputs):
            return [(inputs, outputs), (outputs,)]
        case Conv2d(inputs, outputs, kernel):
            return [(outputs, inputs, kernel, kernel), (outputs,)]
        case _:
            return []


def count_parameters(layers: list[Layer]) -> int:
    """Count the numbers that training decides, in one network."""
    total = 0
    for layer in layers:
        for shape in weight_shapes(layer):
            size = 1
            for n in shape:
                size *= n
            total += size
    return total


def forward_flops(layers: list[Layer], input_shape: tuple[int, ...]) -> int:
    """Count the floating-point operations of one row's forward pass; a multiply-add is two.

    Parameters
    ----------
    layers : list of Layer
    input_shape : tuple of int
        (features,) or (channels, height, width).
    """
    total, shape = 0, input_shape
    for layer in layers:
        match layer:
            case Dense(inputs, outputs):
                total += 2 * inputs * outputs
                shape = (outputs,)
            case Conv2d(inputs, outputs, kernel):
                shape = (outputs, shape[1] - kernel + 1, shape[2] - kernel + 1)
                total += 2 * inputs * kernel**2 * shape[0] * shape[1] * shape[2]
            case MaxPool(size):
                shape = (shape[0], shape[1] // size, shape[2] // size)
            case _:
                pass
    return total
