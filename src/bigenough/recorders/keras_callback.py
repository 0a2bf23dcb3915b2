"""A recorder as a callback of Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from bigenough.histories.columns import CURVES, find
from bigenough.recorders.log import Log, check_name, norm


class KerasRecorder(keras.callbacks.Callback):
    """Writes down losses, scores and rates of every epoch, and the size of steps at geometrically spaced updates.

    Keras keeps gradients and hidden units inside its compiled step, so that they are not recorded.

    Parameters
    ----------
    path : str or Path
        ``.json`` or ``.csv``; written when training ends.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = check_name(path)
        self.log = Log()
        self._before: list[Any] | None = None
        self._first = 0  # batch of what Keras does in one call

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the weights before an update that is to be looked at."""
        self._first = batch
        self.log.updates += 1
        self._before = self._weights() if self.log.due(self.log.updates) else None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Compare them with the weights after it; with `steps_per_execution` Keras makes several updates in one call."""
        more = min(batch, ((self.params or {}).get("steps") or batch + 1) - 1) - self._first
        self.log.updates += max(0, more)
        if self._before is None or more > 0:
            return
        pairs = zip(self._weights(), self._before, strict=True)
        size = norm([float(np.linalg.norm(before)) for before in self._before])
        if size > 0:
            moved = norm([float(np.linalg.norm(after - before)) for after, before in pairs])
            self.log.add(self.log.updates, {"step_ratio": moved / size})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep what Keras logs."""
        logs = logs or {}
        values = {part: float(logs[name]) for part, name in find(logs).items() if part in CURVES}
        rate = getattr(self.model.optimizer, "learning_rate", None)
        if rate is not None:
            values["rate"] = float(keras.ops.convert_to_numpy(rate))
        self.log.add(self.log.updates, values)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Write the file."""
        activations = [keras.activations.serialize(layer.activation) for layer in self.model.layers[:-1] if _acts(layer)]
        if activations and isinstance(activations[0], str) and activations.count(activations[0]) == len(activations):
            self.log.settings["activation"] = activations[0]  # a layer or function of one's own has no name
        self.log.save(self.path)

    def _weights(self) -> list[Any]:
        return [np.array(keras.ops.convert_to_numpy(weight)) for weight in self.model.trainable_variables]


def _acts(layer: Any) -> bool:  # noqa: ANN401 - a layer of Keras
    activation = getattr(layer, "activation", None)
    return activation is not None and activation is not keras.activations.linear
