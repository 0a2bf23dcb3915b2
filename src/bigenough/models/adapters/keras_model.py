"""A compiled Keras model; Keras is the user's, and reached through the model alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigenough.errors import InputError
from bigenough.models.adapters.base import (
    OF_ANY,
    Adapter,
    Parts,
    Trained,
    batches_in,
    epoch_curve,
    epochs_of,
    patience_of,
)
from bigenough.models.adapters.keras_labels import label_form
from bigenough.models.external import TUNING
from bigenough.models.foreign import is_keras
from bigenough.models.outputs import as_probabilities
from bigenough.types import PARTS, Dataset, Draw, Part

FREE = ("batch_size", "epochs", "max_updates", "tol", "patience", "patience_updates", "input_scaling")


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

    per_epoch = batches_in(settings, len(draw.train))
    epochs = epochs_of(settings, per_epoch)
    as_labels = label_form(thing, inputs["train"][:1], len(data.classes))  # which builds what is not built yet
    if "learning_rate" in settings:
        thing.optimizer.learning_rate = settings["learning_rate"]
    for layer, rate in zip(_dropouts(thing), settings.get("dropout", []), strict=True):
        layer.rate = rate
    held_out = (inputs["convergence"], as_labels(data.y[draw.convergence]))
    steps = _steps(per_epoch)
    callbacks: list[Any] = [steps]
    if settings.get("tol") is not None:
        patience = patience_of(settings, per_epoch)
        callbacks.append(keras.callbacks.EarlyStopping("loss", min_delta=settings["tol"], patience=patience))
    if settings.get("keep") == "best":
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=epochs, restore_best_weights=True))
    history = thing.fit(
        inputs["train"], as_labels(data.y[draw.train]), epochs=epochs, batch_size=int(settings["batch_size"]),
        validation_data=held_out, verbose=0, callbacks=callbacks,
    )  # fmt: skip
    if settings.get("keep") == "best":
        thing.set_weights(callbacks[-1].best_weights)  # which Keras itself does only where it stopped early
    probabilities: dict[Part, Any] = {
        part: as_probabilities(thing.predict(inputs[part], verbose=0), len(inputs[part]), len(data.classes)) for part in PARTS
    }
    done, seen = len(history.epoch), history.history
    after = per_epoch * np.arange(1, done + 1)
    curve = epoch_curve(after, train_loss=seen["loss"], held_out_loss=seen["val_loss"], step_ratio=steps.sizes)
    return Trained(probabilities, done * per_epoch, done < epochs, curve)


def _steps(per_epoch: int) -> Any:  # noqa: ANN401 - a callback of Keras, which only a user of Keras has
    """Make a callback that measures every epoch's last update, relative to the weights before it.

    Where a model makes several updates at a call (``steps_per_execution``), the last one alone may not be seen: not a number.
    """
    import keras

    class Steps(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.sizes: list[float] = []
            self._before, self._size = np.empty(0), np.nan

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self._before, self._size = np.empty(0), np.nan

        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if batch == per_epoch - 1:
                self._before = self._weights()

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if batch == per_epoch - 1 and self._before.size:
                self._size = float(np.linalg.norm(self._weights() - self._before) / np.linalg.norm(self._before))

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            self.sizes.append(self._size)

        def _weights(self) -> Any:  # noqa: ANN401 - shape (parameters,)
            arrays = [np.ravel(keras.ops.convert_to_numpy(weight)) for weight in self.model.trainable_variables]
            return np.concatenate([np.empty(0), *arrays])

    return Steps()


def _plain_rate(model: Any) -> bool:  # noqa: ANN401 - a model
    config = model.optimizer.get_config()
    return not isinstance(config.get("learning_rate"), dict)


def _dropouts(model: Any) -> list[Any]:  # noqa: ANN401 - a model
    return [layer for layer in model._flatten_layers() if type(layer).__name__ == "Dropout"]


ADAPTER = Adapter(is_keras, describe, fit, FREE, channels_first=False)
