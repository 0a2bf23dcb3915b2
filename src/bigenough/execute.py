"""Where fits run: in this process, or in several of one thread each.

Every fit runs in one thread, wherever it runs: so the number of jobs changes no result, and the cores never fight.
"""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from typing import Any

from threadpoolctl import threadpool_limits

from bigenough.errors import FitError
from bigenough.registry import MODELS
from bigenough.types import Dataset, Draw, Fit, Recipe

POLL_SECONDS = 0.2
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """One call of a model: a recipe on draws of one size.

    Attributes
    ----------
    number : int
    seconds : float
        Guess of the time that it takes.
    """

    number: int
    recipe: Recipe
    draws: tuple[Draw, ...]
    seconds: float


Advance = Callable[[Task, float], None]


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fit_task(task: Task, data: Dataset, device: str, advance: Advance) -> list[Fit]:
    """Fit one task; whatever goes wrong in it becomes its fits' error."""
    start = time.perf_counter()
    try:
        model = MODELS[task.recipe.model]
        fits: list[Fit] = model.fit_many(task.recipe, data, task.draws, device, lambda share: advance(task, share))
        return fits
    except Exception as error:  # a model may fail in any way, and must not take the others along
        seconds = (time.perf_counter() - start) / len(task.draws)
        reason = str(error) if isinstance(error, FitError) else f"{type(error).__name__}: {error}"
        return [Fit(seconds, error=reason) for _ in task.draws]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch and the linear algebra libraries to one thread for a while."""
    from bigenough.engine.device import one_torch_thread  # loads torch, so only where something is fitted

    with one_torch_thread(), threadpool_limits(1):
        yield


def execute(
    tasks: Sequence[Task], data: Dataset, *, jobs: int, device: str, advance: Advance
) -> Iterator[tuple[Task, list[Fit]]]:
    """Fit every task, the longest first, and give each as it is done.

    Parameters
    ----------
    tasks : sequence of Task
    data : Dataset
    jobs : int
        Processes; 1 means this one.
    device : str
    advance : callable
        Told now and then which share of a task is done.
    """
    ordered = sorted(tasks, key=lambda task: -task.seconds)
    if jobs > 1 and len(ordered) > 1:
        yield from _execute_in_processes(ordered, data, min(jobs, len(ordered)), device, advance)
        return
    with one_thread():
        for task in ordered:
            yield task, fit_task(task, data, device, advance)


def _execute_in_processes(
    tasks: list[Task], data: Dataset, jobs: int, device: str, advance: Advance
) -> Iterator[tuple[Task, list[Fit]]]:
    """Run all tasks in a pool; if a worker dies, run those left one by one, so that only the culprit fails."""
    left = {task.number: task for task in tasks}
    messages: Any = mp.get_context("spawn").Queue()
    pool_size, batch = jobs, tasks
    while left:
        with _pool(pool_size, (data, device, messages)) as pool:
            futures = {pool.submit(_work, task): task for task in batch}
            for future in _as_completed(set(futures), messages, left, advance):
                task = futures.pop(future)  # a future keeps its result for as long as it lives
                try:
                    fits = future.result()
                except BrokenProcessPool:
                    if pool_size > 1:
                        continue
                    fits = [Fit(0.0, error="its process died: killed, or out of memory") for _ in task.draws]
                del left[task.number]
                yield task, fits
        pool_size, batch = 1, list(left.values())[:1]


def _as_completed(
    waiting: set[Future[list[Fit]]],
    messages: Any,  # noqa: ANN401 - a multiprocessing queue
    tasks: dict[int, Task],
    advance: Advance,
) -> Iterator[Future[list[Fit]]]:
    """Give futures as they complete, passing on what the workers say of their progress."""
    while waiting:
        done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        with contextlib.suppress(queue.Empty):
            while True:
                number, share = messages.get_nowait()
                if number in tasks:
                    advance(tasks[number], share)
        while done:
            yield done.pop()


@contextlib.contextmanager
def _pool(size: int, state: tuple[Any, ...]) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of fresh processes; on leaving it early, as by Ctrl-C, its processes are ended at once."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # read when a child loads its libraries
    pool = ProcessPoolExecutor(size, mp.get_context("spawn"), _start_worker, state)
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for child in mp.active_children():
                child.terminate()
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_worker_state: tuple[Dataset, str, Any]


def _start_worker(data: Dataset, device: str, messages: Any) -> None:  # noqa: ANN401 - a multiprocessing queue
    global _worker_state
    _worker_state = (data, device, messages)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    parent = mp.parent_process()
    assert parent is not None
    threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()
    import torch

    torch.set_num_threads(1)


def _die_with(sentinel: int) -> None:
    """End this process when its parent has ended, even by kill -9."""
    wait_for([sentinel])
    os._exit(1)


def _work(task: Task) -> list[Fit]:
    data, device, messages = _worker_state
    last = 0.0

    def advance(task: Task, share: float) -> None:
        nonlocal last
        if time.monotonic() - last > POLL_SECONDS:
            last = time.monotonic()
            messages.put((task.number, share))

    with threadpool_limits(1):
        return fit_task(task, data, device, advance)
