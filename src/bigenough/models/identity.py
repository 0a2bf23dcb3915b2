"""A hash of what decides a user's own model: its code, and the values that the code carries along."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cloudpickle

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
SCRIPT = "__main__"  # a script or a notebook


def identity(thing: Any, pieces: Sequence[Any], payload: bytes) -> str:  # noqa: ANN401 - the user's own
    """Hash what decides a model, 16 hexadecimal digits.

    Of an estimator these are its settings and the source of its classes. Of anything that can be called, the source of its
    module, and what it was made with: the arguments of a partial, the variables that a closure encloses, the attributes of an
    object. A script or notebook changes all the time, so that of one only what the model refers to counts.

    Parameters
    ----------
    thing : object
    pieces : sequence
        An estimator and those that it is made of; empty for anything else.
    payload : bytes
        Its pickle, which counts where there is no source.
    """
    if pieces:
        settings = sorted((k, ADDRESS.sub("", repr(v))) for k, v in thing.get_params(deep=True).items())
        texts = [repr(settings), *sorted({_source(type(piece)) for piece in pieces})]
    else:
        texts = list(_texts(thing, set()))
    digest = hashlib.sha256("".join(texts).encode())
    if "".join(texts) == getattr(thing, "__qualname__", ""):
        digest.update(payload)
    return digest.hexdigest()[:16]


def _texts(thing: Any, seen: set[int]) -> Iterator[str]:  # noqa: ANN401
    """Give the source of something that can be called, and of all that it carries along."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, functools.partial):
        yield from _texts(thing.func, seen)
        yield from _values({"args": thing.args, **thing.keywords}, seen)
    elif isinstance(thing, types.MethodType):
        yield from _texts(thing.__func__, seen)
        yield from _texts(thing.__self__, seen)
    elif isinstance(thing, types.FunctionType):
        yield thing.__qualname__ + _source(thing)
        yield from _values(_enclosed(thing), seen)
    elif isinstance(thing, type):
        yield thing.__qualname__ + _source(thing)
        if thing.__module__ == SCRIPT:
            for method in vars(thing).values():
                if isinstance(method, types.FunctionType):
                    yield from _values(_enclosed(method), seen)
    else:
        yield from _texts(type(thing), seen)
        yield from _values(getattr(thing, "__dict__", {}), seen)


def _enclosed(function: types.FunctionType) -> Mapping[str, Any]:
    """Variables from outside that a function uses; a module's own are in its source already, a script's are not."""
    with contextlib.suppress(ValueError, TypeError):  # such as a variable that has no value yet
        used = inspect.getclosurevars(function)
        return {**used.nonlocals, **(used.globals if function.__module__ == SCRIPT else {})}
    return {}


def _values(values: Mapping[str, Any], seen: set[int]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        yield name
        if isinstance(value, types.ModuleType):
            yield value.__name__
        elif isinstance(value, types.FunctionType | type | functools.partial | types.MethodType):
            yield from _texts(value, seen)
        else:
            yield _written(value)


def _written(value: object) -> str:
    """A value as text that is the same in every process."""
    plain = ADDRESS.sub("", repr(value))
    if isinstance(value, str | int | float | bool | bytes | type(None)):
        return plain
    try:
        return hashlib.sha256(cloudpickle.dumps(value)).hexdigest()
    except Exception:  # the user's own object may refuse in any way
        return plain


def _source(thing: Any) -> str:  # noqa: ANN401
    """Text of the module that something is of; of a script or notebook its own text only."""
    module = inspect.getmodule(thing)
    with contextlib.suppress(OSError, TypeError):
        return inspect.getsource(thing if module is None or module.__name__ == SCRIPT else module)
    return ""
