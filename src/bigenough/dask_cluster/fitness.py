"""Whether workers of a cluster are fit for a study: the same versions as here, and the device."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bigenough.engine.device import resolve_device
from bigenough.errors import ClusterError, DeviceError

if TYPE_CHECKING:
    from distributed import Client


def check_versions(client: Client, addresses: Sequence[str], packages: Sequence[str]) -> None:
    """Compare Python and packages of workers with those here.

    Raises
    ------
    ClusterError
        A worker has other ones.
    """
    for name in ("Python", *packages):
        call, arguments = (platform.python_version, ()) if name == "Python" else (version, (name,))
        here = _deciding(name, call(*arguments))
        for address, answer in _ask(client, addresses, call, *arguments).items():
            there = None if isinstance(answer, Exception) else _deciding(name, answer)
            if there != here:
                what = f"no {name}" if there is None else f"{name} {there}"
                raise ClusterError(f"the worker {address} has {what}, and here it is {here}; every machine must have the same")


def common_device(client: Client, addresses: Sequence[str], device: str) -> str:
    """Find the device that all of these workers mean by a name.

    Raises
    ------
    DeviceError
        A worker lacks it, or ``"auto"`` means different ones.
    """
    if device == "cpu":
        return device
    found = set()
    for address, answer in _ask(client, addresses, _resolved, device).items():
        if isinstance(answer, Exception):
            raise DeviceError(f"{answer} (said by the worker {address})")
        found.add(answer)
    if len(found) > 1:
        raise DeviceError(f"workers have different devices: {', '.join(sorted(found))}; say which one is meant")
    return found.pop() if found else device


def _deciding(name: str, number: str) -> str:
    """Give the part of a version that may change a result: not Python's third number, nor a build such as +cpu."""
    return ".".join(number.split(".")[:2]) if name == "Python" else number.split("+")[0]


def _ask(client: Client, addresses: Sequence[str], call: Callable[..., str], *arguments: str) -> dict[str, Any]:
    """Give what a call gives or raises on each of some workers; one that is lost meanwhile is left out."""
    answers = client.run(call, *arguments, workers=list(addresses), on_error="return")
    return {address: answer for address, answer in answers.items() if not isinstance(answer, OSError)}


def _resolved(device: str) -> str:
    return str(resolve_device(device))
