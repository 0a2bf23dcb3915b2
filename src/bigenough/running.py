"""A study to its cells, and cells to runs; what the store has is not run again."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bigenough import metrics
from bigenough.dask_cluster import Cluster
from bigenough.draws import Parts, make_draw, parts_of
from bigenough.engine.device import device_name, gpu_processes
from bigenough.errors import FitError, InputError
from bigenough.execute import FIT_TIMEOUT, Task, execute, is_worth_another_try
from bigenough.progress import Progress, Silent
from bigenough.registry import MODELS
from bigenough.store import Store
from bigenough.types import Dataset, Draw, Fit, Model, Part, Recipe, Run, Study, stable_hash
from bigenough.workers import Crew

Group: TypeAlias = tuple[int, str, int]  # round, recipe's name, size
ROUND_DRAWS = 5  # of a round, where the time is limited
SCORES = (*metrics.METRICS, *(f"convergence_{name}" for name in metrics.METRICS), "train_accuracy", "train_loss")


@dataclass(frozen=True)
class Cell:
    """One recipe on one draw, to be run or already run."""

    key: str
    recipe: Recipe
    draw: Draw


def plan(study: Study, data: Dataset) -> list[Cell]:
    """List a study's cells in order of recipe, size and repeat.

    Parameters
    ----------
    study : Study
    data : Dataset

    Returns
    -------
    list of Cell

    Raises
    ------
    InputError
        As in `split`.
    """
    parts = split(study, data)
    draws = [
        make_draw(data, study, parts[repeat], size, repeat)
        for size in study.train_sizes
        for repeat in range(study.draws_at(size))
    ]
    return [Cell(key_of(study, data, recipe, draw), recipe, draw) for recipe in study.recipes for draw in draws]


def split(study: Study, data: Dataset) -> list[Parts]:
    """Give every repeat's pool, convergence and test rows, which is quick, and refuse a study that they do not allow.

    Raises
    ------
    InputError
        A size is smaller than the number of classes or larger than the pool.
    """
    repeats = max((study.draws_at(size) for size in study.train_sizes), default=0)
    if study.split == "repeated":
        parts = [parts_of(data, study, repeat) for repeat in range(repeats)]
    else:
        parts = [parts_of(data, study, 0)] * repeats
    n_pool, n_classes = min(len(pool) for pool, _, _ in parts), len(data.classes)
    for size in study.train_sizes:
        if not n_classes <= size <= n_pool:
            raise InputError(
                f"training size {size} is not possible: {data.name} has {n_classes} classes and a pool of {n_pool} rows, "
                f"so sizes from {n_classes} to {n_pool} are"
            )
    return parts


def key_of(study: Study, data: Dataset, recipe: Recipe, draw: Draw) -> str:
    """Hash everything that decides a run's result."""
    return stable_hash([data.fingerprint, recipe.to_json(), draw.size, draw.repeat, study.sampling])


