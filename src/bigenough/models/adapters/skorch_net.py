"""skorch's nets; torch and skorch are the user's, and reached through the net alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from bigenough.models.adapters.base import OF_ANY, Adapter, Parts, Trained, epoch_curve, epochs_of
from bigenough.models.outputs import as_probabilities
from bigenough.types import PARTS, Dataset, Draw, Part, Rows

ALL_ROWS = -1  # skorch's batch size for them


def knows(thing: Any) -> bool:  # noqa: ANN401 - a model
    """Whether it is a net of skorch; says so without loading skorch."""
    return any(c.__module__.split(".")[0] == "skorch" and c.__name__ == "NeuralNet" for c in type(thing).__mro__)


def labels_for(net: Any, y: Any) -> Any:  # noqa: ANN401 - a net; labels
    """Give class codes as its loss takes them: of a net with one output for two classes as float32, like the output."""
    binary = any(c.__name__ == "NeuralNetBinaryClassifier" for c in type(net).__mro__)
    return y.astype(np.float32) if binary else y


def describe(thing: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 - a model
    """Read its parameters; of the optimizer only what was given is known. What is given by group of weights is not varied."""
    own = thing.get_params()
    optimizer, batch_size = own["optimizer"], own.get("iterator_train__batch_size", own["batch_size"])
    settings = {
        "epochs": int(own["max_epochs"]), "optimizer": getattr(optimizer, "__name__", type(optimizer).__name__).lower(),
        "input_scaling": "none", "threshold": "half",
    }  # fmt: skip
    if batch_size not in (None, ALL_ROWS):
        settings["batch_size"] = int(batch_size)
    by_group = {name for _, group in own.get("optimizer__param_groups", ()) for name in group}
    if "lr" not in by_group:
        settings["learning_rate"] = float(own[_rate_name(own)])
    if "weight_decay" not in by_group:
        settings["weight_decay"] = float(own.get("optimizer__weight_decay", 0.0))
    adjustable = OF_ANY | {"updates"} | (settings.keys() & {"learning_rate", "weight_decay"})
    rates = _dropouts(_initialized(thing))
    if rates:
        settings["dropout"] = [layer.p for layer in rates]
        adjustable |= {"dropout"}
    return settings, adjustable


def fit(thing: Any, settings: Mapping[str, Any], inputs: Parts, data: Dataset, draw: Draw) -> Trained:  # noqa: ANN401
    """Initialise a clone, set what was varied, and train it."""
    net = clone(thing)
    own, changes = net.get_params(), dict[str, Any]()
    if "learning_rate" in settings:
        changes[_rate_name(own)] = settings["learning_rate"]
    if settings.get("weight_decay") or ("weight_decay" in settings and "optimizer__weight_decay" in own):
        changes["optimizer__weight_decay"] = settings["weight_decay"]
    net.set_params(**changes, verbose=0)
    net.initialize()
    for layer, rate in zip(_dropouts(net), settings.get("dropout", []), strict=True):
        layer.p = rate
    y = labels_for(net, data.y[draw.train])
    epochs = epochs_of(settings, 1 if settings.get("max_updates") is None else _per_epoch(net, inputs["train"], y))
    net.set_params(max_epochs=epochs)
    net.partial_fit(inputs["train"], y)
    n_classes = len(data.classes)
    probabilities: dict[Part, Any] = {
        part: as_probabilities(net.predict_proba(inputs[part]), len(inputs[part]), n_classes) for part in PARTS
    }
    after = _updates(net.history)
    curve = epoch_curve(after, train_loss=[row["train_loss"] for row in net.history])
    return Trained(probabilities, int(after[-1]), len(after) < epochs, curve)


def _rate_name(own: Mapping[str, Any]) -> str:
    """Name the parameter that the optimizer's rate is taken from."""
    return "optimizer__lr" if "optimizer__lr" in own else "lr"


def _per_epoch(net: Any, X: Any, y: Any) -> int:  # noqa: ANN401 - an initialised net; arrays
    """Updates in an epoch: the net may hold rows back, leave some out, and have batches of its own."""
    rows, _ = net.get_split_datasets(X, y)
    return max(1, len(net.get_iterator(rows, training=True)))


def _updates(history: Sequence[Mapping[str, Any]]) -> Rows:
    """Updates made by the end of every epoch, (epochs,); a history's batches are those of training and of validation."""
    return np.cumsum([sum("train_loss" in batch for batch in row["batches"]) for row in history], dtype=np.int64)


def _initialized(thing: Any) -> Any:  # noqa: ANN401 - a model
    net = clone(thing)
    return net.initialize()


def _dropouts(net: Any) -> list[Any]:  # noqa: ANN401 - a model
    return [module for module in net.module_.modules() if type(module).__name__ == "Dropout"]


ADAPTER = Adapter(knows, describe, fit)
