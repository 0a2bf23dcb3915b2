"""A gap shared out among the changes that make it up.

A set of the k changes is a bit mask: bit i says that change i was made. `values` has the score of every set, in the order of
the masks: column 0 is nothing changed, the last column everything.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy import stats as st

from bigenough.stats.basic import Interval
from bigenough.stats.paired import PSEUDO
from bigenough.types import Floats, Rows


def shapley_shares(values: Floats) -> Floats:
    r"""Share the gap between the last and the first column out among the changes.

    A change's share is what it adds when it is made, averaged over all k! orders in which the changes can be made:
    :math:`\phi_i = \sum_{S \not\ni i} \frac{|S|! (k - |S| - 1)!}{k!} (v(S \cup i) - v(S))`.

    Parameters
    ----------
    values : ndarray, shape (draws, 2**k)

    Returns
    -------
    ndarray, shape (draws, k)
        Rows sum to the gap.

    References
    ----------
    L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games 2 (1953) 307-317.

    Examples
    --------
    >>> shapley_shares(np.array([[0.0, 1.0, 2.0, 7.0]]))
    array([[3., 4.]])
    """
    k = _changes(values)
    masks = np.arange(values.shape[1])
    made = _counts(masks)
    weights = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    shares = np.empty((len(values), k))
    for i in range(k):
        without = masks[masks & 1 << i == 0]
        shares[:, i] = (values[:, without | 1 << i] - values[:, without]) @ weights[made[without]]
    return shares


def single_steps(values: Floats) -> tuple[Floats, Floats]:
    """Give what each change adds when it is the first of all, and when it is the last of all.

    Parameters
    ----------
    values : ndarray, shape (draws, 2**k)

    Returns
    -------
    first, last : ndarray, shape (draws, k)
    """
    k = _changes(values)
    bits = 1 << np.arange(k)
    return values[:, bits] - values[:, :1], values[:, -1:] - values[:, (2**k - 1) ^ bits]


def interactions(values: Floats) -> Floats:
    r"""Give how much two changes add together beyond what each adds alone, averaged over what else was changed before.

    :math:`I_{ij} = \sum_{S \not\ni i,j} \frac{|S|! (k - |S| - 2)!}{(k - 1)!}
    (v(S \cup ij) - v(S \cup i) - v(S \cup j) + v(S))`; positive where they need each other, negative where either does.

    Parameters
    ----------
    values : ndarray, shape (draws, 2**k)

    Returns
    -------
    ndarray, shape (draws, k, k)
        Symmetric, zero on the diagonal.

    References
    ----------
    M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among players in cooperative games",
    International Journal of Game Theory 28 (1999) 547-565.
    """
    k = _changes(values)
    masks = np.arange(values.shape[1])
    made = _counts(masks)
    weights = np.array([factorial(s) * factorial(k - s - 2) / factorial(k - 1) for s in range(k - 1)])
    found = np.zeros((len(values), k, k))
    for i in range(k):
        for j in range(i):
            a, b = 1 << i, 1 << j
            without = masks[masks & (a | b) == 0]
            together = values[:, without | a | b] - values[:, without | a] - values[:, without | b] + values[:, without]
            found[:, i, j] = found[:, j, i] = together @ weights[made[without]]
    return found


def sample_orders(k: int, pairs: int, rng: np.random.Generator) -> Rows:
    """Draw orders in which k changes are made, each with its reverse, so that what is early in one is late in the other.

    Parameters
    ----------
    k, pairs : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape (pairs, 2, k)

    References
    ----------
    R. Mitchell, J. Cooper, E. Frank and G. Holmes, "Sampling permutations for Shapley value estimation", JMLR 23 (2022), on
    antithetic orders.
    """
    forward = np.stack([rng.permutation(k) for _ in range(pairs)])
    return np.stack([forward, forward[:, ::-1]], axis=1)


def masks_of(orders: Rows) -> Rows:
    """Give the sets that orders pass through, shape (..., k) to (..., k + 1): from nothing changed to everything."""
    after = np.cumsum(np.left_shift(1, orders), axis=-1)
    return np.concatenate([np.zeros_like(after[..., :1]), after], axis=-1)


def sampled_shares(values: Floats, orders: Rows) -> Floats:
    """Give what each change adds along sampled orders.

    Parameters
    ----------
    values : ndarray, shape (draws, pairs, 2, k + 1)
        Scores of the sets of `masks_of(orders)`.
    orders : ndarray of int64, shape (pairs, 2, k)

    Returns
    -------
    ndarray, shape (draws, pairs, k)
        The mean of an order and its reverse; sums over changes to the gap in every draw and pair.
    """
    steps = np.diff(values, axis=-1)
    places = np.argsort(orders, axis=-1)
    return np.take_along_axis(steps, places[None], axis=-1).mean(axis=2)


def interval_over_draws_and_orders(shares: Floats, *, resolution: float = 0.0, level: float = 0.95) -> Interval:
    r"""Interval for a mean over draws and over sampled orders, when every order was tried on every draw.

    Draws and orders both vary the mean: :math:`V = s_R^2 / R + s_P^2 / P`, with Satterthwaite's degrees of freedom. Both parts
    contain the variance of single cells; taking it off once, as two-way clustering does, would be right for many orders,
    and gives intervals that are too short for the few that can be afforded. As in `interval_over_draws`, two pseudo-draws
    keep it from closing.

    Parameters
    ----------
    shares : ndarray, shape (draws, pairs)
    resolution : float
        The smallest difference other than 0 that a draw can show.
    level : float

    Returns
    -------
    Interval
        With one draw or one pair of orders the ends are infinite.

    References
    ----------
    A. C. Cameron, J. B. Gelbach and D. L. Miller, "Robust inference with multiway clustering", Journal of Business and
    Economic Statistics 29 (2011) 238-249, on two-way clustering.
    """
    n_draws, n_pairs = shares.shape
    mean = float(shares.mean()) if shares.size else np.nan
    if min(n_draws, n_pairs) < 2:
        return Interval(mean, -np.inf, np.inf)
    of_draws, of_pairs = shares.mean(axis=1), shares.mean(axis=0)
    draws = float(of_draws.var(ddof=1)) / n_draws
    pairs = float(of_pairs.var(ddof=1)) / n_pairs
    total = draws + pairs
    degrees = n_draws - 1.0 if total == 0 else total**2 / (draws**2 / (n_draws - 1) + pairs**2 / (n_pairs - 1))
    error = np.sqrt(total + PSEUDO * resolution**2 / (n_draws + PSEUDO) ** 2)
    half = float(st.t.ppf((1 + level) / 2, degrees) * error)
    return Interval(mean, mean - half, mean + half)


def ratio_interval(parts: Floats, wholes: Floats, *, more: float = 0.0, level: float = 0.95) -> Interval:
    """Fieller's interval for mean(parts) / mean(wholes) of paired values, such as gains and gaps on the same draws.

    Parameters
    ----------
    parts, wholes : ndarray, shape (n,)
    more : float
        Variance of the mean part beyond that over draws, such as that of sampled orders, of which the wholes know nothing.
    level : float

    Returns
    -------
    Interval
        Infinite where the mean whole cannot be told from 0, so that no ratio can be excluded.

    References
    ----------
    E. C. Fieller, "Some problems in interval estimation", Journal of the Royal Statistical Society B 16 (1954) 175-185.
    """
    n = len(parts)
    if n < 2 or wholes.mean() == 0:
        return Interval(float(parts.mean() / wholes.mean()) if n and wholes.mean() else np.nan, -np.inf, np.inf)
    (vp, cov), (_, vw) = np.cov(parts, wholes) / n
    square = float(st.t.ppf((1 + level) / 2, n - 1)) ** 2
    p, w = float(parts.mean()), float(wholes.mean())
    # the ratios r for which mean(parts - r * wholes) is not away from 0
    a, b, c = w**2 - square * vw, p * w - square * cov, p**2 - square * (vp + more)
    if a <= 0:
        return Interval(p / w, -np.inf, np.inf)
    half = np.sqrt(max(b**2 - a * c, 0.0))
    return Interval(p / w, float((b - half) / a), float((b + half) / a))


def _changes(values: NDArray[np.float64]) -> int:
    k = int(values.shape[1]).bit_length() - 1
    if values.shape[1] != 2**k or k < 1:
        raise ValueError(f"values has {values.shape[1]} columns, which is no 2**k with k of at least 1")
    return k


def _counts(masks: Rows) -> Rows:
    return np.array([int(mask).bit_count() for mask in masks])
