"""What dropout, augmentation and convolution do to bias and to variance: pairs of recipes on the same draws.

    python benchmarks/variance_of_recipes.py dropout --source mnist:4,9 --sizes 10,40 --draws 10

Networks train until their loss stops falling (relu-mlp, convnet). ``convolution`` compares with a dense network whose two
equal hidden layers are sized to the convolutional one's parameters.
Prints the difference, second recipe minus first, with 95 % intervals.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from bigenough.draws import parts_of
from bigenough.registry import MODELS
from bigenough.running import run_study
from bigenough.sources import load
from bigenough.stats import squared_error, term_interval, zero_one
from bigenough.store import Store
from bigenough.types import Dataset, Recipe, Run, Study

MOVED = {"shift": 2.0, "rotation": 10.0}  # pixels, degrees


def named(model: str, name: str, **settings: object) -> Recipe:
    """A registered recipe with other settings, of which it may lack some."""
    recipe: Recipe = MODELS[model].recipe
    return dataclasses.replace(recipe, name=name, settings={**recipe.settings, **settings})


def equal_dense(data: Dataset) -> Recipe:
    """The dense network whose parameters are nearest to the convolutional one's."""
    wanted = MODELS["convnet"].parameters(MODELS["convnet"].recipe, data)
    model = MODELS["relu-mlp"]
    width = min(range(16, 1024), key=lambda w: abs(model.parameters(named("relu-mlp", "dense", hidden=[w, w]), data) - wanted))
    return named("relu-mlp", "dense", hidden=[width, width])


def pair(what: str, data: Dataset) -> tuple[Recipe, Recipe]:
    """Without and with it."""
    if what == "dropout":
        return named("relu-mlp", "no dropout", dropout=0.0), named("relu-mlp", "dropout 0.5", dropout=0.5)
    if what == "convolution":
        return equal_dense(data), MODELS["convnet"].recipe
    model = "convnet" if what == "augmentation-convnet" else "relu-mlp"
    return named(model, "still"), named(model, "moved", augmentation=MOVED)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["dropout", "augmentation", "augmentation-convnet", "convolution"])
    parser.add_argument("--source", default="mnist:4,9")
    parser.add_argument("--sizes", default="10,40")
    parser.add_argument("--draws", type=int, default=10)
    asked = parser.parse_args()
    data = load(asked.source)
    recipes = pair(asked.what, data)
    sizes = tuple(int(size) for size in asked.sizes.split(","))
    study = Study("own", asked.source, recipes, sizes, asked.draws, "holdout", replacement=False, stratified=True, nested=False)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        runs = run_study(study, data, store, jobs=1)
    counts = [MODELS[r.model].parameters(r, data) for r in recipes]
    told = " and ".join(f"{r.name} ({n:,} parameters)" for r, n in zip(recipes, counts, strict=True))
    print(f"{asked.source}, {told}, {asked.draws} draws.\n")
    print("| n | loss | term | without | with | difference |\n| --: | :-- | :-- | --: | --: | --: |")
    y = data.y[parts_of(data, study, 0)[2]]
    for size in sizes:
        report(size, [[r for r in runs if (r.recipe, r.size) == (recipe.name, size)] for recipe in recipes], y)


def report(size: int, runs: list[list[Run]], y: np.ndarray) -> None:
    """Print the rows of one size; draws of which either fit failed are left out, and counted."""
    good = [{r.repeat: r for r in of_one if r.status == "ok"} for of_one in runs]
    both = sorted(good[0].keys() & good[1].keys())
    if len(both) < len(runs[0]):
        print(f"{len(runs[0]) - len(both)} draws at n = {size} failed")
    labels = [np.stack([of_one[d].test_labels for d in both]).astype(np.int64) for of_one in good]  # type: ignore[misc]  # good runs have them
    chances = [np.stack([of_one[d].test_probabilities for d in both]) for of_one in good]  # type: ignore[misc]  # likewise
    for loss, (without, with_it) in (
        ("squared error", [squared_error(p.astype(float), y) for p in chances]),
        ("0-1 loss", [zero_one(of_one, y) for of_one in labels]),
    ):
        for name in ("loss", "bias", "variance"):
            a, b = getattr(without, name), getattr(with_it, name)
            d = term_interval(b - a)
            print(
                f"| {size} | {loss} | {name} | {a.estimate:.4f} | {b.estimate:.4f} "
                f"| {d.estimate:+.4f} [{d.low:+.4f}, {d.high:+.4f}] |"
            )


if __name__ == "__main__":
    main()
