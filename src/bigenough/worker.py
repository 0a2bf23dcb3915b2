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
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any, Literal

POLL_SECONDS = 0.2
GRACE_SECONDS = 2.0  # to end after being asked to
LOADING_SECONDS = 60.0  # for a new process to load its libraries, on a busy machine; no part of its first job's limit
ONE_THREAD = {  # read when a process loads its libraries
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}  # fmt: skip
SEARCHED = "PYTHONPATH"
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
    """A process of one thread; it dies with this one, even by kill -9, and never writes to stdout.

    It is a fresh one; or, where `fork_of` names a module, forked of a process that has loaded this one and nothing else, which
    is begun with the first of its forks and ends with this process.
    """

    def __init__(self, work: Work, state: Any, fork_of: str | None = None) -> None:  # noqa: ANN401 - whatever the work needs
        context: Any = mp.get_context("spawn" if fork_of is None else "forkserver")
        self.connection, theirs = context.Pipe()
        with _STARTING, _quiet_start():
            if fork_of is not None:
                _begin_server(fork_of)
            self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self.process.start()
            environment = dict(os.environ)
        theirs.close()
        with contextlib.suppress(OSError):  # as below
            self.connection.send((work, state, environment))
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
        work, state, environment = connection.recv()
    except (EOFError, OSError):  # the parent was stopped meanwhile
        return
    os.environ.pop(SEARCHED, None)  # a fork has what there was when its server began, and what its libraries set
    os.environ.update(environment)
    if "numpy" in sys.modules:  # and the same state of numpy's generator as the others
        sys.modules["numpy"].random.seed()
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        done = work(state, item, tell)
        del item  # which may be large, and the next may be long in coming
        connection.send(("done", done))


def _begin_server(module: str) -> None:
    """Have a process load a module from where this one would, to be forked; Ctrl-C meanwhile is this one's to handle."""
    from multiprocessing import forkserver, resource_tracker  # not everywhere

    resource_tracker.ensure_running()  # which would unblock what is blocked here
    forkserver.set_forkserver_preload([module])
    path, blocked = os.environ.get(SEARCHED), signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ[SEARCHED] = os.pathsep.join(sys.path)  # what a script has added to it, and in place of what was relative
    try:
        forkserver.ensure_running()
    finally:
        if path is None:
            del os.environ[SEARCHED]
        else:
            os.environ[SEARCHED] = path
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


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
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
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
