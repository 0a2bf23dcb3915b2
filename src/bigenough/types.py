"""The nouns: frozen dataclasses over numpy arrays, known to every layer."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bigenough.errors import UnknownNameError

Family = Literal["deep", "simple", "data-free"]
Part = Literal["train", "convergence", "test"]
PARTS: tuple[Part, ...] = ("train", "convergence", "test")
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def stable_hash(value: object) -> str:
    """Hash a JSON-able value: the same on every machine and in every process.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def stable_seed(*parts: object) -> int:
    """Derive a seed in [0, 2**63) from values, never from a position, so that adding cells changes none."""
    return int(stable_hash(list(parts))[:16], 16) >> 1


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from.

    Attributes
    ----------
    name : str
    X : ndarray
        (n, p) for a table; (n, height, width) or (n, height, width, channels) for images.
    y : ndarray of int64, shape (n,)
        Codes that index `classes`.
    classes : tuple of str
    kind : {"table", "image"}
    holdout : ndarray of int64
        Rows of the data set's own standard test part, in file order; empty where there is none.
    """

    name: str
    X: NDArray[Any]
    y: Rows
    classes: tuple[str, ...]
    kind: Literal["table", "image"] = "table"
    holdout: Rows = field(default_factory=lambda: np.empty(0, np.int64))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything a model could see."""
        digest = hashlib.sha256(f"{self.X.dtype}{self.X.shape}{self.classes}".encode())
        for array in (self.X, self.y, self.holdout):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:32]

    @property
    def n_features(self) -> int:
        """Numbers in one row (pixels in one image)."""
        return int(np.prod(self.X.shape[1:]))

    def flat(self, rows: Rows) -> Floats:
        """Rows as a float matrix, shape (len(rows), n_features)."""
        return self.X[rows].reshape(len(rows), -1).astype(np.float64)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a model is fitted.

    Attributes
    ----------
    name : str
        What people call it.
    model : str
        The registered model that can fit it.
    family : {"deep", "simple", "data-free"}
    settings : mapping of str to JSON-able value
        Two recipes of one model differ in named settings only.
    """

    name: str
    model: str
    family: Family
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe, (self.name, self.model, self.family, dict(self.settings))

    def replace(self, **changes: object) -> Recipe:
        """Return a copy with some settings changed; an unknown setting is an `UnknownNameError`."""
        for setting in changes:
            if setting not in self.settings:
                raise UnknownNameError(f"setting of {self.name}", setting, self.settings)
        return dataclasses.replace(self, settings={**self.settings, **changes})

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values, settings in order."""
        return {"name": self.name, "model": self.model, "family": self.family, "settings": dict(self.settings)}


@dataclass(frozen=True)
class Study:
    """What is to be compared, on which data, under which protocol.

    Attributes
    ----------
    protocol : str
        Name of the preset, for people.
    source : str
        Data set, as `bigenough.load` takes it.
    recipes : tuple of Recipe
    train_sizes : tuple of int
    draws : int
        Training sets of each size.
    split : {"holdout", "stratified"}
        ``"holdout"``: the pool is all but the standard test part, whose first half assesses convergence and whose second
        half tests. ``"stratified"``: of all but the standard test part, 80 % are the pool and 20 % test, stratified; the
        standard test part assesses convergence.
    replacement, stratified, nested : bool
        How a training set is drawn from the pool.
    seed : int
    """

    protocol: str
    source: str
    recipes: tuple[Recipe, ...]
    train_sizes: tuple[int, ...]
    draws: int
    split: Literal["holdout", "stratified"]
    replacement: bool
    stratified: bool
    nested: bool
    seed: int = 0

    @property
    def sampling(self) -> dict[str, Any]:
        """The settings that change a draw, so that they belong into a run's key."""
        return {name: getattr(self, name) for name in ("split", "replacement", "stratified", "nested", "seed")}

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**values, "recipes": [r.to_json() for r in self.recipes], "train_sizes": list(self.train_sizes)}


@dataclass(frozen=True)
class Draw:
    """One training set and the rows that judge what it taught.

    Attributes
    ----------
    size, repeat, seed : int
        `seed` identifies the draw and seeds whatever is random in a fit on it.
    train, convergence, test : ndarray of int64
        Row numbers; `train` may repeat rows, and shares none with the other two.
    """

    size: int
    repeat: int
    seed: int
    train: Rows
    convergence: Rows
    test: Rows


@dataclass(frozen=True)
class TrainingCurve:
    """Score against gradient updates, one entry a checkpoint; all arrays have shape (checkpoints,).

    Attributes
    ----------
    updates : ndarray of int64
        Gradient updates made so far.
    train_loss, train_score, held_out_loss, held_out_score : ndarray of float64
        Mean cross-entropy (nats an item) and accuracy, dropout off, on the training rows and on the convergence rows.
    gradient_norm : ndarray of float64
        Euclidean norm of the last mini-batch's gradient; NaN before the first update.
    step_ratio : ndarray of float64
        Norm of the last step over the norm of the weights; NaN before the first update.
    idle_share : ndarray of float64
        Share of hidden units that no training row moves: zero for every row under ReLU, saturated (beyond 0.99 in size)
        for every row under tanh; 0 for networks without hidden units.
    """

    updates: NDArray[np.int64]
    train_loss: Floats
    train_score: Floats
    held_out_loss: Floats
    held_out_score: Floats
    gradient_norm: Floats
    step_ratio: Floats
    idle_share: Floats


@dataclass(frozen=True)
class Fit:
    """What one model made of one draw; either predictions for every part, or an error.

    Attributes
    ----------
    labels : dict of part to ndarray of int64
        Predicted class codes.
    probabilities : dict of part to ndarray, shape (rows, classes), or None
        None where the model has no probabilities (least squares on a 0/1 label).
    seconds : float
        A stack's time is shared out evenly among its members.
    updates : int or None
        Gradient updates made; None for models without.
    curve : TrainingCurve or None
    notes : tuple of str
        What a person should know, such as a solver that did not converge.
    error : str or None
    """

    seconds: float
    labels: Mapping[Part, Rows] = field(default_factory=dict)
    probabilities: Mapping[Part, Floats] | None = None
    updates: int | None = None
    curve: TrainingCurve | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


class Model(Protocol):
    """What a file of `models/` registers."""

    recipe: Recipe

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Fit one model a draw, all of one size, and predict every part; a bad fit is a `Fit` with an error.

        `advance` is told now and then which share is done.
        """

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the numbers that fitting decides."""

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess the time of one fit on a current core, for the order of work and the time left."""

    def stack_limit(self, recipe: Recipe, device: str) -> int:
        """Say how many draws one call of `fit_many` should get."""


@dataclass(frozen=True)
class Run:
    """One recipe on one draw: a row of runs.csv and all that lies behind it.

    Attributes
    ----------
    key : str
        Hash of everything that decides the result.
    status : {"ok", "failed"}
    scores : dict of str to float
        ``accuracy`` (test part), ``convergence_accuracy``, ``train_accuracy``, ``train_loss``; NaN where not defined.
    test_labels : ndarray of int16 or None
        Predicted codes of the test part, in the order of the draw's test rows.
    """

    key: str
    recipe: str
    family: Family
    size: int
    repeat: int
    seed: int
    status: Literal["ok", "failed"]
    scores: Mapping[str, float]
    updates: int | None
    seconds: float
    test_labels: NDArray[np.int16] | None = None
    test_probabilities: NDArray[np.float32] | None = None
    curve: TrainingCurve | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
