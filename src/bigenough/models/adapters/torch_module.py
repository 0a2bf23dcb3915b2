"""A torch module, trained by a plain loop with the engine's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigenough.models.adapters.base import OF_ANY, Adapter, Parts, Trained
from bigenough.models.external import TUNING
from bigenough.models.foreign import is_module
from bigenough.types import Dataset, Draw

FREE = (
    "optimizer", "learning_rate", "batch_size", "epochs", "max_updates", "decay", "momentum", "weight_decay", "tol",
    "patience", "patience_updates", "input_scaling",
)  # fmt: skip


def describe(thing: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 - a module
    """Give the loop's settings, and the rates of the module's dropout layers."""
    settings = {**TUNING, "decay": 0.0, "weight_decay": 0.0, "input_scaling": "none", "threshold": "half"}
    adjustable = OF_ANY | {"updates", "tol", "learning_rate", "decay", "weight_decay", "keep"}
    rates = [layer.p for layer in _dropouts(thing)]
    if rates:
        settings["dropout"] = rates
        adjustable |= {"dropout"}
    return settings, adjustable


def fit(thing: Any, settings: Mapping[str, Any], inputs: Parts, data: Dataset, draw: Draw) -> Trained:  # noqa: ANN401
    """Train it by the settings."""
    from bigenough.engine.training import Training
    from bigenough.models.torch_loop import fit_module  # loads torch, so only where it is needed

    for layer, rate in zip(_dropouts(thing), settings.get("dropout", []), strict=True):
        layer.p = rate
    own = {name: value for name, value in settings.items() if name in Training.__dataclass_fields__}
    made = fit_module(thing, inputs, data, draw, own)
    assert made.probabilities is not None
    assert made.updates is not None
    return Trained(made.probabilities, made.updates, not made.notes, made.curve)


def _dropouts(module: Any) -> list[Any]:  # noqa: ANN401 - a module
    return [layer for layer in module.modules() if type(layer).__name__.startswith("Dropout")]


ADAPTER = Adapter(is_module, describe, fit, FREE)
