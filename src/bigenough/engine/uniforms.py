"""Uniform numbers for the members of a stack, from a generator each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

AHEAD = 2**18  # numbers that a member draws at once on a GPU, where a call costs as much as a thousand times the numbers


class Uniforms:
    """Draws numbers from 0 to 1; a member gets the same ones in any stack.

    Parameters
    ----------
    generators : sequence of Generator
        One a member, all on one device.
    """

    def __init__(self, generators: Sequence[Generator]) -> None:
        self.generators = list(generators)
        self.at_once = 0 if self.generators[0].device.type == "cpu" else AHEAD
        self._ahead: dict[tuple[int, ...], list[Tensor]] = {}

    def of(self, member: int) -> Uniforms:
        """Give those of one member, from where its generator is now."""
        return Uniforms([self.generators[member]])

    def draw(self, *shape: int) -> Tensor:
        """Draw numbers from 0 to 1, shape (k, ...) for a member's `shape`."""
        if not self._ahead.get(shape):
            times = max(1, self.at_once // math.prod(shape))
            numbers = torch.empty(len(self.generators), times, *shape, device=self.generators[0].device)
            for member, generator in zip(numbers, self.generators, strict=True):
                member.uniform_(generator=generator)
            self._ahead[shape] = list(numbers.unbind(dim=1))
        return self._ahead[shape].pop()
