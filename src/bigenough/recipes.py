"""Recipes from text: a registered name, a TOML file, or ``name,setting=value,...``."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bigenough.errors import InputError, UnknownNameError
from bigenough.registry import MODELS
from bigenough.types import Recipe

ABOVE_ZERO = (
    "learning_rate", "batch_size", "epochs", "max_updates", "init_scale", "n_features", "trees", "rounds", "max_depth", "folds",
    "Cs", "C", "gamma", "subsample",
)  # fmt: skip
BELOW_ONE = ("dropout", "momentum", "rho", "threshold")
LEAST = {"classification_stop": -1, "train_samples_per_iteration": -2}  # of those below 0, which mean something of their own
LENGTHS = {"epochs": "max_updates", "max_updates": "epochs"}  # of which a recipe has one
NOT_IN_BRACKETS = re.compile(r",(?![^\[]*\])")  # a comma
LONGEST_NAME = 60
_TOML_KEYS = ("recipe", "name", "settings")


def recipe_from(text: str | Path | Recipe) -> Recipe:
    """Make a recipe from what a person wrote.

    Parameters
    ----------
    text : str, Path or Recipe
        A registered name; a name with changes, such as ``"leek-mlp,activation=relu,hidden=[128,128]"``, whose values are
        JSON, words without quotes; or a file that ends in ``.toml``, with ``recipe = "leek-mlp"``, a ``[settings]`` table of
        changes, and a ``name`` if it should have one of its own. A recipe comes back as it is.

    Returns
    -------
    Recipe
        Named as written; a file's by its name.

    Raises
    ------
    UnknownNameError
        No such recipe or setting.
    InputError
        Something else is wrong with it.

    Examples
    --------
    >>> recipe_from("mlp,dropout=0,learning_rate=1e-4").settings["learning_rate"]
    0.0001
    """
    if isinstance(text, Recipe):
        return text
    if str(text).endswith(".toml"):
        return _from_file(Path(text))
    name, *changes = NOT_IN_BRACKETS.split(str(text))
    settings: dict[str, Any] = {}
    for change in changes:
        setting, equals, value = (part.strip() for part in change.partition("="))
        if not (setting and equals and value):
            raise InputError(f"a recipe is written as name,setting=value,...; got {change!r} in {str(text)!r}")
        if setting in settings:
            raise InputError(f"setting {setting} given twice in {str(text)!r}")
        settings[setting] = _value(value)
    return changed(MODELS[name.strip()].recipe, settings, name=str(text))


def changed(base: Recipe, settings: Mapping[str, Any], *, name: str) -> Recipe:
    """Change settings of a recipe, also such as it has left to their defaults, when they exist and their values can be.

    Raises
    ------
    UnknownNameError
        No such setting.
    InputError
        A value that the setting cannot have.
    """
    known = {**defaults_of(base), **base.settings}
    values = dict(base.settings)
    for setting, value in settings.items():
        if setting not in known:
            raise UnknownNameError(f"setting of {base.name}", setting, known)
        values.pop(LENGTHS.get(setting, ""), None)
        values[setting] = _checked(base, setting, value, known[setting])
    return dataclasses.replace(base, name=name, settings=values) if settings else base


def defaults_of(recipe: Recipe) -> dict[str, Any]:
    """Give the settings that a recipe of this model may leave out, with the values that they then have."""
    model = MODELS[recipe.model]
    return model.defaults() if hasattr(model, "defaults") else {}


def shown(value: object) -> str:
    """Write a setting's value as it can be read again."""
    return value if isinstance(value, str) else json.dumps(value, default=str).replace(" ", "")


def written(recipe: Recipe) -> str:
    """Write a recipe as it was asked for; one from a file by its settings."""
    settings = ",".join(f"{k}={shown(v)}" for k, v in recipe.settings.items())
    try:
        same = recipe_from(recipe.name) == recipe
    except InputError:
        same = False
    return recipe.name if same else f"{recipe.model},{settings}"


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _from_file(path: Path) -> Recipe:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the recipe {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML file: {error}") from None
    for key in content:
        if key not in _TOML_KEYS:
            raise UnknownNameError(f"key of {path}", key, _TOML_KEYS)
    base, settings, name = content.get("recipe"), content.get("settings", {}), content.get("name", path.stem)
    if not isinstance(name, str):
        raise InputError(f"the name in {path} must be a text in quotes; got {name!r}")
    if not isinstance(base, str) or not isinstance(settings, dict):
        raise InputError(f'{path} must say recipe = "NAME", the recipe that it begins from, and may have a [settings] table')
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InputError(f"the name in {path} must be one line of 1 to {LONGEST_NAME} characters; got {name!r}")
    recipe = dataclasses.replace(changed(MODELS[base].recipe, settings, name=name), name=name)
    if name in MODELS and recipe != MODELS[name].recipe:
        raise InputError(f"the name {name!r} in {path} is a registered model's, and this is another; give it a name of its own")
    return recipe


def _checked(base: Recipe, setting: str, value: Any, now: Any) -> Any:  # noqa: ANN401 - settings are of any kind
    """Give a value if the setting can have it; `now` is one that it can have."""

    def wrong(wanted: str) -> InputError:
        return InputError(f"setting {setting} of {base.name} takes {wanted}; got {shown(value)}")

    model = MODELS[base.model]
    words: Sequence[str] = model.choices().get(setting, ()) if hasattr(model, "choices") else ()
    if words and not (setting == "threshold" and _is_number(value)):
        if value not in words:
            raise wrong(f"{', '.join(words)}{' or a number' if setting == 'threshold' else ''}")
        return value
    if isinstance(now, list):
        if not _is_list_like(now, value, setting):
            kind = "whole numbers" if _all_whole(now) else "numbers"
            raise wrong(f"{kind} {_range_of(setting, now)} in brackets, such as {shown(now)}")
        return value
    if isinstance(now, str) and setting != "threshold":
        if not isinstance(value, str):
            raise wrong(f"a word, such as {now}")
        return value
    if isinstance(now, bool):
        if not isinstance(value, bool):
            raise wrong("true or false")
        return value
    limited = "" if setting == "threshold" and not words else setting  # a pixel's threshold is no probability
    if not _is_number(value) or not _is_in_range(value, limited):
        raise wrong(f"a number {_range_of(limited)}")
    whole = setting in LENGTHS or isinstance(now, int)
    if whole and value != int(value):
        raise wrong("a whole number")
    return int(value) if whole else float(value)


def _is_list_like(now: list[Any], value: object, setting: str) -> bool:
    """Whether a list has what `now` has: numbers in the setting's range, whole ones above 0, or the same words."""
    if not isinstance(value, list) or not value:
        return False
    numbers = [v for v in value if not (isinstance(v, str) and v in now)]
    in_range = all(_is_number(v) and _is_in_range(v, setting) for v in numbers)
    return in_range and (not _all_whole(now) or all(isinstance(v, int) and v > 0 for v in numbers))


def _all_whole(values: list[Any]) -> bool:
    return all(isinstance(v, int) for v in values)


def _is_in_range(value: float, setting: str) -> bool:
    return (
        value >= LEAST.get(setting, 0)
        and not (setting in ABOVE_ZERO and value == 0)
        and not (setting in BELOW_ONE and value >= 1)
    )


def _range_of(setting: str, now: object = None) -> str:
    positive = setting in ABOVE_ZERO or (isinstance(now, list) and _all_whole(now))
    least = "above 0" if positive else f"of at least {LEAST.get(setting, 0)}"
    return f"{least} and below 1" if setting in BELOW_ONE else least


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
