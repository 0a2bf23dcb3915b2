"""The post's protocol in plain Keras 3, as a user would write it: one network after the other.

Run by study_against_keras.py, which sets KERAS_BACKEND. It prints one JSON line a fit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

import bigenough

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]
NETWORKS = {"leek-mlp": (1, 20), "mlp": (32, 200), "cnn": (32, 200)}  # batch size and epochs
SIZES = (10, 20, 40, 60, 80)


def build(name: str) -> keras.Model:
    """Build and compile one network of the post."""
    optimizer: keras.optimizers.Optimizer = keras.optimizers.Adam()
    model = keras.Sequential([keras.Input((784,))])
    if name == "leek-mlp":
        for _ in range(5):
            model.add(layers.Dense(160, activation="tanh"))
        rate = keras.optimizers.schedules.InverseTimeDecay(0.005, decay_steps=1, decay_rate=0.99)
        optimizer = keras.optimizers.SGD(rate)
    elif name == "mlp":
        for _ in range(2):
            model.add(layers.Dense(128, activation="relu"))
            model.add(layers.Dropout(0.5))
    else:
        model.add(layers.Reshape((28, 28, 1)))
        for filters in (32, 64):
            model.add(layers.Conv2D(filters, 3, activation="relu"))
            model.add(layers.Conv2D(filters, 3, activation="relu"))
            model.add(layers.MaxPooling2D(2))
        model.add(layers.Flatten())
        model.add(layers.Dropout(0.2))
        model.add(layers.Dense(128, activation="relu"))
        model.add(layers.Dropout(0.5))
    model.add(layers.Dense(2, activation="softmax"))
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def network(name: str, X: Array, y: Array, watched: tuple[Array, Array], test: tuple[Array, Array], seed: int) -> float:
    """Train one network, scored on the convergence half after every epoch; give its accuracy on the test half."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build(name)
    batch, epochs = NETWORKS[name]
    model.fit(X, y, batch, epochs, verbose=0, validation_data=watched, validation_batch_size=32)
    model.evaluate(X, y, verbose=0)
    return float(model.evaluate(*test, verbose=0)[1])


def leekasso(X: Array, y: Array, test: tuple[Array, Array], pixels: int) -> float:
    """Fit a logistic regression on the pixels with the largest t statistics."""
    if len(np.unique(y)) < 2:
        return float("nan")
    a, b = X[y == 0], X[y == 1]
    error = np.sqrt(a.var(axis=0, ddof=len(a) > 1) / len(a) + b.var(axis=0, ddof=len(b) > 1) / len(b))
    best = np.argsort(-np.abs(a.mean(axis=0) - b.mean(axis=0)) / (error + 1e-6), kind="stable")[:pixels]
    model = LogisticRegression(C=1e6, solver="liblinear").fit(X[:, best], y)
    return float(model.score(test[0][:, best], test[1]))


def logistic(X: Array, y: Array, test: tuple[Array, Array]) -> float:
    """Fit a logistic regression on all pixels, its strength chosen by cross-validation."""
    rarest = int(np.bincount(y, minlength=2).min())
    if rarest < 2:
        return float("nan")
    model = LogisticRegressionCV(
        cv=min(5, rarest), l1_ratios=(0.0,), scoring="accuracy", max_iter=1000, use_legacy_attributes=False
    )
    return float(model.fit(X / 255, y).score(test[0] / 255, test[1]))


def main() -> None:
    """Run the protocol."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, required=True)
    draws = parser.parse_args().draws
    data = bigenough.load("mnist:0,1")
    X, y = np.asarray(data.X).reshape(len(data.X), -1).astype(np.float32), data.y
    pool = np.setdiff1d(np.arange(len(y)), data.holdout)
    convergence, test = np.split(data.holdout, [len(data.holdout) // 2])
    watched, judged = (X[convergence], y[convergence]), (X[test], y[test])
    for name in (*NETWORKS, "leekasso", "leekasso-1", "logistic"):
        for size in SIZES:
            for draw in range(draws):
                rows = np.random.default_rng([size, draw]).choice(pool, size)
                start = time.perf_counter()
                match name:
                    case "leekasso" | "leekasso-1":
                        accuracy = leekasso(X[rows], y[rows], judged, 10 if name == "leekasso" else 1)
                    case "logistic":
                        accuracy = logistic(X[rows], y[rows], judged)
                    case _:
                        accuracy = network(name, X[rows], y[rows], watched, judged, seed=draw)
                seconds = time.perf_counter() - start
                print(json.dumps({"recipe": name, "size": size, "accuracy": accuracy, "seconds": seconds}))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
