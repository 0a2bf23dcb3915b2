"""A user's torch module, trained by a plain loop with the engine's settings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bigenough.engine.device import tiny_as_zero
from bigenough.engine.optimizers import Optimizer
from bigenough.engine.trace import Trace, checkpoint_updates
from bigenough.engine.training import Training
from bigenough.errors import FitError
from bigenough.models.outputs import as_probabilities
from bigenough.types import Dataset, Draw, Fit, Floats, Part, Rows, TrainingCurve, stable_seed, unconverged_note

CHUNK = 512  # rows evaluated at once
ROUNDING = 1e-4  # in a sum of probabilities


@tiny_as_zero()
def fit_module(module: nn.Module, X: Mapping[Part, Any], data: Dataset, draw: Draw, settings: Mapping[str, Any]) -> Fit:
    """Train a module on a draw with cross-entropy until its loss stops falling, and predict every part.

    A last batch of a single row is joined to the one before it, since batch normalisation cannot learn from one row.

    Parameters
    ----------
    module : torch.nn.Module
        Gives logits (rows, classes), or with two classes the log-odds of the second, (rows, 1) or (rows,). It is trained on
        the device that it is on.
    X : mapping of part to ndarray of float32
    data : Dataset
    draw : Draw
    settings : mapping
        Those of `engine.train.Training`.

    Raises
    ------
    FitError
        Its outputs have another shape, are not finite, or are probabilities.
    """
    training = Training(**settings)
    device = device_of(module)
    parts = {part: torch.from_numpy(values).to(device) for part, values in X.items()}
    codes = {part: torch.from_numpy(data.y[getattr(draw, part)]).to(device) for part in parts}
    n_classes, m = len(data.classes), len(draw.train)
    sizes = batch_sizes(m, training.batch_size)
    per_epoch = len(sizes)
    epochs = training.n_epochs(per_epoch)
    checkpoints = checkpoint_updates(epochs * per_epoch, per_epoch, training.checkpoints)
    patience = max(training.patience, math.ceil(training.patience_updates / per_epoch))
    order = torch.Generator().manual_seed(stable_seed("order", draw.seed))
    weights = [p for p in module.parameters() if p.requires_grad]
    trace, update, best, waited, converged = Trace(1), 0, math.inf, 0, not weights
    kept = Kept(module) if training.keep == "best" else None
    _look(trace, 0, module, parts, codes, n_classes)
    refuse_probabilities(module, parts["train"][:CHUNK])
    optimizer = Optimizer(training, weights)  # only now: lazy layers have seen their inputs
    for _ in range(epochs if weights else 0):
        total = 0.0
        for batch in torch.randperm(m, generator=order).to(device).split(sizes):
            module.train()
            loss = F.cross_entropy(logits_of(module, parts["train"][batch], n_classes), codes["train"][batch])
            looked_at = update + 1 in checkpoints
            before = [p.detach().clone() for p in weights] if looked_at else []
            module.zero_grad()
            loss.backward()
            optimizer.step(training.learning_rate / (1 + training.decay * update))
            update += 1
            total += float(loss.detach()) * len(batch)
            if looked_at:
                held_out_loss = _look(trace, update, module, parts, codes, n_classes, step=_step(weights, before))
                if kept is not None:
                    kept.take_in(held_out_loss)
        if not math.isfinite(total):
            raise FitError("training diverged: its loss is not finite")
        if training.tol is None:
            continue
        waited = 0 if total / m < best - training.tol else waited + 1
        best = min(best, total / m)
        if waited >= patience:
            converged = True
            if update not in checkpoints:
                _look(trace, update, module, parts, codes, n_classes)
            break
    if kept is not None:
        kept.restore()
    probabilities: dict[Part, Floats] = {
        part: as_probabilities(_logits(module, X_, n_classes).double().softmax(dim=1).cpu().numpy(), len(X_), n_classes)
        for part, X_ in parts.items()
    }
    labels: dict[Part, Rows] = {part: p.argmax(axis=1) for part, p in probabilities.items()}
    notes = () if converged else (unconverged_note(update),)
    return Fit(0.0, labels, probabilities, update, trace.curve(0, update), notes)


def device_of(module: nn.Module) -> torch.device:
    """Where a module's numbers are; without any it can be anywhere."""
    return next((t.device for t in (*module.parameters(), *module.buffers())), torch.device("cpu"))


