"""How often a diagnosis confirms a change that does nothing, where the truth is known.

The network and all its arms are nearest-centroid rules, each on columns of its own, all drawn alike: on new rows none is better
than another. So every cause confirmed is a false one. That is harder than real arms are, which share rows, columns and
initial weights with the network and therefore differ from it at fewer rows. Rows are split anew for every draw, as those of
one's own data are, or the test rows are a set of their own. "By the interval over draws" is what would be confirmed if the
gain on the test rows had its Student t interval over draws of these rows, and nothing were adjusted. Prints markdown.

    python benchmarks/calibration_diagnosis.py [--worlds 400]
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from bigenough import stats
from bigenough.diagnosis.arms import ARMS
from bigenough.diagnosis.attribution import CHOSEN, LEAST_GAIN, LEVEL, attribute
from bigenough.diagnosis.measured import Measured, Scores
from bigenough.stats import wilson
from bigenough.types import Floats, Rows

ARM_NAMES = [arm.name for arm in ARMS if arm.data is None]
SIGNAL = 0.6  # of the first of two columns, in standard deviations either side of 0: 73 % right at best
CASES = ((60, 34), (200, 10), (600, 10))  # rows and draws, as many as the command takes for these rows
TEST_SHARE = 0.2


def rows_of(n: int, rng: np.random.Generator) -> tuple[Rows, Floats]:
    """Labels of shape (n,) and columns of shape (n, rules, 2)."""
    y = rng.integers(0, 2, n)
    X = rng.normal(size=(n, len(ARM_NAMES) + 1, 2))
    X[:, :, 0] += SIGNAL * (2 * y[:, None] - 1)
    return y, X


def right(y: Rows, X: Floats, train: Rows, others: Rows) -> Floats:
    """1 where a rule that learnt from some rows is right on others, shape (others, rules)."""
    means = [X[train][y[train] == code].mean(axis=0) for code in (0, 1)]
    weights = means[1] - means[0]
    offset = ((means[1] + means[0]) / 2 * weights).sum(axis=-1)
    return (((X[others] * weights).sum(axis=-1) > offset) == y[others, None]).astype(float)


def world(n: int, draws: int, rng: np.random.Generator, *, own_test: bool) -> Measured:
    """What an experiment measures where no arm does anything."""
    y, X = rows_of(n, rng)
    n_test, rules = int(TEST_SHARE * n), len(ARM_NAMES) + 1
    values = np.full((draws, n, rules), np.nan)
    convergence = np.empty((draws, rules))
    first = np.arange(n_test)
    for i in range(draws):
        rest = rng.permutation(np.arange(n_test, n)) if own_test else rng.permutation(n)
        test, rest = (first, rest) if own_test else (rest[:n_test], rest[n_test:])
        convergence[i] = right(y, X, rest[n_test:], rest[:n_test]).mean(axis=0)
        values[i, test] = right(y, X, rest[n_test:], test)
    tests = np.nanmean(values, axis=1)

    def scores(rule: int) -> Scores:
        return {"convergence": convergence[:, rule], "test": tests[:, rule]}

    compared = {
        name: stats.components(values[:, :, i + 1] - values[:, :, 0], overlap=0.0, crossed=not own_test)
        for i, name in enumerate(ARM_NAMES)
    }
    arms = {name: scores(i + 1) for i, name in enumerate(ARM_NAMES)}
    return Measured(
        "accuracy", scores(0), arms, dict.fromkeys(ARM_NAMES, -0.1), 0.99, 0.7, {}, compared, 1 / n_test, {}
    )  # fmt: skip


def by_draws_alone(measured: Measured) -> bool:
    """Whether any arm would be confirmed by the interval over draws, unadjusted."""
    gains = [(measured.gains(name, "convergence"), measured.gains(name, "test")) for name in measured.arms]
    p = stats.holm(np.array([stats.p_over_draws(choosing, resolution=measured.resolution) for choosing, _ in gains]))
    return any(
        p_arm < CHOSEN
        and choosing.mean() >= LEAST_GAIN
        and stats.interval_over_draws(test, resolution=measured.resolution, level=LEVEL).low > 0
        for p_arm, (choosing, test) in zip(p, gains, strict=True)
    )


def share(count: int, total: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    _, low, high = wilson(count, total)
    return f"{100 * count / total:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="False causes where no change does anything.")
    parser.add_argument("--worlds", type=int, default=400)
    worlds = parser.parse_args().worlds
    print(f"{len(ARM_NAMES)} changes that do nothing, {worlds} data sets a line.\n")
    print("| rows | draws | test rows | a cause confirmed | several named | by the interval over draws |")
    print("|---|---|---|---|---|---|")
    for n, draws in CASES:
        for own_test in (False, True):
            rng, said, naive = np.random.default_rng(n + own_test), Counter[str](), 0
            for _ in range(worlds):
                measured = world(n, draws, rng, own_test=own_test)
                answer = attribute(measured, {})
                said[answer.outcome] += 1
                naive += by_draws_alone(measured)
            where = "a set of their own" if own_test else "split anew"
            named = (share(said[outcome], worlds) for outcome in ("confirmed", "cannot tell"))
            print(f"| {n} | {draws} | {where} | {' | '.join(named)} | {share(naive, worlds)} |", flush=True)


if __name__ == "__main__":
    main()
