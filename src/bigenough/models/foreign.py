"""From a user's own model to its recipe: what it is, what it is called, and what of it belongs into a run's key."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from typing import Any, Literal

import cloudpickle

from bigenough.errors import InputError
from bigenough.models.identity import ADDRESS, identity
from bigenough.types import Dataset, Recipe

ALLOWED = "a scikit-learn estimator, a torch.nn.Module or a compiled Keras model"
TAKES = ("n_features", "n_classes", "input_shape")
DEEP_PACKAGES = ("torch", "skorch", "keras", "scikeras", "tensorflow")
OWN_COLUMNS = ("ColumnTransformer", "TableVectorizer")  # steps that want the columns by name


def from_target(target: str) -> Recipe:
    """Import a model by name.

    Parameters
    ----------
    target : str
        ``"package.module:attribute"``; modules of the current folder are found too.

    Raises
    ------
    InputError
        It cannot be imported, or is nothing that can be fitted.
    """
    module_name, colon, attribute = target.partition(":")
    if not colon or not module_name or not attribute:
        raise InputError(f"a model of your own is given as package.module:attribute, got {target!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # the user's module may raise anything
        reason = " ".join(str(error).split())
        raise InputError(f"cannot import {module_name} of the model {target}: {type(error).__name__}: {reason}") from error
    try:
        thing: Any = module
        for part in attribute.split("."):
            thing = getattr(thing, part)
    except AttributeError:
        raise InputError(f"module {module_name} has no {attribute}, which the model {target} needs") from None
    return from_object(attribute, thing)


def from_object(name: str, thing: Any) -> Recipe:  # noqa: ANN401 - the user's own
    """Make a recipe of a model.

    Parameters
    ----------
    name : str
        What people call it.
    thing : object
        A scikit-learn estimator (an instance, cloned for every draw, or a class, made without arguments), or a function that
        returns a new estimator, torch module or compiled Keras model; it may take any of ``n_features``, ``n_classes`` and
        ``input_shape`` by name. Its attribute ``bigenough_family``, ``"deep"`` or ``"simple"``, says to which camp it
        belongs; by default estimators are simple and functions give deep models. It is fitted on class codes, 0, 1,
        ..., in the order of the data's classes, which is what weights by class must be given for.

    Raises
    ------
    InputError
        It is neither.
    """
    if inspect.isclass(thing) and hasattr(thing, "get_params"):
        try:
            thing = thing()
        except TypeError as error:
            raise InputError(f"the model {name} cannot be made without arguments: {error}; give an instance") from error
    is_estimator = not inspect.isclass(thing) and hasattr(thing, "get_params") and hasattr(thing, "fit")
    if not is_estimator:
        what = f"the model {name} is of type {type(thing).__name__}"
        if is_module(thing) or is_keras(thing):
            raise InputError(f"{what}; give a function that returns it, since every training begins with a new one")
        if not callable(thing):
            raise InputError(f"{what}; it may be an estimator, or a function that returns {ALLOWED}")
        wanted = [p.name for p in _required(thing) if p.name not in TAKES]
        if wanted:
            raise InputError(f"the model {name} wants an argument {wanted[0]!r}; it may take {', '.join(TAKES)} by name")
    try:
        payload = cloudpickle.dumps(thing)
    except Exception as error:
        raise InputError(f"the model {name} cannot be sent to another process: {error}") from error
    code = identity(thing, pieces(thing) if is_estimator else (), payload)
    settings: dict[str, Any] = {"kind": "estimator" if is_estimator else "function", "code": code}
    if is_estimator:
        settings["estimator"] = ADDRESS.sub("", " ".join(repr(thing).split()))
        settings["inputs"] = "raw" if any(type(p).__name__ in OWN_COLUMNS for p in pieces(thing)) else "prepared"
    return Recipe(name, "external", _family(name, thing, is_estimator), settings, payload)


def is_module(thing: object) -> bool:
    """Whether something is a torch module and nothing of Keras, which on the torch backend is both; loads neither."""
    modules = {c.__module__ for c in type(thing).__mro__}
    return "torch.nn.modules.module" in modules and not any(module.split(".")[0] == "keras" for module in modules)


def is_keras(thing: object) -> bool:
    """Whether something is a model of Keras, or of a class that inherits from one; says so without loading Keras."""
    return any(c.__module__.startswith("keras.") and c.__name__ == "Model" for c in type(thing).__mro__)


def arguments(function: Any, shape: tuple[int, ...], data: Dataset) -> dict[str, Any]:  # noqa: ANN401
    """Give a function the arguments that it takes."""
    size = 1
    for n in shape:
        size *= n
    known = {"n_features": size, "n_classes": len(data.classes), "input_shape": shape}
    try:
        taken = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    return {name: value for name, value in known.items() if name in taken}


def _required(function: Any) -> list[inspect.Parameter]:  # noqa: ANN401
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in parameters if p.default is inspect.Parameter.empty and p.kind not in variable]


def pieces(estimator: Any) -> list[Any]:  # noqa: ANN401
    """Give an estimator and all that it is made of, such as the steps of a pipeline."""
    return [estimator, *(v for v in estimator.get_params(deep=True).values() if hasattr(v, "get_params"))]


def _family(name: str, thing: Any, is_estimator: bool) -> Literal["deep", "simple"]:  # noqa: ANN401
    given = getattr(thing, "bigenough_family", None)
    if given is not None:
        if given not in ("deep", "simple"):
            raise InputError(f"bigenough_family of the model {name} must be 'deep' or 'simple', got {given!r}")
        return "deep" if given == "deep" else "simple"
    if not is_estimator:
        return "deep"
    classes = [type(piece) for piece in pieces(thing)]
    deep = any(c.__module__.split(".")[0] in DEEP_PACKAGES or "MLP" in c.__name__ for c in classes)
    return "deep" if deep else "simple"
