"""The data and what is drawn from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bigenough.types.basic import Floats, Rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Dataset:
    """Rows to learn from.

    Attributes
    ----------
    name : str
    X : ndarray or DataFrame
        (n, p) for a table; (n, height, width) or (n, height, width, channels) for images. A frame's columns are numbers,
        booleans, dates or text, and may have missing values; so may an array's.
    y : ndarray of int64, shape (n,)
        Codes that index `classes`.
    classes : tuple of str
    kind : {"table", "image"}
    holdout : ndarray of int64
        Rows of the data set's own standard test part, in file order; empty where there is none.
    groups : ndarray of str, shape (n,), or None
        Rows with the same name belong together: they all train, or all test.
    notes : tuple of str
        What was noticed in the data and what was done about it, a sentence each.
    units : mapping of str to str
        Column to the unit that stood behind or before each of its numbers.
    written : mapping of str to str
        Column to how its numbers or dates are written, where a test set could be read otherwise (`sources.columns.Tidied`).
    """

    name: str
    X: NDArray[Any] | pd.DataFrame
    y: Rows
    classes: tuple[str, ...]
    kind: Literal["table", "image"] = "table"
    holdout: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    groups: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {self.kind}, X {self.X.shape}, {len(self.classes)} classes>"

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything a model could see, and of the groups."""
        if isinstance(self.X, np.ndarray):
            digest = hashlib.sha256(f"{self.X.dtype}{self.X.shape}{self.classes}".encode())
            digest.update(np.ascontiguousarray(self.X).tobytes())
        else:
            digest = hashlib.sha256(f"frame{self.X.shape}{self.classes}".encode())
            for column in self.X.columns:
                digest.update(_column_bytes(str(column), self.X[column]))
        for array in (self.y, self.holdout):
            digest.update(np.ascontiguousarray(array).tobytes())
        if self.groups is not None:
            digest.update(json.dumps([str(group) for group in self.groups]).encode())
        return digest.hexdigest()[:32]

    @property
    def n_features(self) -> int:
        """Numbers in one row (pixels in one image); of a frame, its columns."""
        return int(np.prod(self.X.shape[1:]))

    def flat(self, rows: Rows) -> Floats:
        """Rows of an array as a float matrix, shape (len(rows), n_features).

        Raises
        ------
        TypeError
            X is a frame; `bigenough.models.inputs.prepare` turns a frame into numbers.
        """
        if not isinstance(self.X, np.ndarray):
            raise TypeError(f"{self.name} is a frame of mixed columns; models.inputs.prepare turns it into numbers")
        return self.X[rows].reshape(len(rows), -1).astype(np.float64)


def _column_bytes(name: str, column: pd.Series[Any]) -> bytes:
    """Name, kind and values of a frame's column, the same whatever version and storage of pandas holds them."""
    if column.dtype.kind in "iufb":
        values = column.to_numpy(np.float64, na_value=np.nan)
        return f"{name}:number".encode() + np.where(np.isnan(values), np.nan, values).tobytes()
    if column.dtype.kind == "M":
        return f"{name}:date".encode() + column.to_numpy("datetime64[us]").tobytes()
    texts = [None if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)]
    return f"{name}:text{json.dumps(texts)}".encode()


@dataclass(frozen=True)
class Draw:
    """One training set and the rows that judge what it taught.

    Attributes
    ----------
    size, repeat, seed : int
        `seed` identifies the draw and seeds whatever is random in a fit on it.
    train, convergence, test : ndarray of int64
        Row numbers; `train` may repeat rows, and shares none with the other two.
    """

    size: int
    repeat: int
    seed: int
    train: Rows
    convergence: Rows
    test: Rows
