"""Processes that work through a list, each known by what it is doing, so that one can be ended without the others."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import signal
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any, Literal

POLL_SECONDS = 0.2
GRACE_SECONDS = 2.0  # to end after being asked to
LOADING_SECONDS = 60.0  # for a new process to load its libraries, on a busy machine; no part of its first job's limit
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_STARTING = threading.Lock()  # since what is changed meanwhile is the whole process's

Tell = Callable[[float], None]
Work = Callable[[Any, Any, Tell], Any]


@dataclass(frozen=True)
class Job:
    """Something to work on.

    Attributes
    ----------
    item : object
        What `work` gets.
    limit : float or None
        Seconds after which its process is ended.
    deaths : int
        How many processes have died of it.
    """

    item: Any
    limit: float | None = None
    deaths: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a value, or none because its process died or took too long, or it was skipped."""

    job: Job
    value: Any = None
    problem: Literal["died", "late", "skipped"] | None = None


class Worker:
    """A fresh process of one thread; it dies with this one, even by kill -9, and never writes to stdout."""

    def __init__(self, work: Work, state: Any) -> None:  # noqa: ANN401 - whatever the work needs
        context = mp.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, state), daemon=True)
        with _STARTING, _quiet_start():
            self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.begun = 0.0
        self.loaded = False

    def give(self, job: Job) -> None:
        """Hand over a job."""
        self.job, self.begun = job, time.monotonic()
        with contextlib.suppress(OSError):  # it has died already, which its sentinel says
            self.connection.send(job.item)

    @property
    def late(self) -> bool:
        """Whether its job is over its limit."""
        if self.job is None or self.job.limit is None:
            return False
        return time.monotonic() - self.begun > self.job.limit + (0.0 if self.loaded else LOADING_SECONDS)

    def end(self) -> None:
        """End the process whatever it is doing."""
        self.process.terminate()
        self.process.join(GRACE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


class Crew:
    """Processes kept from job to job, for callers in several threads; pickled, it is a crew without processes.

    They end with the block of a ``with``, or when nothing refers to the crew any more.

    Parameters
    ----------
    work : callable
        ``work(state, item, tell)`` in a process; of a module's top level. Telling 0 begins the job's time anew.
    state : object
        Sent to each process once.

    Attributes
    ----------
    state : object
    """

    def __init__(self, work: Work, state: Any) -> None:  # noqa: ANN401 - whatever the work needs
        self._work, self.state = work, state
        self._idle: list[Worker] = []
        weakref.finalize(self, _dismiss, self._idle)

    def __reduce__(self) -> tuple[Any, ...]:
        return Crew, (self._work, self.state)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self.dismiss()

    def do(self, job: Job, tell: Tell, *, wanted: Callable[[], bool]) -> Outcome:
        """Have a process do a job, and wait for its outcome; where it is no longer wanted, its process is ended."""
        worker = self.hire()
        outcome = Outcome(job, problem="skipped")
        try:
            worker.give(job)
            while wanted():
                wait_for([worker.connection, worker.process.sentinel], POLL_SECONDS)
                heard = _hear(worker, lambda job, share: tell(share))
                if heard is not None:
                    outcome = heard
                    break
        finally:
            worker.job = None
            if outcome.problem is None:
                self.keep(worker)
            else:
                worker.end()
        return outcome

    def hire(self) -> Worker:
        """Give a process with nothing to do: one that was kept, or a new one."""
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                return Worker(self._work, self.state)
            if worker.process.is_alive():
                return worker
            worker.end()

    def keep(self, worker: Worker) -> None:
        """Take a process back that has nothing to do."""
        self._idle.append(worker)

    def dismiss(self) -> None:
        """End the processes that have nothing to do."""
        _dismiss(self._idle)
        while self._idle:
            self._idle.pop().end()


def _dismiss(workers: list[Worker]) -> None:
    for worker in workers:
        worker.process.terminate()


def run_jobs(
    jobs: Sequence[Job],
    crew: Crew,
    *,
    workers: int,
    tell: Callable[[Job, float], None],
    stop: Callable[[], bool] = lambda: False,
    skip: Callable[[Job], bool] = lambda job: False,
) -> Generator[Outcome]:
    """Work through jobs in several processes, and give each outcome as it comes.

    Parameters
    ----------
    jobs : sequence of Job
        The first ones are begun first.
    crew : Crew
        Keeps the processes that are left, for further jobs.
    workers : int
        Processes at a time.
    tell : callable
        Gets a job and the share of it that its process told to be done.
    stop : callable
        Once it says yes, no further job is begun.
    skip : callable
        Asked before a job is begun.

    Notes
    -----
    A job whose process dies is tried again, once, after all others; a process that died of want of memory may have died of
    its neighbours.
    """
    waiting, hired = deque(jobs), list[Worker]()
    try:
        while True:
            while waiting and not stop():
                if skip(waiting[0]):
                    yield Outcome(waiting.popleft(), problem="skipped")
                elif (idle := _idle(hired, crew, workers)) is not None:
                    idle.give(waiting.popleft())
                else:
                    break
            busy = [worker for worker in hired if worker.job is not None]
            if not busy:
                return
            wait_for([w.connection for w in busy] + [w.process.sentinel for w in busy], POLL_SECONDS)
            for worker in busy:
                outcome = _hear(worker, tell)
                if outcome is None:
                    continue
                worker.job = None
                if outcome.problem is not None:
                    hired.remove(worker)
                    worker.end()
                if outcome.problem == "died" and outcome.job.deaths == 0:
                    waiting.append(Job(outcome.job.item, outcome.job.limit, deaths=1))
                else:
                    yield outcome
    finally:
        busy = [worker for worker in hired if worker.job is not None]
        for worker in busy:
            worker.process.terminate()
        for worker in hired:
            if worker in busy:
                worker.end()
            else:
                crew.keep(worker)


def _idle(hired: list[Worker], crew: Crew, most: int) -> Worker | None:
    """Find a worker with nothing to do, or hire one."""
    for worker in hired:
        if worker.job is None:
            return worker
    if len(hired) < most:
        hired.append(crew.hire())
        return hired[-1]
    return None


def _hear(worker: Worker, tell: Callable[[Job, float], None]) -> Outcome | None:
    """Take what a worker says; None while its job is not over."""
    assert worker.job is not None
    try:
        while worker.connection.poll():
            kind, value = worker.connection.recv()
            if kind == "done":
                worker.loaded = True
                return Outcome(worker.job, value)
            if value == 0.0:  # it has loaded what it needs; its time begins
                worker.begun, worker.loaded = time.monotonic(), True
            tell(worker.job, value)
    except (EOFError, OSError):
        return Outcome(worker.job, problem="died")
    if not worker.process.is_alive():
        return Outcome(worker.job, problem="died")
    return Outcome(worker.job, problem="late") if worker.late else None


def _serve(connection: Connection[Any, Any], work: Work, state: Any) -> None:  # noqa: ANN401
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    parent = mp.parent_process()
    assert parent is not None
    threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # stdout is the command's own
    last = -float("inf")

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > POLL_SECONDS:
            last = time.monotonic()
            connection.send(("share", share))

    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        done = work(state, item, tell)
        del item  # which may be large, and the next may be long in coming
        connection.send(("done", done))


def _die_with(sentinel: int) -> None:
    """End this process when its parent has ended, even by kill -9."""
    wait_for([sentinel])
    os._exit(1)


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """Start a process with one thread for each library, and without running the user's script in it again.

    What a fresh process would import of ``__main__`` is nothing that it needs: a user's own model comes pickled by value.
    So a script may call bigenough without ``if __name__ == "__main__"``. A daemon, as the workers of Dask are, may have no
    children, and so is none meanwhile.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # read when a child loads its libraries
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
    for name in kept:
        setattr(main, name, None)
    daemon, mp.current_process().daemon = mp.current_process().daemon, False
    try:
        yield
    finally:
        mp.current_process().daemon = daemon
        for name, value in kept.items():
            setattr(main, name, value)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
