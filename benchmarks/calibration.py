"""Play the whole procedure on populations whose truth is known, and count how often it is right.

For every population and every total size a user's data set is cut out anew; its rows are split and drawn 20 times, both
camps are fitted, champions are chosen and compared, intervals and verdicts are made by the package itself. The truth comes
from independent training sets, chosen and tested on independent rows. Prints a markdown report; progress goes to stderr.

    python benchmarks/calibration.py [--replications 400]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats as st

from bigenough import stats
from bigenough.types import Draw, Run, stable_seed
from bigenough.verdict import Pairs, judge, overtaking_size, pair
from calibration_worlds import Array, Codes, World, mnist_worlds, simulated_worlds, uneven_twins

TOTALS = (60, 200, 1000)
REPEATS = 20
BLOCKS = 16  # of repeats, for the truth of one user's very rows


def split(y: Codes, sizes: Sequence[int], repeat: int, rng: np.random.Generator) -> list[Draw]:
    """Split all rows anew: 60 % pool, 20 % convergence, 20 % test, stratified, training sets nested."""
    pools, convergence, test = [], [], []
    for code in range(y.max() + 1):
        rows = rng.permutation(np.flatnonzero(y == code))
        cut = round(0.2 * len(rows))
        test.append(rows[:cut])
        convergence.append(rows[cut : 2 * cut])
        pools.append(rows[2 * cut :])
    held, shares = (np.concatenate(convergence), np.concatenate(test)), np.bincount(y) / len(y)
    draws = []
    for size in sizes:
        train = [rows[: round(size * of_class)] for rows, of_class in zip(pools, shares, strict=True)]
        draws.append(Draw(size, repeat, 0, np.concatenate(train), *held))
    return draws


def fit_all(world: World, X: Array, y: Codes, draws: Sequence[Draw], rng: np.random.Generator) -> list[Run]:
    """Fit both camps on draws of one size."""
    train = np.array([draw.train for draw in draws])
    held = np.array([np.concatenate([draw.convergence, draw.test]) for draw in draws])
    cut, runs = len(draws[0].convergence), []
    for family, learners in (("simple", world.simple), ("deep", world.deep)):
        for k, learner in enumerate(learners):
            labels = learner(X[train], y[train], X[held], rng)
            for draw, of_draw in zip(draws, labels, strict=True):
                chosen_by = {"convergence_accuracy": float(np.mean(of_draw[:cut] == y[draw.convergence]))}
                runs.append(
                    Run("", f"{family} {k}", family, draw.size, draw.repeat, 0, "ok", chosen_by, None, 0.0, of_draw[cut:])  # type: ignore[arg-type]
                )
    return runs


def play(world: World, X: Array, y: Codes, rng: np.random.Generator, *, pooled: bool | None = None) -> list[Pairs]:
    """One study of 20 repeats on a user's rows."""
    sizes = world.sizes(len(y))
    by_repeat = [split(y, sizes, repeat, rng) for repeat in range(REPEATS)]
    runs = [run for k in range(len(sizes)) for run in fit_all(world, X, y, [draws[k] for draws in by_repeat], rng)]
    return pair(runs, [draw for draws in by_repeat for draw in draws], y, pooled=pooled)


def truth(world: World, total: int, size: int, rng: np.random.Generator) -> tuple[float, float]:
    """Mean difference of champions over independent training sets, convergence rows and test rows, and its error."""
    if world.null:
        return 0.0, 0.0
    sets, held, chosen_on = (2000 if size <= 200 else 400), 1000, round(0.2 * total)
    differences: list[float] = []
    while len(differences) < sets:
        fresh = [world.draw(size, rng) for _ in range(20)]
        more = [world.draw(held + chosen_on, rng) for _ in range(20)]
        X, y, rows, of_rows = (np.array([each[k] for each in which]) for which in (fresh, more) for k in (0, 1))
        best = []
        for camp in (world.deep, world.simple):
            right = np.array([learner(X, y, rows, rng) == of_rows for learner in camp])
            champion = right[:, :, :chosen_on].mean(axis=2).argmax(axis=0)
            best.append(right[champion, np.arange(20), chosen_on:].mean(axis=1))
        differences.extend(best[0] - best[1])
    return float(np.mean(differences)), float(np.std(differences) / np.sqrt(len(differences)))


