"""Plant known faults into healthy networks, and count how often the diagnosis names them.

A world is a data set, a number of rows, a kind of network and a seed. Every fault is planted into every world; the network
without it, and networks with a change that does nothing, are the controls. What every experiment measured is kept, so that
the command goes on where it was stopped, and so that attribution alone can be judged again in a second. Thresholds were set
on the first half of the places (`diagnosis_worlds.PLACES`); the table is of the others. Prints markdown; progress
goes to stderr.

    python benchmarks/diagnosis.py [--worlds 12] [--skip 0] [--minutes 30] [--draws J] [--keep build/diagnosis] [--half second]
                                   [--controls] [--jobs 1] [--device cpu] [--errors]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bigenough.diagnosis.arms import ARMS
from bigenough.diagnosis.attribution import Attribution, attribute
from bigenough.diagnosis.experiment import Trainer, conduct, look
from bigenough.diagnosis.measured import Measured
from bigenough.diagnosis.recorded import suspects
from bigenough.diagnosis.scoring import Runs, gain_parts
from bigenough.diagnosis.subject import make_subject
from bigenough.errors import BigenoughError, InputError
from bigenough.own_data import make_own_study
from bigenough.stats import Components, p_above, wilson
from bigenough.store import Store
from bigenough.types import Recipe, stable_seed
from diagnosis_worlds import CODES, FAULTS, PLACES, Fault, World, worlds

COSTS = 0.03  # of the held-out score: a fault that costs less is no error to miss
SURE = 0.025  # p, one-sided, below which these rows show that it costs anything: by the cured network itself, beside this one
LEFT_OUT = {"labels permuted"}  # of the arms, for its time; it is a control and decides nothing here
PARTS = 4  # that the faults of a world are shared out in, at most: what a part trains twice, as simple models are, is kept
NOTHING, CANNOT_TELL = "nothing found", "cannot tell"
NOT_CONVERGED = ("too-few-updates", "rate-too-low", "rate-decayed")


@dataclass(frozen=True)
class Case:
    """A fault in a world, what was measured, and what it costs against the cured network on the same draws, with its p."""

    number: int
    world: str
    rows: int
    fault: Fault
    cost: float
    p: float
    measured: Measured
    suspects: dict[str, float]

    def judge(self) -> Attribution:
        """Name the cause by the package's own attribution."""
        return attribute(self.measured, self.suspects)


def trainer_of(world: World, fault: Fault, draws: int | None, device: str, store: Store) -> Trainer:
    """Put a network with a fault before its data, whose largest training set it gets; the store is the world's."""
    data = world.data()
    if "threshold" in world.recipe(fault).settings and len(data.classes) != 2:
        raise InputError("a threshold is for two classes")
    if fault.data is not None:
        data = fault.data(data, np.random.default_rng(stable_seed("fault", world.name)))
    study, _ = make_own_study(data, models=["logistic"], draws=1, seed=world.seed)
    size = study.train_sizes[-1]
    study, _ = make_own_study(data, models=["logistic"], train_sizes=[size], draws=1, seed=world.seed)
    return Trainer(make_subject(world.recipe(fault), data, study, draws=draws), store, jobs=1, device=device)


def measure(trainer: Trainer, world: World, fault: Fault) -> dict[str, Any]:
    """Train a network with a fault, all arms, and the healthy network, on the same draws."""
    first = look(trainer)
    shown = suspects(first)
    experiment = conduct(trainer, first, arms=[arm for arm in ARMS if arm.name not in LEFT_OUT])
    cost = cost_of(trainer, world, fault, first.base) if fault.causes else (0.0, 1.0)
    return {"cost": cost, "suspects": shown, "measured": plain(experiment.measured())}


def cost_of(trainer: Trainer, world: World, fault: Fault, base: Runs) -> tuple[float, float]:
    """What a fault costs against the cured network, and the one-sided p of no cost over draws and new test rows."""
    subject, cure = trainer.subject, {**world.recipe(FAULTS[0]).settings}
    if fault.data is not None and fault.causes[0] == "overfitting":  # noise cannot be taken away: the best known does
        cure |= {"keep": "best", "dropout": [0.5, 0.5] if "channels" in cure else 0.5, "weight_decay": 0.01}
    (cured,) = trainer.train([Recipe("cured", subject.recipe.model, "deep", cure)], subject.seeking)
    gain = gain_parts(subject, cured, base, subject.seeking)
    return gain.estimate, float(p_above(gain))


