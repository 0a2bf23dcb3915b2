"""Where tensors live, and how the CPU treats numbers too small to matter."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from bigenough.errors import DeviceError

if TYPE_CHECKING:
    import torch

GPU_PROCESSES = 8  # that share a GPU: one alone leaves it idle between its calls, measured (docs/performance.md)
GPU_SHARE = 4_000_000_000  # bytes of its memory that each should have


def resolve_device(name: str) -> torch.device:
    """Find the device that a person means.

    Parameters
    ----------
    name : str
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.

    Raises
    ------
    DeviceError
        It is not here, or there is no such kind.
    """
    import torch

    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    here = ["cpu", *(["cuda"] if n_gpus else []), *(f"cuda:{i}" for i in range(n_gpus))]
    if name == "auto":
        return torch.device("cuda" if n_gpus else "cpu")
    if name not in here:
        raise DeviceError(f"no device {name!r} on this machine; here: auto, {', '.join(here)}")
    return torch.device(name)


def device_name(name: str) -> str:
    """Name the device that a person means, as `resolve_device` finds it, without loading torch where its version tells."""
    if name == "cpu" or (name == "auto" and version("torch").endswith("+cpu")):  # a build for CPUs alone
        return "cpu"
    return str(resolve_device(name))


def gpu_name(name: str) -> str | None:
    """Name the GPU that a person means as its maker does; None where they mean the CPU."""
    found = device_name(name)
    if found == "cpu":
        return None
    import torch

    return torch.cuda.get_device_name(found)


def gpu_processes(name: str) -> int:
    """Say how many processes a GPU, named as `device_name` does, can be shared by."""
    import torch

    return max(1, min(GPU_PROCESSES, torch.cuda.get_device_properties(name).total_memory // GPU_SHARE))


@contextlib.contextmanager
def tiny_as_zero() -> Iterator[None]:
    """Have this thread take numbers below 1.2e-38 as zero for a while.

    Gradients of a network that fits its training set are that small, and the CPU multiplies them a hundred times slower.
    """
    import torch

    before = float(torch.full((1,), 1e-40) * 1) == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


@contextlib.contextmanager
def float32_convolutions() -> Iterator[None]:
    """Have a GPU convolve in float32, as it multiplies matrices, and the same way every time; torch's default there is tf32."""
    import torch

    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield


@contextlib.contextmanager
def one_torch_thread() -> Iterator[None]:
    """Have torch use one thread for a while: small products are fastest so, and their bits the same on every machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
