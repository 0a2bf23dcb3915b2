"""What the deep camp's two networks with weight decay do to a study: verdicts with the ReLU network alone, and with all three.

A study of one's own data gives the simple camp penalties that are tuned inside every training set. The deep camp has the ReLU
network without a penalty and with two strengths of weight decay, and its champion is chosen on rows that do not test it. This
runs the default study of tables with little and with much noise, and again with the one network alone; prints markdown.
The strengths, 0.03 and 0.1, were chosen with a look at the tables of `SETS`; those of `FRESH` were run after that.

    python benchmarks/weight_decay.py [--draws 20] [--metric accuracy] [--keep build/weight_decay]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes
from statsmodels.datasets import anes96, fair, modechoice, randhie, star98

import bigenough
from bigenough.metrics import metric_named
from bigenough.own_data import DEEP, SIMPLE
from bigenough.types import Comparison

ROWS = 1500  # at most, of the surveys


def survey(module: Any, column: str, above: float) -> Callable[[], tuple[Any, Any]]:  # noqa: ANN401 - of statsmodels
    """Give a loader of a survey that statsmodels carries: is `column` above a number?"""

    def load() -> tuple[Any, Any]:
        frame = module.load_pandas().data
        frame = frame.iloc[np.random.default_rng(0).permutation(len(frame))[:ROWS]].reset_index(drop=True)
        return frame.drop(columns=column), np.where(frame[column] > above, "above", "not above")

    return load


def diabetes() -> tuple[Any, Any]:
    """Whether scikit-learn's 442 patients got worse by more than the median."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return X, np.where(y > y.median(), "worse", "not")


def districts() -> tuple[Any, Any]:
    """Whether more pupils of a Californian school district are above the national median in mathematics than below."""
    frame = star98.load_pandas().data
    return frame.drop(columns=["NABOVE", "NBELOW"]), np.where(frame["NABOVE"] > frame["NBELOW"], "above", "below")


def drivers() -> tuple[Any, Any]:
    """Whether 210 travellers chose the car."""
    frame = modechoice.load_pandas().data
    frame = frame[frame["mode"] == 4].reset_index(drop=True)
    return frame.drop(columns=["individual", "mode", "choice"]), np.where(frame["choice"] == 1, "car", "other")


def built_in(name: str) -> Callable[[], tuple[Any, Any]]:
    """Give a loader of one of bigenough's data sets."""
    return lambda: (bigenough.load(name), None)


Sets = dict[str, tuple[Callable[[], tuple[Any, Any]], list[int]]]
SETS: Sets = {
    "iris": (built_in("iris"), [15, 60]),
    "wine": (built_in("wine"), [30, 100]),
    "breast_cancer": (built_in("breast_cancer"), [20, 100]),
    "digits": (built_in("digits"), [50, 300]),
    "diabetes (scikit-learn), worse than the median": (diabetes, [50, 250]),
    "anes96 (statsmodels), vote": (survey(anes96, "vote", 0), [60, 300]),
    "fair (statsmodels), any affair": (survey(fair, "affairs", 0), [60, 400]),
    "randhie (statsmodels), more than two visits": (survey(randhie, "mdvis", 2), [60, 400]),
}

FRESH: Sets = {"star98 (statsmodels), districts": (districts, [40, 170]), "modechoice (statsmodels), car": (drivers, [30, 120])}


def cell(found: Comparison, points: bool) -> str:
    """Write a difference, its interval and the outcome."""
    values = [found.difference, *found.over_draws_and_items]
    shown = [f"{100 * v:+.1f}" if points else f"{v:+.3f}" for v in values]
    return f"{shown[0]} [{shown[1]}, {shown[2]}], {found.outcome}".replace("-", "−")


def main() -> None:
    """Run the studies and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--metric", default="accuracy")
    parser.add_argument("--keep", type=Path, default=Path("build/weight_decay"))
    options = parser.parse_args()
    points = metric_named(options.metric).points
    print(f"{options.draws} draws; {options.metric}, deep less simple [interval over draws and items], outcome for deep.\n")
    print("| data | rows | ReLU network alone | with weight decay too | deep champion |\n|---|---|---|---|---|")
    for name, (load, sizes) in (SETS | FRESH).items():
        X, y = load()
        common: dict[str, Any] = {
            "train_sizes": sizes, "draws": options.draws, "metric": options.metric, "out": options.keep / name.split()[0],
        }  # fmt: skip
        of_all = bigenough.study(X, y, models=[*SIMPLE, *DEEP], **common).verdict.comparisons
        alone = bigenough.study(X, y, models=[*SIMPLE, DEEP[0]], **common).verdict.comparisons
        for one, all_three in zip(alone, of_all, strict=True):
            champion = all_three.challenger_champion.replace("relu-mlp,weight_decay=", "decay ")
            print(f"| {name} | {one.size} | {cell(one, points)} | {cell(all_three, points)} | {champion} |", flush=True)
        print(f"{name} done", file=sys.stderr)


if __name__ == "__main__":
    main()
