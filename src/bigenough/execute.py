"""Where fits run: in this process, in several of one thread each, or in such processes on a cluster.

Every fit runs in one thread, wherever it runs: so the number of jobs changes no result, and the cores never fight.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import pickle
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from bigenough.dask_cluster import Cluster, connect
from bigenough.engine.device import one_torch_thread, resolve_device
from bigenough.errors import BigenoughError, InputError
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Fit, Recipe, whole
from bigenough.worker import Job, Outcome, Tell
from bigenough.workers import Crew, run_jobs

FIT_TIMEOUT = 600.0  # seconds a fit
FOREIGN = {"external", "own-network", "h2o-deeplearning"}
PACKAGES = ("bigenough", "torch", "numpy", "scipy", "scikit-learn", "skrub", "statsmodels")  # whose versions decide a fit
DIED = "its process died: killed, or out of memory"
LATE = "over the time limit of {:g} seconds a fit"
NOT_AT_HAND = "is not at hand; give it again"  # what a model of one's own fails with where a study lacks it
NOT_TRIED = "not tried, since fits of this model before it were "
PATIENCE = 2  # fits of a model that run over the limit, before its others are not tried
_LATE = re.compile(f"(?:{NOT_TRIED})?" + re.escape(LATE).replace(r"\{:g\}", r"([\d.e+]+)"))
_OF_THE_MACHINE = re.compile(
    r"(\w*MemoryError|ImportError|ModuleNotFoundError|\w*FileNotFoundError|PermissionError|OSError|Connection\w*Error)\b"
)


@dataclass(frozen=True)
class Task:
    """One call of a model: a recipe on draws of one size.

    Attributes
    ----------
    number : int
    recipe : Recipe
    draws : tuple of Draw
    seconds : float
        Guess of the time that it takes.
    round : int
        All tasks of a round are begun before any of the next.
    shorter : tuple of Recipe
        Recipes that differ from it in a shorter training only, and are had with it (`Model.training_but_length`).
    """

    number: int
    recipe: Recipe
    draws: tuple[Draw, ...]
    seconds: float
    round: int = 0
    shorter: tuple[Recipe, ...] = ()

    @property
    def pairs(self) -> list[tuple[Recipe, Draw]]:
        """What it fits, in the order of its fits."""
        return [(recipe, draw) for recipe in (self.recipe, *self.shorter) for draw in self.draws]


Advance = Callable[[Task, float], None]


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_jobs(jobs: int | None) -> None:
    """Refuse a number of processes below 1; None leaves it open."""
    if jobs is not None and whole(jobs, "jobs") < 1:
        raise InputError(f"jobs must be at least 1, got {jobs}")


def check_seconds(**limits: object) -> None:
    """Refuse a limit of time, given by its name, that is no number above 0; None is no limit."""
    for name, value in limits.items():
        if value is not None and not isinstance(value, int | float):
            raise InputError(f"{name} must be a number of seconds, got {value!r}")
        if value is not None and not value > 0:
            raise InputError(f"{name} must be above 0 seconds, got {value:g}")


@contextlib.contextmanager
def place(on: str | None, *, jobs: int | None, device: str) -> Iterator[Cluster | None]:
    """Reach where fits are to run, and refuse what cannot be; None stands for this machine.

    Parameters
    ----------
    on : str or None
        ``"dask://HOST:PORT"``, the scheduler of a Dask cluster.
    jobs : int or None
        As it was asked for.
    device : str
        Likewise.

    Raises
    ------
    InputError, ClusterError, DeviceError
        There is no such place.
    """
    check_jobs(jobs)
    if on is None:
        if device not in ("auto", "cpu"):
            resolve_device(device)
        yield None
        return
    if jobs is not None:
        raise InputError("jobs are the processes on this machine; on a cluster its workers' threads say how many fits run")
    with connect(on, device, PACKAGES) as cluster:
        yield cluster


def fit_task(task: Task, data: Dataset, device: str, tell: Tell) -> list[Fit]:
    """Fit one task; whatever goes wrong in it becomes its fits' error."""
    start = time.perf_counter()
    try:
        model = MODELS[task.recipe.model]
        if task.shorter:
            of_recipe: list[list[Fit]] = model.fit_lengths([task.recipe, *task.shorter], data, task.draws, device, tell)
            return [fit for fits in of_recipe for fit in fits]
        fits: list[Fit] = model.fit_many(task.recipe, data, task.draws, device, tell)
        return fits
    except Exception as error:  # a model may fail in any way, and must not take the others along
        seconds = (time.perf_counter() - start) / len(task.pairs)
        reason = str(error) if isinstance(error, BigenoughError) else f"{type(error).__name__}: {error}"
        return [Fit(seconds, error=reason) for _ in task.pairs]


def free_memory() -> None:
    """Give the system back what a fit has freed, which glibc's malloc would keep in pieces for later."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another system or C library
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch and the linear algebra libraries to one thread for a while."""
    with one_torch_thread(), threadpool_limits(1):
        yield


