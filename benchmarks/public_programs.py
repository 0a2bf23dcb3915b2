"""Diagnose networks that others published: those of scikit-learn's example of MLPClassifier's training strategies.

The example, ``plot_mlp_training_curves`` in scikit-learn's source distribution, trains one network by seven strategies on four
data sets, for 400 passes (15 on the digits), on columns scaled to 0 and 1, and draws their training losses. What stands below
are its settings. Nobody planted a fault there, so that there is no truth to count against: the table says what was
found, what the change gained on the draws that confirmed it, and what it gained on fresh ones. Prints markdown; progress
goes to stderr.

    python benchmarks/public_programs.py [--data digits] [--budget 120]
"""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_circles, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler

import bigenough
from bigenough.stats import Interval

SGD = {"solver": "sgd", "learning_rate_init": 0.2}
STRATEGIES: dict[str, dict[str, Any]] = {
    "constant rate": {**SGD, "learning_rate": "constant", "momentum": 0},
    "constant, momentum": {**SGD, "learning_rate": "constant", "momentum": 0.9, "nesterovs_momentum": False},
    "constant, Nesterov's": {**SGD, "learning_rate": "constant", "momentum": 0.9, "nesterovs_momentum": True},
    "inverse scaling": {**SGD, "learning_rate": "invscaling", "momentum": 0},
    "inverse scaling, momentum": {**SGD, "learning_rate": "invscaling", "momentum": 0.9, "nesterovs_momentum": False},
    "inverse scaling, Nesterov's": {**SGD, "learning_rate": "invscaling", "momentum": 0.9, "nesterovs_momentum": True},
    "Adam": {"solver": "adam", "learning_rate_init": 0.01},
}
DATA = {
    "iris": (load_iris(return_X_y=True), 400),
    "digits": (load_digits(return_X_y=True), 15),
    "circles": (make_circles(noise=0.2, factor=0.5, random_state=1), 400),
    "moons": (make_moons(noise=0.3, random_state=0), 400),
}


def points(interval: Interval) -> str:
    """A gain in points of accuracy."""
    return f"{100 * interval.estimate:+.1f} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def row(data: str, strategy: str, budget: float) -> list[str]:
    """Diagnose one network; the cells of its line."""
    (X, y), epochs = DATA[data]
    network = MLPClassifier(random_state=0, max_iter=epochs, **STRATEGIES[strategy])
    found = bigenough.diagnose(network, MinMaxScaler().fit_transform(X), np.asarray(y), budget=budget)
    simple = max((score for name, score in found.scores.items() if name != found.network), default=np.nan)
    cause = " or ".join(found.found)
    if found.outcome != "confirmed":
        cause = f"{found.outcome}: {cause}" if cause else found.outcome
    gain = next((points(effect.gain) for effect in found.effects if effect.arm.cause in found.found and effect.moves), "")
    repair = "" if found.repair is None else f"{'; '.join(found.repair.difference)}: {points(found.repair.gain)}"
    score = found.scores.get(found.network, np.nan)
    return [data, strategy, f"{100 * score:.1f}", f"{100 * simple:.1f}", f"{found.draws}", cause, gain, repair]


def main() -> None:
    """Diagnose all of them."""
    parser = argparse.ArgumentParser(description="Diagnose the networks of a published example.")
    parser.add_argument("--data", choices=DATA, action="append", help="repeatable; all four by default")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds a network")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("| data | strategy | accuracy, % | best simple, % | draws | found | gain, points | repair, on fresh draws |")
    print("|---|---|---|---|---|---|---|---|")
    for data in args.data or DATA:
        for strategy in STRATEGIES:
            print(f"{data}, {strategy}", file=sys.stderr, flush=True)
            print("| " + " | ".join(row(data, strategy, args.budget)) + " |", flush=True)


if __name__ == "__main__":
    main()
