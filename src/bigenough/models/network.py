"""What the network models share: layers from a recipe, a stack from draws, predictions from the stack."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

from bigenough.engine.layers import ActivationName, Dense, Layer, OutputName, count_parameters, forward_flops
from bigenough.errors import FitError
from bigenough.models.fitting import failed, guarded
from bigenough.models.scaling import Scaling
from bigenough.models.stacking import Ready, Stacked, own_rows, shared_rows
from bigenough.models.threshold import WordThreshold, labels_of
from bigenough.types import Dataset, Draw, Fit, Floats, Part, Recipe, stable_hash, unconverged_note

if TYPE_CHECKING:
    from bigenough.engine.augment import Augmenter
    from bigenough.engine.stack import Stack
    from bigenough.engine.train import Trained
    from bigenough.engine.training import Training

FLOPS_A_SECOND = 1e11  # of one current core, for guesses of time
UPDATE_SECONDS = 3e-4  # overhead of one update, likewise
MEMBERS = 32  # of a dense stack on a CPU: beyond, nothing is gained any more
GPU_MEMBERS, GPU_IMAGE_MEMBERS = 512, 64  # likewise on a GPU (docs/performance.md)
FEWEST_MEMBERS = 4  # below, the calls cost more than the cache gains
CACHED_BYTES = 12_000_000  # of a stack's weights, gradients and moments: what caches hold, measured (docs/performance.md)
GPU_BYTES = 500_000_000  # likewise: what a small GPU has room for, eight processes on it
COPIES = {"sgd": 2, "rmsprop": 3, "adam": 4, "adadelta": 4}  # numbers that an update moves for every weight
LOOKS = 40  # checkpoints of a training that are spaced geometrically, about
PATIENT_SHARE = 0.4  # of the updates allowed that a training to convergence takes, about
LENGTH = ("epochs", "max_updates")
ADJUSTABLE = frozenset(
    ("updates", "width", "tol", "learning_rate", "decay", "dropout", "weight_decay", "keep", "input_scaling", "init")
) | {"threshold"}


class Network:
    """A network model: layers by rule, fitted by the engine.

    Parameters
    ----------
    recipe : Recipe
        Its settings are those of `engine.train.Training`, plus what `layers` reads, plus, where they are given,
        ``input_scaling`` (`models.scaling.scale`; raw without), ``init`` and ``init_scale`` (`engine.stack.Stack`),
        ``augmentation`` (`engine.augment.Augmentation`; None for none), and ``threshold`` (`models.threshold.labels_of`). A
        member's seed is its draw's alone, so that two recipes that differ in one setting begin with the same weights and see
        the rows in the same order.
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

    def ready(self) -> None:
        """Nothing but what bigenough itself needs."""

    def defaults(self) -> dict[str, Any]:
        """Give the settings that a recipe may leave out, with the value that it then has."""
        from bigenough.engine.training import Training

        of_training = {f.name: f.default for f in dataclasses.fields(Training) if f.default is not dataclasses.MISSING}
        return {**of_training, "init": "glorot_uniform", "init_scale": 1.0, "input_scaling": "none", "threshold": "half"}

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        from bigenough.engine.initial import Init
        from bigenough.engine.training import Training

        hints = {
            **get_type_hints(Training), "init": Init, "input_scaling": Scaling, "threshold": WordThreshold,
            "activation": ActivationName, "output": OutputName,
        }  # fmt: skip
        return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}

    def adjustable(self, recipe: Recipe) -> frozenset[str]:
        """Name what can be varied: settings, ``"updates"`` (how long) and ``"width"`` (units of the layers)."""
        return ADJUSTABLE

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Train one member a draw; see `bigenough.types.Model`."""
        return self.fit_lengths([recipe], data, draws, device, advance)[0]

    def training_but_length(self, recipe: Recipe) -> str | None:
        """Say what recipes have in common of which the shorter trainings are the beginning of the longer ones; see
        `bigenough.types.Model`.
        """
        if not training_of(recipe).begins_alike:
            return None
        return stable_hash([recipe.model, {k: v for k, v in recipe.settings.items() if k not in LENGTH}])

    def updates(self, recipe: Recipe, rows: int) -> int:
        """Count the updates of a whole training."""
        training = training_of(recipe)
        per_epoch = math.ceil(rows / training.batch_size)
        return training.n_epochs(per_epoch) * per_epoch

    def fit_lengths(
        self, recipes: Sequence[Recipe], data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[list[Fit]]:
        """Train once for several recipes that `training_but_length` says the same of, the longest first.

        Returns
        -------
        list of list of Fit
            What `fit_many` gives, a list a recipe.
        """
        recipe = recipes[0]
        shared = shared_rows(recipe, data, draws, self.prepare)
        if shared is not None:
            return self._fit_stack(recipes, data, draws, shared, device, advance)
        fits: list[list[Fit | None]] = [[None] * len(draws) for _ in recipes]
        stacks: dict[tuple[int, ...], list[tuple[int, Ready]]] = {}
        for i, draw in enumerate(draws):
            ready, error = guarded(lambda draw=draw: own_rows(recipe, data, draw, image=self.image))  # type: ignore[misc]
            if ready is None:
                for of_recipe in fits:
                    of_recipe[i] = failed(0.0, error)
            else:  # a draw may lack a category, and have fewer columns than another
                stacks.setdefault(ready.train.shape, []).append((i, ready))
        done = 0
        for members in stacks.values():
            of_stack = [draws[i] for i, _ in members]
            begun, share = done / len(draws), len(members) / len(draws)
            stacked = Stacked.of([ready for _, ready in members], of_stack, data.y)
            made = self._fit_stack(recipes, data, of_stack, stacked, device, lambda s: advance(begun + s * share))  # noqa: B023
            for of_recipe, its in zip(fits, made, strict=True):
                for (i, _), fit in zip(members, its, strict=True):
                    of_recipe[i] = fit
            done += len(members)
        advance(1.0)
        return [[fit for fit in of_recipe if fit is not None] for of_recipe in fits]

    def _fit_stack(
        self,
        recipes: Sequence[Recipe],
        data: Dataset,
        draws: Sequence[Draw],
        stacked: Stacked,
        device: str,
        advance: Callable[[float], None],
    ) -> list[list[Fit]]:
        from bigenough.engine.device import float32_convolutions, resolve_device
        from bigenough.engine.stack import Stack
        from bigenough.engine.train import train_stack

        start, recipe = time.perf_counter(), recipes[0]
        where = resolve_device(device)
        layers = self.layers(recipe, stacked.X.shape[1:], len(data.classes))
        initial = {name: recipe.settings[name] for name in ("init", "init_scale") if name in recipe.settings}
        stack = Stack(layers, [d.seed for d in draws], where, **initial)
        training = training_of(recipe)
        X, y, rows, held_out = stacked.tensors(where)
        augment = augmenter(recipe, data, stack)
        lengths = [self.updates(each, rows.shape[1]) for each in recipes]
        shorter = set(lengths) - {lengths[0]}
        with float32_convolutions():
            trained = train_stack(stack, X, y, rows, training, held_out, advance, augment, shorter)
            ends = [trained if length == lengths[0] else trained.shorter[length] for length in lengths]
            predicted = [stacked.predict(end.stack) for end in ends]
        seconds = (time.perf_counter() - start) / len(draws) / len(recipes)
        return [
            self._fits(each, data, draws, stacked, end, members, seconds)
            for each, end, members in zip(recipes, ends, predicted, strict=True)
        ]

    def _fits(
        self,
        recipe: Recipe,
        data: Dataset,
        draws: Sequence[Draw],
        stacked: Stacked,
        trained: Trained,
        predicted: list[dict[Part, Floats]],
        seconds: float,
    ) -> list[Fit]:
        training, fits = training_of(recipe), []
        for i, probabilities in enumerate(predicted):
            curve, updates = trained.curves[i], trained.updates[i]
            if not all(np.isfinite(p).all() for p in probabilities.values()):
                error = "training diverged: outputs are not finite"
                fits.append(Fit(seconds, updates=updates, curve=curve, error=error))
                continue
            labels = labels_of(probabilities, data.y[draws[i].train], recipe.settings.get("threshold", "half"))
            unfinished = training.tol is not None and not trained.converged[i]
            notes = (*stacked.notes[i], unconverged_note(updates)) if unfinished else stacked.notes[i]
            fits.append(Fit(seconds, labels, probabilities, updates, curve, notes))
        return fits

    def prepare(self, X: Floats) -> np.ndarray:
        """Turn rows of an array into the network's input: float32, raw values."""
        X = X.astype(np.float32)
        if not self.image:
            return X.reshape(len(X), -1)
        if X.ndim == 2:
            raise FitError(f"{self.recipe.name} needs images; a row of these data has {X.shape[1]} numbers")
        return X[:, None] if X.ndim == 3 else np.moveaxis(X, -1, 1)

    def input_shape(self, data: Dataset) -> tuple[int, ...]:
        """Shape of one prepared row; of a mixed table, whose width depends on the draw, as many as it has columns."""
        if isinstance(data.X, np.ndarray) and data.X.dtype != object:
            return self.prepare(data.X[:1]).shape[1:]
        return self.prepare(np.zeros((1, data.n_features))).shape[1:]

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count weights and biases."""
        return count_parameters(self.layers(recipe, self.input_shape(data), len(data.classes)))

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess from the operations of training and of assessing convergence."""
        shape, training = self.input_shape(data), training_of(recipe)
        flops = forward_flops(self.layers(recipe, shape, len(data.classes)), shape)
        per_epoch = math.ceil(len(draw.train) / training.batch_size)
        epochs = training.n_epochs(per_epoch) * (1.0 if training.tol is None else PATIENT_SHARE)
        looks = {"epoch": epochs, "geometric": LOOKS, "ends": 2}[training.checkpoints]
        work = flops * (3 * len(draw.train) * epochs + len(draw.convergence) * looks) / FLOPS_A_SECOND
        return float(work + epochs * per_epoch * UPDATE_SECONDS)

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """Networks train many at once on a GPU, and dense ones on the CPU, as many as its cache holds; a convolutional one is
        fastest alone there (docs/performance.md).
        """
        if device == "cpu":
            most, room = 1 if self.image else MEMBERS, CACHED_BYTES
        else:
            most, room = GPU_IMAGE_MEMBERS if self.image else GPU_MEMBERS, GPU_BYTES
        try:
            bytes_each = 4 * COPIES[training_of(recipe).optimizer] * self.parameters(recipe, data)
        except FitError:  # the data do not suit it, as its fits will say
            return most
        return min(most, max(FEWEST_MEMBERS, room // bytes_each))


def augmenter(recipe: Recipe, data: Dataset, stack: Stack) -> Augmenter | None:
    """Read the setting ``augmentation`` out of a recipe; None where it has none.

    Raises
    ------
    FitError
        The data are no images, or the setting has other fields than those of `engine.augment.Augmentation`.
    """
    from bigenough.engine.augment import Augmentation, Augmenter

    how = recipe.settings.get("augmentation")
    if how is None:
        return None
    fields = Augmentation.__dataclass_fields__
    if unknown := sorted(set(how) - set(fields)):
        raise FitError(f"augmentation has {' and '.join(fields)}; {recipe.name} gives {', '.join(unknown)}")
    if data.kind != "image":
        raise FitError(f"{recipe.name} moves images; {data.name} is a {data.kind}")
    # a dense network sees an image's numbers in their own order, a convolutional one channels first
    shape = data.X.shape[1:]
    if len(shape) == 2:
        return Augmenter(Augmentation(**how), (1, *shape), stack.seeds, stack.device)
    if isinstance(stack.layers[0], Dense):
        raise FitError(f"{recipe.name} is dense and moves images of one channel; those of {data.name} have {shape[-1]}")
    return Augmenter(Augmentation(**how), (shape[2], *shape[:2]), stack.seeds, stack.device)


def training_of(recipe: Recipe) -> Training:
    """Read the engine's settings out of a recipe."""
    from bigenough.engine.training import Training

    return Training(**{name: value for name, value in recipe.settings.items() if name in Training.__dataclass_fields__})
