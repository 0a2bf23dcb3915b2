"""What an adapter has, and the model that fits through it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cloudpickle
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from bigenough.errors import FitError
from bigenough.models.external import OnDevice, inputs_of, moved, narrowed, seeded, shape_of
from bigenough.models.foreign import arguments
from bigenough.models.scaling import IN_PIPELINE, Scaling, clipped, scaled, standardisation
from bigenough.models.threshold import labels_of
from bigenough.registry import Registry
from bigenough.types import PARTS, Dataset, Draw, Fit, Floats, Part, Recipe, Rows, TrainingCurve, unconverged_note

Parts = Mapping[Part, Any]  # inputs
Probabilities = Mapping[Part, Floats]
OF_ANY = frozenset(("input_scaling", "threshold"))  # done outside the model, so that they can be varied in every one
ADAPTERS = Registry(
    "kind of network",
    {
        "scikit-learn": "bigenough.models.adapters.sklearn_mlp:ADAPTER",
        "skorch": "bigenough.models.adapters.skorch_net:ADAPTER",
        "torch": "bigenough.models.adapters.torch_module:ADAPTER",
        "keras": "bigenough.models.adapters.keras_model:ADAPTER",
    },
)


@dataclass(frozen=True)
class Trained:
    """What an adapter's fit gives.

    Attributes
    ----------
    probabilities : mapping of part to ndarray, shape (rows, classes)
    updates : int
    ended : bool
        It stopped by itself, before its updates were spent.
    curve : TrainingCurve or None
    """

    probabilities: Probabilities
    updates: int
    ended: bool
    curve: TrainingCurve | None


@dataclass(frozen=True)
class Adapter:
    """How one library's networks are read and trained with changed settings.

    Attributes
    ----------
    knows : callable
        Whether a model is of this library.
    describe : callable
        A model to its settings, under the names that recipes use, and to what of them can be varied.
    fit : callable
        (model, settings, inputs, data, draw) to `Trained`.
    free : tuple of str
        Settings that the user may give beside the model.
    channels_first : bool
    float32 : bool
        Its weights are float32, and so its inputs have to be; the others get what a pipeline made, or float64.
    """

    knows: Callable[[Any], bool]
    describe: Callable[[Any], tuple[dict[str, Any], frozenset[str]]]
    fit: Callable[[Any, Mapping[str, Any], Parts, Dataset, Draw], Trained]
    free: tuple[str, ...] = ()
    channels_first: bool = True
    float32: bool = True


class OwnNetwork(OnDevice):
    """Fits what a recipe's payload holds with the recipe's settings; `adapters.recipe_from` makes the recipes."""

    recipe = Recipe("own-network", "own-network", "deep", {})

    def adjustable(self, recipe: Recipe) -> frozenset[str]:
        """Name what can be varied."""
        return frozenset(recipe.settings["adjustable"])

    def _fit_one(self, recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
        if recipe.payload is None:
            raise FitError(f"the model {recipe.name} is not at hand; give it again")
        settings, adapter = recipe.settings, ADAPTERS[recipe.settings["kind"]]
        scaling: Scaling = "none" if settings["input_scaling"] == IN_PIPELINE else settings["input_scaling"]
        with seeded(draw.seed):
            thing = made(cloudpickle.loads(recipe.payload), data, draw, scaling)
            inputs = what_it_gets(thing, adapter, data, draw, scaling)
            trained: Trained = adapter.fit(moved(network_of(thing), self.device), settings, inputs, data, draw)
        if not all(np.isfinite(p).all() for p in trained.probabilities.values()):
            raise FitError("training diverged: outputs are not finite")
        labels = labels_of(trained.probabilities, data.y[draw.train], settings["threshold"])
        notes = () if trained.ended else (unconverged_note(trained.updates),)
        return Fit(0.0, labels, trained.probabilities, trained.updates, trained.curve, notes)

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess by the updates."""
        settings = recipe.settings
        return 0.5 + 1e-3 * (settings.get("max_updates") or settings["epochs"] * batches_in(settings, len(draw.train)))


def made(thing: Any, data: Dataset, draw: Draw, scaling: Scaling) -> Any:  # noqa: ANN401 - the user's own
    """Call a function for its model; an estimator is its own."""
    if hasattr(thing, "get_params"):
        return thing
    return thing(**arguments(thing, shape_of(data, draw, scaling), data))


def what_it_gets(thing: Any, adapter: Adapter, data: Dataset, draw: Draw, scaling: Scaling) -> Parts:  # noqa: ANN401
    """Give the inputs of a model's network; what stands before it in a pipeline gets all digits that there are."""
    if isinstance(thing, Pipeline) and len(thing.steps) > 1:
        parts = through_steps(thing, data, draw, scaling)
        return narrowed(parts) if adapter.float32 else parts
    if adapter.float32:
        return inputs_of(data, draw, scaling, channels_first=adapter.channels_first)
    return rows_of(data, draw, scaling)


def rows_of(data: Dataset, draw: Draw, scaling: Scaling) -> Parts:
    """Give every part as numbers, float64, (rows, features)."""
    inputs = scaled(data, draw, scaling)
    return {part: getattr(inputs, part) for part in PARTS}


def network_of(thing: Any) -> Any:  # noqa: ANN401 - the user's own
    """Give the last step of a pipeline; anything else is a network by itself."""
    return thing.steps[-1][1] if isinstance(thing, Pipeline) else thing


def through_steps(thing: Any, data: Dataset, draw: Draw, scaling: Scaling) -> Parts:  # noqa: ANN401
    """Give what a pipeline's other steps, fitted on the training rows, make of a table as it is, or of images as flat rows.

    Where columns are to be scaled, that is done after those steps, in front of the network.
    """
    y, steps = data.y[draw.train], clone(thing[:-1])
    if isinstance(data.X, np.ndarray):
        X = rows_of(data, draw, "none")
    else:
        X = {part: data.X.iloc[getattr(draw, part)] for part in PARTS}
    steps.fit(X["train"], y)
    made_of = {part: _dense(steps.transform(X[part])) for part in PARTS}
    if scaling == "none":
        return made_of
    of_train = standardisation(made_of["train"])
    return {part: clipped(each, *of_train) for part, each in made_of.items()}


def _dense(X: Any) -> Any:  # noqa: ANN401 - an array, a sparse matrix or a frame
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X)


def batches_in(settings: Mapping[str, Any], rows: int) -> int:
    """Batches that an epoch has by the settings; where those name no size, one of all rows."""
    return -(-rows // int(settings.get("batch_size", rows)))


def epochs_of(settings: Mapping[str, Any], per_epoch: int) -> int:
    """Epochs at most."""
    if settings.get("max_updates") is not None:
        return max(1, -(-int(settings["max_updates"]) // per_epoch))
    return int(settings["epochs"])


def patience_of(settings: Mapping[str, Any], per_epoch: int) -> int:
    """Epochs without progress after which a training ends."""
    return max(int(settings.get("patience", 10)), -(-int(settings.get("patience_updates", 0)) // per_epoch))


def epoch_curve(after: Rows, **columns: Any) -> TrainingCurve | None:  # noqa: ANN401 - lists of numbers
    """Make a curve of what a library logs each epoch, by the updates made until then; None where there is next to nothing."""
    n = len(after)
    if n < 2:
        return None
    names = [f.name for f in dataclasses.fields(TrainingCurve) if f.name != "updates"]
    full = {name: np.asarray(columns.get(name, np.full(n, np.nan)), np.float64) for name in names}
    return TrainingCurve(updates=np.asarray(after, np.int64), **full)


OWN_NETWORK = OwnNetwork()
