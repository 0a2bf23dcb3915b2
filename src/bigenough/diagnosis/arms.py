"""Arms: each a named change of one thing in how a network is trained, or of its data, with what it would show.

An arm that a network's settings leave nothing to change for says why; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from bigenough.models.scaling import IN_PIPELINE
from bigenough.rules.rate_too_low import TINY_STEP

Settings = Mapping[str, Any]
Change = dict[str, Any]  # None takes a setting away
DataChange = Literal["labels permuted", "inputs zeroed"]

MANY = 10.0  # times the updates, as many as turn a fault of training length into none
LONG = 20.0  # times the updates at most, of a training to convergence
LEAST_LONG = 5_000  # updates that a training to convergence may take anyway
CONVERGED = {"tol": 1e-5, "patience": 20, "patience_updates": 500}  # stricter than the recipes', so that slow is not done
LONG_SHARE = 0.5  # of the updates allowed that a training to convergence takes, about
WIDER, NARROWER = 4, 4  # factors on the units of a layer
FEWEST_UNITS = 4
PENALTY = 0.01  # L2, times the weights: strong enough to be seen at a few thousand updates
USUAL_THRESHOLD = "most probable class taken"
USUAL_DROPOUT = 0.5  # the highest that is common


@dataclass(frozen=True)
class Seen:
    """What is known of the network as it is, before any arm.

    Attributes
    ----------
    updates : int
        Gradient updates of its longest training.
    ended : bool
        Every training stopped by itself because its loss no longer fell.
    n_classes : int
    mixed : bool
        The rows have columns that are no numbers.
    step : float
        By how much an update moved the weights, of their size, in the median; NaN where that was not looked at.
    """

    updates: int
    ended: bool
    n_classes: int
    mixed: bool = False
    step: float = math.nan


class NothingToChangeError(Exception):
    """An arm does not apply to these settings; the text says why."""


@dataclass(frozen=True)
class Arm:
    """One change.

    Attributes
    ----------
    name : str
        What is changed, such as ``"updates x 10"``.
    cause : str
        Code of the cause that it would confirm; empty for a control.
    change : callable
        (settings, seen) to the settings that differ; raises `NothingToChangeError`.
    needs : tuple of str
        Settings that the network must let one change.
    cost : float
        Time of a training, relative to the network as it is.
    data : str or None
        What is done to the data; such an arm is a control, no repair.
    """

    name: str
    cause: str
    change: Callable[[Settings, Seen], Change]
    needs: tuple[str, ...] = ()
    cost: float = 1.0
    data: DataChange | None = None

    def changes(self, settings: Settings, adjustable: Set[str], seen: Seen) -> Change:
        """Give the settings that differ.

        Raises
        ------
        NothingToChangeError
        """
        missing = [name for name in self.needs if name not in adjustable]
        if missing:
            raise NothingToChangeError(f"{missing[0].replace('_', ' ')} cannot be varied in this model")
        return self.change(settings, seen)


def _updates(factor: float) -> Callable[[Settings, Seen], Change]:
    def change(settings: Settings, seen: Seen) -> Change:
        if seen.ended:
            raise NothingToChangeError("every training was ended by its own rule, and not by its number of updates")
        name = "epochs" if settings.get("epochs") is not None else "max_updates"
        return {name: math.ceil(settings[name] * factor)}

    return change


def _until_converged(settings: Settings, seen: Seen) -> Change:
    most = max(math.ceil(seen.updates * LONG), LEAST_LONG)
    return {"epochs": None, "max_updates": most, "checkpoints": "geometric", **CONVERGED}


def _rate(factor: float) -> Callable[[Settings, Seen], Change]:
    return lambda settings, seen: {"learning_rate": float(f"{settings['learning_rate'] * factor:.6g}")}


def _far_rate(factor: float, below: float) -> Callable[[Settings, Seen], Change]:
    def change(settings: Settings, seen: Seen) -> Change:
        if settings.get("decay") or settings.get("power_t"):
            raise NothingToChangeError("where steps are small, the schedule made them so")
        if not seen.step < below:
            raise NothingToChangeError("no step is known to be so small")
        return _rate(factor)(settings, seen)

    return change


def _constant_rate(settings: Settings, seen: Seen) -> Change:
    if settings.get("power_t"):  # scikit-learn's inverse scaling
        return {"power_t": 0.0}
    if not settings.get("decay"):
        raise NothingToChangeError("the rate is constant already")
    return {"decay": 0.0}


def _scaled(settings: Settings, seen: Seen) -> Change:
    if settings.get("input_scaling") in ("columns-unclipped", IN_PIPELINE):  # which may clip nothing
        return {"input_scaling": "columns"}
    if settings.get("input_scaling", "none") in ("standard", "columns"):
        raise NothingToChangeError("the inputs are scaled already")
    return {"input_scaling": "standard"}


def _less_dropout(settings: Settings, seen: Seen) -> Change:
    if _most(settings.get("dropout", 0)) <= USUAL_DROPOUT:
        raise NothingToChangeError(f"there is no dropout above {USUAL_DROPOUT:g}")
    return {"dropout": _each(settings["dropout"], lambda rate: min(rate, USUAL_DROPOUT))}


def _unregularised(settings: Settings, seen: Seen) -> Change:
    off: Change = {}
    if _most(settings.get("dropout", 0)) > 0:
        off["dropout"] = _each(settings["dropout"], lambda rate: 0.0)
    if settings.get("weight_decay"):
        off["weight_decay"] = 0.0
    if not off:
        raise NothingToChangeError("there is neither dropout nor weight decay")
    return off


def _more_dropout(settings: Settings, seen: Seen) -> Change:
    return {"dropout": _each(settings.get("dropout", 0), lambda rate: max(USUAL_DROPOUT, (1 + rate) / 2))}


def _more_penalty(settings: Settings, seen: Seen) -> Change:
    return {"weight_decay": max(PENALTY, MANY * (settings.get("weight_decay") or 0.0))}


def _keep_best(settings: Settings, seen: Seen) -> Change:
    if settings.get("keep", "last") == "best":
        raise NothingToChangeError("the best weights are kept already")
    return {"keep": "best"}


def _init(settings: Settings, seen: Seen) -> Change:
    usual = "he_uniform" if settings.get("activation", "relu") == "relu" else "glorot_uniform"
    if settings.get("init_scale", 1.0) != 1.0:
        return {"init_scale": 1.0}
    if settings.get("init", "glorot_uniform") == usual:
        return {"init": "glorot_uniform" if usual == "he_uniform" else "lecun_uniform"}
    return {"init": usual}


def _usual_threshold(settings: Settings, seen: Seen) -> Change:
    if settings.get("threshold", "half") in ("half", 0.5):
        raise NothingToChangeError("the most probable class is taken already")
    return {"threshold": "half"}


def _chosen_threshold(settings: Settings, seen: Seen) -> Change:
    if seen.n_classes != 2:
        raise NothingToChangeError("a threshold is for two classes")
    if settings.get("threshold") == "max_f1":
        raise NothingToChangeError("the threshold is chosen by the training rows already")
    return {"threshold": "max_f1"}


def _width(scale: Callable[[int], int]) -> Callable[[Settings, Seen], Change]:
    def change(settings: Settings, seen: Seen) -> Change:
        names = [name for name in ("hidden", "channels", "dense") if settings.get(name)]
        if not names:
            raise NothingToChangeError("there is no hidden layer")
        wide = {name: _each(settings[name], scale) for name in names}
        if all(wide[name] == _each(settings[name], lambda units: units) for name in names):
            raise NothingToChangeError("the layers are as small as they can be")
        return wide

    return change


def _as_it_is(settings: Settings, seen: Seen) -> Change:
    return {}


def _numbers_only(settings: Settings, seen: Seen) -> Change:
    if seen.mixed:
        raise NothingToChangeError("columns of mixed kinds have no zero")
    return {}


def _each(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - a number or a list of them
    return [change(v) for v in value] if isinstance(value, list | tuple) else change(value)


def _most(value: Any) -> float:  # noqa: ANN401 - a number or a list of them
    return float(max(value)) if isinstance(value, list | tuple) else float(value or 0)


ARMS = (
    Arm(USUAL_THRESHOLD, "decision-threshold", _usual_threshold, ("threshold",)),
    Arm("threshold by F1", "decision-threshold", _chosen_threshold, ("threshold",)),
    Arm("rate schedule removed", "rate-decayed", _constant_rate, ("decay",)),
    Arm("inputs scaled", "inputs-badly-scaled", _scaled, ("input_scaling",)),
    Arm("initial weights changed", "initial-weights", _init, ("init",)),
    Arm("dropout lowered", "over-regularised", _less_dropout, ("dropout",)),
    Arm("regularisation off", "over-regularised", _unregularised),
    Arm("best weights kept", "overfitting", _keep_best, ("keep",)),
    Arm("rate x 3", "rate-too-low", _rate(3), ("learning_rate",)),
    Arm("rate x 10", "rate-too-low", _rate(10), ("learning_rate",)),
    Arm("rate x 100", "rate-too-low", _far_rate(100, TINY_STEP), ("learning_rate",)),
    Arm("rate x 1000", "rate-too-low", _far_rate(1000, TINY_STEP / 10), ("learning_rate",)),
    Arm("rate / 3", "rate-too-high", _rate(1 / 3), ("learning_rate",)),
    Arm("rate / 10", "rate-too-high", _rate(1 / 10), ("learning_rate",)),
    Arm("dropout raised", "overfitting", _more_dropout, ("dropout",)),
    Arm("weight decay raised", "overfitting", _more_penalty, ("weight_decay",)),
    Arm("network smaller", "overfitting", _width(lambda u: max(FEWEST_UNITS, u // NARROWER) if u > FEWEST_UNITS else u),
        ("width",), 0.7),
    Arm("inputs zeroed", "", _numbers_only, (), 1.0, "inputs zeroed"),
    Arm("labels permuted", "", _as_it_is, (), 1.0, "labels permuted"),
    Arm("network larger", "underfitting", _width(lambda u: max(u * WIDER, 16)), ("width",), 6.0),
    Arm("updates x 10", "too-few-updates", _updates(MANY), ("updates",), MANY),
    Arm("trained until converged", "too-few-updates", _until_converged, ("updates", "tol"), LONG * LONG_SHARE),
)  # fmt: skip
