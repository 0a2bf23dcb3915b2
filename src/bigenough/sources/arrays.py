"""Arrays, in numpy's files or in memory."""

from __future__ import annotations

import dataclasses
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigenough.errors import InputError
from bigenough.sources.building import check_cells, dataset_of_array, dataset_of_frame
from bigenough.sources.files import check_zip
from bigenough.sources.labels import find_column
from bigenough.sources.notices import NAME_OF_THINGS
from bigenough.types import Dataset

GROUPS = ("group", "groups")  # what arrays of groups are called, beside identifiers
DAMAGE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)  # what numpy raises on a file that it cannot read


def npz(path: Path, *, target: str | None, groups: str | None, like: Dataset | None, skip_unreadable: bool = False) -> Dataset:
    """Load a ``.npz`` file: X, and y or what `target` names, and where asked what `groups` names."""
    check_zip(path)
    wanted = ("X", target or "y", *([] if groups is None else [groups]))
    try:
        archive = np.load(path, allow_pickle=False)
    except DAMAGE as error:
        raise _unreadable(path, error) from error
    with archive:
        for name, what in zip(wanted, ("the rows", "the labels", "the groups"), strict=False):
            find_column(archive.files, name, path.name, what)
        arrays = {name: _member(archive, name, path) for name in wanted}
    data = from_memory(
        arrays["X"], arrays[wanted[1]], groups=None if groups is None else arrays[groups], name=path.name, like=like
    )
    of_groups = [
        name
        for name in archive.files
        if name not in wanted and (name.lower() in GROUPS or NAME_OF_THINGS.fullmatch(name.rstrip("s")))
    ]
    if groups is None and like is None and of_groups:
        said = (
            f"{path.name} holds {of_groups[0]!r} too, which is not used. If it says which rows belong together, name it "
            f"(--groups {of_groups[0]}), so that none is tested on whose fellows were trained on."
        )
        data = dataclasses.replace(data, notes=(*data.notes, said))
    return data


def _member(archive: Mapping[str, NDArray[Any]], name: str, path: Path) -> NDArray[Any]:
    """Read one array of a file; the others may hold what they like."""
    try:
        return archive[name]
    except DAMAGE as error:
        raise _unreadable(path, error, f"the array {name!r} of ") from error


def npy(path: Path, *, target: str | None, groups: str | None, like: Dataset | None, skip_unreadable: bool = False) -> Dataset:
    """Load a ``.npy`` file: a table whose last column holds the labels, or that of number `target`, from 0."""
    try:
        X = np.load(path, allow_pickle=False)
    except DAMAGE as error:
        raise _unreadable(path, error) from error
    if groups is not None:
        raise InputError(f"{path.name} has no columns by name; groups need a .npz file or a table")
    if X.ndim != 2 or X.shape[1] < 2:
        raise InputError(
            f"{path.name} must be a table with the labels in a column, got shape {X.shape}; X and y go together in a .npz file"
        )
    column = _number_of_column(target, X.shape[1], path.name)
    where = "last" if target is None else f"number {column}"
    data = _of_array(
        np.delete(X, column, axis=1),
        X[:, column],
        name=path.name,
        target=f"the target, the {where} column of {path.name},",
        like=like,
    )
    return data


def _number_of_column(target: str | None, width: int, name: str) -> int:
    if target is None:
        return width - 1
    if not target.lstrip("-").isdigit() or not -width <= int(target) < width:
        raise InputError(f"the target of {name} is a column's number, 0 to {width - 1}, got {target!r}")
    return int(target) % width


def _unreadable(path: Path, error: Exception, part: str = "") -> InputError:
    if "allow_pickle" in str(error):
        return InputError(f"{part}{path} holds Python objects, which are not loaded from files; save numbers and strings")
    return InputError(f"{part}{path} cannot be read, it may be damaged: {' '.join(str(error).split())[:200]}")


