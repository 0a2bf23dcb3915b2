"""Plant known faults into healthy networks, and count what each rule finds in their recorded training alone.

Rules train nothing. Their thresholds were set on the first half of `diagnosis_worlds.PLACES`; the tables are of the others, on
seeds of their own. A fault that costs less than 3 points is no error to miss, save those that are of the rows and not
of the network. Prints markdown; progress goes to stderr.

    python benchmarks/diagnosis_rules.py [--seeds 4] [--first 20] [--draws 10] [--jobs 1] [--half second]
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bigenough.diagnosis.experiment import Experiment, look
from bigenough.diagnosis.recorded import evidences
from bigenough.diagnosis.scoring import scores_of
from bigenough.registry import RULES
from bigenough.rules import Evidence, check_all
from bigenough.store import Store
from bigenough.types import Dataset, stable_seed
from diagnosis import COSTS, half_of, share, trainer_of
from diagnosis_worlds import FAULTS, PLACES, Fault, World, worlds

UNSEEN = ("decision-threshold",)  # rules that lack what they look at, since held-out predictions are not recorded
MOST = 0.5  # of the trainings, beyond which a rule's finding is told
FOUND_BY = {  # rules that may find a fault of `diagnosis_worlds`, its own first; dropout and weight decay are for experiments
    "few updates": ("too-few-updates",),
    "low rate": ("rate-too-low",),
    "high rate": ("rate-too-high", "non-finite"),
    "decayed rate": ("rate-decayed",),
    "raw columns": ("inputs-badly-scaled",),
    "tiny weights": ("stuck-at-chance", "vanishing-gradient"),
    "huge weights": ("saturated-units", "exploding-gradient", "rate-too-high"),
    "learns noise by heart": ("overfitting",),
    "learns wrong labels by heart": ("overfitting", "label-noise"),
    "one unit a layer": ("underfitting",),
}
Planted = Callable[[Evidence, np.random.Generator], Evidence]


def _deep(settings: Mapping[str, object], layers: int = 12) -> dict[str, object]:
    return {"hidden": [32] * layers, "activation": "tanh"}


def _unscaled(settings: Mapping[str, Any]) -> dict[str, object]:
    return {"activation": "relu", "input_scaling": "none", "learning_rate": 10 * settings["learning_rate"]}


def _far(data: Dataset, _: np.random.Generator) -> Dataset:
    """Move all columns up by five times the largest value, where one large step switches rectified units off for good."""
    X: Any = data.X
    return dataclasses.replace(data, X=X + 5.0 * np.abs(X).max(), name=f"{data.name}, far from 0")


OF_DENSE = {"hidden", "activation"}  # settings that a convolutional network has not, and would pass over
MORE = (  # faults that rules alone are for
    Fault("twelve layers of small weights", ("vanishing-gradient",), lambda s: {**_deep(s), "init_scale": 0.3}),
    Fault("24 layers of huge weights", ("exploding-gradient", "rate-too-high"), lambda s: {**_deep(s, 24), "init_scale": 6.0}),
    Fault("weights beyond float32", ("non-finite",), lambda s: {"init_scale": 1e39}),
    Fault("inputs far from 0 and ten times the rate", ("dead-units",), _unscaled, _far),
    Fault("saturated tanh", ("saturated-units",), lambda s: {"activation": "tanh", "init_scale": 30.0}),
)


def _leak(evidence: Evidence, rng: np.random.Generator) -> Evidence:
    """Put training rows in place of a fifth of the held-out rows."""
    X, y, other = evidence.need("X_train"), evidence.need("y_train"), evidence.need("X_held_out")
    rows = rng.permutation(len(other))[: max(3, len(other) // 5)]
    of_train = rng.permutation(len(X))[: len(rows)]
    held_out, labels = other.copy(), evidence.need("y_held_out").copy()
    held_out[rows], labels[rows] = X[of_train], y[of_train]
    return dataclasses.replace(evidence, X_held_out=held_out, y_held_out=labels)


def _mislabel(evidence: Evidence, rng: np.random.Generator) -> Evidence:
    """Give a fifth of the training rows, and none of the held-out rows, another class."""
    y, k = evidence.need("y_train").copy(), evidence.need("n_classes")
    rows = rng.permutation(len(y))[: len(y) // 5]
    y[rows] = (y[rows] + rng.integers(1, k, len(rows))) % k
    return dataclasses.replace(evidence, y_train=y, targets=y)


OF_ROWS: Mapping[str, tuple[str, Planted]] = {  # of what the healthy network's rules are shown, the training being the same
    "a fifth of the held-out rows are training rows": ("validation-leak", _leak),
    "a fifth of the training labels wrong": ("label-noise", _mislabel),
}


@dataclass(frozen=True)
class Judged:
    """A fault in a world: the share of trainings in which each rule found something, and what it costs (inf: of rows)."""

    world: str
    fault: str
    codes: tuple[str, ...]
    cost: float
    shares: Mapping[str, float]
    trainings: int

    @property
    def told(self) -> set[str]:
        """Rules whose finding is told."""
        return {code for code, of_trainings in self.shares.items() if of_trainings > MOST}


def judge(first: Experiment, change: Planted | None = None) -> tuple[dict[str, float], int]:
    """Put all rules to every training that has a curve."""
    counts, judged = Counter[str](), 0
    for evidence in evidences(first):
        shown = evidence if change is None else change(evidence, np.random.default_rng(stable_seed("planted", judged)))
        counts.update(finding.code for finding in check_all(shown) if finding.outcome == "found")
        judged += 1
    return {code: counts[code] / judged for code in RULES if counts[code]}, judged


def of_world(world: World, draws: int) -> list[Judged]:
    """Train the healthy network and every faulty one, and judge each training."""
    begun, results = time.monotonic(), []
    with tempfile.TemporaryDirectory() as scratch, Store(Path(scratch)) as store:
        healthy = look(trainer_of(world, FAULTS[0], draws, "cpu", store))
        sound = scores_of(healthy.subject, healthy.base, healthy.subject.seeking, "test")
        for fault in (*FAULTS, *MORE):
            codes = FOUND_BY.get(fault.name, fault.causes if fault in MORE else ())
            lacked = OF_DENSE & (world.recipe(fault).settings.keys() - world.recipe(FAULTS[0]).settings.keys())
            if (fault.causes and not codes) or lacked:
                continue
            first = look(trainer_of(world, fault, draws, "cpu", store))
            scores = scores_of(first.subject, first.base, first.subject.seeking, "test")
            shares, trainings = judge(first)
            if trainings:
                results.append(Judged(world.name, fault.name, codes, float(np.mean(sound - scores)), shares, trainings))
        for name, (code, change) in OF_ROWS.items():
            shares, trainings = judge(healthy, change)
            results.append(Judged(world.name, name, (code,), float("inf"), shares, trainings))
    print(f"{time.monotonic() - begun:.0f} s: {world.name}", file=sys.stderr, flush=True)
    return results


def report(judged: Sequence[Judged]) -> None:
    """Print the tables."""
    controls = [each for each in judged if not each.codes]
    costly = [each for each in judged if each.codes and each.cost >= COSTS]
    found = sum(bool(each.told & set(each.codes)) for each in costly)
    print(f"{len({each.world for each in judged})} worlds, {sum(each.trainings for each in judged):,} trainings, {len(costly)} "
          f"faults that cost {100 * COSTS:g} points or more or are of the rows, {len(controls)} controls.\n")  # fmt: skip
    print(f"- found by one of the fault's rules: {share(found, len(costly))}")
    print(f"- any rule in controls: {share(sum(bool(each.told) for each in controls), len(controls))}\n")
    print("| rule | its faults | found | controls with it | of all trainings of controls |\n|---|---|---|---|---|")
    for code in (each for each in RULES if each not in UNSEEN):
        own = [each for each in costly if each.codes[0] == code]
        alarms = sum(each.shares.get(code, 0.0) * each.trainings for each in controls)
        of_all = f"{100 * alarms / sum(each.trainings for each in controls):.1f} %"
        print(f"| `{code}` | {len(own) or ''} | {share(sum(code in each.told for each in own), len(own))} | "
              f"{share(sum(code in each.told for each in controls), len(controls))} | {of_all} |")  # fmt: skip
    shown = [code for code in RULES if any(code in each.shares for each in judged)]
    print("\n| planted | worlds | " + " | ".join(shown) + " |\n|---|---|" + "---|" * len(shown))
    for name in dict.fromkeys(each.fault for each in judged):
        of_fault = [each for each in (*costly, *controls) if each.fault == name]
        means = (
            [100 * np.mean([each.shares.get(code, 0.0) for each in of_fault]) for code in shown]
            if of_fault
            else [0.0] * len(shown)
        )
        print(f"| {name} | {len(of_fault)} | " + " | ".join(f"{mean:.0f}" if mean >= 0.5 else "" for mean in means) + " |")


def main() -> None:
    """Train, judge and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first", type=int, default=20, help="the first seed")
    parser.add_argument("--draws", type=int, default=10, help="trainings of each network")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each of one thread")
    parser.add_argument("--half", choices=("first", "second", "both"), default="second")
    args = parser.parse_args()
    numbers = [
        n for n in range(args.first * len(PLACES), (args.first + args.seeds) * len(PLACES))
        if args.half in ("both", half_of(n))
    ]  # fmt: skip
    chosen = worlds(numbers[-1] + 1)
    judged: list[Judged] = []
    with ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for task in as_completed([pool.submit(of_world, chosen[number], args.draws) for number in numbers]):
            judged += task.result()
    report(judged)


if __name__ == "__main__":
    main()
