"""JSON and pickles to plain values; nothing that a file holds is run."""

from __future__ import annotations

import io
import json
import pickle
from typing import Any

from bigenough.errors import InputError


class NoJSONError(InputError):
    """A text that begins as JSON does, and is none."""


def parsed(text: str, name: str) -> object:
    """Read JSON, or JSON lines."""
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply for a training log") from None
    except json.JSONDecodeError as error:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            raise NoJSONError(f"{name} is no JSON: line {error.lineno}: {error.msg}") from None


class _OnlyNumbers(pickle.Unpickler):
    """Unpickles plain values and numpy's numbers, and runs nothing else that a file asks for."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle has it
        of_numpy = module.split(".")[0] == "numpy" and name in ("scalar", "dtype", "ndarray", "_reconstruct", "_frombuffer")
        if of_numpy or (module, name) == ("collections", "defaultdict") or (module, name) == ("builtins", "list"):
            return super().find_class(module, name)
        raise InputError(f"the pickle holds a {module}.{name}; pickle plain lists instead, such as history.history")


def unpickled(data: bytes, name: str) -> object:
    """Read a pickle of plain values and numpy's numbers."""
    try:
        return _OnlyNumbers(io.BytesIO(data)).load()
    except InputError:
        raise
    except Exception as error:  # pickle raises almost anything on damaged files
        raise InputError(f"{name} cannot be unpickled: {error}") from None
