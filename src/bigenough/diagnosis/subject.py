"""What is diagnosed: a network, data and draws; and the data that some arms change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigenough.diagnosis.arms import DataChange
from bigenough.errors import InputError
from bigenough.registry import MODELS
from bigenough.running import Cell, key_of, plan
from bigenough.types import Dataset, Draw, Recipe, Study, stable_seed


@dataclass(frozen=True)
class Subject:
    """A network on data.

    Attributes
    ----------
    recipe : Recipe
    data : Dataset
    study : Study
        How training sets are drawn, of which size (its only one), and by which metric a score is meant.
    draws : int
        Draws on which causes are sought; as many further ones are held back for the repair.
    adjustable : set of str
        What the network lets one vary.
    """

    recipe: Recipe
    data: Dataset
    study: Study
    draws: int
    adjustable: Set[str]
    _all: list[Draw] = field(repr=False, compare=False, default_factory=list)

    @property
    def size(self) -> int:
        """Rows of a training set."""
        return self.study.train_sizes[0]

    @property
    def seeking(self) -> list[Draw]:
        """The draws on which causes are sought."""
        return self._all[: self.draws]

    @property
    def fresh(self) -> list[Draw]:
        """The draws that are held back."""
        return self._all[self.draws :]

    def cells(self, recipe: Recipe, draws: Sequence[Draw]) -> list[Cell]:
        """Give a recipe's cells on these draws, with the keys that they have in a study."""
        return [Cell(key_of(self.study, self.data, recipe, draw), recipe, draw) for draw in draws]


def make_subject(recipe: Recipe, data: Dataset, study: Study, *, draws: int) -> Subject:
    """Set a subject up.

    Parameters
    ----------
    recipe : Recipe
    data : Dataset
    study : Study
        Its first size counts, and its sampling, seed and metric; recipes and number of draws do not.
    draws : int
        At least 3.

    Raises
    ------
    InputError
        The recipe is no network, or the draws cannot be made.
    """
    if draws < 3:
        raise InputError(f"draws must be at least 3, for a spread of paired differences; got {draws}")
    model = MODELS[recipe.model]
    if not hasattr(model, "adjustable"):
        raise InputError(f"{recipe.name} is no network; a diagnosis is of how a network is trained")
    asked = dataclasses.replace(
        study, recipes=(recipe,), train_sizes=study.train_sizes[:1], draws=2 * draws, more_draws=()
    )  # fmt: skip
    all_draws = [cell.draw for cell in plan(asked, data)]
    return Subject(recipe, data, asked, draws, model.adjustable(recipe), all_draws)


def changed(recipe: Recipe, name: str, changes: Mapping[str, Any]) -> Recipe:
    """Give a recipe of another name with some settings added, changed or, where None, taken away."""
    settings = {key: value for key, value in {**recipe.settings, **changes}.items() if value is not None}
    return Recipe(f"{recipe.name}, {name}", recipe.model, recipe.family, settings, recipe.payload)


def changed_data(subject: Subject, change: DataChange) -> tuple[Dataset, list[Draw]]:
    """Give data and draws in which only the training labels are permuted, or in which no row has any input.

    For permuted labels every row is there twice: as it is, to be judged by, and with another row's label, to learn from.
    """
    data: Dataset = subject.data
    X: Any = data.X
    if change == "inputs zeroed":
        return dataclasses.replace(data, name=f"{data.name}, {change}", X=np.zeros_like(X)), subject.seeking
    n = len(data.y)
    if isinstance(X, np.ndarray):
        twice: Any = np.concatenate([X, X])
    else:
        import pandas as pd

        twice = pd.concat([X, X], ignore_index=True)
    rng = np.random.default_rng(stable_seed("labels permuted", subject.study.seed))
    y = np.concatenate([data.y, rng.permutation(data.y)])
    groups = None if data.groups is None else np.concatenate([data.groups, data.groups])
    draws = [dataclasses.replace(draw, train=draw.train + n) for draw in subject.seeking]
    return dataclasses.replace(data, name=f"{data.name}, {change}", X=twice, y=y, groups=groups), draws
