"""A user's own model: a scikit-learn estimator, or a function that returns one, a torch module or a compiled Keras model."""

from __future__ import annotations

import contextlib
import copy
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import cloudpickle
import numpy as np
from sklearn.base import clone

from bigenough.errors import FitError
from bigenough.models.fitting import OneByOne
from bigenough.models.foreign import ALLOWED, arguments, is_keras, is_module, pieces
from bigenough.models.inputs import prepare
from bigenough.models.outputs import as_probabilities, checked_labels, checked_probabilities
from bigenough.models.scaling import Scaling, scaled
from bigenough.models.tuning import all_classes
from bigenough.types import PARTS, Dataset, Draw, Fit, Floats, Part, Recipe, Rows, unconverged_note

TUNING: dict[str, Any] = {
    "optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "max_updates": 5000, "tol": 1e-4, "patience": 10,
    "patience_updates": 200,
}  # fmt: skip


class OnDevice(OneByOne):
    """Base of what fits a user's own networks: knows the device that torch modules are trained on."""

    device = "cpu"

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Fit each draw; see `bigenough.types.Model`."""
        there = copy.copy(self)
        there.device = device
        return OneByOne.fit_many(there, recipe, data, draws, device, advance)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Nobody knows before it is fitted."""
        return 0

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """One, so that a fit that never ends can be ended alone."""
        return 1


class External(OnDevice):
    """Fits what a recipe's payload holds, afresh on every draw; `models.foreign` makes the recipes."""

    recipe = Recipe("external", "external", "simple", {})
    trusted = False

    def _fit_one(self, recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
        if recipe.payload is None:
            raise FitError(f"the model {recipe.name} is not at hand; give it again as it was given to the study")
        with seeded(draw.seed):
            thing = cloudpickle.loads(recipe.payload)
            model = thing if hasattr(thing, "get_params") else thing(**arguments(thing, shape_of(data, draw), data))
            if is_module(model):
                from bigenough.models.torch_loop import fit_module  # loads torch, so only where it is needed

                X = inputs_of(data, draw, channels_first=True)
                return fit_module(moved(model, self.device), X, data, draw, TUNING)
            if hasattr(model, "get_params") and hasattr(model, "predict"):
                return _fit_estimator(clone(model), recipe, data, draw)
            if hasattr(model, "fit") and hasattr(model, "predict"):
                return _fit_keras(model, data, draw)
        raise FitError(f"{recipe.name} gave a {type(model).__name__}; it may give {ALLOWED}")

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess; it may be anything."""
        return 1.0


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators, which a user's model may use, and put them back; torch's where torch is loaded."""
    import torch

    python, numpy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def moved(model: Any, device: str) -> Any:  # noqa: ANN401 - the user's own
    """Put a torch module where it is to be trained; anything else sees to that itself."""
    if not is_module(model):
        return model
    from bigenough.engine.device import resolve_device

    return model.to(resolve_device(device))


def shape_of(data: Dataset, draw: Draw, scaling: Scaling = "standard") -> tuple[int, ...]:
    """Shape of a row as a network gets it: (features,) or (channels, height, width)."""
    return inputs_of(data, draw, scaling, channels_first=True)["train"].shape[1:]


def inputs_of(data: Dataset, draw: Draw, scaling: Scaling = "standard", *, channels_first: bool) -> dict[Part, Any]:
    """Give every part, float32: (rows, features) of a table, images with their channels first or last."""
    inputs, parts = scaled(data, draw, scaling), dict[Part, Any]()
    for part in PARTS:
        X = getattr(inputs, part).astype(np.float32)
        if data.kind == "image":
            X = X.reshape(len(X), *data.X.shape[1:])
            X = X[..., None] if X.ndim == 3 else X
            X = np.ascontiguousarray(np.moveaxis(X, -1, 1)) if channels_first else X
        parts[part] = X
    return parts


def _fit_estimator(model: Any, recipe: Recipe, data: Dataset, draw: Draw) -> Fit:  # noqa: ANN401 - the user's own
    free = {name: draw.seed % 2**32 for name, value in model.get_params().items() if _is_free_seed(name, value)}
    model.set_params(**free)
    y, notes = data.y[draw.train], tuple[str, ...]()
    if recipe.settings.get("inputs") == "raw":
        X: dict[Part, Any] = {part: _raw(data, getattr(draw, part)) for part in PARTS}
    else:
        inputs = prepare(data, draw)
        X, notes = {part: getattr(inputs, part) for part in PARTS}, inputs.notes
    X, y = _as_skorch_wants(model, X, y)
    model.fit(X["train"], y)
    seen = np.asarray(getattr(model, "classes_", np.arange(len(data.classes))))
    labels: dict[Part, Rows] = {}
    probabilities: dict[Part, Floats] = {}
    for part in PARTS:
        n = len(getattr(draw, part))
        labels[part] = checked_labels(model.predict(X[part]), n, len(data.classes))
        if hasattr(model, "predict_proba"):
            chances = checked_probabilities(model.predict_proba(X[part]), n, len(seen))
            probabilities[part] = all_classes(chances, seen, len(data.classes))
    return Fit(0.0, labels, probabilities or None, notes=notes)


def _as_skorch_wants(model: Any, X: dict[Part, Any], y: Any) -> tuple[dict[Part, Any], Any]:  # noqa: ANN401 - the user's own
    """Give numbers as float32 where a net of skorch gets them, whose weights are; labels too where its loss has one output."""
    from bigenough.models.adapters.skorch_net import knows, labels_for

    nets = [piece for piece in pieces(model) if knows(piece)]
    return (narrowed(X), labels_for(nets[0], y)) if nets else (X, y)


def narrowed(parts: Mapping[Part, Any]) -> dict[Part, Any]:
    """Give arrays of numbers as float32, as networks of other libraries want them; anything else as it is."""
    return {part: X.astype(np.float32) if isinstance(X, np.ndarray) and X.dtype.kind == "f" else X for part, X in parts.items()}


def _is_free_seed(name: str, value: object) -> bool:
    return value is None and name.split("__")[-1] == "random_state"


def _raw(data: Dataset, rows: Rows) -> Any:  # noqa: ANN401 - a data frame or an array
    X: Any = data.X
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows]


