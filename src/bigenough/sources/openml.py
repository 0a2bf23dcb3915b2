"""Data sets of openml.org, by number; scikit-learn downloads them and keeps what it downloaded."""

from __future__ import annotations

import contextlib
import socket
import warnings
from collections.abc import Iterator
from typing import Any

from bigenough.errors import InputError
from bigenough.types import Dataset

SECONDS = 20  # without an answer


def load(number: str, *, target: str | None, groups: str | None, like: Dataset | None) -> Dataset:
    """Load the data set of that number.

    Parameters
    ----------
    number : str
        Such as ``"61"`` for iris.
    target, groups, like
        As in `sources.load`; by default the target that openml.org names.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        It is no number, or cannot be downloaded.
    """
    if not number.isdecimal() or int(number) < 1:
        raise InputError(f"openml takes the number of a data set, such as openml:61; got {'openml:' + number!r}")
    from sklearn.datasets import fetch_openml, get_data_home

    from bigenough.sources.table import dataset_of_table

    name = f"openml:{number}"
    try:
        with _patience(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a second try; the error below says all
            bunch: Any = fetch_openml(data_id=int(number), as_frame=True, parser="auto", n_retries=1, delay=0.1)
    except Exception as error:  # the network, the server and the file may each fail in their own ways
        reason = " ".join(str(error).split())[:150]
        raise InputError(
            f"{name} cannot be downloaded ({reason}). Without a network: get https://www.openml.org/d/{int(number)} elsewhere "
            f"and give the file, as .csv, or copy {get_data_home()}/openml from a machine that has it"
        ) from error
    own = bunch.target_names[0] if bunch.target_names else None
    return dataset_of_table(bunch.frame, name, target=target or own, groups=groups, like=like)


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