def execute(
    tasks: Sequence[Task],
    data: Dataset,
    *,
    jobs: int,
    device: str,
    advance: Advance,
    fit_timeout: float = FIT_TIMEOUT,
    stop: Callable[[], bool] | None = None,
    on: Cluster | None = None,
    crew: Crew | None = None,
) -> Generator[tuple[Task, list[Fit]]]:
    """Fit every task and give each as it is done.

    In each round the longest comes first, which ends soonest; where it may be stopped before its end the shortest, so that
    as many models as can be have something to show by then. Of a task whose process died or was ended, every draw is tried
    once more by itself, so that one takes no other along.

    Parameters
    ----------
    tasks : sequence of Task
    data : Dataset
    jobs : int
        Processes; 1 means this one, but for models of the user's own, which always get a process that can be ended.
    device : str
    advance : callable
        Told now and then which share of a task is done.
    fit_timeout : float
        Seconds a fit, after which the process it runs in is ended; in this process there is no limit.
    stop : callable, optional
        Once it says yes, no further task is begun.
    on : Cluster, optional
        Where all fits run, as many at a time as it has room for, in place of this machine.
    crew : Crew, optional
        Processes that are kept for further calls, on these data or others; see `make_crew`.
    """
    ordered = sorted(tasks, key=lambda task: (task.round, -task.seconds if stop is None else task.seconds))
    ended = stop or (lambda: False)
    if on is not None or (jobs > 1 and len(ordered) > 1) or any(is_foreign(task.recipe) for task in ordered):
        hands = crew or make_crew(data, device)
        other = None if hands.state[0] is data else data  # which a process has to be told with each task
        late = Counter[str]()
        here = partial(run_jobs, crew=hands, workers=jobs)
        run = here if on is None else partial(on.run_jobs, work=_work, state=(data, device))
        deaths = 0
        try:
            while ordered:
                outcomes = run(
                    [Job((task, other), limit=fit_timeout * len(task.pairs), deaths=deaths) for task in ordered],
                    tell=lambda job, share: advance(job.item[0], share), stop=ended,
                    skip=lambda job: late[job.item[0].recipe.name] >= PATIENCE,
                )  # fmt: skip
                ordered, deaths = [], 1  # those that are left are tried by themselves, and once
                with contextlib.closing(outcomes):
                    for outcome in outcomes:
                        task, _ = outcome.job.item
                        if outcome.problem in ("died", "late") and len(task.draws) > 1:
                            ordered += [dataclasses.replace(task, draws=(draw,)) for draw in task.draws]
                            continue
                        late[task.recipe.name] += outcome.problem == "late"
                        yield task, _fits(outcome, fit_timeout)
        finally:
            if crew is None:
                hands.dismiss()
        return
    with one_thread():
        for task in ordered:
            if ended():
                return
            yield task, fit_task(task, data, device, lambda share, task=task: advance(task, share))  # type: ignore[misc]
            free_memory()


def make_crew(data: Dataset, device: str) -> Crew:
    """Make a crew for fits, mostly on these data; as yet without processes, which take seconds to start."""
    return Crew(_work, (data, device))


def is_foreign(recipe: Recipe) -> bool:
    """Whether a recipe is fitted by code that may do anything: the user's own, or another program's."""
    return recipe.model in FOREIGN


def is_worth_another_try(error: str, fit_timeout: float) -> bool:
    """Whether a fit failed by a smaller time limit than this one, or by the machine: memory, a file, a package that lacked."""
    late = _LATE.fullmatch(error)
    if late is not None:
        return float(late.group(1)) < fit_timeout
    return error == DIED or NOT_AT_HAND in error or _OF_THE_MACHINE.match(error) is not None


def _fits(outcome: Outcome, fit_timeout: float) -> list[Fit]:
    if outcome.problem is None:
        fits: list[Fit] = outcome.value
        return fits
    task: Task = outcome.job.item[0]
    late = LATE.format(fit_timeout)
    error = {"died": DIED, "late": late, "skipped": NOT_TRIED + late}[outcome.problem]
    return [Fit(fit_timeout if outcome.problem == "late" else 0.0, error=error) for _ in task.pairs]


def _work(state: tuple[Dataset, str], item: tuple[Task, Dataset | None], tell: Tell) -> list[Fit]:
    (first, device), (task, other) = state, item
    data = first if other is None else other
    with one_thread():
        with contextlib.suppress(Exception):  # which the fit will say
            MODELS[task.recipe.model]  # loads its libraries, which is no part of a fit
            if not isinstance(data.X, np.ndarray):
                import skrub  # noqa: F401 - turns a frame into numbers
            if task.recipe.payload is not None:
                pickle.loads(task.recipe.payload)  # likewise
        tell(0.0)
        fits = fit_task(task, data, device, tell)
    free_memory()
    return fits
