"""Coverage of the interval over draws and items for every metric, with unequal classes.

Two models of one algorithm (LDA with probabilities) see exchangeable columns, so that the true difference is 0 by symmetry.

    python benchmarks/calibration_metrics.py [--replications 400]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np

from bigenough import stats
from bigenough.metrics import METRICS
from bigenough.types import Draw, stable_seed
from calibration import REPEATS, TOTALS, share, split
from calibration_worlds import Array, Codes

SHARE = 0.3  # of the rarer class
COLUMNS = 3


def user_rows(n: int, rng: np.random.Generator) -> tuple[Array, Codes]:
    """Rows of two blocks of columns, exchangeable given the class."""
    y = (rng.permutation(n) < SHARE * n).astype(np.int64)
    X = rng.standard_normal((n, 2, COLUMNS))
    X[:, :, 0] += 1.4 * (y - 0.5)[:, None]
    return X, y


def probabilities(X: Array, y: Codes, rows: Array) -> Array:
    """Shrunken LDA: Gaussian classes of one covariance, their shares as in the training set."""
    means = np.array([X[y == code].mean(axis=0) for code in (0, 1)])
    residual = X - means[y]
    covariance = (residual.T @ residual + len(X) * 0.1 * np.eye(X.shape[1])) / len(X)
    weights = np.linalg.solve(covariance, means[1] - means[0])
    score = (rows - means.mean(axis=0)) @ weights + np.log(y.mean() / (1 - y.mean()))
    one = 1 / (1 + np.exp(-score))
    return np.column_stack([1 - one, one])


def differences(X: Array, y: Codes, draws: list[Draw], items: Callable[[Codes, Array], Array], *, labels: bool) -> Array:
    """Contributions of the first model less those of the second, shape (repeats, rows)."""
    values = np.full((len(draws), len(y)), np.nan)
    for draw in draws:
        both = []
        for model in (0, 1):
            found = probabilities(X[draw.train, model], y[draw.train], X[draw.test, model])
            both.append(items(y[draw.test], found.argmax(axis=1) if labels else found))
        values[draw.repeat, draw.test] = both[0] - both[1]
    return values


def main() -> None:
    """Run it and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=400)
    replications = parser.parse_args().replications
    print(f"| rows | n | {' | '.join(METRICS)} |")
    print("| --: | --: |" + " --: |" * len(METRICS))
    for total in TOTALS:
        sizes = (20, round(0.6 * total))
        hits: dict[tuple[int, str], list[bool]] = {}
        lengths: dict[tuple[int, str], list[float]] = {}
        estimates: dict[tuple[int, str], list[float]] = {}
        rng = np.random.default_rng(stable_seed("calibration of metrics", total))
        for _ in range(replications):
            X, y = user_rows(total, rng)
            splits = [split(y, sizes, repeat, rng) for repeat in range(REPEATS)]
            for k, size in enumerate(sizes):
                draws = [of_repeat[k] for of_repeat in splits]
                overlap = stats.training_overlap([draw.train for draw in draws])
                for metric in METRICS.values():
                    values = differences(X, y, draws, metric.items, labels=metric.needs == "labels")
                    parts = stats.components(values, overlap=overlap, unit=metric.unit(y))
                    low, high = stats.interval_over_draws_and_items(parts)[1:]
                    hits.setdefault((size, metric.name), []).append(low <= 0 <= high)
                    lengths.setdefault((size, metric.name), []).append(high - low)
                    estimates.setdefault((size, metric.name), []).append(parts.estimate)
        for size in sizes:
            cells = []
            for name in METRICS:
                ideal = 2 * 1.96 * np.std(estimates[size, name])
                cells.append(f"{share(hits[size, name])} ({np.mean(lengths[size, name]) / ideal:.2f})")
            print(f"| {total} | {size} | {' | '.join(cells)} |", flush=True)
        print(f"{total} rows done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
