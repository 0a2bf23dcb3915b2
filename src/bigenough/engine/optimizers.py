"""torch's own update rules, called as functions, since its classes load its compiler, which takes a process seconds."""

from __future__ import annotations

from collections.abc import Sequence
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
    """A rule of torch's, as its class applies it to parameters of any kind.

    Parameters
    ----------
    training : Training
    parameters : sequence of Tensor
        Changed in place; as in torch, one without a gradient is left as it is, and so is what the rule remembers of it.
    fused : bool
        For `adam` and `sgd`: one loop over each tensor.
    """

    def __init__(self, training: Training, parameters: Sequence[Tensor], *, fused: bool = False) -> None:
        self._parameters = parameters
        updates = [torch.zeros((), device=p.device if fused else "cpu") for p in parameters]  # where the rules look for it
        rule: Any
        options: dict[str, Any]
        match training.optimizer:
            case "adadelta":
                rule, options = adadelta, {"rho": training.rho, "eps": training.epsilon}
                self._state = [self._zeros(), self._zeros(), updates]
            case "rmsprop":
                rule, options = rmsprop, {"alpha": training.rho, "eps": training.epsilon, "momentum": 0.0, "centered": False}
                self._state = [self._zeros(), [], [], updates]
            case "adam":
                rule, options = adam, {"amsgrad": False, "eps": training.epsilon, "fused": fused or None, **ADAM_BETAS}
                self._state = [self._zeros(), self._zeros(), [], updates]
            case "sgd":
                rule, options = sgd, {"momentum": training.momentum, "dampening": 0.0, "nesterov": False}
                options["fused"] = fused or None
                self._state = [[None] * len(parameters) if training.momentum else []]  # it makes its own
        foreach = False if fused else None  # on a GPU torch takes all tensors at once where it can
        self._rule = partial(rule, foreach=foreach, maximize=False, weight_decay=training.weight_decay, **options)

    def _zeros(self) -> list[Any]:
        return [torch.zeros_like(p) for p in self._parameters]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change the parameters by their gradients, at a learning rate."""
        learning = [i for i, p in enumerate(self._parameters) if p.grad is not None]
        parameters = [self._parameters[i] for i in learning]
        state = [[each[i] for i in learning] if each else [] for each in self._state]
        self._rule(parameters, [p.grad for p in parameters], *state, lr=rate)
        for each, some in zip(self._state, state, strict=True):
            for i, value in zip(learning, some, strict=bool(each)):
                each[i] = value  # where the rule made its own


class StackOptimizer:
    """A rule of torch's for a stack, so that its members do not mix.

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
        self._groups = [Optimizer(training, some, fused=some is fused) for some in (fused, plain) if some]

    def step(self, rate: float) -> None:
        """Change the parameters by their gradients, at a learning rate."""
        for group in self._groups:
            group.step(rate)