def batch_sizes(rows: int, size: int) -> list[int]:
    """Rows of every batch of an epoch; none has a single row unless all have."""
    full, left = divmod(rows, size)
    if left == 1 and full:
        return [size] * (full - 1) + [size + 1]
    return [size] * full + [left] * (left > 0)


class Kept:
    """Keeps a module's state at its least held-out loss."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self._least = math.inf
        self._state: dict[str, Tensor] | None = None

    def take_in(self, held_out_loss: float) -> None:
        """Keep the state where this loss is the least so far."""
        if held_out_loss < self._least:
            self._least = held_out_loss
            self._state = {name: value.detach().clone() for name, value in self.module.state_dict().items()}

    def restore(self) -> None:
        """Give the module the state back."""
        if self._state is not None:
            self.module.load_state_dict(self._state)


def logits_of(module: nn.Module, X: Tensor, n_classes: int) -> Tensor:
    """Give a module's outputs as a column a class."""
    outputs = module(X)
    if not isinstance(outputs, Tensor):
        raise FitError(f"the module gave a {type(outputs).__name__}; a tensor of shape ({len(X)}, {n_classes}) is needed")
    if n_classes == 2 and outputs.shape in ((len(X),), (len(X), 1)):
        one = outputs.reshape(-1)
        outputs = torch.stack([torch.zeros_like(one), one], dim=1)
    if outputs.shape != (len(X), n_classes):
        raise FitError(f"the module gave shape {tuple(outputs.shape)}; {(len(X), n_classes)} is needed, a logit a class")
    return outputs


def refuse_probabilities(module: nn.Module, X: Tensor) -> None:
    """Refuse a module that ends in a softmax or a sigmoid: the cross-entropy takes logits, and would hardly train it."""
    given: list[tuple[str, Tensor]] = []

    def see(layer: nn.Module, _: object, output: Tensor) -> None:
        given.append((type(layer).__name__, output.clone().reshape(-1)))

    hooks = [layer.register_forward_hook(see) for layer in module.modules() if isinstance(layer, nn.Softmax | nn.Sigmoid)]
    module.eval()
    try:
        with torch.no_grad():
            outputs = module(X)
    finally:
        for hook in hooks:
            hook.remove()
    ends = next((name for name, values in given if torch.equal(values, outputs.reshape(-1))), "")
    if not ends and outputs.ndim == 2 and outputs.shape[1] > 1 and bool((outputs >= 0).all()):
        ends = "Softmax" if bool(((outputs.sum(dim=1) - 1).abs() < ROUNDING).all()) else ""
    if ends:
        raise FitError(
            f"the module ends in a {ends.lower()} and gives probabilities; it is to give logits: leave that layer out"
        )


def _logits(module: nn.Module, X: Tensor, n_classes: int) -> Tensor:
    module.eval()
    with torch.no_grad():
        return torch.cat([logits_of(module, piece, n_classes) for piece in X.split(CHUNK)])


def _step(weights: Sequence[Tensor], before: Sequence[Tensor]) -> float:
    """Size of an update, relative to the weights before it."""
    size = torch.cat([b.flatten() for b in before]).norm()
    return float(torch.cat([(w.detach() - b).flatten() for w, b in zip(weights, before, strict=True)]).norm() / size)


def _look(
    trace: Trace, update: int, module: nn.Module, parts: Mapping[Part, Tensor], codes: Mapping[Part, Tensor], n_classes: int,
    *, step: float = math.nan,
) -> float:  # fmt: skip
    """Write a checkpoint down, and give its held-out loss."""
    values = {f.name: np.array([np.nan]) for f in dataclasses.fields(TrainingCurve) if f.name != "updates"}
    of_part: dict[str, Part] = {"train": "train", "held_out": "convergence"}
    for name, part in of_part.items():
        logits, y = _logits(module, parts[part], n_classes), codes[part]
        values[f"{name}_loss"] = np.array([float(F.cross_entropy(logits, y))])
        values[f"{name}_score"] = np.array([float((logits.argmax(dim=1) == y).double().mean())])
    values["step_ratio"] = np.array([step])
    trace.record(update, **values)
    return float(values["held_out_loss"][0])
