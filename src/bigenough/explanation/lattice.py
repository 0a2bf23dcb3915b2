"""The settings in which two recipes differ, and the hybrids between them.

A setting that means nothing without another goes with it: an optimiser with its own constants, say. Where two recipes have
different batch sizes, or count their training differently, its length is counted in gradient updates, so that a change of the
batch alone leaves as many updates as before. H2O counts passes over the data only, so that a lattice with H2O in it does too.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bigenough.errors import FitError, InputError
from bigenough.models.h2o import H2O, MORE, ONLY_H2O
from bigenough.models.mlp import dense_layers
from bigenough.models.network import Network
from bigenough.recipes import defaults_of, shown
from bigenough.registry import MODELS
from bigenough.types import Dataset, Recipe

OPTIMIZER = ("optimizer", "momentum", "rho", "epsilon")
LENGTH = ("epochs", "max_updates", "tol", "patience", "patience_updates")
MOST_LOOKED_AT = 10  # changes of which every hybrid is built before any is trained
TRAINING = ("optimizer", "learning_rate", "batch_size")  # what a network's training has no default for


@dataclass(frozen=True)
class Change:
    """A step from the first recipe towards the second that can be made by itself.

    Attributes
    ----------
    name : str
    settings : tuple of str
        What it changes.
    before, after : str
        In words.
    """

    name: str
    settings: tuple[str, ...]
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} {self.before} → {self.after}"


@dataclass(frozen=True)
class Lattice:
    """Everything between two recipes.

    Attributes
    ----------
    a, b : Recipe
        The two, written so that a setting of either is in both or at its default.
    changes : tuple of Change
    notes : tuple of str
        What cannot be changed by itself, and what was done about it.
    """

    a: Recipe
    b: Recipe
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def everything(self) -> int:
        """The set of all changes."""
        return int(2 ** len(self.changes) - 1)

    def made(self, mask: int) -> list[Change]:
        """List the changes of a set: of a mask whose bit i says that change i was made."""
        return [change for i, change in enumerate(self.changes) if mask >> i & 1]

    def hybrid(self, mask: int) -> Recipe:
        """Give the recipe with a set of changes made."""
        made = self.made(mask)
        from_b = {setting for change in made for setting in change.settings}
        settings = {k: v for k, v in self.a.settings.items() if k not in from_b}
        settings |= {k: v for k, v in self.b.settings.items() if k in from_b}
        base = self.b if "model" in from_b else self.a
        name = ",".join([self.a.name, *(f"{change.name}={change.after}" for change in made)])
        return Recipe(name, base.model, base.family, settings, base.payload)


def make_lattice(a: Recipe, b: Recipe, data: Dataset, size: int) -> Lattice:
    """Find the changes that lead from one recipe to another.

    Parameters
    ----------
    a, b : Recipe
    data : Dataset
        What cannot be built for it is merged into larger changes.
    size : int
        Training rows, by which passes over the data become updates.

    Returns
    -------
    Lattice

    Raises
    ------
    InputError
        They do not differ, or one of them does not suit the data.
    """
    for recipe in (a, b):
        problem = _problem(recipe, data)
        if problem:
            raise InputError(problem)
    kind = _kind(a, b)
    if kind == "other":
        change = Change("model", ("model", *dict.fromkeys((*a.settings, *b.settings))), a.name, b.name)
        note = f"{a.name} and {b.name} are fitted in ways that share no setting, so that only the whole model can be changed."
        return Lattice(a, b, (change,), (note,))
    full_a, full_b, notes = _comparable(a, b, size)
    groups = _groups(full_a, full_b, [*a.settings, *b.settings])
    if kind == "architecture":
        layers = tuple(k for k in dict.fromkeys((*a.settings, *b.settings)) if k not in defaults_of(a) and k not in TRAINING)
        groups = _with_first("architecture", ("model", *layers), groups)
        notes = (*notes, f"{a.name} and {b.name} have layers of different kinds, which can only be changed all at once.")
    if kind == "framework":
        groups = _with_first("framework", ("model", *ONLY_H2O, *MORE), groups)
    changes = [Change(n, s, *_words(n, s, a, b, full_a, full_b)) for n, s in groups.items()]
    if not changes:
        raise InputError(f"{a.name} and {b.name} do not differ in any setting that changes a result")
    # H2O's defaults are not ours, so that it is told every setting
    said = {*a.settings, *b.settings} if kind == "framework" else set()
    defaults = {k: v for k, v in {**defaults_of(a), **defaults_of(b)}.items() if k not in said}
    ends = [
        dataclasses.replace(recipe, settings={k: v for k, v in full.items() if k not in defaults or v != defaults[k]})
        for recipe, full in ((a, full_a), (b, full_b))
    ]
    planned = Lattice(ends[0], ends[1], tuple(changes))
    lattice, merged = merge_until_possible(planned, lambda recipe: _problem(recipe, data))
    return dataclasses.replace(lattice, notes=(*notes, *merged))


def _kind(a: Recipe, b: Recipe) -> str:
    """Say what of one recipe can be given to the other: any setting ("same"), all but the layers ("architecture"), any that
    H2O has ("framework"), or none ("other").
    """
    models = MODELS[a.model], MODELS[b.model]
    if a.model == b.model and a.payload == b.payload:
        return "same"
    networks = [model for model in models if isinstance(model, Network)]
    if len(networks) == 1 and networks[0].layers is dense_layers and any(isinstance(model, H2O) for model in models):
        return "framework"
    if len(networks) < 2:
        return "other"
    return "same" if networks[0].layers is networks[1].layers else "architecture"


def _with_first(name: str, settings: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Put a change in front, and leave out those whose settings it has."""
    return {name: settings, **{n: s for n, s in groups.items() if not set(s) & set(settings)}}


