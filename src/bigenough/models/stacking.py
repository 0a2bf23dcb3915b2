"""The rows of a stack of networks: one array for all members where they share it, else each member's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bigenough.errors import FitError
from bigenough.models.scaling import scaled
from bigenough.types import PARTS, Dataset, Draw, Floats, Part, Recipe, Rows

if TYPE_CHECKING:
    import torch

    from bigenough.engine.evaluate import HeldOut
    from bigenough.engine.stack import Stack

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Ready:
    """One draw's inputs as a network takes them: (rows, features) or (rows, channels, height, width) each."""

    train: Float32
    convergence: Float32
    test: Float32
    notes: tuple[str, ...] = ()


@dataclass
class Stacked:
    """What a stack of k members trains on and is judged by.

    Attributes
    ----------
    X, y : ndarray, shape (n, ...) and (n,)
        Training rows of all members, and their codes.
    rows : ndarray of int64, shape (k, m)
        Each member's training rows among `X`.
    judged : dict of part to list of ndarray
        Convergence and test rows, an array a member, or a single one for all.
    held_out_y : list of ndarray
        Codes of the convergence rows, likewise.
    notes : list of tuple of str
        One a member.
    """

    X: Float32
    y: Rows
    rows: Rows
    judged: dict[Part, list[Float32]]
    held_out_y: list[Rows]
    notes: list[tuple[str, ...]]

    @classmethod
    def of(cls, ready: Sequence[Ready], draws: Sequence[Draw], y: Rows) -> Stacked:
        """Stack members that have inputs of their own."""
        k, m = len(ready), len(ready[0].train)
        return cls(
            X=np.concatenate([r.train for r in ready]),
            y=np.concatenate([y[d.train] for d in draws]),
            rows=np.arange(k * m).reshape(k, m),
            judged={"convergence": [r.convergence for r in ready], "test": [r.test for r in ready]},
            held_out_y=[y[d.convergence] for d in draws],
            notes=[r.notes for r in ready],
        )

    def tensors(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, HeldOut]:
        """Give X, y, rows and the held-out rows as `train_stack` takes them, and keep what `predict` needs."""
        import torch

        def on(array: NDArray[Any]) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device)

        self._X = on(self.X)
        self._judged = {part: [on(array) for array in arrays] for part, arrays in self.judged.items()}
        pairs = list(zip(self._judged["convergence"], map(on, self.held_out_y), strict=True))
        return self._X, on(self.y), on(self.rows), pairs if len(pairs) == len(self.rows) > 1 else pairs[0]

    def predict(self, stack: Stack) -> list[dict[Part, Floats]]:
        """Class probabilities of every part under each member; after `tensors`."""
        from bigenough.engine.evaluate import predict_probabilities

        k = len(stack)
        if len(self.held_out_y) == 1:
            shared = {part: predict_probabilities(stack, X) for part, X in (("train", self._X), *self._each(0))}
            of_train = [shared["train"][i][self.rows[i]] for i in range(k)]
            return [
                {"train": of_train[i], "convergence": shared["convergence"][i], "test": shared["test"][i]} for i in range(k)
            ]
        members: list[dict[Part, Floats]] = []
        for i in range(k):
            alone = stack.member(i)
            parts = (("train", self._X[self.rows[i]]), *self._each(i))
            members.append({part: predict_probabilities(alone, X)[0] for part, X in parts})  # type: ignore[misc]
        return members

    def _each(self, i: int) -> list[tuple[str, torch.Tensor]]:
        return [(part, arrays[i]) for part, arrays in self._judged.items()]


def shared_rows(
    recipe: Recipe, data: Dataset, draws: Sequence[Draw], shape: Callable[[NDArray[Any]], Float32]
) -> Stacked | None:
    """Stack draws on one array of raw rows, where the inputs are raw numbers and all draws are judged by the same rows."""
    X, first, scaling = data.X, draws[0], recipe.settings.get("input_scaling", "none")
    if scaling != "none" or not isinstance(X, np.ndarray) or not np.issubdtype(X.dtype, np.number):
        return None
    for part in ("convergence", "test"):
        if not all(np.array_equal(getattr(draw, part), getattr(first, part)) for draw in draws):
            return None
    used, places = np.unique(np.stack([d.train for d in draws]), return_inverse=True)
    arrays = [shape(X[rows]) for rows in (used, first.convergence, first.test)]
    if not all(np.isfinite(array).all() for array in arrays):
        return None
    return Stacked(
        X=arrays[0],
        y=data.y[used],
        rows=places.reshape(len(draws), -1),
        judged={"convergence": [arrays[1]], "test": [arrays[2]]},
        held_out_y=[data.y[first.convergence]],
        notes=[()] * len(draws),
    )


def own_rows(recipe: Recipe, data: Dataset, draw: Draw, *, image: bool) -> Ready:
    """Prepare one draw by itself, and scale it where the recipe says so.

    Raises
    ------
    FitError
        The network takes images and the rows are none.
    """
    if image and data.kind != "image":
        raise FitError(f"{recipe.name} needs images; {data.name} is a {data.kind}")
    inputs = scaled(data, draw, recipe.settings.get("input_scaling", "none"))
    parts = {}
    for part in PARTS:
        X = getattr(inputs, part).astype(np.float32)
        if image:
            X = X.reshape(len(X), *data.X.shape[1:])
            X = X[:, None] if X.ndim == 3 else np.moveaxis(X, -1, 1)
        parts[part] = X
    return Ready(**parts, notes=inputs.notes)
