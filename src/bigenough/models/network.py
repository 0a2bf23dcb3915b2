"""What the network models share: layers from a recipe, a stack from draws, predictions from the stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from bigenough.engine.layers import Layer, count_parameters, forward_flops
from bigenough.types import PARTS, Dataset, Draw, Fit, Part, Recipe, stable_seed

FLOPS_A_SECOND = 1e11  # of one current core, for guesses of time
UPDATE_SECONDS = 3e-4  # overhead of one update, likewise
MEMBERS = 32  # of a dense stack: the weights and Adam's moments of the study's networks then stay below 100 MB


class Network:
    """A network model: layers by rule, fitted by the engine.

    Parameters
    ----------
    recipe : Recipe
        Its settings are those of `engine.train.Training`, plus what `layers` reads.
    layers : callable
        (settings, input shape, classes) to a list of `Layer`.
    image : bool
        Whether the network takes (channels, height, width) rather than flat rows.
    """

    def __init__(
        self,
        recipe: Recipe,
        layers: Callable[[Recipe, tuple[int, ...], int], list[Layer]],
        *,
        image: bool,
    ) -> None:
        self.recipe = recipe
        self.layers = layers
        self.image = image

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Train one member a draw; see `bigenough.types.Model`."""
        import torch

        from bigenough.engine.device import resolve_device
        from bigenough.engine.evaluate import predict_probabilities
        from bigenough.engine.stack import Stack
        from bigenough.engine.train import Training, train_stack

        start = time.perf_counter()
        where = resolve_device(device)
        settings = {name: value for name, value in recipe.settings.items() if name in Training.__dataclass_fields__}

        def inputs(rows: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(self.prepare(data.X[rows])).to(where)

        def codes(rows: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(data.y[rows]).to(where)

        used, places = np.unique(np.stack([d.train for d in draws]), return_inverse=True)
        seeds = [stable_seed(recipe.to_json()["settings"], d.seed) for d in draws]
        layers = self.layers(recipe, self.input_shape(data), len(data.classes))
        stack = Stack(layers, seeds, where)
        convergence, test = draws[0].convergence, draws[0].test
        held_out = (inputs(convergence), codes(convergence))
        rows = torch.from_numpy(places.reshape(len(draws), -1)).to(where)
        trained = train_stack(stack, inputs(used), codes(used), rows, Training(**settings), held_out, advance)
        of_used = predict_probabilities(stack, inputs(used))
        of_convergence = predict_probabilities(stack, held_out[0])
        of_test = predict_probabilities(stack, inputs(test))
        seconds = (time.perf_counter() - start) / len(draws)
        fits = []
        for i in range(len(draws)):
            values = (of_used[i][rows[i].cpu().numpy()], of_convergence[i], of_test[i])
            probabilities: dict[Part, np.ndarray] = dict(zip(PARTS, values, strict=True))
            curve, updates = trained.curves[i], trained.updates[i]
            if not all(np.isfinite(p).all() for p in probabilities.values()):
                fits.append(Fit(seconds, updates=updates, curve=curve, error="training diverged: outputs are not finite"))
                continue
            labels = {part: p.argmax(axis=1) for part, p in probabilities.items()}
            fits.append(Fit(seconds, labels, probabilities, updates, curve))
        return fits

    def prepare(self, X: np.ndarray) -> np.ndarray:
        """Turn rows of a data set into the network's input: float32, raw values."""
        X = X.astype(np.float32)
        if not self.image:
            return X.reshape(len(X), -1)
        return X[:, None] if X.ndim == 3 else np.moveaxis(X, -1, 1)

    def input_shape(self, data: Dataset) -> tuple[int, ...]:
        """Shape of one prepared row."""
        return self.prepare(data.X[:1]).shape[1:]

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count weights and biases."""
        return count_parameters(self.layers(recipe, self.input_shape(data), len(data.classes)))

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the operations of training and of assessing convergence."""
        shape = self.input_shape(data)
        flops = forward_flops(self.layers(recipe, shape, len(data.classes)), shape)
        epochs = recipe.settings["epochs"]
        looks = epochs if recipe.settings["checkpoints"] == "epoch" else 40
        work = flops * (3 * len(draw.train) * epochs + len(draw.convergence) * looks) / FLOPS_A_SECOND
        return float(work + epochs * -(-len(draw.train) // recipe.settings["batch_size"]) * UPDATE_SECONDS)

    def stack_limit(self, recipe: Recipe, device: str) -> int:
        """Dense networks train many at once; on the CPU a convolutional one is fastest alone (docs/performance.md)."""
        return 1 if self.image and device == "cpu" else MEMBERS