def _comparable(a: Recipe, b: Recipe, size: int) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """Settings of both with their defaults filled in, length counted alike, and what was done."""
    defaults = {**defaults_of(a), **defaults_of(b)}  # H2O's recipe says all that it shares with ours
    full = [{**defaults, **recipe.settings} for recipe in (a, b)]
    if not any(isinstance(MODELS[recipe.model], Network) for recipe in (a, b)):
        return full[0], full[1], ()
    if all(settings["keep"] == "last" for settings in full):
        for settings in full:
            settings["checkpoints"] = "ends"  # training is the same whenever it is looked at
    batches, counted = {s["batch_size"] for s in full}, {s["max_updates"] is None for s in full}
    if len(batches) == len(counted) == 1 or not all(isinstance(MODELS[recipe.model], Network) for recipe in (a, b)):
        return full[0], full[1], ()
    for settings in full:
        per_epoch = math.ceil(size / settings["batch_size"])
        epochs = settings["epochs"] if settings["max_updates"] is None else math.ceil(settings["max_updates"] / per_epoch)
        settings["max_updates"], settings["epochs"] = epochs * per_epoch, None
    why = "the batch sizes differ" if len(batches) > 1 else "one counts passes over the data and the other updates"
    made = [f"{'at most ' if s['tol'] is not None else ''}{s['max_updates']:,}" for s in full]
    note = (
        f"Training is counted in gradient updates, rounded up to whole passes over the data, since {why}: with {size} rows "
        f"{a.name} makes {made[0]} and {b.name} {made[1]}."
    )
    return full[0], full[1], (note,)


