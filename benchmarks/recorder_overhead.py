"""What recording costs: training loops in PyTorch with and without `bigenough.recorders.Recorder`, and Keras where it is there.

Pairs of trainings from the same start, in one thread, that take turns every 50 updates (Keras's run one after the other); the
median over pairs of the ratio of their processor times, and its 95 % interval, over pairs (order statistics, no shape assumed).
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import binom
from torch import nn

from bigenough.recorders import Recorder

SHAPES = {"784-128-128-2": (784, 128, 128, 2), "30-32-2": (30, 32, 2), "784-256-256-10": (784, 256, 256, 10)}
BATCH = 32
BLOCK = 50  # updates between turns
END = object()


def torch_training(widths: tuple[int, ...], updates: int, *, record: bool) -> Iterator[None]:
    """Train a dense network by a hand-written loop, a block of updates at a time."""
    torch.manual_seed(0)
    X, y = torch.randn(512, widths[0]), torch.randint(widths[-1], (512,))
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths[:-1]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
    optimizer = torch.optim.Adam(model.parameters())
    yield
    recorder = Recorder(model, optimizer) if record else None
    for update in range(updates):
        at = update * BATCH % len(X)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[at : at + BATCH]), y[at : at + BATCH])
        loss.backward()
        optimizer.step()
        if recorder is not None:
            recorder.step(loss)
        if update % BLOCK == BLOCK - 1:
            yield
    if recorder is not None:
        with tempfile.TemporaryDirectory() as folder:
            recorder.save(Path(folder) / "history.json")


def keras_training(widths: tuple[int, ...], updates: int, *, record: bool) -> Iterator[None]:
    """Train the same network in Keras, with or without the callback, all at once after one epoch that compiles."""
    import keras

    from bigenough.recorders import KerasRecorder

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(512, widths[0])).astype(np.float32), rng.integers(widths[-1], size=512)
    hidden = [keras.layers.Dense(width, activation="relu") for width in widths[1:-1]]
    model: Any = keras.Sequential([keras.Input((widths[0],)), *hidden, keras.layers.Dense(widths[-1], activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, y, batch_size=BATCH, epochs=1, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        callbacks = [KerasRecorder(Path(folder) / "history.json")] if record else []
        yield
        model.fit(X, y, batch_size=BATCH, epochs=max(1, updates * BATCH // 512), verbose=0, callbacks=callbacks)


def seconds(trainings: Sequence[Iterator[None]]) -> list[float]:
    """Processor seconds of each training; they take turns, so that whatever else goes on meets them all alike."""
    taken, going = [0.0] * len(trainings), [True] * len(trainings)
    for training in trainings:
        next(training)  # set up
    while any(going):
        for i, training in enumerate(trainings):
            start = time.process_time()
            going[i] = next(training, END) is not END
            taken[i] += time.process_time() - start
    return taken


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the median: the order statistics between which it lies, whatever the distribution."""
    ordered, below = sorted(values), int(binom.ppf(0.025, len(values), 0.5))
    return ordered[max(0, below - 1)], ordered[min(len(values) - 1, len(values) - below)]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21)
    parser.add_argument("--updates", type=int, default=3000)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; {asked.pairs} pairs, {asked.updates} updates"
    )
    print("\n| loop | network | ms an update | recording adds |\n|---|---|---|---|")
    loops = {"PyTorch": torch_training, **({"Keras": keras_training} if find_spec("keras") else {})}
    for name, training in loops.items():
        for shape, widths in SHAPES.items():
            deque(training(widths, 100, record=True), maxlen=0)  # loads what is loaded once
            ratios, alone = [], []
            for pair in range(asked.pairs):
                order = (False, True) if pair % 2 else (True, False)
                taken = dict(zip(order, seconds([training(widths, asked.updates, record=r) for r in order]), strict=True))
                ratios.append(taken[True] / taken[False] - 1)
                alone.append(1000 * taken[False] / asked.updates)
            low, high = median_interval(ratios)
            added = f"{100 * statistics.median(ratios):+.1f} % [{100 * low:+.1f}, {100 * high:+.1f}]"
            print(f"| {name} | {shape} | {statistics.median(alone):.3f} | {added} |", flush=True)


if __name__ == "__main__":
    main()
