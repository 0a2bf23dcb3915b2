"""Harder ground: the pairs of digits, and all ten digits, as studies; which are hard, and where deep learning pays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from bigenough import stats
from bigenough.engine.device import device_name
from bigenough.errors import FitError, InputError
from bigenough.execute import Task
from bigenough.progress import Progress
from bigenough.recipes import recipe_from
from bigenough.registry import MODELS
from bigenough.running import Cell, group, missing, plan, run_missing
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Comparison, Dataset, Recipe, Run, Study
from bigenough.verdict import compare
from bigenough.workers import Crew

PROTOCOL = "pairs"
ALL = tuple(f"{a}{b}" for a, b in combinations(range(10), 2))
TEN = "all ten"
SYSTEMS = (
    "single-pixel", "leekasso", "logistic", "svm",
    "relu-mlp", "relu-mlp,weight_decay=0.03", "relu-mlp,weight_decay=0.1", "convnet",
)  # fmt: skip
SIZES = (10, 30, 100, 300, 1000)


@dataclass(frozen=True)
class Problem:
    """One problem with what was found on it.

    Attributes
    ----------
    name : str
        ``"49"`` for 4 against 9; `TEN` for all ten digits.
    study : Study
    runs : list of Run
    comparisons : list of Comparison
        Networks against simple models, by size; Holm's rule over the sizes of this problem.
    """

    name: str
    study: Study
    runs: Sequence[Run]
    comparisons: Sequence[Comparison]

    @property
    def pays_at(self) -> tuple[int, ...]:
        """Sizes at which deep learning is better, with no larger size at which it is worse, in order."""
        worse = max((c.size for c in self.comparisons if c.outcome == "worse"), default=0)
        return tuple(sorted(c.size for c in self.comparisons if c.outcome == "better" and c.size > worse))

    @property
    def always_from_there(self) -> bool:
        """Whether it is better at every size from the smallest of those on; at a larger one it may else be undecided."""
        return bool(self.pays_at) and self.pays_at == tuple(
            sorted(c.size for c in self.comparisons if c.size >= self.pays_at[0])
        )

    @property
    def p_ahead(self) -> float:
        """p-value of "networks are better at no size"; 1 where they are ahead at none."""
        return min((c.p_better for c in self.comparisons if c.difference > 0), default=1.0)


def read_pairs(text: str) -> tuple[str, ...]:
    """Read ``"all"`` or ``"49,35"`` as pairs of digits, the lesser digit first.

    Raises
    ------
    InputError
    """
    if text == "all":
        return ALL
    names = []
    for part in text.split(","):
        digits = sorted(part.strip())
        if len(digits) != 2 or not "".join(digits).isdecimal() or digits[0] == digits[1] or not part.strip().isascii():
            raise InputError(f"pairs are two different digits each, with commas between, such as 49,35, or all; got {part!r}")
        names.append("".join(digits))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"pair given twice: {', '.join(twice)}")
    return tuple(names)


def make_studies(
    names: Sequence[str],
    *,
    models: Sequence[str] | None = None,
    train_sizes: Sequence[int] | None = None,
    draws: int = 5,
    seed: int = 0,
) -> list[Study]:
    """Make a study a pair, and one of all ten digits with those models that can have more than two classes.

    Training sets are nested, stratified and drawn without replacement from MNIST's training images; its test images are cut
    in two halves as in the post, for convergence and for testing.

    Parameters
    ----------
    names : sequence of str
        Pairs, as `read_pairs` gives them.
    models : sequence of str, optional
        Recipes as `recipes.recipe_from` reads them. By default `SYSTEMS`. Their networks train until their loss is at rest:
        the post's 200 passes would be 200 updates with 10 images and 6,400 with 1,000. A support vector machine stands for
        what is simple and bends: against straight lines alone, dense networks would seem to pay.
    train_sizes : sequence of int, optional
    draws : int
        Two at least, since one has no spread.
    seed : int

    Raises
    ------
    UnknownNameError
    InputError
    """
    if draws < 2:
        raise InputError(f"pairs need at least 2 draws, got {draws}")
    recipes = tuple(recipe_from(name) for name in models or SYSTEMS)
    sizes = tuple(sorted(train_sizes or SIZES))
    for what, values in (("model", tuple(recipe.name for recipe in recipes)), ("size", sizes)):
        twice = sorted({str(v) for v in values if values.count(v) > 1})
        if twice:
            raise InputError(f"{what} given twice: {', '.join(twice)}")
    first = Study(
        PROTOCOL, "", recipes, sizes, draws, split="holdout", replacement=False, stratified=True, nested=True, seed=seed
    )  # fmt: skip
    studies = [dataclasses.replace(first, source=f"mnist:{name[0]},{name[1]}") for name in names]
    ten = load("mnist")
    able = tuple(recipe for recipe in recipes if _can(recipe, ten))
    enough = tuple(size for size in sizes if size >= len(ten.classes))
    if able and enough:
        studies.append(dataclasses.replace(first, source="mnist", recipes=able, train_sizes=enough))
    return studies


def name_of(study: Study) -> str:
    """Give the problem's short name."""
    return TEN if study.source == "mnist" else study.source.removeprefix("mnist:").replace(",", "")


