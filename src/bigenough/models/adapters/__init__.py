"""A user's own network as a recipe whose settings are all that can be varied; one file a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cloudpickle
import numpy as np

from bigenough.errors import InputError
from bigenough.models.adapters.base import ADAPTERS, Adapter, made, network_of
from bigenough.models.adapters.checked import LENGTHS, checked
from bigenough.models.adapters.ours import recipe_of_ours
from bigenough.models.external import seeded
from bigenough.models.foreign import from_object, from_target
from bigenough.models.scaling import IN_PIPELINE
from bigenough.types import Dataset, Draw, Recipe

__all__ = ["recipe_from"]


def recipe_from(model: Any, data: Dataset, settings: Mapping[str, Any]) -> Recipe:  # noqa: ANN401 - the user's own
    """Make a recipe of a network of the user's own.

    Parameters
    ----------
    model : str, estimator or callable
        ``"package.module:attribute"``, an estimator, or a function that returns a new estimator, torch module or compiled
        Keras model; it may take ``n_features``, ``n_classes`` and ``input_shape`` by name.
    data : Dataset
    settings : mapping
        How it is trained, where the model itself does not say.

    Raises
    ------
    InputError
        It is no network that an adapter knows, or has no such setting, or one with no such value.
    """
    if isinstance(model, str):
        base = from_target(model)
    else:
        base = from_object(getattr(model, "__name__", type(model).__name__), model)
    assert base.payload is not None
    rows = np.arange(len(data.y))
    everything = Draw(len(rows), 0, 0, rows, rows[:1], rows[:1])
    with seeded(0):
        try:
            thing = made(cloudpickle.loads(base.payload), data, everything, "none")
        except Exception as error:  # the user's own code may raise anything
            reason = " ".join(str(error).split())
            raise InputError(f"the model {base.name} cannot be made: {type(error).__name__}: {reason}") from error
    ours = recipe_of_ours(base.name, thing)
    if ours is not None:
        checked(base.name, settings, ())
        return ours
    network = network_of(thing)
    kind, adapter = adapter_of(base.name, network)
    known, adjustable = adapter.describe(network)
    if network is not thing:
        known["input_scaling"] = IN_PIPELINE
    own = checked(base.name, settings, adapter.free)
    given = {**known, **own}
    for length, other in (LENGTHS, LENGTHS[::-1]):
        if length in own:
            given.pop(other, None)
    said = {"kind": kind, "code": base.settings["code"], "adjustable": sorted(adjustable)}
    return Recipe(base.name, "own-network", "deep", {**said, **given}, base.payload)


def adapter_of(name: str, thing: Any) -> tuple[str, Adapter]:  # noqa: ANN401
    """Find the adapter that knows a model.

    Raises
    ------
    InputError
        None does.
    """
    for kind in ADAPTERS:
        adapter: Adapter = ADAPTERS[kind]
        if adapter.knows(thing):
            return kind, adapter
    what = f"{name} gave a {type(thing).__name__}" if name != type(thing).__name__ else f"{name} cannot be diagnosed"
    raise InputError(
        f"{what}; a diagnosis takes bigenough's MLPClassifier and ConvNetClassifier, scikit-learn's MLPClassifier, a "
        "skorch net, a pipeline that ends in a dense one of these, or a function that returns a torch.nn.Module or a compiled "
        "Keras model"
    )
