"""Jobs given to the workers of a cluster, and taken back from those that are lost."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bigenough.dask_cluster.fitness import check_versions, common_device
from bigenough.errors import ClusterError
from bigenough.worker import POLL_SECONDS, Job, Outcome, Work
from bigenough.workers import Crew

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as AnyFuture

    Future = AnyFuture[Any]

ALONE_SECONDS = 60.0  # to wait for another worker when all have gone
LOOK_SECONDS = 1.0  # between looks at who is there, and between the shares that a fit tells
GATHER_SECONDS = 60.0
LOSSES = 3  # workers lost under a job, before it counts as what ends them
TOPIC = "bigenough"  # of the shares that fits tell
KEPT = "what had finished is kept, and the same command goes on from there"


@dataclass
class _Member:
    """A worker of the cluster: how many jobs it may have at a time, and its crew, once it has been sent."""

    slots: int
    crew: Future | None = None


class Cluster:
    """A Dask cluster whose workers have been found fit; `connect` makes it.

    Attributes
    ----------
    name : str
        Its address, as it was given.
    device : str
        Where its workers compute.
    """

    def __init__(self, client: Client, name: str, device: str, packages: Sequence[str]) -> None:
        self._client, self._packages = client, packages
        self.name, self.device = name, device
        self._members: dict[str, _Member] = {}
        self._looked = self._seen = -float("inf")
        self._look()

    def __str__(self) -> str:
        slots = sum(member.slots for member in self._members.values())
        return f"Dask cluster of {len(self._members)} workers, {slots} fits at a time"

    def run_jobs(
        self,
        jobs: Sequence[Job],
        work: Work,
        state: Any,  # noqa: ANN401 - whatever the work needs
        *,
        tell: Callable[[Job, float], None],
        stop: Callable[[], bool],
        skip: Callable[[Job], bool],
    ) -> Generator[Outcome]:
        """Work through jobs on all workers, and give each outcome as it comes; see `bigenough.workers.run_jobs`.

        Notes
        -----
        The state is sent to each worker once, whenever it joins, and the jobs one by one, as many at a time as a worker has
        threads; each is done in a process of its own there, which can be ended. A job whose worker is lost is given to another.

        Raises
        ------
        ClusterError
            The scheduler is lost, all workers are, or one that joined is not fit.
        """
        waiting = deque(jobs)
        running: dict[str, tuple[Job, Future, str]] = {}
        inbox = SimpleQueue[Any]()
        self._client.subscribe_topic(TOPIC, lambda event: inbox.put(event[1]))
        crew = Crew(work, state)
        try:
            while True:
                self._look()
                for key in [key for key, (_, _, address) in running.items() if address not in self._members]:
                    inbox.put((key, None))  # its worker is gone
                while waiting and not stop():
                    address = self._free([address for _, _, address in running.values()])
                    if skip(waiting[0]):
                        yield Outcome(waiting.popleft(), problem="skipped")
                    elif address is None:
                        break
                    elif (future := self._give(waiting[0], crew, address)) is not None:
                        running[str(future.key)] = waiting.popleft(), future, address
                        future.add_done_callback(lambda future: inbox.put((future.key, None)))
                if not running and (not waiting or stop()):
                    return
                try:
                    key, share = inbox.get(timeout=POLL_SECONDS)
                except Empty:
                    continue
                if key not in running:
                    continue  # another study's, or told before it was lost
                if share is not None:
                    tell(running[key][0], share)
                    continue
                job, future, address = running.pop(key)
                outcome = self._outcome(job, future)
                if outcome is None:  # nothing more may be given to that worker, before it is seen again
                    self._members.pop(address, None)
                    self._looked = -float("inf")
                if outcome is None or (outcome.problem == "died" and job.deaths == 0):
                    waiting.append(Job(job.item, job.limit, job.deaths + 1))
                else:
                    yield outcome
        finally:
            with contextlib.suppress(Exception):  # a cluster that is lost has nothing to tidy
                self._client.unsubscribe_topic(TOPIC)
                self._client.cancel([future for _, future, _ in running.values()], force=True)
            for member in self._members.values():
                member.crew = None

    def _free(self, busy: Sequence[str]) -> str | None:
        """Find the worker with the largest share of its slots free; None where all are taken."""
        free = {address: 1 - busy.count(address) / member.slots for address, member in self._members.items()}
        best = max(free, key=lambda address: free[address], default=None)
        return best if best is not None and free[best] > 0 else None

    def _give(self, job: Job, crew: Crew, address: str) -> Future | None:
        """Send a job to a worker, the first time with what it works on; None where that worker was just lost."""
        member = self._members[address]
        try:
            member.crew = member.crew or self._client.scatter(crew, workers=[address], hash=False)
        except Exception as error:  # whatever a network may do
            if address in self._workers():
                raise ClusterError(f"cannot send the data to the worker {address}: {error or type(error).__name__}") from None
            del self._members[address]
            return None
        key = f"bigenough-{uuid4().hex}"
        return self._client.submit(_do, member.crew, job.item, job.limit, key=key, workers=[address], pure=False)

    def _outcome(self, job: Job, future: Future) -> Outcome | None:
        """Fetch what became of a job; None where its worker was lost, so that another is to do it."""
        from distributed import KilledWorker

        with contextlib.suppress(TimeoutError):  # its worker was lost with it
            if future.status == "finished":
                value, problem = future.result(timeout=GATHER_SECONDS)
                return Outcome(job, value, problem)
            error = future.exception(timeout=GATHER_SECONDS) if future.status == "error" else None
            if error is not None and not isinstance(error, KilledWorker):
                raise ClusterError(f"a worker of {self.name} cannot work: {type(error).__name__}: {error}")
        return None if job.deaths < LOSSES else Outcome(job, problem="died")

    def _look(self) -> None:
        """See which workers have come and gone.

        Raises
        ------
        ClusterError
            The scheduler does not answer, or there have been no workers for a while.
        """
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        threads = self._workers()
        self._looked = time.monotonic()
        new = [address for address in threads if address not in self._members]
        if new:
            check_versions(self._client, new, self._packages)
            self.device = common_device(self._client, new, self.device)
        for address in new:
            self._members[address] = _Member(threads[address] if self.device == "cpu" else 1)  # of unknown size
        for address in self._members.keys() - threads.keys():
            del self._members[address]
        if self._members:
            self._seen = now
        elif now - self._seen > ALONE_SECONDS:
            raise ClusterError(f"{self.name} has had no workers for {ALONE_SECONDS:g} seconds; {KEPT}")

    def _workers(self) -> dict[str, int]:
        """Threads of each worker."""
        try:
            threads: dict[str, int] = self._client.nthreads()
        except Exception as error:  # whatever a network may do
            raise ClusterError(f"lost the Dask scheduler at {self.name} ({type(error).__name__}); {KEPT}") from None
        return threads


def _do(crew: Crew, item: Any, limit: float | None) -> tuple[Any, str | None]:  # noqa: ANN401 - whatever the work needs
    """Do a job on a worker of the cluster, and tell how far it is; it ends when it has been cancelled."""
    from distributed import get_worker

    worker = get_worker()
    key, last = worker.get_current_task(), -float("inf")

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > LOOK_SECONDS:
            last = time.monotonic()
            worker.log_event(TOPIC, (key, share))

    outcome = crew.do(Job(item, limit), tell, wanted=lambda: worker.state.tasks[key].state != "cancelled")
    return outcome.value, outcome.problem
