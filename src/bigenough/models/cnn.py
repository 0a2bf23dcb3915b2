"""The post's "VGG-like" convolutional network."""

from __future__ import annotations

from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool
from bigenough.errors import FitError
from bigenough.models.network import Network
from bigenough.types import Recipe


def conv_layers(recipe: Recipe, input_shape: tuple[int, ...], n_classes: int) -> list[Layer]:
    """Blocks of two 3 x 3 convolutions and a pooling, then one hidden dense layer.

    Parameters
    ----------
    recipe : Recipe
        Settings ``channels`` (one number a block), ``dense``, ``dropout`` (before and after the dense layer).
    input_shape : tuple of int
        (channels, height, width).
    n_classes : int

    Raises
    ------
    FitError
        The rows are no images, or too small for the blocks.
    """
    if len(input_shape) != 3:
        raise FitError(f"{recipe.name} needs images; a row of these data has {input_shape[0]} numbers")
    channels, height, width = input_shape
    layers: list[Layer] = []
    for out in recipe.settings["channels"]:
        # pooling before the ReLU gives the same numbers as after it, and leaves the ReLU a quarter of the work
        layers += [Conv2d(channels, out), Activation("relu"), Conv2d(out, out), MaxPool(), Activation("relu")]
        channels, height, width = out, (height - 4) // 2, (width - 4) // 2
        if min(height, width) < 1:
            raise FitError(f"images of {input_shape[1]} x {input_shape[2]} pixels are too small for {recipe.name}")
    before, after = recipe.settings["dropout"]
    units = recipe.settings["dense"]
    return [
        *layers, Flatten(), Dropout(before), Dense(channels * height * width, units), Activation("relu"), Dropout(after),
        Dense(units, n_classes),
    ]  # fmt: skip


CNN = Network(
    Recipe(
        "cnn", "cnn", "deep",
        {
            "channels": [32, 64], "dense": 128, "dropout": [0.2, 0.5], "optimizer": "adam", "learning_rate": 0.001,
            "decay": 0.0, "batch_size": 32, "epochs": 200, "checkpoints": "epoch",
        },
    ),
    conv_layers, image=True,
)  # fmt: skip
