"""What is diagnosed: a network, data and draws; and the data that some arms change."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigenough.diagnosis.arms import DataChange
from bigenough.draws import parts_of
from bigenough.errors import InputError
from bigenough.registry import MODELS
from bigenough.running import Cell, key_of, plan
from bigenough.types import Dataset, Draw, Recipe, Study, stable_seed

FEWEST_DRAWS, MOST_DRAWS = 10, 40
JUDGED_ROWS = 1600  # over all draws: an accuracy of 0.8 then has a standard error of one point


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


def make_subject(recipe: Recipe, data: Dataset, study: Study, *, draws: int | None = None) -> Subject:
    """Set a subject up.

    Parameters
    ----------
    recipe : Recipe
    data : Dataset
    study : Study
        Its first size counts, and its sampling, seed and metric; recipes and number of draws do not. Where rows that belong
        together leave some draw fewer rows to train from than the first has, the size is what all draws have.
    draws : int, optional
        At least 3; by default `draws_for` the data.

    Raises
    ------
    InputError
        The recipe is no network, or the draws cannot be made.
    """
    if draws is not None and draws < 3:
        raise InputError(f"draws must be at least 3, for a spread of paired differences; got {draws}")
    model = MODELS[recipe.model]
    if not hasattr(model, "adjustable"):
        raise InputError(f"{recipe.name} is no network; a diagnosis is of how a network is trained")
    one = dataclasses.replace(study, recipes=(recipe,), train_sizes=study.train_sizes[:1], draws=1, more_draws=())
    first = plan(one, data)[0].draw  # refuses a size that is not possible
    if draws is None:
        draws = draws_for(recipe, data, first)
    asked = dataclasses.replace(one, draws=2 * draws)
    if asked.split == "repeated":
        pool = min(len(parts_of(data, asked, repeat)[0]) for repeat in range(asked.draws))
        asked = dataclasses.replace(asked, train_sizes=(min(first.size, pool),))
    all_draws = [cell.draw for cell in plan(asked, data)]
    return Subject(recipe, data, asked, draws, model.adjustable(recipe), all_draws)


def draws_for(recipe: Recipe, data: Dataset, draw: Draw) -> int:
    """Say on how many draws a cause is sought: the more the fewer rows a draw is judged by, where a stack trains them all.

    Parameters
    ----------
    recipe : Recipe
    data : Dataset
    draw : Draw
        One of them.
    """
    if MODELS[recipe.model].stack_limit(recipe, data, "cpu") == 1:
        return FEWEST_DRAWS
    return min(MOST_DRAWS, max(FEWEST_DRAWS, math.ceil(JUDGED_ROWS / len(draw.convergence))))


def changed(recipe: Recipe, name: str, changes: Mapping[str, Any]) -> Recipe:
    """Give a recipe of another name with some settings added, changed or, where None, taken away."""
    settings = {key: value for key, value in {**recipe.settings, **changes}.items() if value is not None}
    return Recipe(f"{recipe.name}, {name}", recipe.model, recipe.family, settings, recipe.payload)


def has_mixed_columns(X: Any) -> bool:  # noqa: ANN401 - an array or a frame
    """Whether some column is no number."""
    return not isinstance(X, np.ndarray) and X.select_dtypes("number").shape[1] < X.shape[1]


def changed_data(subject: Subject, change: DataChange) -> tuple[Dataset, list[Draw]]:
    """Give data and draws in which only the training labels are permuted, or in which no row has any input.

    For permuted labels every row is there twice: as it is, to be judged by, and with another row's label, to learn from.
    """
    data: Dataset = subject.data
    X: Any = data.X
    if change == "inputs zeroed":
        zeros = np.zeros_like(X) if isinstance(X, np.ndarray) else type(X)(0.0, index=X.index, columns=X.columns)
        return dataclasses.replace(data, name=f"{data.name}, {change}", X=zeros), subject.seeking
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
