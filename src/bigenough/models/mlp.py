"""Dense networks: the 2017 one by Leek, the post's, the post's R redux, H2O's defaults, and the one for a person's own data."""

from __future__ import annotations

from bigenough.engine.layers import Activation, Dense, Dropout, Layer
from bigenough.errors import FitError
from bigenough.models.network import Network
from bigenough.types import Recipe


def dense_layers(recipe: Recipe, input_shape: tuple[int, ...], n_classes: int) -> list[Layer]:
    """Hidden layers with activation and dropout, then one output a class, or one in all for a sigmoid.

    Parameters
    ----------
    recipe : Recipe
        Settings ``hidden`` (widths), ``activation``, ``dropout`` (rate after each hidden layer), ``output``.
    input_shape : tuple of int
        (features,).
    n_classes : int

    Raises
    ------
    FitError
        A sigmoid output with other than two classes.
    """
    settings = recipe.settings
    if settings["output"] == "sigmoid" and n_classes != 2:
        raise FitError(f"{recipe.name} has one output, for two classes; these data have {n_classes}")
    layers: list[Layer] = []
    width = input_shape[0]
    for units in settings["hidden"]:
        layers += [Dense(width, units), Activation(settings["activation"])]
        if settings["dropout"]:
            layers.append(Dropout(settings["dropout"]))
        width = units
    return [*layers, Dense(width, 1 if settings["output"] == "sigmoid" else n_classes)]


LEEK_MLP = Network(
    Recipe(
        "leek-mlp", "mlp", "deep",
        {
            "hidden": [160] * 5, "activation": "tanh", "dropout": 0.0, "output": "softmax",
            "optimizer": "sgd", "learning_rate": 0.005, "decay": 0.99, "batch_size": 1, "epochs": 20,
            "checkpoints": "epoch",
        },
    ),
    dense_layers, image=False,
)  # fmt: skip

MLP = Network(
    Recipe(
        "mlp", "mlp", "deep",
        {
            "hidden": [128, 128], "activation": "relu", "dropout": 0.5, "output": "softmax",
            "optimizer": "adam", "learning_rate": 0.001, "decay": 0.0, "batch_size": 32, "epochs": 200,
            "checkpoints": "epoch",
        },
    ),
    dense_layers, image=False,
)  # fmt: skip

R_MLP = Network(
    Recipe(
        "r-mlp", "mlp", "deep",
        {
            "hidden": [128, 128], "activation": "relu", "dropout": 0.5, "output": "sigmoid",
            "optimizer": "adam", "learning_rate": 0.001, "decay": 0.0, "batch_size": 1, "epochs": 200,
            "checkpoints": "geometric",
        },
    ),
    dense_layers, image=False,
)  # fmt: skip

H2O_SETTINGS = Network(
    Recipe(
        "h2o-settings", "mlp", "deep",
        {
            "hidden": [160] * 5, "activation": "tanh", "dropout": 0.0, "output": "softmax", "init": "glorot_uniform",
            "input_scaling": "columns-unclipped", "optimizer": "adadelta", "rho": 0.99, "epsilon": 1e-8, "learning_rate": 1.0,
            "decay": 0.0, "momentum": 0.0, "weight_decay": 0.0, "batch_size": 1, "epochs": 20, "threshold": "max_f1",
            "checkpoints": "geometric",
        },
    ),
    dense_layers, image=False,
)  # fmt: skip

RELU_MLP = Network(
    Recipe(
        "relu-mlp", "relu-mlp", "deep",
        {
            "hidden": [128, 128], "activation": "relu", "dropout": 0.2, "output": "softmax",
            "input_scaling": "standard", "optimizer": "adam", "learning_rate": 0.001, "decay": 0.0, "batch_size": 32,
            "max_updates": 5000, "tol": 1e-4, "patience": 10, "patience_updates": 200, "checkpoints": "geometric",
        },
    ),
    dense_layers, image=False,
)  # fmt: skip
