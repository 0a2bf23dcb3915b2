"""Coverage of the interval where rows come in groups, such as several from a patient, and false verdicts there.

Both camps are nearest-centroid rules, each on columns of its own, all drawn alike, so that on new groups neither is better.
Part of what varies belongs to a group and is the same in all its rows. Groups are dealt out whole, 60 % to train from, 20 % to
choose by, 20 % to test; 20 draws, each from the pool of its own split. "Rows as items" is the same interval made as if rows
were independent. Prints markdown.

    python benchmarks/calibration_groups.py [--replications 400]
"""

from __future__ import annotations

import argparse

import numpy as np

from bigenough.types import Draw, Family, Floats, Rows, Run
from bigenough.verdict import judge, pair

REPEATS, SIGNAL = 20, 0.5
CASES = ((20, 4, 0.8), (40, 5, 0.0), (40, 5, 0.5), (40, 5, 0.95), (100, 5, 0.8), (100, 20, 0.8))  # groups, rows each, shared
RULES: tuple[Family, ...] = ("simple", "deep")


def rows_of(groups: int, each: int, shared: float, rng: np.random.Generator) -> tuple[Floats, Rows, Rows]:
    """Columns (rows, rules, 2), labels (rows,), which are a group's, and the rows' groups."""
    codes = np.repeat(np.arange(groups), each)
    y = rng.permutation(np.arange(groups) % 2)[codes]
    noise = np.sqrt(shared) * rng.normal(size=(groups, len(RULES), 2))[codes]
    X = noise + np.sqrt(1 - shared) * rng.normal(size=(len(codes), len(RULES), 2))
    X[:, :, 0] += SIGNAL * (2 * y[:, None] - 1)
    return X, y, codes


def split(y: Rows, codes: Rows, repeat: int, rng: np.random.Generator) -> Draw:
    """Deal the groups of each class out whole; training takes four fifths of its pool."""
    parts: list[list[Rows]] = [[], [], []]
    for label in (0, 1):
        names = rng.permutation(np.unique(codes[y == label]))
        cut = max(1, round(0.2 * len(names)))
        for part, some in zip(parts, (names[2 * cut :], names[:cut], names[cut : 2 * cut]), strict=True):
            part.append(np.flatnonzero(np.isin(codes, some)))
    pool, convergence, test = (np.concatenate(part) for part in parts)
    of_class = [rng.permutation(pool[y[pool] == label]) for label in (0, 1)]
    train = np.concatenate([rows[: max(2, round(0.8 * len(rows)))] for rows in of_class])
    return Draw(1, repeat, 0, train, convergence, test)


def runs_of(X: Floats, y: Rows, draw: Draw) -> list[Run]:
    """Fit both rules on one draw."""
    means = [X[draw.train][y[draw.train] == label].mean(axis=0) for label in (0, 1)]
    weights = means[1] - means[0]
    offset = ((means[1] + means[0]) / 2 * weights).sum(axis=-1)
    labels = ((X * weights).sum(axis=-1) > offset).astype(np.int16)
    return [
        Run(
            "", name, name, draw.size, draw.repeat, 0, "ok",
            {"convergence_accuracy": float(np.mean(labels[draw.convergence, i] == y[draw.convergence]))},
            None, 0.0, labels[draw.test, i],
        )
        for i, name in enumerate(RULES)
    ]  # fmt: skip


def percent(count: int, of: int) -> str:
    """A share with its standard error."""
    share = count / of
    return f"{100 * share:.1f} ± {100 * np.sqrt(share * (1 - share) / of):.1f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Coverage where rows come in groups.")
    parser.add_argument("--replications", type=int, default=400)
    replications = parser.parse_args().replications
    print("| groups | rows each | shared in a group | covered | wrong verdicts | width, points | covered, rows as items |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for groups, each, shared in CASES:
        rng = np.random.default_rng(groups * each)
        covered, wrong, covered_by_rows, widths = 0, 0, 0, []
        for _ in range(replications):
            X, y, codes = rows_of(groups, each, shared, rng)
            draws = [split(y, codes, repeat, rng) for repeat in range(REPEATS)]
            runs = [run for draw in draws for run in runs_of(X, y, draw)]
            (found,) = judge(pair(runs, draws, y, groups=codes), metric="accuracy", rows=len(y), margin=0.01)
            (naive,) = judge(pair(runs, draws, y), metric="accuracy", rows=len(y), margin=0.01)
            low, high = found.over_draws_and_items
            covered += low <= 0 <= high
            covered_by_rows += naive.over_draws_and_items[0] <= 0 <= naive.over_draws_and_items[1]
            wrong += found.outcome in ("better", "worse")
            widths.append(100 * (high - low))
        cells = (percent(n, replications) for n in (covered, wrong))
        print(
            f"| {groups} | {each} | {shared:g} | {' | '.join(cells)} | {np.median(widths):.1f} | "
            f"{percent(covered_by_rows, replications)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
