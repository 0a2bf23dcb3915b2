"""A diagnosis from one call: of a network on data, or of the networks in a study's folder."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bigenough.diagnosis import Diagnosis, diagnose_subject, make_subject
from bigenough.diagnosis.experiment import LEAST_DRAWS, Trainer
from bigenough.diagnosis.kept import keep
from bigenough.errors import InputError, StoreError
from bigenough.execute import FIT_TIMEOUT, available_cores, check_jobs, check_seconds, make_crew
from bigenough.metrics import metric_named
from bigenough.own_data import PROTOCOL, make_own_study, with_test
from bigenough.presets import PROTOCOLS
from bigenough.progress import Progress, shown
from bigenough.recipes import recipe_from as recipe_from_text
from bigenough.registry import MODELS
from bigenough.reproduction import report_again
from bigenough.running import plan
from bigenough.sources import load
from bigenough.store import FILE_NAME, KINDS, Store
from bigenough.types import Dataset, Recipe, Run, Study
from bigenough.user_study import as_dataset, reopen, store_in

BUDGET = 300.0  # seconds


def diagnose(
    model: object,
    X: Any,  # noqa: ANN401 - rows of any kind
    y: Any = None,  # noqa: ANN401 - labels of any kind
    *,
    settings: dict[str, Any] | None = None,
    groups: Any = None,  # noqa: ANN401 - a name or labels of any kind
    target: str | None = None,
    size: int | None = None,
    draws: int | None = None,
    metric: str = "accuracy",
    budget: float | None = BUDGET,
    fit_timeout: float = FIT_TIMEOUT,
    seed: int = 0,
    out: str | Path | None = None,
    jobs: int | None = None,
    device: str = "cpu",
    progress: Progress | bool = True,
) -> Diagnosis:
    """Say why a network does badly, by changing one thing at a time and training again on the same draws.

    Parameters
    ----------
    model : str, Recipe, estimator or callable
        A registered name, with changes if wanted, such as ``"mlp,learning_rate=1e-6"``, a recipe's TOML file, a recipe,
        ``"package.module:attribute"``, one of bigenough's classifiers, scikit-learn's
        `MLPClassifier`, a skorch net, a pipeline that ends in a dense one of these, or a function that returns a new torch
        module or a compiled Keras model.
    X : array-like, DataFrame, str, Path or Dataset
        As for `bigenough.study`.
    y : array-like, shape (n,), optional
    settings : dict, optional
        How a torch module is trained, or for how long a Keras model: ``optimizer``, ``learning_rate``, ``batch_size``,
        ``epochs`` and the like, as `bigenough.engine.training.Training` has them.
    groups, target : optional
        As for `bigenough.study`.
    size : int, optional
        Rows of a training set; by default 60 % of the rows, at most 2,000.
    draws : int, optional
        Training sets on which causes are sought, at least 3; as many again are held back for the repair. By default 10 to 40,
        the more the fewer rows judge each.
    metric : str
    budget : float, optional
        Seconds after which nothing more is begun; what was left out is listed. None for no limit.
    fit_timeout : float
        Seconds a fit, for those that run in a process of their own, as your own models always do.
    seed : int
    out : str or Path, optional
        Folder in which all trainings are kept, so that the same call goes on from there; by default nothing is kept.
    jobs : int, optional
        Processes; by default one a core.
    device : str
    progress : bool or Progress
        Whether a terminal or a notebook shows a bar with the time left; or an object with its methods, which is told.

    Returns
    -------
    Diagnosis

    Raises
    ------
    BigenoughError
        Of some kind, with one line that says what to mend.

    Examples
    --------
    >>> import bigenough
    >>> network = bigenough.MLPClassifier((16,), max_iter=1, tol=0.0)
    >>> found = bigenough.diagnose(network, "breast_cancer", size=60, draws=4, jobs=1, budget=60)  # doctest: +SKIP
    >>> found.sentence  # doctest: +SKIP
    """
    check_jobs(jobs)
    check_seconds(budget=budget, fit_timeout=fit_timeout)
    metric_named(metric)
    data = as_dataset(X, y, groups=groups, target=target, skip_unreadable=False)
    recipe = recipe_of(model, data, settings)
    sizes = None if size is None else [size]
    study, _ = make_own_study(data, models=["majority"], train_sizes=sizes, draws=1, metric=metric, seed=seed)
    subject = make_subject(recipe, data, _at(study, study.train_sizes[-1]), draws=draws)
    with store_in(out, X) as store, shown(progress) as told, make_crew(data, device) as crew:
        deadline = None if budget is None else time.monotonic() + budget
        trainer = Trainer(subject, store, jobs or available_cores(), device, told, fit_timeout, deadline, crew)
        found = diagnose_subject(trainer)
    if found.problem:
        raise InputError(f"no training of {found.network} worked: {found.problem}")
    _refuse_if_not_begun([found], budget)
    return dataclasses.replace(found, notes=data.notes)


def diagnose_study(
    directory: str | Path,
    *,
    run: str | None = None,
    draws: int | None = None,
    budget: float | None = BUDGET,
    fit_timeout: float = FIT_TIMEOUT,
    jobs: int | None = None,
    device: str = "cpu",
    progress: Progress | bool = True,
) -> list[Diagnosis]:
    """Diagnose networks of a study on its own draws; what is trained is kept in its folder, and its report says what was found.

    Parameters
    ----------
    directory : str or Path
        A folder that `bigenough.study` or `bigenough.reproduce` wrote.
    run : str, optional
        Key of a run, or its beginning: its network at its size. By default every network of the study, at the size at which
        it is furthest behind the simple models, or at the largest where there are none.
    draws, budget, fit_timeout, jobs, device, progress
        As for `diagnose`; the budget is for all networks together.

    Returns
    -------
    list of Diagnosis

    Raises
    ------
    BigenoughError
        There is no such study or run, or its rows cannot be had again.
    """
    check_jobs(jobs)
    check_seconds(budget=budget, fit_timeout=fit_timeout)
    if not (Path(directory) / FILE_NAME).exists():
        raise StoreError(f"no study in {directory}: there is no {FILE_NAME}")
    with Store(Path(directory)) as store:
        study, data = _kept(store, directory)
        chosen = _asked(store, study, data, run)
        deadline = None if budget is None else time.monotonic() + budget
        found = []
        with shown(progress) as told, make_crew(data, device) as crew:
            for i, (recipe, size) in enumerate(chosen):
                one = _at(study, size)
                subject = make_subject(recipe, data, one, draws=draws)
                share = None if deadline is None else time.monotonic() + (deadline - time.monotonic()) / (len(chosen) - i)
                trainer = Trainer(subject, store, jobs or available_cores(), device, told, fit_timeout, share, crew)
                found.append(diagnose_subject(trainer))
        keep(store, study, data, found)
    if run is None and (left_out := _left_out(study)):
        found[0] = dataclasses.replace(found[0], notes=(*found[0].notes, left_out))
    write_again = reopen if study.protocol == PROTOCOL else report_again
    write_again(directory)
    _refuse_if_not_begun(found, budget)
    return found


def recipe_of(model: object, data: Dataset, settings: dict[str, Any] | None = None) -> Recipe:
    """Turn what was given into a recipe whose settings are all that can be varied.

    Raises
    ------
    InputError
        It is no network.
    """
    if isinstance(model, Recipe | Path) or (isinstance(model, str) and ":" not in model):
        if settings:
            raise InputError(
                f"settings are for a function that gives a torch module or a Keras model, got {settings!r}; a recipe's own are "
                'written with it, such as "mlp,epochs=3"'
            )
        return recipe_from_text(model)
    from bigenough.models.adapters import recipe_from  # loads scikit-learn

    return recipe_from(model, data, settings or {})


def _refuse_if_not_begun(found: Sequence[Diagnosis], budget: float | None) -> None:
    if budget is not None and not any(one.begun for one in found):
        raise InputError(
            f"the budget of {budget:g} s did not reach for {LEAST_DRAWS} trainings of the network and for one change; give more"
        )


def _kept(store: Store, directory: str | Path) -> tuple[Study, Dataset]:
    """Read a study and its rows again."""
    kept = store.get("study")
    if kept is None:
        raise StoreError(f"the study in {directory} has not begun")
    if kept["protocol"] not in (PROTOCOL, *PROTOCOLS):
        what = KINDS.get(kept["protocol"], "something else")
        raise StoreError(f"{directory} holds {what}; a diagnosis takes the folder of bigenough study or bigenough reproduce")
    study = Study.from_json(kept)
    if study.protocol != PROTOCOL:
        return study, load(study.source)
    asked: dict[str, Any] = store.get("asked") or {}
    given = asked.get("source") is None or any(asked.get(name) is True for name in ("groups", "test"))
    if given:
        raise InputError(
            f"the rows of the study in {directory} came from Python and are not kept; call bigenough.diagnose(model, X, y)"
        )
    options: dict[str, Any] = {name: asked.get(name) for name in ("target", "groups")} | {
        "skip_unreadable": bool(asked.get("skip_unreadable"))
    }
    data = as_dataset(asked["source"], None, **options)
    if asked.get("test"):
        data = with_test(data, as_dataset(asked["test"], None, **options, like=data))
    if data.fingerprint != (store.get("data") or {}).get("fingerprint"):
        raise InputError(f"{asked['source']} has changed since the study in {directory}; run bigenough study again")
    return study, data


def _asked(store: Store, study: Study, data: Dataset, key: str | None) -> list[tuple[Recipe, int]]:
    """Choose networks and their sizes."""
    networks = [recipe for recipe in study.recipes if hasattr(MODELS[recipe.model], "adjustable")]
    if key is None:
        runs = store.runs([cell.key for cell in plan(study, data)], probabilities=False)
        if not networks:
            own = _left_out(study)
            none = "the study has no network that can be trained again with changed settings"
            raise InputError(f"{none}; {own}" if own else none)
        return [(recipe, _worst_size(recipe, study, runs)) for recipe in networks]
    everything = store.keys()
    matching = sorted(known for known in everything if known.startswith(key))
    if len(matching) != 1:
        said = "no run" if not matching else f"{len(matching)} runs"
        raise InputError(f"{said} with a key that begins with {key!r}; the keys are in the study's store, 32 digits each")
    (found,) = store.runs(matching, probabilities=False)
    of_run = [recipe for recipe in networks if recipe.name == found.recipe]
    if not of_run:
        known = ", ".join(recipe.name for recipe in networks) or "none"
        raise InputError(f"run {key} is of {found.recipe}, which is no network of this study; networks: {known}")
    return [(of_run[0], found.size)]


def _left_out(study: Study) -> str:
    """Say which networks a folder cannot train again, since a model of one's own is code."""
    own = [
        recipe.name for recipe in study.recipes if recipe.family == "deep" and not hasattr(MODELS[recipe.model], "adjustable")
    ]
    if not own:
        return ""
    return (
        f"{', '.join(own)} left out: give a model of your own with its data, bigenough diagnose package.module:attribute SOURCE"
    )


def _worst_size(recipe: Recipe, study: Study, runs: Sequence[Run]) -> int:
    """Size at which a network is furthest behind the best simple model, on the convergence rows."""

    def mean(name: str, size: int) -> float:
        values = [
            r.scores[f"convergence_{study.metric}"] for r in runs if r.recipe == name and r.size == size and r.status == "ok"
        ]
        return float(np.mean(values)) if values else float("nan")

    simple = [other.name for other in study.recipes if other.family == "simple"]
    lags = {}
    for size in study.train_sizes:
        others = [value for name in simple if not np.isnan(value := mean(name, size))]
        ours = mean(recipe.name, size)
        if others:
            lags[size] = max(others) - ours if not np.isnan(ours) else float("inf")
    return max(lags, key=lambda size: lags[size]) if lags else study.train_sizes[-1]


def _at(study: Study, size: int) -> Study:
    return dataclasses.replace(study, train_sizes=(size,), more_draws=())
