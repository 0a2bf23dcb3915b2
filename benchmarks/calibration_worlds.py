"""Populations with a known truth, and models cheap enough to fit some millions of times.

A world gives fresh rows for ever. Its models are real ones, fitted for many training sets at once: they take training rows
(sets, n, p), their classes (sets, n) and rows to judge (sets, m, p), and give labels (sets, m).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import bigenough

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Learner = Callable[[Array, Codes, Array, np.random.Generator], Codes]


@dataclass(frozen=True)
class World:
    """A population and two camps.

    Attributes
    ----------
    draw : callable
        (rows, generator) to X, shape (rows, p), and y; every class has the same share of the rows.
    deep, simple : tuple of learners
        "deep" stands for the challenger only.
    null : bool
        Whether the camps are exchangeable, so that the true difference is exactly 0.
    """

    name: str
    draw: Callable[[int, np.random.Generator], tuple[Array, Codes]]
    deep: tuple[Learner, ...]
    simple: tuple[Learner, ...]
    null: bool
    classes: int = 2

    def sizes(self, rows: int) -> tuple[int, ...]:
        """Small, middling, and the whole pool (60 % of the rows of every class)."""
        return {60: (10, 20, 36 if self.classes == 2 else 40), 200: (10, 40, 120), 1000: (20, 100, 600)}[rows]


def one_hot(y: Codes) -> Array:
    """Classes to indicator columns; every class occurs in every training set."""
    return (y[..., None] == np.arange(y.max() + 1)).astype(np.float64)


def ridge(penalty: float) -> Learner:
    """Least squares on the indicators, penalised; with a small penalty and equal classes this is LDA."""

    def learn(X: Array, y: Codes, rows: Array, rng: np.random.Generator) -> Codes:
        target, mean = one_hot(y), X.mean(axis=1, keepdims=True)
        Z = X - mean
        gram = Z.transpose(0, 2, 1) @ Z + penalty * X.shape[1] * np.eye(X.shape[2])
        weights = np.linalg.solve(gram, Z.transpose(0, 2, 1) @ (target - target.mean(axis=1, keepdims=True)))
        return ((rows - mean) @ weights).argmax(axis=2)

    return learn


def centroid(X: Array, y: Codes, rows: Array, rng: np.random.Generator) -> Codes:
    """Label of the nearest class mean."""
    target = one_hot(y)
    means = (target.transpose(0, 2, 1) @ X) / target.sum(axis=1)[..., None]
    return (rows @ means.transpose(0, 2, 1) - 0.5 * (means**2).sum(axis=2)[:, None]).argmax(axis=2)


def neighbours(k: int) -> Learner:
    """Most frequent label among the k nearest rows."""

    def learn(X: Array, y: Codes, rows: Array, rng: np.random.Generator) -> Codes:
        distance = (X**2).sum(axis=2)[:, None] - 2 * rows @ X.transpose(0, 2, 1)
        if k == 1:
            return np.take_along_axis(y, distance.argmin(axis=2), axis=1)
        near = np.argpartition(distance, min(k, X.shape[1]) - 1, axis=2)[..., :k]
        votes = np.take_along_axis(y[:, None], near.reshape(len(y), 1, -1), axis=2).reshape(near.shape)
        return one_hot(votes).sum(axis=2).argmax(axis=2)

    return learn


def random_network(width: int, penalty: float) -> Learner:
    """A hidden layer of random ReLU units, new in every fit, and a penalised output layer: a network with its seed."""

    def learn(X: Array, y: Codes, rows: Array, rng: np.random.Generator) -> Codes:
        weights = rng.standard_normal((len(X), X.shape[2] + 1, width)) / np.sqrt(X.shape[2])

        def hidden(A: Array) -> Array:
            return np.maximum(A @ weights[:, :-1] + weights[:, -1:], 0.0)

        return ridge(penalty)(hidden(X), y, hidden(rows), rng)

    return learn


def on_columns(learner: Learner, start: int, stop: int) -> Learner:
    """Let a learner see some columns only."""
    return lambda X, y, rows, rng: learner(X[..., start:stop], y, rows[..., start:stop], rng)


def twins(name: str, separation: float, common: float, deep: int, simple: int, *, columns: int = 4) -> World:
    """One algorithm on blocks of columns that are exchangeable: no model is better, yet they err on different items.

    `common` is the share of variance that the blocks share: the higher, the more alike the candidates. The larger of two
    camps has a real advantage while training sets are small: choosing on held-out rows finds its luckiest member.
    """
    blocks = deep + simple

    def draw(n: int, rng: np.random.Generator) -> tuple[Array, Codes]:
        y = rng.permutation(n) % 2
        noise = np.sqrt(1 - common) * rng.standard_normal((n, blocks, columns))
        X = noise + np.sqrt(common) * rng.standard_normal((n, 1, columns))
        X[:, :, 0] += separation * (y - 0.5)[:, None]
        return X.reshape(n, -1), y

    learners = tuple(on_columns(ridge(0.05), k * columns, (k + 1) * columns) for k in range(blocks))
    return World(name, draw, learners[:deep], learners[deep:], deep == simple)


def linear_world(n_columns: int = 10, separation: float = 1.8) -> World:
    """Two Gaussian classes: the simple camp holds the best rule there is, the challenger neighbours."""

    def draw(n: int, rng: np.random.Generator) -> tuple[Array, Codes]:
        y = rng.permutation(n) % 2
        X = rng.standard_normal((n, n_columns))
        X[:, :4] += separation / 2 * (y - 0.5)[:, None]
        return X, y

    challenger = (neighbours(1), neighbours(5), neighbours(15))
    return World("linear", draw, challenger, (ridge(1e-3), ridge(1.0), centroid), False)


def overtaking_world(n_columns: int = 10) -> World:
    """A strong linear signal and an exclusive-or: the challenger overtakes as the training set grows."""

    def draw(n: int, rng: np.random.Generator) -> tuple[Array, Codes]:
        y = rng.permutation(n) % 2
        sign, other = 2 * y - 1, rng.choice([-1, 1], n)
        X = rng.standard_normal((n, n_columns))
        X[:, 0] += 0.9 * sign
        X[:, 1] += 1.2 * other
        X[:, 2] += 1.2 * other * sign
        return X, y

    challenger = (neighbours(5), neighbours(15), random_network(60, 0.1))
    return World("overtaking", draw, challenger, (ridge(1e-3), ridge(1.0), centroid), False)


def mnist_worlds() -> list[World]:
    """All of MNIST as a population, seen through its first 50 principal components."""
    data = bigenough.load("mnist")
    X = data.flat(np.arange(len(data.y))) / 255.0
    X -= X.mean(axis=0)
    _, vectors = np.linalg.eigh(X.T @ X)
    X = X @ vectors[:, :-51:-1] / 4.0

    def population(codes: tuple[int, ...]) -> Callable[[int, np.random.Generator], tuple[Array, Codes]]:
        of_class = [np.flatnonzero(data.y == code) for code in codes]

        def draw(n: int, rng: np.random.Generator) -> tuple[Array, Codes]:
            y = rng.permutation(n) % len(codes)
            rows = np.empty(n, np.int64)
            for code, members in enumerate(of_class):
                rows[y == code] = rng.choice(members, np.count_nonzero(y == code), replace=False)
            return X[rows], y

        return draw

    deep, simple = (random_network(100, 0.1), random_network(100, 1.0)), (centroid, ridge(0.1), neighbours(1))
    seeds = (random_network(100, 0.3),) * 2
    return [
        World("MNIST, networks that differ in their seeds", population(tuple(range(10))), seeds, seeds, True, 10),
        World("MNIST, ten digits", population(tuple(range(10))), deep, simple, False, 10),
        World("MNIST, 4 against 9", population((4, 9)), deep, simple, False),
    ]


def simulated_worlds() -> list[World]:
    """Simulated populations; the first four have no difference to find."""
    return [
        twins("twins, 1 against 1", 1.4, 0.0, 1, 1),
        twins("twins, 4 against 4", 1.4, 0.0, 4, 4),
        twins("twins that err alike, 1 against 1", 1.6, 0.7, 1, 1),
        twins("twins near perfection, 1 against 1", 4.0, 0.0, 1, 1),
        uneven_twins(),
        linear_world(),
        overtaking_world(),
    ]


def uneven_twins() -> World:
    """Give one challenger and seven others, all alike."""
    return twins("twins, 1 against 7", 1.4, 0.0, 1, 7)
