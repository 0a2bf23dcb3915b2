"""A recorder for a hand-written training loop in PyTorch; it asks tensors only for what they can do, and imports no torch."""

from __future__ import annotations

import math
import warnings
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from bigenough.errors import InputError
from bigenough.recorders.log import Log, norm
from bigenough.recorders.units import Units

PATIENCE = 50  # calls without a step of the optimizer; mixed precision leaves out some of the first ones
NO_STEP = "the recorder saw no step of its optimizer; is it the one that trains, and recorder.step called after optimizer.step?"
NO_NUMBER = "the {} given to the recorder is no single number; such values are left out"
LAST = 32  # batches over which the training loss is a mean; to add all of them up costs more than all else together


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
    The training loss is the mean over the last 32 batches, or over those since the last look where they are fewer; the end of
    training is looked at too, if 32 batches came since, or their loss is no number. Idle
    units are those of activation modules (ReLU, Tanh, Sigmoid) that no row of some training batches, of 256 rows or more in
    all, moves; a module that is used several times in an update has units of its own in each use. An activation after which
    no module with weights comes is the output's, and a function such as ``torch.relu`` is not seen. What cannot be looked at
    is not recorded; the training goes on.

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
        self._warned = False
        self._unseen = 0  # calls of `step` before the optimizer's first
        self._looked = False  # at an update whose loss is not known yet
        self._seen: dict[str, deque[Any]] = {"train_loss": deque(maxlen=LAST), "train_score": deque(maxlen=LAST)}
        self._units = Units(model)
        self._hooks = [
            optimizer.register_step_pre_hook(self._before_step), optimizer.register_step_post_hook(self._after_step),
        ]  # fmt: skip

    def step(self, loss: Any, score: Any = None) -> None:  # noqa: ANN401 - a number or a tensor of one
        """Note an update's training loss, and its score from 0 to 1 where there is one; call it after ``optimizer.step()``.

        An optimizer may have made none yet: mixed precision leaves out the first ones, as long as gradients overflow. After
        `PATIENCE` such calls there is a warning.
        """
        if self.log.updates == 0:
            self._unseen += 1
            if self._unseen == PATIENCE:
                warnings.warn(NO_STEP, stacklevel=2)
            return
        self._seen["train_loss"].append(loss.detach() if hasattr(loss, "detach") else loss)
        if score is not None:
            self._seen["train_score"].append(score.detach() if hasattr(score, "detach") else score)
        if self._looked:
            self._looked = False
            self._write_means()

    def held_out(self, *, loss: Any = None, score: Any = None) -> None:  # noqa: ANN401 - a number or a tensor of one
        """Note the loss and the score, from 0 to 1, on rows that are not trained on, whenever they are looked at."""
        for name, value in (("held_out_loss", loss), ("held_out_score", score)):
            if value is not None:
                self._add(name, [value])

    def save(self, path: str | Path) -> None:
        """Write what was recorded to a ``.json`` or ``.csv`` file.

        Raises
        ------
        InputError
            The optimizer made no step, or the file cannot be written.
        """
        if self.log.updates == 0:
            raise InputError(NO_STEP)
        self._count_units()
        self._write_end()
        if activation := self._units.activation():
            self.log.settings["activation"] = activation
        self.log.save(path)

    def close(self) -> None:
        """Take the hooks off the model and the optimizer."""
        self._units.stop()
        for hook in self._hooks:
            hook.remove()

    def _before_step(self, *_: object) -> None:
        self.log.updates += 1
        self._before = None
        with suppress(Exception):  # a training never ends because it is recorded
            self._count_units()
            if self.log.due(self.log.updates):
                self._before = [p.detach().clone() for p in self._parameters]

    def _after_step(self, *_: object) -> None:
        """See the step, and the gradient that it was made of: an optimizer that is given a closure has it only now."""
        before, self._before = self._before, None
        if before is None:
            return
        self._looked = True
        with suppress(Exception):
            self.log.add(self.log.updates, {"rate": float(self._optimizer.param_groups[0]["lr"])})
            self.log.add(self.log.updates, self._step_ratio(before))
            self.log.add(self.log.updates, self._gradients())
        self._units.start(self.log.updates)

    def _gradients(self) -> dict[str, float]:
        norms = [(p, float(p.grad.detach().norm())) for p in self._parameters if p.grad is not None]
        values = {"gradient_norm": norm([size for _, size in norms])}
        of_weights = [size for p, size in norms if p.ndim > 1]
        if of_weights and of_weights[-1] > 0:
            values["gradient_ratio"] = of_weights[0] / of_weights[-1]
        return values

    def _step_ratio(self, before: list[Any]) -> dict[str, float]:
        size = norm([float(b.norm()) for b in before])
        moved = norm([float((p.detach() - b).norm()) for p, b in zip(self._parameters, before, strict=True)])
        return {"step_ratio": moved / size} if size > 0 else {}

    def _write_means(self) -> None:
        for name, seen in self._seen.items():
            if seen:
                self._add(name, seen)
            seen.clear()

    def _write_end(self) -> None:
        """Write down how training ended after the last look; a mean over a few batches is left out, unless it is no number."""
        with suppress(Exception):
            if len(self._seen["train_loss"]) == LAST or not math.isfinite(float(sum(self._seen["train_loss"]))):
                self._write_means()

    def _add(self, name: str, values: Collection[Any]) -> None:
        """Write a mean down; where it is no number, there is a warning the first time, and the training goes on."""
        try:
            self.log.add(self.log.updates, {name: float(sum(values)) / len(values)})
        except Exception:  # whatever was given
            if not self._warned:
                self._warned = True
                warnings.warn(NO_NUMBER.format(name.replace("_", " ")), stacklevel=4)

    def _count_units(self) -> None:
        share = self._units.idle_share()
        if share is not None:
            self.log.add(self._units.watched_from, {"idle_share": share})
            self._units.stop()
