"""The two protocols of 2017 as studies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bigenough.errors import InputError
from bigenough.registry import MODELS, Registry
from bigenough.types import Recipe, Study, whole

SOURCE = "mnist:0,1"


@dataclass(frozen=True)
class Protocol:
    """What a study takes from its protocol when nothing else is asked for.

    Attributes
    ----------
    title : str
    bars : {"sd", "quantiles"}
        What the bars of its figure show.
    """

    name: str
    title: str
    models: tuple[str, ...]
    train_sizes: tuple[int, ...]
    split: Literal["holdout", "stratified"]
    replacement: bool
    stratified: bool
    bars: Literal["sd", "quantiles"]


POST = Protocol(
    "post",
    "the post's protocol (Python, June 2017)",
    ("leekasso", "leekasso-1", "leek-mlp", "mlp", "cnn", "logistic", "center-pixel", "single-pixel"),
    (10, 20, 40, 60, 80),
    split="holdout",
    replacement=True,
    stratified=False,
    bars="sd",
)
LEEK = Protocol(
    "leek",
    "Leek's protocol (R, May 2017), with the post's R redux",
    ("leekasso-lm", "leekasso-glm", "leekasso", "r-mlp"),
    tuple(range(10, 81, 5)),
    split="stratified",
    replacement=False,
    stratified=True,
    bars="quantiles",
)
PROTOCOLS = Registry("protocol", {"post": f"{__name__}:POST", "leek": f"{__name__}:LEEK"})


def scale_epochs(recipe: Recipe, scale: float) -> Recipe:
    """Train for another number of epochs, at least one; a recipe without epochs stays as it is."""
    if scale == 1 or "epochs" not in recipe.settings:
        return recipe
    return recipe.replace(epochs=max(1, round(recipe.settings["epochs"] * scale)))


def make_study(
    protocol: str,
    *,
    models: Sequence[str] | None = None,
    train_sizes: Sequence[int] | None = None,
    draws: int = 5,
    epochs_scale: float = 1.0,
    seed: int = 0,
) -> Study:
    """Make a study of 2017, or a variation on it.

    Parameters
    ----------
    protocol : {"post", "leek"}
    models : sequence of str, optional
        Registered names; by default the protocol's.
    train_sizes : sequence of int, optional
        By default the protocol's.
    draws : int
        Training sets of each size.
    epochs_scale : float
        Factor on every network's epochs.
    seed : int

    Returns
    -------
    Study

    Raises
    ------
    UnknownNameError
        No such protocol or model.
    InputError
        A number that makes no study.
    """
    base: Protocol = PROTOCOLS[protocol]
    names = (models,) if isinstance(models, str) else tuple(models or base.models)
    for name in names:
        if "=" in name:
            raise InputError(f"the systems of 2017 run as they are; study and explain take changed ones, such as {name}")
    if isinstance(train_sizes, str) or not isinstance(train_sizes, Iterable | None):
        raise InputError(f"train_sizes are a list of whole numbers, such as [10, 20], got {train_sizes!r}")
    sizes = tuple(base.train_sizes if train_sizes is None else train_sizes)
    if not sizes:
        raise InputError("no training size given")
    if whole(draws, "draws") < 1:
        raise InputError(f"draws must be at least 1, got {draws}")
    if not 0 < epochs_scale <= 1000:
        raise InputError(f"epochs-scale must be above 0 and at most 1000, got {epochs_scale:g}")
    for what, values in (("model", names), ("size", sizes)):
        twice = sorted({str(v) for v in values if values.count(v) > 1})
        if twice:
            raise InputError(f"{what} given twice: {', '.join(twice)}")
    return Study(
        protocol=base.name,
        source=SOURCE,
        recipes=tuple(scale_epochs(MODELS[name].recipe, epochs_scale) for name in names),
        train_sizes=tuple(sorted(sizes)),
        draws=draws,
        split=base.split,
        replacement=base.replacement,
        stratified=base.stratified,
        nested=False,
        seed=seed,
    )
