"""Names for arrays and parts, and hashes and seeds that are the same on every machine."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Family = Literal["deep", "simple", "data-free"]
Part = Literal["train", "convergence", "test"]
Split = Literal["holdout", "stratified", "repeated"]
PARTS: tuple[Part, ...] = ("train", "convergence", "test")
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def json_text(value: object) -> str:
    """Write nested plain values as JSON; NaN and infinity, which JSON has not, are null."""
    return json.dumps(_finite(value), indent=2, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def stable_hash(value: object) -> str:
    """Hash a JSON-able value: the same on every machine and in every process.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def stable_seed(*parts: object) -> int:
    """Derive a seed in [0, 2**63) from values, never from a position, so that adding cells changes none."""
    return int(stable_hash(list(parts))[:16], 16) >> 1


def in_a_list(things: Any) -> Iterable[Any]:  # noqa: ANN401 - one of any kind, several, or None
    """Give several things as they are, and a single one, such as a name or an estimator, as a list of it."""
    if things is None:
        return []
    return [things] if isinstance(things, str) or not isinstance(things, Iterable) else things
