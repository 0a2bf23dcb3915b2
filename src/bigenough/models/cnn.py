"""Convolutional networks: the post's "VGG-like" one, and the one for a person's own images."""

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
    before, after = rates(recipe)
    units = recipe.settings["dense"]
    return [
        *layers, Flatten(), Dropout(before), Dense(channels * height * width, units), Activation("relu"), Dropout(after),
        Dense(units, n_classes),
    ]  # fmt: skip


def rates(recipe: Recipe) -> tuple[float, float]:
    """Give the dropout before and after the dense layer.

    Raises
    ------
    FitError
        It is not two numbers.
    """
    if len(recipe.settings["dropout"]) != 2:
        raise FitError(f"{recipe.name} takes two rates of dropout, such as [0.2,0.2]; got {recipe.settings['dropout']}")
    before, after = recipe.settings["dropout"]
    return before, after


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


def fitting_layers(recipe: Recipe, input_shape: tuple[int, ...], n_classes: int) -> list[Layer]:
    """As `conv_layers`, with as many of the blocks as the images are large enough for.

    A block needs 6 x 6 pixels or more. Images of 3 to 5 pixels get one convolution without pooling in place of it.

    Parameters
    ----------
    recipe : Recipe
        As for `conv_layers`.
    input_shape : tuple of int
        (channels, height, width).
    n_classes : int

    Raises
    ------
    FitError
        The rows are no images, or are smaller than 3 x 3 pixels.
    """
    if len(input_shape) != 3:
        raise FitError(f"{recipe.name} needs images; a row of these data has {input_shape[0]} numbers")
    channels, height, width = input_shape
    if min(height, width) < 3:
        raise FitError(f"images of {height} x {width} pixels are too small for {recipe.name}; it needs 3 x 3")
    blocks, side = [], min(height, width)
    for out in recipe.settings["channels"]:
        if side < 6:
            break
        blocks.append(out)
        side = (side - 4) // 2
    if blocks:
        return conv_layers(recipe.replace(channels=blocks), input_shape, n_classes)
    first, (before, after) = recipe.settings["channels"][0], rates(recipe)
    units, area = recipe.settings["dense"], (height - 2) * (width - 2)
    return [
        Conv2d(channels, first), Activation("relu"), Flatten(), Dropout(before), Dense(first * area, units),
        Activation("relu"), Dropout(after), Dense(units, n_classes),
    ]  # fmt: skip


CONVNET = Network(
    Recipe(
        "convnet", "convnet", "deep",
        {
            "channels": [32, 64], "dense": 128, "dropout": [0.2, 0.2], "input_scaling": "standard", "optimizer": "adam",
            "learning_rate": 0.001, "decay": 0.0, "batch_size": 32, "max_updates": 2000, "tol": 1e-4, "patience": 10,
            "patience_updates": 200, "checkpoints": "geometric",
        },
    ),
    fitting_layers, image=True,
)  # fmt: skip
