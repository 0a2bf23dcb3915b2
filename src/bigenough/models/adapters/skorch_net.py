"""skorch's nets; torch and skorch are the user's, and reached through the net alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone

from bigenough.models.adapters.base import OF_ANY, Adapter, Parts, Trained, epoch_curve, epochs_of
from bigenough.models.outputs import as_probabilities
from bigenough.types import PARTS, Dataset, Draw, Part


def knows(thing: Any) -> bool:  # noqa: ANN401 - a model
    """Whether it is a net of skorch; says so without loading skorch."""
    return any(c.__module__.split(".")[0] == "skorch" and c.__name__ == "NeuralNet" for c in type(thing).__mro__)


def describe(thing: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 - a model
    """Read its parameters; of the optimizer only what was given is known."""
    own = thing.get_params()
    settings = {
        "learning_rate": float(own["lr"]), "epochs": int(own["max_epochs"]), "batch_size": int(own["batch_size"]),
        "optimizer": own["optimizer"].__name__.lower(), "weight_decay": float(own.get("optimizer__weight_decay", 0.0)),
        "input_scaling": "none", "threshold": "half",
    }  # fmt: skip
    adjustable = OF_ANY | {"updates", "learning_rate", "weight_decay"}
    rates = _dropouts(_initialized(thing))
    if rates:
        settings["dropout"] = [layer.p for layer in rates]
        adjustable |= {"dropout"}
    return settings, adjustable


def fit(thing: Any, settings: Mapping[str, Any], inputs: Parts, data: Dataset, draw: Draw) -> Trained:  # noqa: ANN401
    """Initialise a clone, set what was varied, and train it."""
    epochs, per_epoch = epochs_of(settings, len(draw.train))
    net = clone(thing)
    net.set_params(lr=settings["learning_rate"], max_epochs=epochs, verbose=0)
    if settings["weight_decay"] or "optimizer__weight_decay" in net.get_params():
        net.set_params(optimizer__weight_decay=settings["weight_decay"])
    net.initialize()
    for layer, rate in zip(_dropouts(net), settings.get("dropout", []), strict=True):
        layer.p = rate
    binary = type(net).__name__ == "NeuralNetBinaryClassifier"
    y = data.y[draw.train]
    net.partial_fit(inputs["train"], y.astype(np.float32) if binary else y)
    n_classes = len(data.classes)
    probabilities: dict[Part, Any] = {
        part: as_probabilities(net.predict_proba(inputs[part]), len(inputs[part]), n_classes) for part in PARTS
    }
    losses = [row["train_loss"] for row in net.history]
    return Trained(probabilities, len(losses) * per_epoch, len(losses) < epochs, epoch_curve(per_epoch, train_loss=losses))


def _initialized(thing: Any) -> Any:  # noqa: ANN401 - a model
    net = clone(thing)
    return net.initialize()


def _dropouts(net: Any) -> list[Any]:  # noqa: ANN401 - a model
    return [module for module in net.module_.modules() if type(module).__name__ == "Dropout"]


ADAPTER = Adapter(knows, describe, fit)
