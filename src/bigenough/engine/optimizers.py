"""torch's own optimisers, set up so that the members of a stack do not mix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from bigenough.engine.training import Training

VECTOR = 16  # float32 numbers in the widest register of a CPU


def make_optimizer(training: Training, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """Set an optimiser up for a stack; all of them work elementwise.

    Parameters
    ----------
    training : Training
    parameters : list of Tensor
        Shape (k, ...) each.
    """
    if training.optimizer in ("adadelta", "rmsprop"):
        return plain_optimizer(training, [{"params": parameters, "foreach": False}])
    # on the CPU the fused loops round what does not fill a vector register otherwise than the rest, so that a number's bits
    # would depend on its member's place in the stack
    fused = [p for p in parameters if p.device.type != "cpu" or p[0].numel() % VECTOR == 0]
    plain = [p for p in parameters if not any(p is other for other in fused)]
    groups = [{"params": fused, "fused": True}, {"params": plain, "fused": False, "foreach": False}]
    return plain_optimizer(training, [group for group in groups if group["params"]])


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
