"""Processes that work through a list, or are kept for further ones; one that dies or hangs takes no other along."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import wait as wait_for
from typing import Any

from bigenough.worker import POLL_SECONDS, Job, Outcome, Tell, Work, Worker


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
                heard = worker.hear(lambda job, share: tell(share))
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
                outcome = worker.hear(tell)
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
