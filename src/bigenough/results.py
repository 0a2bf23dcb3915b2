"""What every study writes beside its report: runs as a table, and where they were made."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough.dask_cluster import Cluster
from bigenough.engine.device import gpu_name
from bigenough.execute import PACKAGES, available_cores
from bigenough.store import Store
from bigenough.types import Run


def runs_frame(runs: Sequence[Run], columns: Sequence[str]) -> pd.DataFrame:
    """Runs as a table, a row each, with these columns of all that a run has."""
    rows = [
        {
            "recipe": r.recipe, "family": r.family, "size": r.size, "draw": r.repeat, "seed": r.seed, "status": r.status,
            **r.scores, "updates": r.updates, "seconds": round(r.seconds, 4), "notes": "; ".join(r.notes), "error": r.error,
        }
        for r in runs
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({"updates": "Int64"})


def environment(seconds: float, on: Cluster | None = None, device: str = "cpu") -> dict[str, Any]:
    """Say what this runs on, and how long the commands took that trained something."""
    return {
        "seconds": round(seconds, 1),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "machine": _machine(device) if on is None else str(on),
        "packages": {name: version(name) for name in PACKAGES},
    }


def keep_environment(store: Store, *, before: int, start: float, device: str, on: Cluster | None = None) -> None:
    """Keep in a study's file what it was run on, where something was; the seconds are added to those of earlier calls.

    Parameters
    ----------
    store : Store
    before : int
        Runs in it when the call began.
    start : float
        When that was, as `time.time` tells.
    device : str
    on : Cluster, optional
    """
    earlier = store.get("environment")
    if len(store.keys()) > before or earlier is None:
        seconds = time.time() - start + float((earlier or {}).get("seconds", 0))
        store.put("environment", environment(seconds, on, device))


def number(value: Any) -> float | None:  # noqa: ANN401 - a number of pandas, or its missing value
    """Give a plain number, or None for a missing one."""
    return None if pd.isna(value) else float(value)


def _machine(device: str) -> str:
    here = f"{platform.system()} {platform.machine()}, {_processor()}, {available_cores()} cores"
    gpu = gpu_name(device)
    return here if gpu is None else f"{here}, {gpu}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
