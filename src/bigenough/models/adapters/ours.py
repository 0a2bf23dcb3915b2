"""bigenough's own classifiers: the engine's recipes under scikit-learn's names."""

from __future__ import annotations

from typing import Any

from bigenough.models.cnn import CONVNET
from bigenough.types import Recipe


def is_ours(thing: Any) -> bool:  # noqa: ANN401 - the user's own
    """Whether it is one of bigenough's classifiers; says so without loading them."""
    return type(thing).__module__.split(".")[:2] == ["bigenough", "estimators"]


def recipe_of_ours(name: str, thing: Any) -> Recipe | None:  # noqa: ANN401 - the user's own
    """Give the recipe of one of bigenough's network classifiers; None for anything else."""
    if not is_ours(thing) or not hasattr(thing, "learning_rate_init"):
        return None
    own = thing.get_params()
    settings: dict[str, Any] = {
        "optimizer": own["solver"], "learning_rate": float(own["learning_rate_init"]), "decay": 0.0,
        "batch_size": int(own["batch_size"]), "epochs": int(own["max_iter"]), "tol": float(own["tol"]),
        "patience": int(own["n_iter_no_change"]), "checkpoints": "geometric",
    }  # fmt: skip
    if "channels" in own:
        channels = list(own["channels"] or CONVNET.recipe.settings["channels"])
        shape = {"channels": channels, "dense": int(own["dense"]), "dropout": [float(own["dropout"])] * 2}
        return Recipe(name, "convnet", "deep", {**settings, **shape, "input_scaling": own["input_scaling"] or "none"})
    settings["input_scaling"] = "columns" if own["input_scaling"] else "none"
    hidden = {"hidden": list(own["hidden_layer_sizes"]), "activation": own["activation"], "output": "softmax"}
    regularised = {"dropout": float(own["dropout"]), "weight_decay": float(own["weight_decay"])}
    return Recipe(name, "mlp", "deep", {**settings, **hidden, **regularised})
