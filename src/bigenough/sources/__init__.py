"""Data sets: a name to a `Dataset`. One file a kind of source."""

from __future__ import annotations

from bigenough.errors import InputError
from bigenough.registry import SOURCES
from bigenough.types import Dataset


def load(source: str) -> Dataset:
    """Load a data set by name.

    Parameters
    ----------
    source : str
        A built-in name, such as ``"mnist"`` or ``"breast_cancer"``; ``"mnist:0,1"`` takes some of its classes.

    Returns
    -------
    Dataset

    Raises
    ------
    UnknownNameError
        No such data set; the message has the near names.
    InputError
        The part after the colon cannot be used.

    Examples
    --------
    >>> import bigenough
    >>> data = bigenough.load("mnist:0,1")
    >>> data.X.shape, data.classes
    ((14780, 28, 28), ('0', '1'))
    """
    name, colon, part = source.partition(":")
    loader = SOURCES[name]
    if not colon:
        return loader()
    if name != "mnist":
        raise InputError(f"data set {name!r} takes no part after a colon, got {source!r}")
    return loader(part)