def plain(measured: Measured) -> dict[str, Any]:
    """Give arrays as lists."""
    values = dict(vars(measured))
    for name in ("network", "arms", "references"):
        values[name] = json.loads(json.dumps(values[name], default=lambda array: array.tolist()))
    return {**values, "compared": {name: [float(part) for part in parts] for name, parts in measured.compared.items()}}


def from_plain(values: dict[str, Any]) -> Measured:
    """Read what `plain` gave."""
    arrays = {part: np.array(scores, float) for part, scores in values["network"].items()}
    nested = {
        name: {key: {part: np.array(s, float) for part, s in scores.items()} for key, scores in values[name].items()}
        for name in ("arms", "references")
    }
    compared = {name: Components(*parts) for name, parts in values["compared"].items()}
    return Measured(**{**values, "network": arrays, **nested, "compared": compared})


def cases(args: argparse.Namespace) -> Iterator[Case]:
    """Give every case that is kept, measuring those that are not while the time lasts."""
    folder = Path(args.keep)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [n for n in range(args.skip, args.skip + args.worlds) if args.half in ("both", half_of(n))]
    chosen = worlds(args.skip + args.worlds)
    faults = [fault for fault in FAULTS if not (args.controls and fault.causes)]
    files = {
        (n, f): folder / f"{chosen[n].name}, {fault.name}, {args.draws or 'default'} draws.json"
        for n in numbers for f, fault in enumerate(FAULTS) if fault in faults
    }  # fmt: skip
    ends, parts = time.time() + 60 * args.minutes, min(args.jobs, PARTS)
    with ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        shares = [
            {f: file for (n, f), file in files.items() if n == number and f % parts == part and not file.exists()}
            for number in numbers for part in range(parts)
        ]  # fmt: skip
        worlds_of = [chosen[number] for number in numbers for _ in range(parts)]
        tasks = [
            pool.submit(keep, world, share, args.draws, args.device, ends)
            for world, share in zip(worlds_of, shares, strict=True)
        ]
        for task in as_completed(tasks):
            task.result()
    for (n, f), file in files.items():
        kept = json.loads(file.read_text()) if file.exists() else {}
        if "measured" in kept and not all(np.isnan(v) for v in kept["measured"]["network"]["test"]):
            (cost, p), measured = kept["cost"], from_plain(kept["measured"])
            yield Case(n, chosen[n].name, chosen[n].rows, FAULTS[f], cost, p, measured, kept["suspects"])


def keep(world: World, files: Mapping[int, Path], draws: int | None, device: str, ends: float) -> None:
    """Measure a world's faults, given by their numbers, while the time lasts, and keep what was measured in its file."""
    with tempfile.TemporaryDirectory() as scratch, Store(Path(scratch)) as store:
        for fault, file in files.items():
            if time.time() > ends:
                continue
            begun = time.monotonic()
            try:
                kept = measure(trainer_of(world, FAULTS[fault], draws, device, store), world, FAULTS[fault])
            except BigenoughError as error:  # such as a threshold with three classes
                kept = {"not possible": str(error)}
            part = file.with_suffix(".part")
            part.write_text(json.dumps(kept))
            part.replace(file)
            print(f"{time.monotonic() - begun:.0f} s: {file.stem}", file=sys.stderr, flush=True)


def half_of(number: int) -> str:
    """Say whether a world is one that thresholds were set on."""
    return "first" if number % len(PLACES) < len(PLACES) // 2 else "second"


def answer(case: Case) -> str:
    """What the diagnosis says of a case, in a word."""
    said = case.judge()
    return said.causes[0] if said.outcome == "confirmed" else said.outcome


