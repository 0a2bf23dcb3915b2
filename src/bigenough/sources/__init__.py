"""Data sets: a name, a file, a folder or arrays to a `Dataset`. One file a kind of source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bigenough.errors import InputError, UnknownNameError
from bigenough.registry import FORMATS, SOURCES
from bigenough.types import Dataset


def load(
    source: str | Path,
    *,
    target: str | None = None,
    groups: str | None = None,
    skip_unreadable: bool = False,
    like: Dataset | None = None,
) -> Dataset:
    """Load a data set by its name, or from a file or a folder.

    Parameters
    ----------
    source : str or Path
        A built-in name, such as ``"mnist"`` or ``"breast_cancer"``; ``"mnist:0,1"`` takes some of its classes.
        ``"sklearn:NAME"`` is one of scikit-learn's bundled sets, ``"openml:ID"`` one of openml.org. Else a path:
        ``.csv``, ``.tsv`` or ``.txt`` (also with ``.gz``), ``.parquet``, ``.feather``, ``.xlsx``, ``.npz`` with X and y,
        ``.npy`` with the labels in its last column, or a folder of images with one sub-folder a class.
    target : str, optional
        Column of the labels of a table; by default the one called target, label, class or y.
    groups : str, optional
        Column of a table, or array of a ``.npz`` file, whose equal values say which rows belong together; ``"folder"`` for
        images in folders inside those of their classes.
    skip_unreadable : bool
        Whether images that cannot be read are left out, with a note, rather than an error.
    like : Dataset, optional
        The data set of which this is the test set: columns get the same kinds, images the same size, nothing is left out, and
        no class has too few rows.

    Returns
    -------
    Dataset
        Its `notes` say what was noticed and done.

    Raises
    ------
    UnknownNameError
        No such data set or file; the message has the near names.
    InputError
        The data are of no use as they are; the message names the file, the column and the row, and says what to do.

    Examples
    --------
    >>> import bigenough
    >>> data = bigenough.load("mnist:0,1")
    >>> data.X.shape, data.classes
    ((14780, 28, 28), ('0', '1'))
    """
    text = str(source)
    name, colon, part = text.partition(":")
    loader = _named(name)
    if isinstance(source, Path) or loader is None:
        return _from_path(text, target=target, groups=groups, skip_unreadable=skip_unreadable, like=like)
    if name == "openml":
        return loader(part, target=target, groups=groups, like=like)
    for option, value in (("target", target), ("groups", groups)):
        if value is not None:
            raise InputError(f"data set {text!r} has its own labels and no columns by name; {option} is for files")
    if not colon:
        if name == "sklearn":
            raise InputError("sklearn takes a name after a colon, such as sklearn:iris")
        return loader()
    if name not in ("mnist", "sklearn"):
        raise InputError(f"data set {name!r} takes no part after a colon, got {text!r}")
    return loader(part)


def _named(name: str) -> Any:  # noqa: ANN401 - a loader, or None
    try:
        return SOURCES[name]
    except UnknownNameError:
        return None


def _from_path(source: str, **options: Any) -> Dataset:  # noqa: ANN401 - those of `load`
    from bigenough.sources.files import check, format_of, no_such

    path = Path(source).expanduser()
    if not source or not path.exists():
        raise no_such(source)
    form = format_of(path)
    if form != "folder":
        check(path)
    return FORMATS[form](path, **options)


def from_arrays(
    X: Any,  # noqa: ANN401 - rows of any kind
    y: Any,  # noqa: ANN401 - labels of any kind
    *,
    groups: Any = None,  # noqa: ANN401 - labels of any kind
    name: str = "arrays",
    like: Dataset | None = None,
) -> Dataset:
    """Make a data set of what is in memory.

    Parameters
    ----------
    X : array-like or DataFrame
        A table, (n, columns), or images, (n, height, width) or (n, height, width, channels).
    y : array-like, shape (n,)
        Strings, whole numbers, booleans or categories; rows whose label is missing are left out.
    groups : array-like, shape (n,), optional
        Rows with the same value belong together; or, if X is a frame, the name of its column.
    name : str
        What it is called in texts.
    like : Dataset, optional
        As in `load`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        X or y cannot be used; the message says why.

    Examples
    --------
    >>> import numpy as np
    >>> from bigenough.sources import from_arrays
    >>> data = from_arrays(np.random.default_rng(0).normal(size=(20, 3)), ["no", "yes"] * 10)
    >>> data.classes
    ('no', 'yes')
    """
    from bigenough.sources.arrays import from_memory

    return from_memory(X, y, groups=groups, name=name, like=like)
