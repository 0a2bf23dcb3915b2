"""The way to a cluster: its address, and what may be wrong there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from bigenough.dask_cluster.cluster import Cluster
from bigenough.errors import ClusterError, InputError

CONNECT_SECONDS = 5.0
WORKERS_SECONDS = 10.0  # to wait for the first worker
_ADDRESS = re.compile(r"dask://([^\s:/@?#]+|\[[0-9a-fA-F:]+\]):(\d{1,5})")


def scheduler_address(on: str) -> str:
    """Read ``"dask://HOST:PORT"``; gives what Dask calls it.

    Raises
    ------
    InputError
        When it is anything else.
    """
    found = _ADDRESS.fullmatch(on)
    if found is None or not 0 < int(found[2]) < 65536:
        raise InputError(
            f"on takes the address of a Dask scheduler as dask://HOST:PORT, such as dask://10.0.0.5:8786; got {on!r}"
        )
    return f"tcp://{found[1]}:{found[2]}"


@contextlib.contextmanager
def connect(on: str, device: str, packages: Sequence[str]) -> Iterator[Cluster]:
    """Reach a cluster while inside, once its workers have been found fit.

    Parameters
    ----------
    on : str
        ``"dask://HOST:PORT"``, the scheduler.
    device : str
        Of the workers.
    packages : sequence of str
        Those that must have the same version there as here.

    Raises
    ------
    InputError
        The address is none, or the optional extra is not installed.
    ClusterError
        Nobody answers there, there are no workers, or theirs are other versions than those here.
    DeviceError
        A worker lacks the device.
    """
    address = scheduler_address(on)
    try:
        import dask
        import distributed
    except ImportError:
        raise InputError(f"{on} needs the optional extra dask; pip install 'bigenough[dask]' installs it") from None
    settings = {"distributed.comm.timeouts.connect": CONNECT_SECONDS, "distributed.admin.large-graph-warning-threshold": "1GB"}
    with dask.config.set(settings), contextlib.ExitStack() as stack:
        stack.enter_context(_unlogged("distributed", "distributed.client"))
        try:
            with ThreadPoolExecutor(1) as other:  # since this thread may run a loop already, as a notebook's does
                other.submit(asyncio.run, _greet(address)).result()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what matters of versions is looked at below
                client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="bigenough")
        except Exception as error:  # whatever else listens there may answer anything
            why = "nobody answers" if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            raise ClusterError(f"no Dask scheduler at {on} ({why} within {CONNECT_SECONDS:g} seconds)") from None
        stack.callback(client.close, CONNECT_SECONDS)
        try:
            client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except TimeoutError:
            raise ClusterError(
                f"the Dask scheduler at {on} has no workers, even after {WORKERS_SECONDS:g} seconds; "
                f"dask worker {address} starts some"
            ) from None
        yield Cluster(client, on, device, packages)


@contextlib.contextmanager
def _unlogged(*names: str) -> Iterator[None]:
    """Keep loggers quiet for a while: what they would say of a lost cluster, an error here says in a line."""
    before = {logging.getLogger(name): logging.getLogger(name).level for name in names}
    for logger in before:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


async def _greet(address: str) -> None:
    """Exchange greetings with a scheduler; its client would wait for ever for those of another program."""
    from distributed.comm.core import connect

    comm = await asyncio.wait_for(connect(address, timeout=CONNECT_SECONDS), CONNECT_SECONDS + 1)
    await comm.close()
