"""Models that go wrong on purpose, known to this process and to its workers."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bigenough.models.fitting import OneByOne, Predictor
from bigenough.models.pixel import PixelRule
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Fit, Recipe, stable_seed


class Planted(OneByOne):
    """A constant rule; its setting says how it goes wrong, on draw 0 of size 10 only."""

    def __init__(self, fault: str) -> None:
        self.recipe = Recipe(f"planted-{fault}", f"planted-{fault}", "simple", {"fault": fault, "size": 10})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Predictor:
        """Raise in the fit, where the base class catches it."""
        if recipe.settings["fault"] == "fit" and self._here(recipe, draw):
            raise ZeroDivisionError("planted in a fit")
        return PixelRule(0, -1.0, above=draw.repeat % 2)

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Raise outside any fit, or end the process."""
        if any(self._here(recipe, draw) for draw in draws):
            if recipe.settings["fault"] == "raise":
                raise RuntimeError("planted outside")
            if recipe.settings["fault"] == "die" and mp.parent_process() is not None:
                os._exit(9)
        return super().fit_many(recipe, data, draws, device, advance)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """None."""
        return 0

    def _here(self, recipe: Recipe, draw: Draw) -> bool:
        return draw.size == recipe.settings["size"] and draw.repeat == 0

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """One draw a call, so that an error outside a fit takes no other along; a death may not, with several."""
        return 32 if recipe.settings["fault"] == "die" else 1


class NotNumbers(Planted):
    """Gives NaN as probabilities, as a model may that overflowed."""

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Predictor:
        """Give a rule without sense where the fault is planted."""
        return Overflowed() if self._here(recipe, draw) else super().fit(recipe, data, draw)


class Overflowed:
    """A predictor whose probabilities are no numbers."""

    notes = ()

    def predict(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give class 0 with a chance of NaN."""
        return np.zeros(len(X), np.int64), np.full((len(X), 2), np.nan)


FIT, RAISE, DIE, NAN = Planted("fit"), Planted("raise"), Planted("die"), NotNumbers("nan")
TARGETS = {
    f"planted-{name.lower()}": f"{__name__}:{name}" for name in ("FIT", "RAISE", "NAN", "DIE")
}  # the one that costs most last


class PlantedData(Dataset):
    """Data that bring the planted models along into a worker's process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, (self.name, self.X, self.y, self.classes, self.kind, self.holdout)


def _arrive(*fields: Any) -> Dataset:  # noqa: ANN401 - those of a Dataset
    MODELS._targets.update(TARGETS)
    return Dataset(*fields)


def planted_data() -> PlantedData:
    """Forty rows of noise and a holdout."""
    rng = np.random.default_rng(stable_seed("planted") % 2**32)
    y = rng.permutation(np.repeat([0, 1], 30))
    return PlantedData("planted", rng.normal(size=(60, 4)), y, ("0", "1"), holdout=np.arange(40, 60))
