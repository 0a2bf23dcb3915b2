"""What is asked for: recipes and a study of them."""

from __future__ import annotations

import dataclasses
import numbers
import operator
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bigenough.errors import InputError, UnknownNameError
from bigenough.types.basic import Family, Split


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
    payload : bytes or None
        A user's own model, pickled; `settings` then say what it is, and stand for it in a run's key.
    """

    name: str
    model: str
    family: Family
    settings: Mapping[str, Any]
    payload: bytes | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe, (self.name, self.model, self.family, dict(self.settings), self.payload)

    def replace(self, **changes: object) -> Recipe:
        """Return a copy with some settings changed; an unknown setting is an `UnknownNameError`."""
        for setting in changes:
            if setting not in self.settings:
                raise UnknownNameError(f"setting of {self.name}", setting, self.settings)
        return dataclasses.replace(self, settings={**self.settings, **changes})

    def to_json(self) -> dict[str, Any]:
        """Give the fields that say what it is as plain values, settings in order."""
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
        Training sets of each size, at least.
    split : {"holdout", "stratified", "repeated"}
        ``"holdout"``: the pool is all but the standard test part, whose first half assesses convergence and whose second
        half tests. ``"stratified"``: of all but the standard test part, 80 % are the pool and 20 % test, stratified; the
        standard test part assesses convergence. ``"repeated"``: every repeat cuts the rows anew, stratified and with whole
        groups: 60 % pool, 20 % convergence, 20 % test, at most 2,000 rows each of the last two; where there is a standard
        test part it tests, and the rest is cut 75 to 25.
    replacement, stratified, nested : bool
        How a training set is drawn from the pool.
    seed : int
    more_draws : tuple of int
        Training sets beyond `draws`, one number a size; empty for none.
    metric : str
        What the verdict compares; a name of `bigenough.metrics`.
    margin : float
        A difference of the metric smaller than this is practically none.
    looks : tuple of int
        Numbers of draws at which a size is judged, where draws are added until it is decided; `draws` is the first. Empty
        where no draws are added.
    """

    protocol: str
    source: str
    recipes: tuple[Recipe, ...]
    train_sizes: tuple[int, ...]
    draws: int
    split: Split
    replacement: bool
    stratified: bool
    nested: bool
    seed: int = 0
    more_draws: tuple[int, ...] = ()
    metric: str = "accuracy"
    margin: float = 0.01
    looks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Take whole numbers of any kind, such as numpy's; anything else is an `InputError`."""
        for name, what in (("draws", "draws"), ("seed", "seed")):
            object.__setattr__(self, name, whole(getattr(self, name), what))
        for name, what in (("train_sizes", "a training size"), ("more_draws", "draws"), ("looks", "looks")):
            object.__setattr__(self, name, tuple(whole(value, what) for value in getattr(self, name)))

    @property
    def sampling(self) -> dict[str, Any]:
        """The settings that change a draw, so that they belong into a run's key."""
        return {name: getattr(self, name) for name in ("split", "replacement", "stratified", "nested", "seed")}

    def draws_at(self, size: int) -> int:
        """Count the training sets of one size."""
        more = dict(zip(self.train_sizes, self.more_draws, strict=True)) if self.more_draws else {}
        return self.draws + more.get(size, 0)

    @property
    def draws_text(self) -> str:
        """The number of training sets of each size in words: ``"20 draws"`` or ``"20 to 80 draws"``."""
        return in_draws({self.draws_at(size) for size in self.train_sizes} or {self.draws})

    @property
    def n_runs(self) -> int:
        """Runs that a complete study has."""
        return len(self.recipes) * sum(self.draws_at(size) for size in self.train_sizes)

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        lists = {name: list(values[name]) for name in ("train_sizes", "more_draws", "looks")}
        return {**values, "recipes": [r.to_json() for r in self.recipes], **lists}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Study:
        """Read what `to_json` gave; a user's own models come without their payload."""
        tuples = {name: tuple(values.get(name, ())) for name in ("train_sizes", "more_draws", "looks")}
        return cls(**{**values, "recipes": tuple(Recipe(**r) for r in values["recipes"]), **tuples})


def whole(value: object, what: str) -> int:
    """Take a whole number of any kind, such as numpy's; anything else is an `InputError`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"{what} must be a whole number, got {value!r}") from None


def folder(value: object) -> Path:
    """Take the name of a folder; anything else is an `InputError`."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"out must be the name of a folder, got {value!r}")
    return Path(value)


def number(value: object, what: str) -> float:
    """Take a number of any kind; anything else is an `InputError`."""
    if not isinstance(value, numbers.Real):
        raise InputError(f"{what} must be a number, got {value!r}")
    return float(value)


def in_draws(counts: Iterable[int]) -> str:
    """Say some numbers of draws.

    Examples
    --------
    >>> in_draws([20, 80, 40]), in_draws([1]), in_draws([])
    ('20 to 80 draws', '1 draw', '0 draws')
    """
    found = sorted(counts) or [0]
    low, high = found[0], found[-1]
    return f"{low} to {high} draws" if high > low else f"{low} draw{'s' if low != 1 else ''}"