def from_memory(
    X: Any,  # noqa: ANN401 - rows of any kind
    y: Any,  # noqa: ANN401 - labels of any kind
    *,
    groups: Any,  # noqa: ANN401 - labels of any kind
    name: str,
    like: Dataset | None,
) -> Dataset:
    """Make a data set of arrays or a frame; see `sources.from_arrays`."""
    labels = _one_a_row(y, "y")
    if hasattr(groups, "ndim") or hasattr(groups, "to_pandas"):
        groups = _one_a_row(groups, "groups")
    if hasattr(X, "to_pandas"):
        X = X.to_pandas()
    if isinstance(X, pd.DataFrame):
        _same_order(X, y, "y")
        _same_order(X, groups, "groups")
        groups_name = "groups"
        if isinstance(groups, str):
            groups_name = f"column {groups!r} of {name}"
            X, groups = _without_column(X, groups, name)
        return dataset_of_frame(
            X, labels, name=name, target=f"the target y of {name}", groups=groups, groups_name=groups_name, like=like
        )
    if isinstance(groups, str):
        raise InputError(f"groups must name one group a row, got {groups!r}; a column's name needs a frame")
    if hasattr(X, "toarray"):
        raise InputError("X is sparse; bigenough is for small data: give X.toarray()")
    try:
        rows = np.asarray(X)
    except ValueError as error:
        raise InputError(f"X must have as many values in every row: {_other_shape(X) or error}") from error
    refuse_channels_first(rows)
    return _of_array(rows, labels, name=name, target=f"the target y of {name}", groups=groups, like=like)


def _other_shape(X: Any) -> str:  # noqa: ANN401 - rows that are no array
    """Say which row is first to have another shape than the first row, or is none by itself; nothing where no row is."""
    shapes = list[tuple[int, ...]]()
    for number, row in enumerate(X):
        try:
            shapes.append(np.shape(row))
        except ValueError:
            return f"row {number} has itself rows of several lengths"
        if shapes[-1] != shapes[0]:
            return f"row {number} has shape {shapes[-1]}, row 0 has {shapes[0]}"
    return ""


def _same_order(X: pd.DataFrame, values: Any, what: str) -> None:  # noqa: ANN401 - labels of any kind
    """Refuse a series with the frame's index in another order: taken row by row, it would belong to other rows."""
    if not isinstance(values, pd.Series) or values.index.equals(X.index) or not X.index.is_unique:
        return
    if len(values) == len(X) and set(values.index) == set(X.index):  # of any kinds, also such as do not sort
        raise InputError(
            f"{what} has the index of X in another order; give {what}.loc[X.index], or {what}.to_numpy() if rows fit"
        )


def _without_column(X: pd.DataFrame, groups: str, name: str) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Take the column out whose name reads as `groups`; it need not be a string."""
    names = [str(column) for column in X.columns]
    find_column(names, groups, name, "the groups")
    if names.count(groups) > 1:
        raise InputError(f"{name} has two columns called {groups!r}; give each a name of its own")
    at = names.index(groups)
    return X.iloc[:, [i for i in range(len(names)) if i != at]], X.iloc[:, at]


def refuse_channels_first(X: NDArray[Any]) -> None:
    """Refuse images as torch has them, (n, channels, height, width), which would be taken for very flat ones."""
    if X.ndim == 4 and X.shape[1] in (1, 3, 4) and X.shape[-1] not in (1, 2, 3, 4):
        raise InputError(
            f"X of shape {X.shape} looks like images with their channels first; give (n, height, width, channels): "
            "np.moveaxis(X, 1, -1)"
        )


def _of_array(X: NDArray[Any], labels: Any, *, name: str, **options: Any) -> Dataset:  # noqa: ANN401 - passed on
    """Numbers stay an array; anything else is a table whose columns are numbered."""
    if X.ndim == 2 and X.dtype.kind in "OUSM":
        check_cells(X.shape, name)
        frame = pd.DataFrame(X if X.dtype.kind != "S" else X.astype(str), columns=[f"column {i}" for i in range(X.shape[1])])
        return dataset_of_frame(frame, labels, name=name, **options)
    return dataset_of_array(X, labels, name=name, **options)


def _one_a_row(y: Any, what: str) -> Any:  # noqa: ANN401 - labels of any kind
    if hasattr(y, "to_pandas"):
        y = y.to_pandas()
    try:
        labels = y if isinstance(y, pd.Series) else np.asarray(y)
    except ValueError:  # lists of several lengths
        raise InputError(f"{what} must be one label a row, got a list of lists") from None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise InputError(f"{what} must be one label a row, got shape {labels.shape}")
    return labels
