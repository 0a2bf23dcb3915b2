"""What every classifier checks before it fits."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from bigenough.errors import InputError
from bigenough.types import Floats, Rows


def check_number(
    name: str,
    value: Any,  # noqa: ANN401 - whatever a person gave
    kind: type[numbers.Integral] | type[numbers.Real],
    *,
    above: float = -np.inf,
    at_least: float = -np.inf,
    below: float = np.inf,
) -> None:
    """Refuse what is no finite number of the kind, or out of range.

    Raises
    ------
    InputError
    """
    good = isinstance(value, kind) and not isinstance(value, bool | np.bool_)
    if good and np.isfinite(float(value)) and above < value < below and value >= at_least:
        return
    bounds = {"above": above, "at least": at_least, "below": below}
    limits = [f"{word} {bound:g}" for word, bound in bounds.items() if np.isfinite(bound)]
    what = "a whole number" if kind is numbers.Integral else "a number"
    raise InputError(f"{name} must be {what} {' and '.join(limits)}; got {value!r}")


def check_choice(name: str, value: object, choices: Collection[str], *, or_none: bool = False) -> None:
    """Refuse what is none of the choices, of which None may be one.

    Raises
    ------
    InputError
    """
    if or_none and value is None:
        return
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name} must be {_one_of(choices)}{' or None' if or_none else ''}; got {value!r}")


def _one_of(choices: Collection[str]) -> str:
    return f"{'one of ' if len(choices) > 1 else ''}{', '.join(map(repr, choices))}"


def check_sizes(name: str, value: object, example: tuple[int, ...] = (128, 128)) -> list[int]:
    """Give a sequence of whole numbers from 1 as a list.

    Raises
    ------
    InputError
    """
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        raise InputError(f"{name} must be a sequence of whole numbers, such as {example}; got {value!r}")
    for size in value:
        check_number(f"every one of {name}", size, numbers.Integral, at_least=1)
    return [int(size) for size in value]


def as_float32(scaled: Floats) -> NDArray[np.float32]:
    """Give scaled inputs in the precision that networks compute in.

    Raises
    ------
    InputError
        A number that float32 cannot hold.
    """
    largest = float(np.abs(scaled).max())
    if not largest <= float(np.finfo(np.float32).max):
        raise InputError(f"X must be below 3.4e38 in size after scaling, as float32 is; the largest is {largest:g}")
    return scaled.astype(np.float32)


def encode_labels(y: NDArray[Any]) -> tuple[NDArray[Any], Rows]:
    """Give the sorted classes and y as their codes.

    Raises
    ------
    ValueError
        Continuous labels, or one class only.
    """
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise InputError(f"y has one class only, {classes.tolist()[0]!r}; a classifier needs two or more")
    return classes, codes.astype(np.int64)
