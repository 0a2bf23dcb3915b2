"""What the claims about one network's training share: the network with one change at a time, on the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigenough import stats
from bigenough.claims.activation import scores
from bigenough.claims.base import Evidence, with_more_draws
from bigenough.diagnosis.repair import differences
from bigenough.diagnosis.subject import changed
from bigenough.exhibits import Plot, Table
from bigenough.formats import points, with_interval
from bigenough.models.majority import MAJORITY
from bigenough.stats import Interval
from bigenough.types import Floats, Recipe, Study

LEVEL = 0.95
WORTH = 0.01  # of accuracy: a smaller gain is none
NO_HELP = "would not help"


@dataclass(frozen=True)
class Change:
    """One change: what it is called, the settings that differ, and what it would speak for."""

    name: str
    settings: Mapping[str, Any]
    speaks_for: str


@dataclass(frozen=True)
class Gain:
    """What a change did to test accuracy, mean over the sizes, and whether it helped."""

    change: Change
    mean: Interval
    by_size: Mapping[int, Interval]
    helps: bool

    @property
    def effect(self) -> str:
        """Say whether it would help, would not, or may."""
        return "would help" if self.helps else NO_HELP if self.mean.high < WORTH else "may or may not help"


def network_in(study: Study, name: str) -> Recipe:
    """The study's own recipe of this name, its epochs scaled as the study has it."""
    return next(recipe for recipe in study.recipes if recipe.name == name)


def changed_networks(study: Study, name: str, changes: Sequence[Change], draws: int) -> Study:
    """Further cells: the network as it is and with each change, and the guess that stands for a fit that diverged."""
    base = network_in(study, name)
    each = []
    for change in changes:
        looks = {} if "checkpoints" in change.settings else {"checkpoints": "ends"}
        each.append(changed(base, change.name, {**looks, **change.settings}))
    return with_more_draws(study, [base, *each, MAJORITY.recipe], draws)


def paired(evidence: Evidence, one: str, other: str, size: int) -> dict[int, float]:
    """Accuracy of one network less another's on every draw that both have."""
    a, b = scores(evidence, one, size), scores(evidence, other, size)
    return {draw: a[draw] - b[draw] for draw in sorted(a.keys() & b.keys())}


def gains_of(evidence: Evidence, name: str, changes: Sequence[Change]) -> list[Gain]:
    """Compare every change with the network as it is; p-values are adjusted over the changes by Holm's rule."""
    sizes = evidence.study.train_sizes
    of_change = [{n: paired(evidence, f"{name}, {change.name}", name, n) for n in sizes} for change in changes]
    pooled = [mean_over_sizes(by_size) for by_size in of_change]
    p = stats.holm(np.array([stats.p_over_draws(values) for values in pooled]))
    gains = []
    for change, by_size, values, value in zip(changes, of_change, pooled, p, strict=True):
        mean = stats.mean_interval(values, level=LEVEL)
        intervals = {n: stats.mean_interval(np.array(list(found.values()))) for n, found in by_size.items()}
        gains.append(Gain(change, mean, intervals, bool(value < 1 - LEVEL and mean.estimate >= WORTH)))
    return gains


def mean_over_sizes(by_size: Mapping[int, Mapping[int, float]]) -> Floats:
    """Mean over the sizes, draw by draw, of the draws that every size has."""
    shared = set.intersection(*(set(found) for found in by_size.values()))
    return np.array([np.mean([found[draw] for found in by_size.values()]) for draw in sorted(shared)])


def said(gain: Gain) -> str:
    """A gain in words."""
    return f"{gain.change.name} {with_interval(gain.mean, points)}"


def plot_of(gains: Sequence[Gain], stem: str, network: str) -> Plot:
    """Plan the figure: a row a change."""
    rows = [(gain.change.name, gain.change.speaks_for, gain.mean, list(gain.by_size.items())) for gain in gains]
    return Plot(
        "arm_gains", stem, {"rows": rows, "network": network},
        f"Change of test accuracy of {network} when one thing is changed and the network trained again on the same draws: mean "
        "over the sizes with its 95 % Student t interval over draws, test images held fixed. Small dots: single sizes, the "
        "smallest size lowest.",
        f"Gain of accuracy by change: {'; '.join(said(gain) for gain in gains)}.",
    )  # fmt: skip


def table_of(gains: Sequence[Gain], evidence: Evidence, network: Recipe) -> Table:
    """Give every change's settings and gains by size."""
    rows = [
        [
            f"{gain.change.name}: {', '.join(differences(network, _told(gain.change)))}", gain.change.speaks_for,
            *(with_interval(interval, points) for interval in gain.by_size.values()),
        ]
        for gain in gains
    ]  # fmt: skip
    draws = len({run.repeat for run in evidence.extra})
    return Table(
        f"Points of test accuracy gained by each change, on {draws} draws of each size, with 95 % intervals over draws.",
        ["change", "speaks for", *(f"n = {n}" for n in evidence.study.train_sizes)],
        rows,
    )


def _told(change: Change) -> dict[str, Any]:
    """Settings without when training is looked at, which changes no training."""
    return {name: value for name, value in change.settings.items() if name != "checkpoints"}


def diverged(evidence: Evidence) -> str:
    """Say how many fits failed, and what they count as; nothing where none did."""
    networks = [run for run in evidence.extra if run.recipe != MAJORITY.recipe.name]
    failed = sum(run.status == "failed" for run in networks)
    return f" {failed} of these {len(networks)} fits diverged, and count as the majority guess." if failed else ""


def train_accuracy(evidence: Evidence, name: str) -> float:
    """Mean accuracy of a network on its own training rows, over all sizes and draws."""
    values = [run.scores["train_accuracy"] for run in evidence.extra if run.recipe == name and run.status == "ok"]
    return float(np.mean(values)) if values else float("nan")