def _fit_keras(model: Any, data: Dataset, draw: Draw) -> Fit:  # noqa: ANN401 - the user's own
    X, settings = inputs_of(data, draw, channels_first=False), TUNING
    per_epoch = math.ceil(len(draw.train) / int(settings["batch_size"]))
    epochs = math.ceil(int(settings["max_updates"]) / per_epoch)
    options: dict[str, Any] = {"epochs": epochs, "batch_size": settings["batch_size"], "verbose": 0}
    y: Any = data.y[draw.train]
    if is_keras(model):
        import keras

        from bigenough.models.adapters.keras_labels import label_form

        y = label_form(model, X["train"][:1], len(data.classes))(y)
        patience = max(int(settings["patience"]), math.ceil(int(settings["patience_updates"]) / per_epoch))
        options["callbacks"] = [keras.callbacks.EarlyStopping("loss", min_delta=settings["tol"], patience=patience)]
    history = model.fit(X["train"], y, **options)
    done = len(getattr(history, "epoch", range(epochs)))
    notes = () if done < epochs else (unconverged_note(done * per_epoch),)
    probabilities: dict[Part, Floats] = {
        part: as_probabilities(model.predict(X[part], verbose=0), len(X[part]), len(data.classes)) for part in PARTS
    }
    labels: dict[Part, Rows] = {part: p.argmax(axis=1) for part, p in probabilities.items()}
    return Fit(0.0, labels, probabilities, done * per_epoch, notes=notes)


EXTERNAL = External()
