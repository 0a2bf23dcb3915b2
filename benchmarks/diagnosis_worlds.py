"""Worlds for benchmarks/diagnosis.py: data sets, networks that train well on them, and faults to plant."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bigenough
from bigenough.types import Dataset, Recipe, stable_seed

HEALTHY: dict[str, Any] = {
    "hidden": [32, 32], "activation": "relu", "dropout": 0.0, "output": "softmax", "input_scaling": "standard",
    "optimizer": "adam", "learning_rate": 0.003, "decay": 0.0, "batch_size": 16, "max_updates": 400, "keep": "last",
    "weight_decay": 0.001, "checkpoints": "geometric",
}  # fmt: skip
PASSES = 40  # over the training rows, at least, of a healthy network: with fewer, those of 2,000 rows had not converged
TRAINING_SHARE = 0.6  # of the rows
# Where classes overlap, a network learns its rows by heart: with these settings it is as good as a support vector machine.
OVERLAPPING: Mapping[str, Mapping[str, Any]] = {"gaussians": {"keep": "best", "dropout": 0.3}}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("mlp", {}),
    "deep tanh": ("mlp", {"hidden": [32, 32, 32], "activation": "tanh"}),
    "sgd": ("mlp", {"hidden": [48], "optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9}),
    "convolutional": ("convnet", {"channels": [16], "dense": 64, "dropout": [0.0, 0.0]}),
}
# Updates that a network of a kind takes at least. With 300 and 8 channels a convolutional one had not converged: ten times as
# many gained 5 points.
FEWEST_UPDATES: Mapping[str, int] = {"convolutional": 600}


@dataclass(frozen=True)
class Fault:
    """A fault: the answers that are right, and how it changes settings and data; a control has no cause."""

    name: str
    causes: tuple[str, ...]
    settings: Callable[[Mapping[str, Any]], dict[str, Any]]
    data: Callable[[Dataset, np.random.Generator], Dataset] | None = None


def _columns(data: Dataset, rng: np.random.Generator) -> Dataset:
    """Put the columns into units of very different size, as tables of measurements have them."""
    X: Any = data.X
    if data.kind == "image":
        return dataclasses.replace(data, X=(X.astype(np.float64) * 100.0), name=f"{data.name}, raw")
    return dataclasses.replace(data, X=X * 10.0 ** rng.uniform(-2, 3, X.shape[1:]), name=f"{data.name}, raw")


def _noise(data: Dataset, rng: np.random.Generator) -> Dataset:
    """Add columns that tell nothing, four for each that is there and 40 at least."""
    X: Any = data.X
    if data.kind == "image":
        noisy = X + rng.normal(size=X.shape) * 0.8 * X.std()
        return dataclasses.replace(data, X=noisy, name=f"{data.name}, noisy")
    more = rng.normal(size=(len(X), max(40, 4 * X.shape[1]))) * X.std()
    return dataclasses.replace(data, X=np.column_stack([X, more]), name=f"{data.name}, noisy")


def _wrong(data: Dataset, rng: np.random.Generator) -> Dataset:
    """Give a fifth of the rows another class."""
    y, k = data.y.copy(), len(data.classes)
    rows = rng.permutation(len(y))[: len(y) // 5]
    y[rows] = (y[rows] + rng.integers(1, k, len(rows))) % k
    return dataclasses.replace(data, y=y, name=f"{data.name}, a fifth wrong")


def _every(settings: Mapping[str, Any], rate: float) -> Any:  # noqa: ANN401 - a number or a list of them
    return [rate] * len(settings["dropout"]) if isinstance(settings["dropout"], list) else rate


def _narrow(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"channels": [1], "dense": 1} if "channels" in settings else {"hidden": [1] * len(settings["hidden"])}


def _leap(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"learning_rate": settings["learning_rate"] * (30 if settings["optimizer"] == "sgd" else 100)}


def _by_heart(settings: Mapping[str, Any]) -> dict[str, Any]:
    more = max(2000, settings["max_updates"])
    return {"weight_decay": 0.0, "dropout": _every(settings, 0.0), "keep": "last", "max_updates": more}


FAULTS = (
    Fault("healthy", (), lambda s: {}),
    Fault("neutral: batches of 32", (), lambda s: {"batch_size": 32}),
    Fault("neutral: other initial weights", (), lambda s: {"init": "lecun_uniform"}),
    Fault("few updates", ("too-few-updates",), lambda s: {"max_updates": 6}),
    Fault("low rate", ("rate-too-low",), lambda s: {"learning_rate": s["learning_rate"] / 300}),
    Fault("high rate", ("rate-too-high",), _leap),
    Fault("decayed rate", ("rate-decayed",), lambda s: {"decay": 1.0}),
    Fault("raw columns", ("inputs-badly-scaled",), lambda s: {"input_scaling": "none"}, _columns),
    Fault("tiny weights", ("initial-weights",), lambda s: {"init_scale": 0.01}),
    Fault("huge weights", ("initial-weights",), lambda s: {"init_scale": 15.0}),
    Fault("dropout 0.95", ("over-regularised",), lambda s: {"dropout": _every(s, 0.95)}),
    Fault("weight decay 1", ("over-regularised",), lambda s: {"weight_decay": 1.0 if s["optimizer"] == "sgd" else 3.0}),
    Fault("learns noise by heart", ("overfitting",), _by_heart, _noise),
    Fault("learns wrong labels by heart", ("overfitting",), _by_heart, _wrong),
    Fault("one unit a layer", ("underfitting",), _narrow),
    Fault("threshold 0.98", ("decision-threshold",), lambda s: {"threshold": 0.98}),
)  # fmt: skip
CODES = tuple(dict.fromkeys(cause for fault in FAULTS for cause in fault.causes))


@dataclass(frozen=True)
class World:
    """A data set of so many rows, a kind of network, and a seed that cuts the rows and varies the settings."""

    source: str
    rows: int
    network: str
    seed: int

    @property
    def name(self) -> str:
        """For people and for files."""
        return f"{self.source}, {self.rows} rows, {self.network}, seed {self.seed}"

    def data(self) -> Dataset:
        """Take the rows, stratified as far as chance does it."""
        data = SYNTHETIC[self.source](self.rows, self.seed) if self.source in SYNTHETIC else bigenough.load(self.source)
        rng = np.random.default_rng(stable_seed("world", self.source, self.rows, self.seed))
        rows = np.sort(rng.permutation(len(data.y))[: self.rows])
        X: Any = data.X
        kept = X[rows]
        kind: Any = data.kind
        if self.source == "digits" and self.network == "convolutional":
            kept, kind = kept.reshape(-1, 8, 8), "image"
        return Dataset(self.name, kept.astype(np.float64), data.y[rows], data.classes, kind)

    def recipe(self, fault: Fault) -> Recipe:
        """Give the network with a fault; of the healthy one some settings vary from seed to seed."""
        model, changes = NETWORKS[self.network]
        rng = np.random.default_rng(stable_seed("settings", self.name))
        settings = {**HEALTHY, **changes, **OVERLAPPING.get(self.source, {})}
        settings["learning_rate"] = float(settings["learning_rate"] * rng.choice([0.5, 1.0, 2.0]))
        enough = int(PASSES * TRAINING_SHARE * self.rows / settings["batch_size"])
        settings["max_updates"] = max(int(rng.choice([300, 400, 600])), enough, FEWEST_UPDATES.get(self.network, 0))
        if "channels" in settings:
            settings = {name: value for name, value in settings.items() if name not in ("hidden", "activation", "output")}
        return Recipe(f"{self.network}, {fault.name}", model, "deep", {**settings, **fault.settings(settings)})


def _gaussians(rows: int, seed: int) -> Dataset:
    rng = np.random.default_rng(stable_seed("gaussians", seed))
    y = rng.permutation(np.arange(rows) % 2)
    return Dataset("gaussians", rng.normal(size=(rows, 10)) + 0.55 * y[:, None], y, ("a", "b"))


def _rings(rows: int, seed: int) -> Dataset:
    rng = np.random.default_rng(stable_seed("rings", seed))
    y: NDArray[np.int64] = rng.permutation(np.arange(rows) % 3)
    angle, radius = rng.uniform(0, 2 * np.pi, rows), 1.0 + y + 0.3 * rng.normal(size=rows)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rng.normal(size=(rows, 2))])
    return Dataset("rings", X, y, ("inner", "middle", "outer"))


SYNTHETIC = {"gaussians": _gaussians, "rings": _rings}
PLACES = (  # data set, rows, network: each comes with several seeds
    ("breast_cancer", 100, "relu"), ("wine", 90, "deep tanh"), ("rings", 300, "sgd"), ("digits", 500, "relu"),
    ("gaussians", 200, "deep tanh"), ("iris", 60, "sgd"), ("gaussians", 40, "relu"), ("wine", 150, "relu"),
    ("breast_cancer", 400, "sgd"), ("digits", 1500, "deep tanh"), ("rings", 2000, "relu"), ("digits", 200, "convolutional"),
)  # fmt: skip


def worlds(count: int) -> list[World]:
    """Give so many worlds, the places in turn; all of a place's later worlds have another seed."""
    return [World(*PLACES[i % len(PLACES)], seed=i // len(PLACES)) for i in range(count)]
