"""Scores of hybrids to each change's share of the gap."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bigenough.explanation.design import Design
from bigenough.explanation.lattice import Change
from bigenough.stats import (
    Interval,
    interactions,
    interval_over_draws,
    interval_over_draws_and_orders,
    masks_of,
    ratio_interval,
    sampled_shares,
    shapley_shares,
    single_steps,
)
from bigenough.types import Floats

SHOWN_PAIRS = 5


@dataclass(frozen=True)
class Share:
    """What one change carries.

    Attributes
    ----------
    change : Change
    share : Interval
        Its part of the gap; all parts add up to the gap.
    of_gap : Interval
        The same, as a share of the gap.
    alone_on_a : Interval
        What it adds to the first recipe when nothing else is changed.
    alone_on_b : Interval
        What the second recipe loses when nothing else is taken back.
    by_draw : ndarray, shape (draws,)
        Its part of every draw's gap.
    """

    change: Change
    share: Interval
    of_gap: Interval
    alone_on_a: Interval
    alone_on_b: Interval
    by_draw: Floats = field(repr=False)


@dataclass(frozen=True)
class Pair:
    """How much more two changes add together than each does alone."""

    one: Change
    other: Change
    excess: Interval


@dataclass(frozen=True)
class Explained:
    """A gap and what carries it.

    Attributes
    ----------
    design : Design
    draws : int
    score_a, score_b, gap : Interval
        Of the gap: the second recipe's score less the first's. All intervals are over draws, and where orders were sampled,
        those of `Share.share` over the sampling too.
    shares : tuple of Share
        In the order of the changes.
    pairs : tuple of Pair
        The largest interactions first; empty where not all hybrids were trained.
    scores : ndarray, shape (draws, hybrids)
        In the order of `design.masks`.
    """

    design: Design
    draws: int
    score_a: Interval
    score_b: Interval
    gap: Interval
    shares: tuple[Share, ...]
    pairs: tuple[Pair, ...]
    scores: Floats = field(repr=False)

    @property
    def clear(self) -> bool:
        """Whether the gap's interval leaves 0 out."""
        return self.gap.low > 0 or self.gap.high < 0

    @property
    def by_size(self) -> list[Share]:
        """The shares, the largest in the gap's direction first."""
        sign = 1 if self.gap.estimate >= 0 else -1
        return sorted(self.shares, key=lambda share: -sign * share.share.estimate)

    @property
    def sure(self) -> list[Share]:
        """Those of them whose intervals leave 0 out."""
        return [share for share in self.by_size if share.share.low > 0 or share.share.high < 0]


def explain_runs(design: Design, scores: Floats, *, resolution: float = 0.0) -> Explained:
    """Share the gap out.

    Parameters
    ----------
    design : Design
    scores : ndarray, shape (draws, hybrids)
        Test scores, in the order of `design.masks`; a row is a draw.
    resolution : float
        The smallest difference of a score that a draw can show, such as 1 / test items.

    Returns
    -------
    Explained
    """

    def over_draws(values: Floats) -> Interval:
        return interval_over_draws(values, resolution=resolution)

    changes, gaps = design.lattice.changes, scores[:, -1] - scores[:, 0]
    k, everything = len(changes), design.lattice.everything
    bits = 1 << np.arange(k)
    pairs: list[Pair] = []
    of_orders = np.zeros(k)  # variance of a mean share over the sampled orders
    if design.orders is None:
        by_draw = shapley_shares(scores)
        parts = [over_draws(by_draw[:, i]) for i in range(k)]
        found = interactions(scores)
        pairs = [Pair(changes[i], changes[j], over_draws(found[:, i, j])) for i in range(k) for j in range(i + 1, k)]
        first, last = single_steps(scores)
    else:
        along = sampled_shares(scores[:, design.columns(masks_of(design.orders))], design.orders)
        by_draw = along.mean(axis=1)
        of_orders = along.mean(axis=0).var(axis=0, ddof=min(1, along.shape[1] - 1)) / along.shape[1]
        parts = [interval_over_draws_and_orders(along[:, :, i], resolution=resolution) for i in range(k)]
        first = scores[:, design.columns(bits)] - scores[:, :1]
        last = scores[:, -1:] - scores[:, design.columns(everything ^ bits)]
    shares = tuple(
        Share(
            change, parts[i], ratio_interval(by_draw[:, i], gaps, more=of_orders[i]), over_draws(first[:, i]),
            over_draws(last[:, i]), by_draw[:, i],
        )
        for i, change in enumerate(changes)
    )  # fmt: skip
    pairs.sort(key=lambda pair: -abs(pair.excess.estimate))
    ends = over_draws(scores[:, 0]), over_draws(scores[:, -1])
    return Explained(design, len(scores), *ends, over_draws(gaps), shares, tuple(pairs[:SHOWN_PAIRS]), scores)