def report(found: Sequence[Case]) -> None:
    """Print the tables."""
    costly = [case for case in found if case.fault.causes and case.cost >= COSTS]
    controls = [case for case in found if not case.fault.causes]
    answers = {id(case): answer(case) for case in found}
    print(f"{len({case.world for case in found})} worlds, {len(costly)} faults that cost {100 * COSTS:g} points or more, "
          f"{sum(bool(c.fault.causes) for c in found) - len(costly)} that cost less, {len(controls)} controls.\n")  # fmt: skip
    right = [case for case in costly if answers[id(case)] in case.fault.causes]
    sure = [case for case in costly if case.p < SURE]
    sure_and_right = [case for case in right if case.p < SURE]
    alarms = [case for case in controls if answers[id(case)] in CODES]
    wrong_way = [
        case for case in costly
        if (case.fault.causes[0] in NOT_CONVERGED and answers[id(case)] == "overfitting")
        or (case.fault.causes[0] == "overfitting" and answers[id(case)] in NOT_CONVERGED)
    ]  # fmt: skip
    either = [case for case in costly if case.fault.causes[0] in (*NOT_CONVERGED, "overfitting")]
    print(f"- named correctly: {share(len(right), len(costly))}")
    print(f"- of those whose cost these rows show, named correctly: {share(len(sure_and_right), len(sure))}")
    print(f"- cannot tell: {share(sum(a == CANNOT_TELL for c in costly if (a := answers[id(c)])), len(costly))}")
    print(f"- a cause in controls: {share(len(alarms), len(controls))}")
    print(f"- *not converged* taken for *overfits*, or the other way round: {share(len(wrong_way), len(either))}\n")
    print("| cause | costly faults | recall | precision |\n|---|---|---|---|")
    for code in CODES:
        of_code = [case for case in costly if code in case.fault.causes]
        said = [case for case in (*costly, *controls) if answers[id(case)] == code]
        hits = [case for case in of_code if answers[id(case)] == code]
        print(f"| `{code}` | {len(of_code)} | {share(len(hits), len(of_code))} | {share(len(hits), len(said))} |")
    print("\n| rows | costly faults | named correctly | of those whose cost these rows show | controls | a cause |")
    print("|---|---|---|---|---|---|")
    for rows in sorted({case.rows for case in found}):
        kinds = (costly, right, sure, sure_and_right, controls, alarms)
        of_costly, named, shown, shown_named, of_controls, alarmed = (sum(c.rows == rows for c in kind) for kind in kinds)
        print(f"| {rows:,} | {of_costly} | {share(named, of_costly)} | {share(shown_named, shown)} | {of_controls} | "
              f"{share(alarmed, of_controls)} |")  # fmt: skip
    columns = [*CODES, CANNOT_TELL, NOTHING]
    print("\n| planted | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for fault in FAULTS:
        of_fault = [case for case in (*costly, *controls) if case.fault == fault]
        counts = Counter(answers[id(case)] for case in of_fault)
        print(f"| {fault.name} | " + " | ".join(str(counts[c]) if counts[c] else "" for c in columns) + " |")


def share(count: int, total: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    if total == 0:
        return "–"
    _, low, high = wilson(count, total)
    return f"{100 * count / total:.0f} % [{100 * low:.0f}, {100 * high:.0f}] ({count} of {total})"


def main() -> None:
    """Measure what is not kept, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--skip", type=int, default=0, help="leave so many worlds out first; the thirteenth has a new seed")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--draws", type=int, help="by default as many as the command takes")
    parser.add_argument("--keep", default="build/diagnosis")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each of one thread")
    parser.add_argument("--device", default="cpu", help="of the networks")
    parser.add_argument("--half", choices=("first", "second", "both"), default="second")
    parser.add_argument(
        "--controls", action="store_true", help="measure controls alone: many are needed to see few false alarms"
    )
    parser.add_argument("--errors", action="store_true", help="list every case that is answered wrongly")
    args = parser.parse_args()
    found = list(cases(args))
    report(found)
    if args.errors:
        for case in found:
            said, wanted = case.judge(), case.fault.causes if case.cost >= COSTS else ()
            if said.outcome != (NOTHING if not wanted else "confirmed") or (wanted and said.causes[0] not in wanted):
                moves = ", ".join(
                    f"{e.arm.name} {e.choosing.estimate:+.3f}{'*' if e.moves else ''} p={e.p:.2g}" for e in said.effects
                )
                shown = {code: round(value, 1) for code, value in case.suspects.items()}
                cost = f"{case.cost:+.3f}, p={case.p:.2g}"
                print(f"\n{case.world}, {case.fault.name} ({cost}): {said.outcome} {said.causes}; {moves}; {shown}")


if __name__ == "__main__":
    main()
