"""A recorder for a hand-written training loop in PyTorch; it asks tensors only for what they can do, and imports no torch."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from bigenough.errors import InputError
from bigenough.recorders.log import Log, norm

LAST = 32  # batches over which the training loss is a mean; to add all of them up costs more than all else together
ROWS = 256  # training rows over which a unit must be idle; a single batch may be of one row
RECTIFIED, SIGMOID, TANH = ("ReLU", "ReLU6"), ("Sigmoid", "Hardsigmoid"), ("Tanh", "Hardtanh")
SATURATED = 0.99  # in size, as the engine counts it


class Recorder:
    """Writes down losses, scores, gradient and step norms, idle units and rates at geometrically spaced updates.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
        Of that model; its steps are seen by hooks.

    Raises
    ------
    InputError
        The two are something else, or have no parameter in common.

    Notes
    -----
    The training loss is the mean over the last 32 batches, or over those since the last look where they are fewer. Idle
    units are those of activation modules (ReLU, Tanh, Sigmoid) that no row of some training batches, of 256 rows or more in
    all, moves; a function such as ``torch.relu`` is not seen.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> recorder = Recorder(model, optimizer)
    >>> for _ in range(5):
    ...     optimizer.zero_grad()
    ...     loss = torch.nn.functional.cross_entropy(model(torch.eye(2)), torch.tensor([0, 1]))
    ...     loss.backward()
    ...     _ = optimizer.step()
    ...     recorder.step(loss)
    >>> recorder.log.updates
    5
    """

    def __init__(self, model: Any, optimizer: Any) -> None:  # noqa: ANN401 - torch is not imported here
        if not hasattr(model, "named_modules") or not hasattr(optimizer, "register_step_pre_hook"):
            got = f"a {type(model).__name__} and a {type(optimizer).__name__}"
            raise InputError(f"a recorder takes a torch.nn.Module and its torch.optim.Optimizer, got {got}")
        of_optimizer = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self.log = Log()
        self._parameters = [p for p in model.parameters() if p.requires_grad and id(p) in of_optimizer]
        if not self._parameters:
            raise InputError("the optimizer has none of the model's parameters, so that there is nothing to record")
        self._optimizer = optimizer
        self._before: list[Any] | None = None
        self._after: Any = None
        self._seen: dict[str, deque[Any]] = {"train_loss": deque(maxlen=LAST), "train_score": deque(maxlen=LAST)}
        self._moved: dict[int, Any] = {}
        self._rows: dict[int, int] = {}
        self._watched_from = 0
        self._hooks = [optimizer.register_step_pre_hook(self._before_step)]
        self._activations = [m for m in list(model.modules())[:-1] if _kind(m)]  # one at the very end is the output's
        self._watching: list[Any] = []
        kinds = {_kind(module) for module in self._activations}
        if len(kinds) == 1:
            self.log.settings["activation"] = kinds.pop()

    def step(self, loss: Any, score: Any = None) -> None:  # noqa: ANN401 - a number or a tensor of one
        """Note an update's training loss, and its score from 0 to 1 where there is one; call it after ``optimizer.step()``.

        Raises
        ------
        InputError
            The optimizer made no step.
        """
        if self.log.updates == 0:
            raise InputError("the recorder saw no step of its optimizer; call recorder.step after optimizer.step")
        if self._before is None and not self.log.soon(LAST):
            return
        self._seen["train_loss"].append(loss.detach() if hasattr(loss, "detach") else loss)
        if score is not None:
            self._seen["train_score"].append(score.detach() if hasattr(score, "detach") else score)
        if self._before is not None:
            self._look(self._before)
            self._before = None
            self._after.remove()

    def held_out(self, *, loss: Any = None, score: Any = None) -> None:  # noqa: ANN401 - a number or a tensor of one
        """Note the loss and the score, from 0 to 1, on rows that are not trained on, whenever they are looked at."""
        given = {"held_out_loss": loss, "held_out_score": score}
        self.log.add(self.log.updates, {name: float(value) for name, value in given.items() if value is not None})

    def save(self, path: str | Path) -> None:
        """Write what was recorded to a ``.json`` or ``.csv`` file."""
        self.log.save(path)

    def close(self) -> None:
        """Take the hooks off the model and the optimizer."""
        self._stop_watching()
        for hook in self._hooks:
            hook.remove()

    def _before_step(self, *_: object) -> None:
        self.log.updates += 1
        if self.log.due(self.log.updates):
            self._before = [p.detach().clone() for p in self._parameters]
            self._after = self._optimizer.register_step_post_hook(self._after_step)

    def _after_step(self, *_: object) -> None:
        """See the gradient that the step was made of; an optimizer that is given a closure has it only now."""
        norms = [(p, float(p.grad.detach().norm())) for p in self._parameters if p.grad is not None]
        values = {"gradient_norm": norm([size for _, size in norms]), "rate": float(self._optimizer.param_groups[0]["lr"])}
        of_weights = [size for p, size in norms if p.ndim > 1]
        if of_weights and of_weights[-1] > 0:
            values["gradient_ratio"] = of_weights[0] / of_weights[-1]
        self.log.add(self.log.updates, values)

    def _look(self, before: list[Any]) -> None:
        """Write an update down, and begin to watch the units."""
        values = {name: float(sum(seen)) / len(seen) for name, seen in self._seen.items() if seen}
        for seen in self._seen.values():
            seen.clear()
        size = norm([float(b.norm()) for b in before])
        if size > 0:
            values["step_ratio"] = norm([float((p.detach() - b).norm()) for p, b in zip(self._parameters, before, strict=True)])
            values["step_ratio"] /= size
        self.log.add(self.log.updates, values)
        self._stop_watching()
        self._moved, self._rows, self._watched_from = {}, {}, self.log.updates
        self._watching = [module.register_forward_hook(self._see_units) for module in self._activations]

    def _see_units(self, module: Any, _: object, output: Any) -> None:  # noqa: ANN401
        if not module.training or output.ndim < 2:
            return
        values, kind, key = output.detach(), _kind(module), id(module)
        if kind == "relu":
            moves = values > 0
        elif kind == "tanh":
            moves = values.abs() <= SATURATED
        else:
            moves = (values - 0.5).abs() <= SATURATED / 2
        moved = moves.any(dim=0)
        self._moved[key] = moved if key not in self._moved else self._moved[key] | moved
        self._rows[key] = self._rows.get(key, 0) + len(values)
        if len(self._rows) == len(self._activations) and min(self._rows.values()) >= ROWS:
            units = sum(each.numel() for each in self._moved.values())
            moving = sum(int(each.sum()) for each in self._moved.values())
            self.log.add(self._watched_from, {"idle_share": 1 - moving / units})
            self._stop_watching()

    def _stop_watching(self) -> None:
        for hook in self._watching:
            hook.remove()
        self._watching = []


def _kind(module: Any) -> str:  # noqa: ANN401 - a module
    """Name of an activation as recipes have it; empty for another module."""
    name = type(module).__name__
    kinds = {"relu": RECTIFIED, "tanh": TANH, "sigmoid": SIGMOID}
    return next((kind for kind, names in kinds.items() if name in names), "")