def _groups(full_a: Mapping[str, Any], full_b: Mapping[str, Any], first: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Put the settings that differ into changes, name to settings, in the order in which the recipes have them."""
    differ = [k for k in dict.fromkeys((*full_a, *full_b)) if full_a.get(k) != full_b.get(k)]
    together: dict[str, tuple[str, ...]] = {k: (k,) for k in differ}
    joint: dict[str, tuple[str, ...]] = {"init": ("init", "init_scale"), "keep": ("keep", "checkpoints")}
    if "optimizer" in differ:
        joint["optimizer"] = OPTIMIZER
    lengths = [k for k in LENGTH if k in differ]
    if lengths:
        joint["epochs" if lengths == ["epochs"] else "updates"] = LENGTH
    for name, members in joint.items():
        found = [k for k in members if together.pop(k, None)]
        if found:
            together[name] = members
    order = list(dict.fromkeys((*first, *differ)))
    return dict(sorted(together.items(), key=lambda item: min(order.index(k) for k in item[1] if k in order)))


def _words(
    name: str, settings: Sequence[str], a: Recipe, b: Recipe, full_a: Mapping[str, Any], full_b: Mapping[str, Any]
) -> tuple[str, str]:
    """Write a change's values before and after."""
    if name == "framework":
        return ("H2O", "ours") if isinstance(MODELS[a.model], H2O) else ("ours", "H2O")
    if "model" in settings:
        return a.name, b.name
    differ = [k for k in settings if full_a.get(k) != full_b.get(k)]
    if name == "updates":
        lengths = _length(full_a), _length(full_b)
        # where these are alike, what differs is what says that it has converged
        return lengths if lengths[0] != lengths[1] else (_named(differ, full_a), _named(differ, full_b))
    main = [k for k in differ if k == name] or differ  # an optimiser's own constants go without saying
    sides = [" and ".join(shown(full.get(k)) for k in main) for full in (full_a, full_b)]
    return sides[0], sides[1]


def _named(settings: Sequence[str], full: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} {shown(full.get(name))}" for name in settings)


def _length(full: Mapping[str, Any]) -> str:
    most = f"{full['max_updates']:,}" if full["max_updates"] is not None else f"{full['epochs']:,} epochs"
    return most if full["tol"] is None else f"until converged, {most} at most"


def _problem(recipe: Recipe, data: Dataset) -> str:
    try:
        MODELS[recipe.model].parameters(recipe, data)
    except FitError as error:
        return str(error)
    return ""


def merge_until_possible(lattice: Lattice, problem: Callable[[Recipe], str]) -> tuple[Lattice, list[str]]:
    """Merge two changes into one, as often as there is a hybrid that cannot be; the pair that leaves fewest of those.

    Parameters
    ----------
    lattice : Lattice
        Its ends can be.
    problem : callable
        A recipe to why it cannot be, or to nothing.

    Returns
    -------
    Lattice
    notes : list of str
        What was merged, and why.
    """
    notes: list[str] = []
    while problems := {m: p for m in _looked_at(lattice) if (p := problem(lattice.hybrid(m)))}:
        k = len(lattice.changes)
        split = {(min(i, j), max(i, j)) for m in problems for i, j in product(range(k), repeat=2) if m >> i & 1 > m >> j & 1}
        i, j = min(sorted(split), key=lambda pair: sum(1 for m in problems if m >> pair[0] & 1 == m >> pair[1] & 1))
        one, other = lattice.changes[i], lattice.changes[j]
        merged = Change(
            f"{one.name} and {other.name}", (*one.settings, *other.settings),
            f"{one.before} and {other.before}", f"{one.after} and {other.after}",
        )  # fmt: skip
        apart = next(p for m, p in problems.items() if m >> i & 1 != m >> j & 1)
        notes.append(f"{one.name} and {other.name} are changed together, since not every hybrid can be: {apart}.")
        rest = [change for c, change in enumerate(lattice.changes) if c not in (i, j)]
        lattice = dataclasses.replace(lattice, changes=(*rest[:i], merged, *rest[i:]))
    return lattice, notes


def _looked_at(lattice: Lattice) -> list[int]:
    """All hybrids, or of very many those with one or two changes made or left out."""
    k, everything = len(lattice.changes), lattice.everything
    if k <= MOST_LOOKED_AT:
        return list(range(everything + 1))
    few = {1 << i | 1 << j for i in range(k) for j in range(k)}
    return sorted({0, everything, *few, *(everything ^ mask for mask in few)})
