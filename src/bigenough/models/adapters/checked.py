"""The settings that a user gives beside a model, checked before anything is trained."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from bigenough.engine.training import OptimizerName
from bigenough.errors import InputError
from bigenough.models.scaling import Scaling

WORDS: dict[str, tuple[str, ...]] = {"optimizer": get_args(OptimizerName), "input_scaling": get_args(Scaling)}
WHOLE = {"batch_size": 1, "epochs": 1, "max_updates": 1, "patience": 1, "patience_updates": 0}  # with the least they can be
LENGTHS = ("epochs", "max_updates")


def checked(name: str, settings: Mapping[str, Any], free: Sequence[str]) -> dict[str, Any]:
    """Give the settings if the model takes them and they can have these values.

    Parameters
    ----------
    name : str
        The model's.
    settings : mapping
    free : sequence of str
        What it takes.

    Raises
    ------
    InputError
        One cannot be.
    """
    if not isinstance(settings, Mapping):
        raise InputError(f"settings of {name} must be a dict of names and values; got {settings!r}")
    unknown = [setting for setting in settings if setting not in free]
    if unknown:
        allowed = f"it takes {', '.join(free)}" if free else "the model itself says how it is trained"
        raise InputError(f"no setting {unknown[0]!r} of {name}; {allowed}")
    if all(length in settings for length in LENGTHS):
        raise InputError(f"settings of {name} must have one of {' and '.join(LENGTHS)}; got both")
    return {setting: _value(f"setting {setting!r} of {name}", setting, value) for setting, value in settings.items()}


def _value(what: str, setting: str, value: Any) -> Any:  # noqa: ANN401 - settings are of any kind
    if setting in WORDS:
        if value not in WORDS[setting]:
            raise InputError(f"{what} takes {', '.join(WORDS[setting])}; got {value!r}")
        return value
    if setting == "tol" and value is None:
        return None
    number = not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value)
    if setting in WHOLE:
        if not number or value != int(value) or value < WHOLE[setting]:
            raise InputError(f"{what} takes a whole number of at least {WHOLE[setting]}; got {value!r}")
        return int(value)
    if not number or value < 0 or (setting == "learning_rate" and value == 0) or (setting == "momentum" and value >= 1):
        wanted = {"learning_rate": "a number above 0", "momentum": "a number from 0 to below 1"}
        raise InputError(f"{what} takes {wanted.get(setting, 'a number of at least 0')}; got {value!r}")
    return float(value)
