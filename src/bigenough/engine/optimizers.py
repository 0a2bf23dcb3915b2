"""torch's own optimisers, set up so that the members of a stack do not mix."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

OptimizerName = Literal["sgd", "adam", "adadelta", "rmsprop"]
VECTOR = 16  # float32 numbers in the widest register of a CPU


def make_optimizer(
    name: OptimizerName,
    parameters: list[Tensor],
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
    rho: float,
    epsilon: float,
) -> torch.optim.Optimizer:
    """Set an optimiser up; all of them work elementwise.

    Parameters
    ----------
    name : {"sgd", "adam", "adadelta", "rmsprop"}
    parameters : list of Tensor
        Shape (k, ...) each.
    learning_rate, momentum, weight_decay, rho, epsilon : float
        As in `bigenough.engine.train.Training`.
    """
    groups = [{"params": parameters, "foreach": False}]
    if name == "adadelta":
        return torch.optim.Adadelta(groups, lr=learning_rate, rho=rho, eps=epsilon, weight_decay=weight_decay)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=learning_rate, alpha=rho, eps=epsilon, weight_decay=weight_decay)
    # on the CPU the fused loops round what does not fill a vector register otherwise than the rest, so that a number's bits
    # would depend on its member's place in the stack
    fused = [p for p in parameters if p.device.type != "cpu" or p[0].numel() % VECTOR == 0]
    plain = [p for p in parameters if not any(p is other for other in fused)]
    groups = [{"params": fused, "fused": True}, {"params": plain, "fused": False, "foreach": False}]
    groups = [group for group in groups if group["params"]]
    if name == "adam":
        return torch.optim.Adam(groups, lr=learning_rate, eps=epsilon, weight_decay=weight_decay)
    return torch.optim.SGD(groups, lr=learning_rate, momentum=momentum, weight_decay=weight_decay)
