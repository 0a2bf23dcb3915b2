"""What an explanation costs: MLP (Leek) to MLP, all hybrids, in seconds of one core.

By default a sample of the hybrids is trained and the whole is reckoned from it; ``--whole`` trains all of them by the command's
own path and times that too. Seconds are of processor time, since machines are shared.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

import bigenough
from bigenough.execute import available_cores, fit_task, make_crew
from bigenough.explaining import run_explanation
from bigenough.explanation import Lattice, make_lattice
from bigenough.presets import make_study
from bigenough.registry import MODELS
from bigenough.running import Cell, group, plan
from bigenough.store import Store
from bigenough.types import Dataset, Draw, Recipe, Study

SIZE, DRAWS = 40, 20
SOME_DRAWS = (1, 2, 5, 10, 20)
SOME_SETTINGS = (2, 4, 6)  # that differ, of which every hybrid is trained


def the_study(draws: int) -> Study:
    """The post's protocol at one size."""
    return make_study("post", models=["leek-mlp", "mlp"], train_sizes=[SIZE], draws=draws)


def sample(k: int) -> list[int]:
    """Sixteen hybrids, a fractional factorial: each of up to eight changes is made in half of them, each two in a quarter."""
    columns = [0b0001, 0b0010, 0b0100, 0b1000, 0b0111, 0b1011, 0b1101, 0b1110][:k]
    return [sum(((run & column).bit_count() & 1) << i for i, column in enumerate(columns)) for run in range(16)]


def seconds_of(recipes: Sequence[Recipe], data: Dataset, draws: Sequence[Draw]) -> float:
    """Processor seconds of training some hybrids on some draws, in stacks as a study makes them."""
    tasks = group([Cell("", recipe, draw) for recipe in recipes for draw in draws], data, "cpu")
    start = time.process_time()
    for task in tasks:
        fit_task(task, data, "cpu", lambda share: None)
    return time.process_time() - start


def seconds_by_settings(lattice: Lattice, data: Dataset, draws: Sequence[Draw]) -> dict[int, float]:
    """Likewise of all hybrids of two networks that differ in some of the settings only, the last of them: number to seconds."""
    first = {k: len(lattice.changes) - k for k in SOME_SETTINGS}
    return {k: seconds_of([lattice.hybrid(mask << first[k]) for mask in range(2**k)], data, draws) for k in SOME_SETTINGS}


def alone(recipes: Sequence[Recipe], data: Dataset, draws: Sequence[Draw]) -> float:
    """Likewise, one fit at a time."""
    return sum(seconds_of([recipe], data, [draw]) for recipe in recipes for draw in draws)


def whole(data: Dataset, draws: int) -> tuple[float, float]:
    """Wall-clock and processor seconds of the whole explanation on all cores, the test on fresh draws included."""
    a, b = (MODELS[name].recipe for name in ("leek-mlp", "mlp"))

    def processor() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in used)

    start, begun = time.perf_counter(), processor()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store, make_crew(data, "cpu") as crew:
        run_explanation(a, b, data, the_study(draws), store, fresh_draws=draws, jobs=available_cores(), crew=crew)
    return time.perf_counter() - start, processor() - begun


def plot(cost: dict[int, float], by_settings: dict[int, float], single: float, lattice: Lattice, path: Path) -> None:
    """Draw cost against draws and against settings."""
    figure = Figure((8.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    hybrids = lattice.everything + 1
    draws = np.array(sorted(cost))
    left.plot(draws, [hybrids * cost[n] / 60 for n in draws], marker="o", label="stacks")
    left.plot(draws, draws * hybrids * single / 60, marker="s", label="one at a time")
    left.set(xlabel="draws", ylabel=f"minutes of one core, {len(lattice.changes)} settings")
    settings = np.arange(1, len(lattice.changes) + 1)
    right.plot(settings, 2.0**settings * cost[DRAWS] / 60, label="stacks, reckoned from the sample")
    right.plot(settings, 2.0**settings * DRAWS * single / 60, label="one at a time, likewise")
    measured = [seconds / 60 for seconds in by_settings.values()]
    right.plot(list(by_settings), measured, "ko", label="stacks, all hybrids trained")
    right.set(xlabel="settings that differ", ylabel=f"minutes of one core, {DRAWS} draws", yscale="log")
    for ax in (left, right):
        ax.legend(frameon=False)
        ax.grid(alpha=0.3)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="train all hybrids too")
    parser.add_argument("--figure", type=Path, default=Path("explain-cost.png"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    data = bigenough.load("mnist:0,1")
    lattice = make_lattice(MODELS["leek-mlp"].recipe, MODELS["mlp"].recipe, data, SIZE)
    length = next(1 << i for i, change in enumerate(lattice.changes) if change.name == "updates")
    masks = sorted({mask ^ flip for mask in sample(len(lattice.changes)) for flip in (0, length)})  # both lengths of each
    recipes = [lattice.hybrid(mask) for mask in masks]
    draws = [cell.draw for cell in plan(the_study(max(SOME_DRAWS)), data)][: max(SOME_DRAWS)]
    seconds_of(recipes[:1], data, draws[:1])  # loads libraries
    cost = {n: seconds_of(recipes, data, draws[:n]) / len(recipes) for n in SOME_DRAWS}
    single = alone(recipes, data, draws[:2]) / len(recipes) / 2
    hybrids = lattice.everything + 1
    print(f"leek-mlp to mlp, n = {SIZE}, {len(lattice.changes)} settings, {hybrids} hybrids; mean of {len(masks)} of them\n")
    minutes = hybrids * DRAWS * single / 60
    print(f"one fit at a time: {1e3 * single:.0f} ms, all hybrids on {DRAWS} draws {minutes:.1f} min of one core\n")
    columns = ("draws", "s of one core a hybrid", "ms a fit", "all hybrids, min of one core", "one at a time, over stacks")
    print(f"| {' | '.join(columns)} |\n|---|---|---|---|---|")
    for n, seconds in cost.items():
        ratio = n * single / seconds
        print(f"| {n} | {seconds:.2f} | {1e3 * seconds / n:.0f} | {hybrids * seconds / 60:.1f} | {ratio:.1f}x |")
    print(f"\nall hybrids on {DRAWS} draws, on 2 cores: {hybrids * cost[DRAWS] / 120:.1f} minutes")
    by_settings = seconds_by_settings(lattice, data, draws)
    print(f"\n| settings that differ | hybrids | all, on {DRAWS} draws, min of one core | reckoned |\n|---|---|---|---|")
    for k, seconds in by_settings.items():
        print(f"| {k} | {2**k} | {seconds / 60:.2f} | {2**k * cost[DRAWS] / 60:.2f} |")
    plot(cost, by_settings, single, lattice, asked.figure)
    if asked.whole:
        wall, used = whole(data, DRAWS)
        print(f"the whole, trained: {wall / 60:.1f} minutes on {available_cores()} cores, {used / 60:.1f} of one core")


if __name__ == "__main__":
    main()
