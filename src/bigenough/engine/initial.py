"""Initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Generator, Tensor

Init = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Inputs and outputs of a unit: of (inputs, outputs), or of (outputs, inputs, kernel, kernel), times the kernel's area."""
    area = math.prod(shape[2:])
    return (shape[0] * area, shape[1] * area) if len(shape) == 2 else (shape[1] * area, shape[0] * area)


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
    return _uniform(shape, generator, math.sqrt(6 / sum(fans(shape))))


def glorot_normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draw a weight from a normal with variance 2 / (fan in + fan out), same source as `glorot_uniform`."""
    return torch.randn(shape, generator=generator) * math.sqrt(2 / sum(fans(shape)))


def he_uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draw a weight uniformly from ±sqrt(6 / fan in).

    References
    ----------
    K. He et al., "Delving deep into rectifiers", ICCV 2015.
    """
    return _uniform(shape, generator, math.sqrt(6 / fans(shape)[0]))


def he_normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draw a weight from a normal with variance 2 / fan in, same source as `he_uniform`."""
    return torch.randn(shape, generator=generator) * math.sqrt(2 / fans(shape)[0])


def lecun_uniform(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Draw a weight uniformly from ±sqrt(3 / fan in).

    References
    ----------
    Y. LeCun et al., "Efficient BackProp", 1998, section 4.6.
    """
    return _uniform(shape, generator, math.sqrt(3 / fans(shape)[0]))


def _uniform(shape: tuple[int, ...], generator: Generator, limit: float) -> Tensor:
    return (torch.rand(shape, generator=generator) * 2 - 1) * limit


INITS: dict[Init, Callable[[tuple[int, ...], Generator], Tensor]] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_uniform": lecun_uniform,
}