def run_problems(
    studies: Sequence[Study],
    store: Store,
    *,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    train: bool = True,
    crew: Crew | None = None,
) -> list[Problem]:
    """Run what the store lacks, one problem after the other, and compare the camps on each.

    Parameters
    ----------
    studies : sequence of Study
        As `make_studies` gives them.
    store : Store
    jobs, device, progress
        As for `running.run_missing`.
    train : bool
        False: only what the store has is used.
    crew : Crew, optional
        As for `running.run_missing`.

    Returns
    -------
    list of Problem
        Those without a run are left out.
    """
    if train:
        device = device_name(device)  # as `run_missing` does, so that tasks are the same
        tasks = {study.source: _tasks(study, store, device) for study in studies}
        whole = _Whole([task for some in tasks.values() for task in some], progress)
        for study in studies:
            data = load(study.source)
            part = whole.part(tasks[study.source])
            run_missing(plan(study, data), data, store, jobs=jobs, device=device, progress=part, crew=crew)
    return [problem for study in studies if (problem := _look(study, store)).runs]


def _tasks(study: Study, store: Store, device: str) -> list[Task]:
    data = load(study.source)
    return group(missing(plan(study, data), store), data, device)


def _look(study: Study, store: Store) -> Problem:
    data = load(study.source)
    cells: list[Cell] = plan(study, data)
    runs = store.runs([cell.key for cell in cells], probabilities=False)
    draws = list({(cell.draw.size, cell.draw.repeat): cell.draw for cell in cells}.values())
    camps = {run.family for run in runs if run.status == "ok"}
    both = {"deep", "simple"} <= camps
    return Problem(name_of(study), study, runs, compare(runs, draws, data.y, margin=study.margin) if both else [])


def _can(recipe: Recipe, data: Dataset) -> bool:
    try:
        MODELS[recipe.model].parameters(recipe, data)
    except FitError:
        return False
    return True


def scores(problems: Sequence[Problem]) -> pd.DataFrame:
    """Mean test accuracy of every model on every problem at every size, and how hard the problem is among the pairs.

    Returns
    -------
    DataFrame
        Columns ``problem``, ``recipe``, ``size``, ``draws``, ``accuracy`` and ``rank``: 1 for the pair that is easiest for
        this recipe at this size, ties shared; all ten digits have none.
    """
    rows = [
        {"problem": p.name, "recipe": run.recipe, "size": run.size, "accuracy": run.scores["accuracy"]}
        for p in problems
        for run in p.runs
        if run.status == "ok"
    ]
    if not rows:
        return pd.DataFrame(columns=["problem", "recipe", "size", "draws", "accuracy", "rank"])
    groups = pd.DataFrame(rows).groupby(["problem", "recipe", "size"], sort=False)["accuracy"]
    table = groups.agg(draws="size", accuracy="mean").reset_index()
    table["rank"] = np.nan
    pairs = table["problem"] != TEN
    for _, rows_of in table[pairs].groupby(["recipe", "size"]):
        table.loc[rows_of.index, "rank"] = rankdata(-rows_of["accuracy"].round(9))
    return table


def by_hardness(table: pd.DataFrame) -> list[str]:
    """Order the pairs from easy to hard, by their mean rank over all models and sizes."""
    pairs = table[table["problem"] != TEN]
    return list(pairs.groupby("problem", sort=False)["rank"].mean().sort_values(kind="stable").index)


def proven(problems: Sequence[Problem]) -> set[str]:
    """Name the pairs on which networks are better at some size also when Holm's rule goes over the pairs.

    Returns
    -------
    set of str
        With the level's probability no pair is in it on which they are better at no size.
    """
    pairs = [p for p in problems if p.name != TEN and p.comparisons]
    adjusted = stats.holm(np.array([p.p_ahead for p in pairs]))
    found = zip(pairs, adjusted, strict=True)
    return {p.name for p, value in found if p.pays_at and value <= 1 - p.comparisons[0].level}


class _Whole:
    """One progress over several pieces of work."""

    def __init__(self, tasks: Sequence[Task], progress: Progress | None) -> None:
        self.progress = progress
        self.numbers: Mapping[int, int] = {id(task): i for i, task in enumerate(tasks)}
        if progress is not None and tasks:
            progress.start([dataclasses.replace(task, number=i) for i, task in enumerate(tasks)])

    def part(self, tasks: Sequence[Task]) -> Progress | None:
        """Give the progress of one piece, whose tasks have numbers of their own."""
        offset = self.numbers[id(tasks[0])] if tasks else 0
        return None if self.progress is None else _Part(self.progress, offset)


@dataclass(frozen=True)
class _Part:
    """Hands on what one piece of work tells."""

    whole: Progress
    offset: int

    def start(self, tasks: Sequence[Task]) -> None:
        """It was said at the beginning."""

    def advance(self, task: Task, share: float) -> None:
        """Tell it of the whole's own task."""
        self.whole.advance(dataclasses.replace(task, number=self.offset + task.number), share)
