"""Are the estimates of bias and variance right? Classifiers trained again and again where the truth is known.

Two classes, Gaussian, with means at plus and minus `SEPARATION` / 2 and standard deviation 1. Every training set gives a
logistic-shaped probability with the estimated means: a nearest-means rule with its slope, which has bias (its slope is shrunk)
and variance. A test item's label is drawn anew for every study, so that noise is there and known. The truth of a term comes
from a great many training sets. Prints a table for docs/statistics.md:

    python benchmarks/bias_variance.py [--studies 1000]
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import binom, norm

from bigenough.stats import squared_error, term_interval, zero_one
from bigenough.types import Floats, Rows

SEPARATION, SHRINK = 1.5, 0.6
MANY = 20_000  # training sets of the truth
MANY_ITEMS = 4_000


def items(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Places of test items and the chance that each is of class 1."""
    x = rng.normal(size=n) + SEPARATION * (rng.integers(0, 2, n) - 0.5)
    return x, 1 / (1 + np.exp(-SEPARATION * x))


def fitted(x: Floats, size: int, draws: int, rng: np.random.Generator) -> Floats:
    """Probabilities of class 1 from so many training sets, (draws, items)."""
    means = np.array([-0.5, 0.5]) * SEPARATION + rng.normal(size=(draws, 2)) / np.sqrt(size / 2)
    slope = SHRINK * (means[:, 1] - means[:, 0])
    return 1 / (1 + np.exp(-slope[:, None] * (x - means.mean(axis=1)[:, None])))


def truth(size: int, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """The terms for all training sets and items; those of 0-1 loss for the main prediction of all but one draw, too."""
    # an even grid of places, so that the truth has no sampling error of its own
    grid = norm.ppf((np.arange(MANY_ITEMS // 2) + 0.5) / (MANY_ITEMS // 2))
    x = np.concatenate([grid - SEPARATION / 2, grid + SEPARATION / 2])
    eta = 1 / (1 + np.exp(-SEPARATION * x))
    mean, variance, ones = (np.empty(MANY_ITEMS) for _ in range(3))
    for begin in range(0, MANY_ITEMS, 200):
        some = slice(begin, begin + 200)
        p = fitted(x[some], size, MANY, rng)
        mean[some], variance[some], ones[some] = p.mean(axis=0), p.var(axis=0), (p > 0.5).mean(axis=0)
    noise = 2 * (eta * (1 - eta)).mean()
    bias = 2 * ((eta - mean) ** 2).mean() + noise
    out = {"squared bias": bias, "squared variance": 2 * variance.mean(), "noise in it": noise}
    main = {"all": (ones > 0.5).astype(float), "others": _main(ones, draws - 1)}
    for of, right in main.items():
        out[f"0-1 bias, {of}"] = float((right * (1 - eta) + (1 - right) * eta).mean())
        out[f"0-1 variance, {of}"] = float((right * (1 - ones) + (1 - right) * ones).mean())
    return out


def _main(ones: Floats, draws: int) -> Floats:
    """Chance that most of so many draws say 1, ties half."""
    half = draws / 2
    tie = binom.pmf(half, draws, ones) if draws % 2 == 0 else 0.0
    return np.asarray(binom.sf(np.floor(half), draws, ones) + 0.5 * tie)


def plug_in(labels: Rows, y: Rows) -> tuple[float, float]:
    """Bias and variance of 0-1 loss when every draw helps to choose its own main prediction."""
    share = labels.mean(axis=0)
    return float(((share > 0.5) != y).mean()), float(np.minimum(share, 1 - share).mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print(f"{studies} studies of 300 test items each; ± standard error.\n")
    print("| n | draws | term | truth | plug-in | estimate | holds the truth, % | noise in it |")
    print("| --: | --: | :-- | --: | --: | --: | --: | --: |")
    for size in (10, 40):
        for draws in (5, 10, 20):
            report(size, draws, studies)


def report(size: int, draws: int, studies: int) -> None:
    """Print the rows of one size and number of draws."""
    rng = np.random.default_rng([size, draws])
    known = truth(size, draws, rng)
    names = ("squared bias", "squared variance", "0-1 bias", "0-1 variance")
    found: dict[str, list[tuple[float, float, bool]]] = {name: [] for name in names}
    for _ in range(studies):
        x, eta = items(300, rng)
        y = (rng.random(300) < eta).astype(np.int64)
        p = fitted(x, size, draws, rng)
        labels = (p > 0.5).astype(np.int64)
        squared, judged = squared_error(np.stack([1 - p, p], axis=2), y), zero_one(labels, y)
        naive_variance = 2 * float(p.var(axis=0).mean())
        naive = (squared.loss.estimate - naive_variance, naive_variance, *plug_in(labels, y))
        terms = (squared.bias, squared.variance, judged.bias, judged.variance)
        for name, term, one in zip(names, terms, naive, strict=True):
            interval = term_interval(term, positive=name.endswith("variance"))
            true = known.get(name, known.get(f"{name}, all", np.nan))
            found[name].append((interval.estimate, one, interval.low <= true <= interval.high))
    for name in names:
        estimate, simple, holds = (np.array(column, float) for column in zip(*found[name], strict=True))
        true = known.get(name, known.get(f"{name}, all", np.nan))
        noise = f"{known['noise in it']:.4f}" if name == "squared bias" else ""
        coverage = 100 * holds.mean()
        print(
            f"| {size} | {draws} | {name} | {true:.4f} | {simple.mean():.4f} | {estimate.mean():.4f} ± "
            f"{estimate.std() / np.sqrt(studies):.4f} | {coverage:.1f} ± {np.sqrt(coverage * (100 - coverage) / studies):.1f} "
            f"| {noise} |"
        )
        if f"{name}, others" in known:
            print(
                f"| {size} | {draws} | {name}, main prediction of {draws - 1} draws | {known[f'{name}, others']:.4f} | | | | |"
            )


if __name__ == "__main__":
    main()
