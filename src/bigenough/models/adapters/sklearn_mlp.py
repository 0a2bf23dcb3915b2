"""scikit-learn's MLPClassifier, and bigenough's where it ends a pipeline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier

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
from bigenough.models.adapters.ours import is_ours
from bigenough.models.tuning import all_classes
from bigenough.types import PARTS, Dataset, Draw, Part

AUTO_BATCH = 200  # what scikit-learn's "auto" is at most
NAMES = {
    "optimizer": "solver", "learning_rate": "learning_rate_init", "weight_decay": "alpha", "activation": "activation",
    "tol": "tol", "momentum": "momentum", "power_t": "power_t", "dropout": "dropout",
}  # fmt: skip


def _names(thing: Any) -> dict[str, str]:  # noqa: ANN401 - a model
    return {**NAMES, "weight_decay": "weight_decay"} if is_ours(thing) else NAMES


def knows(thing: Any) -> bool:  # noqa: ANN401 - a model
    """Whether it has these parameters."""
    return isinstance(thing, MLPClassifier) or (is_ours(thing) and hasattr(thing, "hidden_layer_sizes"))


def describe(thing: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 - a model
    """Read its parameters; with lbfgs there is no rate."""
    own = thing.get_params()
    hidden = own["hidden_layer_sizes"]
    settings = {name: own.get(theirs) for name, theirs in _names(thing).items()}
    settings |= {
        "epochs": own["max_iter"], "batch_size": AUTO_BATCH if own["batch_size"] == "auto" else own["batch_size"],
        "hidden": list(hidden) if isinstance(hidden, list | tuple) else [hidden], "patience": own["n_iter_no_change"],
        "input_scaling": "none", "threshold": "half",
    }  # fmt: skip
    if own["solver"] == "lbfgs":  # which takes all rows at once, and finds its rate
        settings["learning_rate"] = settings["batch_size"] = None
    if own["solver"] != "sgd" or own.get("learning_rate") != "invscaling":
        settings["power_t"] = None  # which nothing reads then
    settings = {name: value for name, value in settings.items() if value is not None}
    adjustable = OF_ANY | {"updates", "tol", "width"} | (settings.keys() & {"learning_rate", "weight_decay", "dropout"})
    if "power_t" in settings:
        adjustable |= {"decay"}
    return settings, adjustable


def fit(thing: Any, settings: Mapping[str, Any], inputs: Parts, data: Dataset, draw: Draw) -> Trained:  # noqa: ANN401
    """Fit a clone with the settings that were varied."""
    network = clone(thing)
    per_epoch = batches_in(settings, _rows(network, len(draw.train)))
    epochs = epochs_of(settings, per_epoch)
    own = {theirs: settings[name] for name, theirs in _names(thing).items() if name in settings}
    own |= {"max_iter": epochs, "hidden_layer_sizes": tuple(settings["hidden"])}
    own["n_iter_no_change"] = patience_of(settings, per_epoch)
    if network.random_state is None:
        own["random_state"] = draw.seed % 2**32
    network.set_params(**own)
    network.fit(inputs["train"], data.y[draw.train])
    seen = np.asarray(network.classes_)
    probabilities: dict[Part, Any] = {
        part: all_classes(network.predict_proba(inputs[part]), seen, len(data.classes)) for part in PARTS
    }
    losses = getattr(network, "loss_curve_", [])
    curve = epoch_curve(per_epoch * np.arange(1, len(losses) + 1), train_loss=losses)
    return Trained(probabilities, network.n_iter_ * per_epoch, network.n_iter_ < epochs, curve)


def _rows(network: Any, n_train: int) -> int:  # noqa: ANN401 - a model
    """Rows that it learns from; to stop early it puts some of them aside."""
    aside = network.validation_fraction if getattr(network, "early_stopping", False) and network.solver != "lbfgs" else 0.0
    return n_train - math.ceil(aside * n_train)


ADAPTER = Adapter(knows, describe, fit, float32=False)
