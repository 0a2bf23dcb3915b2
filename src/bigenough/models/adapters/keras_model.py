"""A compiled Keras model; Keras is the user's, and reached through the model alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigenough.errors import InputError
from bigenough.models.adapters.base import OF_ANY, Adapter, Parts, Trained, epoch_curve, epochs_of, patience_of
from bigenough.models.external import TUNING
from bigenough.models.outputs import as_probabilities
from bigenough.types import PARTS, Dataset, Draw, Part

FREE = ("batch_size", "epochs", "max_updates", "tol", "patience", "patience_updates", "input_scaling")


def knows(thing: Any) -> bool:  # noqa: ANN401 - a model
    """Whether it is a model of Keras; says so without loading Keras."""
    return any(c.__module__.startswith("keras.") and c.__name__ == "Model" for c in type(thing).__mro__)


def describe(thing: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 - a model
    """Read rate and dropout off the model; a rate that follows a schedule is the schedule's, and cannot be varied."""
    if getattr(thing, "optimizer", None) is None:
        raise InputError("the Keras model is not compiled, so that its optimizer and loss are not known")
    settings = {name: value for name, value in TUNING.items() if name in FREE}
    settings |= {"input_scaling": "none", "threshold": "half", "optimizer": type(thing.optimizer).__name__.lower()}
    adjustable = OF_ANY | {"updates", "tol", "keep"}
    if _plain_rate(thing):
        settings["learning_rate"] = float(np.asarray(thing.optimizer.learning_rate))
        adjustable |= {"learning_rate"}
    rates = [float(layer.rate) for layer in _dropouts(thing)]
    if rates:
        settings["dropout"] = rates
        adjustable |= {"dropout"}
    return settings, adjustable


def fit(thing: Any, settings: Mapping[str, Any], inputs: Parts, data: Dataset, draw: Draw) -> Trained:  # noqa: ANN401
    """Set what was varied, and train it."""
    import keras

    epochs, per_epoch = epochs_of(settings, len(draw.train))
    if "learning_rate" in settings:
        thing.optimizer.learning_rate = settings["learning_rate"]
    for layer, rate in zip(_dropouts(thing), settings.get("dropout", []), strict=True):
        layer.rate = rate
    y: Any = data.y[draw.train]
    held_out: Any = (inputs["convergence"], data.y[draw.convergence])
    wide = thing.output_shape[-1] > 1 and "sparse" not in str(thing.loss)
    if wide:  # a loss of one-hot rows
        y, held_out = np.eye(len(data.classes))[y], (held_out[0], np.eye(len(data.classes))[held_out[1]])
    steps = _steps(per_epoch)
    callbacks: list[Any] = [steps]
    if settings.get("tol") is not None:
        patience = patience_of(settings, per_epoch)
        callbacks.append(keras.callbacks.EarlyStopping("loss", min_delta=settings["tol"], patience=patience))
    if settings.get("keep") == "best":
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=epochs, restore_best_weights=True))
    history = thing.fit(
        inputs["train"], y, epochs=epochs, batch_size=int(settings["batch_size"]), validation_data=held_out, verbose=0,
        callbacks=callbacks,
    )  # fmt: skip
    if settings.get("keep") == "best":
        thing.set_weights(callbacks[-1].best_weights)  # which Keras itself does only where it stopped early
    probabilities: dict[Part, Any] = {
        part: as_probabilities(thing.predict(inputs[part], verbose=0), len(inputs[part]), len(data.classes)) for part in PARTS
    }
    done, seen = len(history.epoch), history.history
    curve = epoch_curve(per_epoch, train_loss=seen["loss"], held_out_loss=seen["val_loss"], step_ratio=steps.sizes)
    return Trained(probabilities, done * per_epoch, done < epochs, curve)


def _steps(per_epoch: int) -> Any:  # noqa: ANN401 - a callback of Keras, which only a user of Keras has
    """Make a callback that measures every epoch's last update, relative to the weights before it."""
    import keras

    class Steps(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.sizes: list[float] = []
            self._before = np.empty(0)

        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if batch == per_epoch - 1:
                self._before = self._weights()

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if batch == per_epoch - 1:
                moved = np.linalg.norm(self._weights() - self._before)
                self.sizes.append(float(moved / np.linalg.norm(self._before)))

        def _weights(self) -> Any:  # noqa: ANN401 - shape (parameters,)
            arrays = [np.ravel(keras.ops.convert_to_numpy(weight)) for weight in self.model.trainable_variables]
            return np.concatenate([np.empty(0), *arrays])

    return Steps()


def _plain_rate(model: Any) -> bool:  # noqa: ANN401 - a model
    config = model.optimizer.get_config()
    return not isinstance(config.get("learning_rate"), dict)


def _dropouts(model: Any) -> list[Any]:  # noqa: ANN401 - a model
    return [layer for layer in model._flatten_layers() if type(layer).__name__ == "Dropout"]


ADAPTER = Adapter(knows, describe, fit, FREE, channels_first=False)
