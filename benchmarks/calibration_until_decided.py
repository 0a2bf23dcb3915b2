"""How often adding draws until it is decided ends in a wrong "better", on populations whose truth is known.

The whole procedure of `bigenough study --until-decided` is played from 20 draws up to 160: judge, add draws at the sizes that
are undecided, judge again. Beside it, on the same draws: one look at 20 draws, and looking again without paying for it; and
the last two by somebody who goes on where the package would say that no number of draws helps.

    python benchmarks/calibration_until_decided.py [--replications 300]
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bigenough.deciding import with_more_draws
from bigenough.own_data import LOOKS
from bigenough.types import Comparison, Draw, Recipe, Study, stable_seed
from bigenough.verdict import Pairs, judge, pair
from calibration import REPEATS, TOTALS, Tally, fit_all, share, split, truth
from calibration_worlds import Codes, World, linear_world, overtaking_world, random_network, simulated_worlds

RECIPE = Recipe("any", "any", "deep", {})  # what is fitted is up to the world; the study only counts draws


@dataclass
class Rows:
    """One user's rows with their draws, fitted and paired as far as somebody looks."""

    world: World
    X: np.ndarray
    y: Codes
    rng: np.random.Generator
    runs: dict[int, list[object]] = field(default_factory=dict)
    pairs: dict[tuple[int, int], Pairs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sizes = self.world.sizes(len(self.y))
        by_repeat = [split(self.y, self.sizes, repeat, self.rng) for repeat in range(REPEATS * LOOKS[-1])]
        self.draws: dict[int, list[Draw]] = {size: [of[k] for of in by_repeat] for k, size in enumerate(self.sizes)}

    def at(self, size: int, count: int) -> Pairs:
        """Paired differences of the first draws of one size."""
        if (size, count) not in self.pairs:
            draws = self.draws[size][:count]
            known: list[object] = self.runs.setdefault(size, [])
            fitted = len({run.repeat for run in known})  # type: ignore[attr-defined]
            if fitted < count:
                known += fit_all(self.world, self.X, self.y, draws[fitted:], self.rng)
            some = [run for run in known if run.repeat < count]  # type: ignore[attr-defined]
            self.pairs[size, count] = pair(some, draws, self.y)[0]  # type: ignore[arg-type]
        return self.pairs[size, count]


def decide(rows: Rows, *, again: bool, pays: bool, stubborn: bool) -> tuple[list[Comparison], Study]:
    """Judge at 20 draws and, where asked to look again, with more draws where it is undecided."""
    looks = tuple(times * REPEATS for times in LOOKS) if again else (REPEATS,)
    asked = Study(
        "own", "", (RECIPE,), rows.sizes, REPEATS, "repeated", replacement=False, stratified=True, nested=True, looks=looks
    )
    while True:
        pairs = [rows.at(size, asked.draws_at(size)) for size in rows.sizes]
        comparisons = judge(pairs, metric="accuracy", rows=len(rows.y), looks=looks if pays else ())
        open_ones = [dataclasses.replace(c, more_draws=1) for c in comparisons] if stubborn else comparisons
        more = with_more_draws(asked, open_ones)
        if more is None:
            return comparisons, asked
        asked = more


def seeds_world() -> World:
    """Networks that differ in their seeds only: nearly all is chance of the draws, which more of them shrink."""
    base = overtaking_world()
    camp = (random_network(20, 0.3),)
    return World("networks that differ in their seeds", base.draw, camp, camp, True)


def worlds() -> list[World]:
    """Populations without a difference, and two with one."""
    nulls = [world for world in simulated_worlds() if world.null and "perfection" not in world.name]  # nobody claims there
    return [*nulls, seeds_world(), linear_world(), overtaking_world()]


WAYS = {
    "one look": {"again": False, "pays": False, "stubborn": False},
    "unpaid": {"again": True, "pays": False, "stubborn": False},
    "unpaid, stubborn": {"again": True, "pays": False, "stubborn": True},
    "until decided": {"again": True, "pays": True, "stubborn": False},
    "until decided, stubborn": {"again": True, "pays": True, "stubborn": True},
}


def calibrate(world: World, total: int, replications: int, rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Per way and user's data set: any wrong verdict, share of sizes decided rightly, covered, and draws added a size."""
    tallies = [Tally(world, total, size, truth(world, total, size, rng)[0]) for size in world.sizes(total)]
    found: dict[str, list[np.ndarray]] = {way: [] for way in WAYS}
    for _ in range(replications):
        rows = Rows(world, *world.draw(total, rng), rng)
        for way, how in WAYS.items():
            comparisons, asked = decide(rows, **how)
            wrong = [t.wrong(c.outcome) for t, c in zip(tallies, comparisons, strict=True)]
            better = any(c.outcome in ("better", "worse") and bad for c, bad in zip(comparisons, wrong, strict=True))
            right = [c.outcome != "undecided" and not bad for c, bad in zip(comparisons, wrong, strict=True)]
            held = [
                c.over_draws_and_items[0] <= t.truth <= c.over_draws_and_items[1]
                for t, c in zip(tallies, comparisons, strict=True)
            ]
            added = np.mean([asked.draws_at(size) - REPEATS for size in rows.sizes])
            found[way].append(np.array([better, np.mean(right), np.mean(held), added]))
    return found


def main() -> None:
    """Run it and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--replications",
        type=int,
        default=300,
        help="users' data sets a world and total size; a third where there is a difference",
    )
    parser.add_argument("--totals", type=int, nargs="+", default=TOTALS, choices=TOTALS)
    options = parser.parse_args()
    start, lines = time.perf_counter(), list[str]()
    of_nulls: dict[int, dict[str, list[np.ndarray]]] = {total: {way: [] for way in WAYS} for total in options.totals}
    for world in worlds():
        for total in options.totals:
            rng = np.random.default_rng(stable_seed("until decided", world.name, total))
            found = calibrate(world, total, options.replications if world.null else options.replications // 3, rng)
            if world.null:
                for way in WAYS:
                    of_nulls[total][way] += found[way]
            lines.append(f"| {world.name} | {total} | {row(found)} |")
            print(f"{time.perf_counter() - start:6.0f} s  {lines[-1]}", file=sys.stderr, flush=True)
    columns = [*(f"wrong, {way}" for way in WAYS), "covered", "decided, one look", "decided, until decided", "draws added"]
    print("| no difference | rows |", " | ".join(columns), "|\n| :-- | --: |", " | ".join(["--:"] * len(columns)), "|")
    for total, of_total in of_nulls.items():
        print(f"| all of them | {total} | {row(of_total)} |")
    print("\n| population | rows |", " | ".join(columns), "|\n| :-- | --: |", " | ".join(["--:"] * len(columns)), "|")
    print("\n".join(lines))


def row(found: dict[str, list[np.ndarray]]) -> str:
    """Cells of one row."""
    values = {way: np.array(of) for way, of in found.items()}
    ours, first = values["until decided"], values["one look"]
    cells: Sequence[str] = [share(of[:, 0]) for of in values.values()]
    decided = [f"{100 * each[:, 1].mean():.0f}" for each in (first, ours)]
    return " | ".join([*cells, share(ours[:, 2]), *decided, f"{ours[:, 3].mean():.0f}"])


if __name__ == "__main__":
    main()
