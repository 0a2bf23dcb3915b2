"""Every error that bigenough raises on purpose; this file imports nothing of the package.

A message is one line: what is wrong, what is allowed, what was given.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BigenoughError(Exception):
    """Base of all errors that a person can mend; the command line shows its text and exits with 2."""


class InputError(BigenoughError, ValueError):
    """A value that cannot be used."""


class UnknownNameError(InputError, LookupError):
    """A name that is not registered; the message lists the near ones, or all.

    Parameters
    ----------
    what : str
        What was looked up, such as ``"model"``.
    name : str
        The name that was given.
    known : iterable of str
        The names that exist.
    more : str
        What else there is to say of it.
    """

    def __init__(self, what: str, name: str, known: Iterable[str], more: str = "") -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
        super().__init__(f"unknown {what} {name!r}; {hint}{more}")


class DrawError(BigenoughError):
    """A training set of the wanted kind cannot be drawn from these data."""


class FitError(BigenoughError):
    """One model could not be fitted on one training set; recorded as a failed run."""


class DeviceError(BigenoughError):
    """The computing device asked for is not there."""


class ClusterError(BigenoughError):
    """The cluster asked for is not there, is lost, or is not fit for the work."""


class StoreError(BigenoughError):
    """A study's file is damaged, of another version, in use, or cannot be written."""
