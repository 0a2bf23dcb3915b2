"""torch's own update rules, set up so that the members of a stack do not mix."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim.adadelta import adadelta
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from bigenough.engine.training import Training

VECTOR = 16  # float32 numbers in the widest register of a CPU
ADAM_BETAS = {"beta1": 0.9, "beta2": 0.999}  # as torch has them


class Optimizer:
    """The rules of torch's optimisers, called as functions: its classes load its compiler, which takes a process seconds.

    Parameters
    ----------
    training : Training
    parameters : list of Tensor
        Shape (k, ...) each; changed in place. All rules work elementwise.
    """

    def __init__(self, training: Training, parameters: list[Tensor]) -> None:
        fused: list[Tensor] = []
        if training.optimizer in ("adam", "sgd"):
            # on the CPU the fused loops round what does not fill a vector register otherwise than the rest, so that a number's
            # bits would depend on its member's place in the stack
            fused = [p for p in parameters if p.device.type != "cpu" or p[0].numel() % VECTOR == 0]
        plain = [p for p in parameters if not any(p is other for other in fused)]
        self._groups = [_Group(some, training, fused=some is fused) for some in (fused, plain) if some]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change the parameters by their gradients, at a learning rate."""
        for group in self._groups:
            group.step(rate)


class _Group:
    """Parameters that one call changes, and what its rule remembers of them."""

    def __init__(self, parameters: list[Tensor], training: Training, *, fused: bool) -> None:
        self._parameters = parameters
        updates = [torch.zeros((), device=p.device if fused else "cpu") for p in parameters]  # where the rules look for it
        rule: Any
        match training.optimizer:
            case "adadelta":
                rule, options = adadelta, {"rho": training.rho, "eps": training.epsilon}
                self._state = [self._zeros(), self._zeros(), updates]
            case "rmsprop":
                rule, options = rmsprop, {"alpha": training.rho, "eps": training.epsilon, "momentum": 0.0, "centered": False}
                self._state = [self._zeros(), [], [], updates]
            case "adam":
                rule, options = adam, {"amsgrad": False, "eps": training.epsilon, "fused": fused, **ADAM_BETAS}
                self._state = [self._zeros(), self._zeros(), [], updates]
            case "sgd":
                rule, options = sgd, {"momentum": training.momentum, "dampening": 0.0, "nesterov": False, "fused": fused}
                self._state = [[None] * len(parameters) if training.momentum else []]  # it makes its own
        self._rule = partial(rule, foreach=False, maximize=False, weight_decay=training.weight_decay, **options)

    def _zeros(self) -> list[Any]:
        return [torch.zeros_like(p) for p in self._parameters]

    def step(self, rate: float) -> None:
        self._rule(self._parameters, [p.grad for p in self._parameters], *self._state, lr=rate)


def plain_optimizer(training: Training, parameters: Iterable[Tensor] | Iterable[dict[str, Any]]) -> torch.optim.Optimizer:
    """Set torch's own optimiser up as it is for any parameters, or groups of them with options of their own."""
    rate, decay = training.learning_rate, training.weight_decay
    match training.optimizer:
        case "adadelta":
            return torch.optim.Adadelta(parameters, lr=rate, rho=training.rho, eps=training.epsilon, weight_decay=decay)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate, alpha=training.rho, eps=training.epsilon, weight_decay=decay)
        case "adam":
            return torch.optim.Adam(parameters, lr=rate, eps=training.epsilon, weight_decay=decay)
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, momentum=training.momentum, weight_decay=decay)
