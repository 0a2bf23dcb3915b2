"""torch's own optimisers, set up so that the members of a stack do not mix."""

from __future__ import annotations

import torch
from torch import Tensor

from bigenough.engine.training import Training

VECTOR = 16  # float32 numbers in the widest register of a CPU


def make_optimizer(training: Training, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """Set an optimiser up; all of them work elementwise.

    Parameters
    ----------
    training : Training
    parameters : list of Tensor
        Shape (k, ...) each.
    """
    rate, decay = training.learning_rate, training.weight_decay
    groups = [{"params": parameters, "foreach": False}]
    if training.optimizer == "adadelta":
        return torch.optim.Adadelta(groups, lr=rate, rho=training.rho, eps=training.epsilon, weight_decay=decay)
    if training.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, alpha=training.rho, eps=training.epsilon, weight_decay=decay)
    # on the CPU the fused loops round what does not fill a vector register otherwise than the rest, so that a number's bits
    # would depend on its member's place in the stack
    fused = [p for p in parameters if p.device.type != "cpu" or p[0].numel() % VECTOR == 0]
    plain = [p for p in parameters if not any(p is other for other in fused)]
    groups = [{"params": fused, "fused": True}, {"params": plain, "fused": False, "foreach": False}]
    groups = [group for group in groups if group["params"]]
    if training.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate, eps=training.epsilon, weight_decay=decay)
    return torch.optim.SGD(groups, lr=rate, momentum=training.momentum, weight_decay=decay)