@dataclass
class Tally:
    """What happened at one size of one world; lists have one entry a user's data set."""

    world: World
    total: int
    size: int
    truth: float
    items: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    naive: list[bool] = field(default_factory=list)
    corrected: list[bool] = field(default_factory=list)
    fitting: list[bool] = field(default_factory=list)
    naive_widths: list[float] = field(default_factory=list)
    corrected_widths: list[float] = field(default_factory=list)
    fitting_widths: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    draws: list[float] = field(default_factory=list)  # share of blocks of one user's rows that are covered

    def wrong(self, outcome: str) -> bool:
        """Whether a verdict contradicts the truth."""
        return (
            (outcome == "better" and self.truth <= 0)
            or (outcome == "worse" and self.truth >= 0)
            or (outcome == "same" and abs(self.truth) >= 0.01)
        )


def textbook(tally: Tally, pairs: Pairs) -> None:
    """The plain t interval over repeats, and Nadeau and Bengio's with test/train and with test/(all - test)."""
    means = means_of(pairs)
    held = np.count_nonzero(~np.isnan(pairs.contributions[0]))
    for covers, widths, ratio in (
        (tally.naive, tally.naive_widths, 0.0),
        (tally.corrected, tally.corrected_widths, held / tally.size),
        (tally.fitting, tally.fitting_widths, held / (tally.total - held)),
    ):
        half = st.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) * np.sqrt(1 / len(means) + ratio)
        covers.append(bool(abs(means.mean() - tally.truth) <= half))
        widths.append(2 * half)


def means_of(pairs: Pairs) -> Array:
    """Difference of every repeat."""
    return np.nanmean(pairs.contributions, axis=1)


def over_these_rows(world: World, tallies: Sequence[Tally], rng: np.random.Generator) -> None:
    """Coverage of the interval over draws: 16 studies of the same rows, each held against the mean of the other 15.

    That mean has an error of its own, so that a half-width h counts as h sqrt(1 + 1/15).
    """
    X, y = world.draw(tallies[0].total, rng)
    played = [play(world, X, y, rng) for _ in range(BLOCKS)]
    for k, tally in enumerate(tallies):
        means = np.array([means_of(pairs[k]).mean() for pairs in played])
        hits = []
        for b, pairs in enumerate(played):
            held = np.count_nonzero(~np.isnan(pairs[k].contributions[0]))
            low, high = stats.interval_over_draws(means_of(pairs[k]), resolution=1 / held)[1:]
            off = abs(np.delete(means, b).mean() - means[b])
            hits.append(bool(off <= (high - low) / 2 * np.sqrt(1 + 1 / (BLOCKS - 1))))
        tally.draws.append(float(np.mean(hits)))


