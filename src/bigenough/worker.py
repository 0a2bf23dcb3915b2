"""One process that works through what it is given, known by what it is doing, so that it can be ended without the others."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
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
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _STARTING, _quiet_start(), _deaf_to_ctrl_c():
            self.process.start()
        theirs.close()
        with contextlib.suppress(OSError):  # it has died already, which its sentinel says
            self.connection.send((work, state))  # not with its start, which would last until it has loaded what they need
        self.job: Job | None = None
        self.begun = 0.0
        self.loaded = False

    def give(self, job: Job) -> None:
        """Hand over a job."""
        self.job, self.begun = job, time.monotonic()
        with contextlib.suppress(OSError):  # as above
            self.connection.send(job.item)

    @property
    def late(self) -> bool:
        """Whether its job is over its limit."""
        if self.job is None or self.job.limit is None:
            return False
        return time.monotonic() - self.begun > self.job.limit + (0.0 if self.loaded else LOADING_SECONDS)

    def hear(self, tell: Callable[[Job, float], None]) -> Outcome | None:
        """Take what the process says; None while its job is not over."""
        assert self.job is not None
        try:
            while self.connection.poll():
                kind, value = self.connection.recv()
                if kind == "done":
                    self.loaded = True
                    return Outcome(self.job, value)
                if value == 0.0:  # it has loaded what it needs; its time begins
                    self.begun, self.loaded = time.monotonic(), True
                tell(self.job, value)
        except (EOFError, OSError):
            return Outcome(self.job, problem="died")
        if not self.process.is_alive():
            return Outcome(self.job, problem="died")
        return Outcome(self.job, problem="late") if self.late else None

    def end(self) -> None:
        """End the process whatever it is doing."""
        self.process.terminate()
        self.process.join(GRACE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


def _serve(connection: Connection[Any, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if hasattr(signal, "pthread_sigmask"):  # as the parent has seen to until here
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
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

    try:
        work, state = connection.recv()
    except (EOFError, OSError):  # the parent was stopped meanwhile
        return
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
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have Ctrl-C wait, here and in processes begun meanwhile: a terminal's reaches them all, and is for this one to handle."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which every start asks for, and whose first one would end the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