def group(cells: Sequence[Cell], data: Dataset, device: str, round_draws: int | None = None) -> list[Task]:
    """Group cells of one recipe and size into calls of their model; trainings that are others' beginnings go with those.

    Parameters
    ----------
    cells : sequence of Cell
    data : Dataset
    device : str
    round_draws : int, optional
        Draws of a round: all models get these on the smallest size, then on the next, and on all sizes before more draws
        begin, so that whatever is done when the time is up can be compared. By default there is one round.
    """
    recipes: dict[Group, Recipe] = {}
    groups: dict[Group, list[Draw]] = {}
    sizes = sorted({cell.draw.size for cell in cells})
    for cell in cells:
        size = cell.draw.size
        when = cell.draw.repeat // round_draws * len(sizes) + sizes.index(size) if round_draws else 0
        name = (when, cell.recipe.name, size)
        recipes[name] = cell.recipe
        groups.setdefault(name, []).append(cell.draw)
    tasks: list[Task] = []
    for name, shorter in _together(groups, recipes).items():
        recipe, draws = recipes[name], groups[name]
        model = MODELS[recipe.model]
        stacks = math.ceil(len(draws) / model.stack_limit(recipe, data, device))
        for i in range(stacks):  # of sizes as equal as can be
            some = tuple(draws[len(draws) * i // stacks : len(draws) * (i + 1) // stacks])
            tasks.append(Task(len(tasks), recipe, some, _guess(model, recipe, data, some), name[0], shorter))
    return tasks


def _together(groups: Mapping[Group, Sequence[Draw]], recipes: Mapping[Group, Recipe]) -> dict[Group, tuple[Recipe, ...]]:
    """Give the longest of trainings on the same draws that are each other's beginnings, with the recipes of the others."""
    alike: dict[object, list[Group]] = {}
    for name, draws in groups.items():
        common = MODELS[recipes[name].model].training_but_length(recipes[name])
        key = name if common is None else (name[0], name[2], common, tuple(draw.repeat for draw in draws))
        alike.setdefault(key, []).append(name)
    together = {}
    for names in alike.values():
        if len(names) > 1:
            model, rows = MODELS[recipes[names[0]].model], len(groups[names[0]][0].train)
            names.sort(key=lambda name: -model.updates(recipes[name], rows))
        together[names[0]] = tuple(recipes[name] for name in names[1:])
    return together


def _guess(model: Model, recipe: Recipe, data: Dataset, draws: Sequence[Draw]) -> float:
    try:
        return sum(model.seconds(recipe, data, draw) for draw in draws)
    except FitError:
        return 1e-3  # the data do not suit it; its fits will say so, and are recorded as failed runs


def score(data: Dataset, cell: Cell, fit: Fit) -> Run:
    """Score a fit's predictions; a failed fit is a run too."""
    draw = cell.draw
    scores = dict.fromkeys(SCORES, float("nan"))
    labels = probabilities = None
    if fit.error is None:
        chances = fit.probabilities
        prefixes: dict[Part, str] = {"test": "", "convergence": "convergence_"}
        for part, prefix in prefixes.items():
            y = data.y[getattr(draw, part)]
            for metric in metrics.METRICS.values():
                if metric.needs == "labels":
                    scores[prefix + metric.name] = metric.score(y, fit.labels[part])
                elif chances is not None:
                    scores[prefix + metric.name] = metric.score(y, chances[part])
        scores["train_accuracy"] = metrics.accuracy(data.y[draw.train], fit.labels["train"])
        labels = fit.labels["test"].astype(np.int16)
        if chances is not None:
            scores["train_loss"] = metrics.log_loss(data.y[draw.train], chances["train"])
            probabilities = np.asarray(chances["test"], np.float64)  # in which scores near 1 are not all alike
    return Run(
        key=cell.key, recipe=cell.recipe.name, family=cell.recipe.family, size=draw.size, repeat=draw.repeat, seed=draw.seed,
        status="ok" if fit.error is None else "failed", scores=scores, updates=fit.updates, seconds=fit.seconds,
        test_labels=labels, test_probabilities=probabilities, curve=fit.curve, notes=fit.notes, error=fit.error,
    )  # fmt: skip


def run_study(
    study: Study, data: Dataset, store: Store, *, jobs: int = 1, device: str = "cpu", progress: Progress | None = None
) -> list[Run]:
    """Run the cells that the store lacks, and give all runs of the study; see `run_missing`.

    Returns
    -------
    list of Run
        In order of recipe, size and repeat.
    """
    cells = plan(study, data)
    run_missing(cells, data, store, jobs=jobs, device=device, progress=progress)
    return store.runs([cell.key for cell in cells])


def missing(cells: Sequence[Cell], store: Store, fit_timeout: float = FIT_TIMEOUT) -> list[Cell]:
    """Leave the cells that are still to run: the store lacks them, or they failed by a smaller limit or by the machine."""
    known = store.keys() - {key for key, error in store.errors().items() if is_worth_another_try(error, fit_timeout)}
    return [cell for cell in cells if cell.key not in known]


def run_missing(
    cells: Sequence[Cell],
    data: Dataset,
    store: Store,
    *,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    fit_timeout: float = FIT_TIMEOUT,
    deadline: float | None = None,
    on: Cluster | None = None,
    crew: Crew | None = None,
) -> None:
    """Run the cells that the store lacks.

    Parameters
    ----------
    cells : sequence of Cell
    data : Dataset
    store : Store
        Every finished task is one transaction, so that a kill loses only what was in flight.
    jobs : int
        Processes.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    progress : Progress, optional
    fit_timeout : float
        Seconds a fit may take in a process of its own. One that was ended by a smaller limit is run again, and so is one
        that failed by the machine and not by itself; see `execute.is_worth_another_try`.
    deadline : float, optional
        A time of `time.monotonic` after which no further task is begun; what is left is run by the next call.
    on : Cluster, optional
        Where all fits run, on the device that it has, in place of this machine; see `bigenough.execute.place`.
    crew : Crew, optional
        Processes for this device, kept from call to call; see `bigenough.execute.make_crew`.

    Raises
    ------
    InputError
        Something is not installed that a model needs.
    """
    waiting = missing(cells, store, fit_timeout)
    if not waiting:
        return
    for model in dict.fromkeys(cell.recipe.model for cell in waiting):
        MODELS[model].ready()
    tell = progress or Silent()
    if on is not None:
        device = on.device
    elif device != "cpu":
        device = device_name(device)
    tasks = group(waiting, data, device, None if deadline is None else ROUND_DRAWS)
    tell.start(tasks)
    of_draw = {(cell.recipe.name, cell.draw.size, cell.draw.repeat): cell for cell in waiting}
    workers = jobs if on is not None or device == "cpu" else min(jobs, gpu_processes(device))
    stop = None if deadline is None else (lambda: time.monotonic() > deadline)
    results = execute(
        tasks, data, jobs=workers, device=device, advance=tell.advance, fit_timeout=fit_timeout, stop=stop, on=on, crew=crew
    )  # fmt: skip
    with closing(results):  # ends its processes at once when something is raised here, as by Ctrl-C
        for task, fits in results:
            of_task = [of_draw[recipe.name, draw.size, draw.repeat] for recipe, draw in task.pairs]
            store.add([score(data, cell, fit) for cell, fit in zip(of_task, fits, strict=True)])
            tell.advance(task, 1.0)