def calibrate(world: World, total: int, replications: int, rng: np.random.Generator) -> tuple[list[Tally], list[bool]]:
    """All tallies of one world and total size; and whether the overtaking interval held the true size."""
    tallies = [Tally(world, total, size, truth(world, total, size, rng)[0]) for size in world.sizes(total)]
    sizes = np.array(world.sizes(total))
    true_size = float(stats.crossing(sizes, np.array([tally.truth for tally in tallies])))
    overtakes = []
    for k in range(replications):
        pairs = play(world, *world.draw(total, rng), rng)
        for tally, each, comparison in zip(tallies, pairs, judge(pairs, metric="accuracy", rows=total), strict=True):
            low, high = comparison.over_draws_and_items
            tally.items.append(low <= tally.truth <= high)
            tally.widths.append(high - low)
            tally.spread.append(comparison.difference)
            tally.outcomes.append(comparison.outcome)
            textbook(tally, each)
        if np.isfinite(true_size) and not world.null:
            low, high = overtaking_size(pairs, seed=k)[1:]
            overtakes.append(low <= true_size <= high)
    for _ in range(max(4, replications // 40)):
        over_these_rows(world, tallies, rng)
    return tallies, overtakes


def pooled_choice(total: int, replications: int, rng: np.random.Generator) -> list[bool]:
    """Whether a wrong "better" came out of seven equal models against one when the mean over all repeats chose."""
    world, wrong = uneven_twins(), []
    for _ in range(replications):
        pairs = play(world, *world.draw(total, rng), rng, pooled=True)
        wrong.append(any(each.outcome in ("better", "worse") for each in judge(pairs, metric="accuracy", rows=total)))
    return wrong


def share(hits: Sequence[float] | NDArray[np.float64]) -> str:
    """Mean in per cent and its standard error over data sets."""
    values = np.asarray(hits, float)
    return f"{100 * values.mean():.1f} ± {100 * values.std() / np.sqrt(len(values)):.1f}"


def rows(tallies: Sequence[Tally]) -> Iterator[str]:
    """Markdown rows, one a tally."""
    for t in tallies:
        ideal = 2 * 1.96 * np.std(t.spread)
        better = np.mean([outcome in ("better", "worse") and not t.wrong(outcome) for outcome in t.outcomes])
        yield (
            f"| {t.world.name} | {t.total} | {t.size} | {100 * t.truth:+.1f} | {share(t.draws)} | {share(t.items)} | "
            f"{np.mean(t.widths) / ideal:.2f} | {share([t.wrong(outcome) for outcome in t.outcomes])} | {100 * better:.0f} | "
            f"{100 * np.mean(t.naive):.0f} ({np.mean(t.naive_widths) / ideal:.1f}) | "
            f"{100 * np.mean(t.corrected):.0f} ({np.mean(t.corrected_widths) / ideal:.1f}) | "
            f"{100 * np.mean(t.fitting):.0f} ({np.mean(t.fitting_widths) / ideal:.1f}) |"
        )


def summary(tallies: Sequence[Tally]) -> Iterator[str]:
    """One row a total size: the means, the worst cells, and wrong verdicts anywhere in a study."""
    for total in sorted({t.total for t in tallies}):
        of_total = [t for t in tallies if t.total == total]
        nulls: dict[str, list[Tally]] = {}
        for t in of_total:
            if t.world.null:
                nulls.setdefault(t.world.name, []).append(t)
        wrong = [
            [any(outcome in ("better", "worse") for outcome in study) for study in zip(*(t.outcomes for t in ts), strict=True)]
            for ts in nulls.values()
        ]
        draws, items = ([getattr(t, name) for t in of_total] for name in ("draws", "items"))
        yield (
            f"| {total} | {share(np.concatenate(draws))} | {share(min(draws, key=np.mean))} | {share(np.concatenate(items))} | "
            f"{share(min(items, key=np.mean))} | {share(np.concatenate(wrong))} | {share(max(wrong, key=np.mean))} |"
        )


def main() -> None:
    """Run it and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=400, help="users' data sets a world and total size")
    parser.add_argument("--totals", type=int, nargs="+", default=TOTALS, choices=TOTALS)
    parser.add_argument("--no-mnist", action="store_true")
    options = parser.parse_args()
    start, tallies, overtaken = time.perf_counter(), list[Tally](), list[str]()
    for world in simulated_worlds() + ([] if options.no_mnist else mnist_worlds()):
        for total in options.totals:
            rng = np.random.default_rng(stable_seed("calibration", world.name, total))
            some, overtakes = calibrate(world, total, options.replications, rng)
            tallies += some
            if overtakes and not world.name.startswith("twins"):
                overtaken.append(f"| {world.name} | {total} | {share(overtakes)} |")
            print(f"{time.perf_counter() - start:6.0f} s  {world.name}, {total} rows", file=sys.stderr, flush=True)
    print("| rows | over draws | worst cell | over draws and items | worst cell | wrong 'better' | worst world |")
    print("| --: | --: | --: | --: | --: | --: | --: |")
    print("\n".join(summary(tallies)))
    print("\n| population | rows | n | truth | over draws | over draws and items | width | wrong | right | t | NB | NB' |")
    print("| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |")
    print("\n".join(rows(tallies)))
    print("\n| population | rows | overtaking interval holds the truth |\n| :-- | --: | --: |")
    print("\n".join(overtaken))
    print("\n| rows | wrong 'better' in 1 against 7 when test rows of other repeats help to choose |\n| --: | --: |")
    for total in options.totals:
        rng = np.random.default_rng(stable_seed("pooled", total))
        print(f"| {total} | {share(pooled_choice(total, options.replications, rng))} |")


if __name__ == "__main__":
    main()
