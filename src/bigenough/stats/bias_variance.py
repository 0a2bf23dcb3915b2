"""Bias and variance over repeated training sets: of squared error on probabilities, and of 0-1 loss.

The test items are the same for every training set. Noise is not separated: with one label an item it is part of the bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats as st

from bigenough.stats.basic import Interval
from bigenough.types import Floats, Rows


@dataclass(frozen=True)
class Term:
    """One term of a decomposition.

    Attributes
    ----------
    items : ndarray, shape (items,)
        The estimate of every test item.
    without : ndarray, shape (draws,)
        Mean over items of the estimate that leaves one draw out.
    """

    items: Floats
    without: Floats

    @property
    def estimate(self) -> float:
        """Mean over items."""
        return float(self.items.mean())

    def __sub__(self, other: Term) -> Term:
        """The same items and draws under two recipes, paired."""
        return Term(self.items - other.items, self.without - other.without)


@dataclass(frozen=True)
class Squared:
    """Terms of squared error: ``loss = bias + variance`` exactly, item by item.

    Attributes
    ----------
    loss : Term
        Mean over draws of the sum over classes of (label's 0 or 1 - probability)^2: the Brier score, from 0 to 2.
    bias : Term
        Squared distance of the label from the mean probability over all training sets; the label's noise is in it.
    variance : Term
        Sum over classes of the variance of the probability over training sets.
    """

    loss: Term
    bias: Term
    variance: Term


@dataclass(frozen=True)
class ZeroOne:
    """Terms of 0-1 loss about the main prediction: ``loss = bias + unbiased - biased`` exactly, item by item.

    Attributes
    ----------
    loss : Term
        Share of draws whose label is wrong.
    bias : Term
        Whether the main prediction is wrong; the label's noise is in it.
    variance : Term
        Share of draws that differ from the main prediction.
    unbiased : Term
        What variance adds to the loss: the main prediction is right and the draw's is not.
    biased : Term
        What variance takes from the loss: the main prediction is wrong and the draw's is right.
    """

    loss: Term
    bias: Term
    variance: Term
    unbiased: Term
    biased: Term


def squared_error(probabilities: Floats, y: Rows) -> Squared:
    """Decompose squared error; every term is an unbiased estimate, whatever the number of draws.

    The mean of R draws misses the mean of all by variance / R on average, which is taken off the bias. An item's estimate of
    bias can therefore be below 0.

    Parameters
    ----------
    probabilities : ndarray, shape (draws, items, classes)
        At least 3 draws, independent of each other.
    y : ndarray of int64, shape (items,)

    Returns
    -------
    Squared

    Raises
    ------
    ValueError
        Fewer than 3 draws.
    """
    p = np.asarray(probabilities, float)
    n = _enough(len(p))
    error = p - np.eye(p.shape[2])[np.asarray(y)]
    total, squares = error.sum(axis=0), (error**2).sum(axis=2)  # (items, classes), (draws, items)

    def terms(total: Floats, squares: Floats, n: int) -> tuple[Floats, Floats, Floats]:
        loss, centre = squares / n, ((total / n) ** 2).sum(axis=-1)
        variance = (loss - centre) * n / (n - 1)
        return loss, loss - variance, variance

    whole = terms(total, squares.sum(axis=0), n)
    left = [[values.mean() for values in terms(total - error[r], squares.sum(axis=0) - squares[r], n - 1)] for r in range(n)]
    return Squared(*(Term(items, np.array(without)) for items, without in zip(whole, zip(*left, strict=True), strict=True)))


def zero_one(labels: Rows, y: Rows) -> ZeroOne:
    """Decompose 0-1 loss as Domingos does, about the label that most draws give.

    Which label that is must be guessed from the draws too. A draw that helps to choose it is seldom unlike it, so that
    variance would come out too small; each draw is therefore held against the main prediction of all the others. The terms
    are then unbiased for a main prediction of R - 1 draws. Labels that tie share the place.

    Parameters
    ----------
    labels : ndarray of int64, shape (draws, items)
        At least 3 draws, independent of each other.
    y : ndarray of int64, shape (items,)

    Returns
    -------
    ZeroOne

    Raises
    ------
    ValueError
        Fewer than 3 draws.

    References
    ----------
    P. Domingos, "A unified bias-variance decomposition and its applications", ICML 2000.
    """
    labels, y = np.asarray(labels, np.int64), np.asarray(y, np.int64)
    n = _enough(len(labels))
    hot = np.eye(int(max(labels.max(), y.max())) + 1)[labels]  # (draws, items, classes)
    counts, place = hot.sum(axis=0), np.arange(len(y))
    wrong = (labels != y).astype(float)

    def terms(among: Floats, r: int) -> Floats:
        """(5, items): draw r against the main prediction of all in `among` but itself."""
        votes = among - hot[r]
        main = votes == votes.max(axis=1, keepdims=True)
        share = main / main.sum(axis=1, keepdims=True)
        right, own = share[place, y], share[place, labels[r]]
        parts = (wrong[r], 1 - right, 1 - own, right * wrong[r], (1 - right) * (1 - wrong[r]))
        return np.stack(parts)

    whole = np.mean([terms(counts, r) for r in range(n)], axis=0)
    left = [np.mean([terms(counts - hot[s], r).mean(axis=1) for r in range(n) if r != s], axis=0) for s in range(n)]
    return ZeroOne(*(Term(items, without) for items, without in zip(whole, np.array(left).T, strict=True)))


def mean_term(terms: Sequence[Term]) -> Term:
    """Mean of terms on the same items, such as over training sizes, whose draws of one number belong together.

    Where some have fewer draws, because fits failed, all are cut to as many; what a size with more draws adds to the variance
    stays what its own number makes it.
    """
    fewest = min(len(term.without) for term in terms)
    items = np.mean([term.items for term in terms], axis=0)
    return Term(items, np.mean([_cut(term.without, fewest) for term in terms], axis=0))


def _cut(without: Floats, count: int) -> Floats:
    """Leave so many of the leave-one-out values, spread so that the jackknife's variance is that of all draws on average.

    One value differs from their mean by that of its draw over R - 1.
    """
    kept, n = without[:count], len(without)
    return kept.mean() + (n - 1) / (count - 1) * math.sqrt(count / n) * (kept - kept.mean())


def term_interval(term: Term, *, positive: bool = False, level: float = 0.95) -> Interval:
    """Student's t interval for a term, over new training sets and new test items.

    The draws' part of its variance is the jackknife's, the items' part is their spread over their number. What one draw does
    to one item is in both, so that the interval is rather too wide.

    Parameters
    ----------
    term : Term
        Or the difference of two, paired.
    positive : bool
        Whether it is a variance: the interval is then symmetric on the logarithmic scale, because a variance that came out
        small also looks surer than it is. An estimate of 0 or below has no logarithm, and gets the plain interval.
    level : float

    Returns
    -------
    Interval
        Degrees of freedom by Satterthwaite's rule. When all draws and all items agree, its ends are the estimate, which says
        only that these did not differ.
    """
    draws, items = len(term.without), len(term.items)
    if items < 2:
        return Interval(term.estimate, -np.inf, np.inf)
    over_draws = (draws - 1) / draws * float(((term.without - term.without.mean()) ** 2).sum())
    over_items = float(term.items.var(ddof=1)) / items
    variance = over_draws + over_items
    if variance == 0:
        return Interval(term.estimate, term.estimate, term.estimate)
    degrees = variance**2 / (over_draws**2 / (draws - 1) + over_items**2 / (items - 1))
    half = float(st.t.ppf((1 + level) / 2, degrees)) * variance**0.5
    if positive and term.estimate > 0:
        factor = float(np.exp(min(half / term.estimate, 700.0)))
        return Interval(term.estimate, term.estimate / factor, term.estimate * factor)
    return Interval(term.estimate, term.estimate - half, term.estimate + half)


def _enough(draws: int) -> int:
    if draws < 3:
        raise ValueError(f"bias and variance need at least 3 draws, got {draws}")
    return draws
