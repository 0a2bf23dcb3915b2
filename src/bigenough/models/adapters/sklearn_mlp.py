"""scikit-learn's MLPClassifier, and bigenough's where it ends a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier

from bigenough.models.adapters.base import OF_ANY, Adapter, Parts, Trained, epoch_curve, epochs_of, flat, patience_of
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
    if own["solver"] == "lbfgs":
        settings["learning_rate"] = None
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
    epochs, per_epoch = epochs_of(settings, len(draw.train))
    own = {theirs: settings[name] for name, theirs in _names(thing).items() if name in settings}
    own |= {"max_iter": epochs, "hidden_layer_sizes": tuple(settings["hidden"])}
    own["n_iter_no_change"] = patience_of(settings, per_epoch)
    if network.random_state is None:
        own["random_state"] = draw.seed % 2**32
    network.set_params(**own)
    network.fit(flat(inputs["train"]), data.y[draw.train])
    seen = np.asarray(network.classes_)
    probabilities: dict[Part, Any] = {
        part: all_classes(network.predict_proba(flat(inputs[part])), seen, len(data.classes)) for part in PARTS
    }
    curve = epoch_curve(per_epoch, train_loss=getattr(network, "loss_curve_", []))
    return Trained(probabilities, network.n_iter_ * per_epoch, network.n_iter_ < epochs, curve)


ADAPTER = Adapter(knows, describe, fit)
