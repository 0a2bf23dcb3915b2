"""The smallest set of changes that closes the gap, and its test on draws that did not choose it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bigenough.explanation.lattice import Change, Lattice
from bigenough.explanation.shares import Explained
from bigenough.stats import Interval, interval_over_draws, ratio_interval
from bigenough.types import Floats

ENOUGH = 0.9  # of the gap
SURE = 0.5  # of it, that a confirmed repair closes for sure


@dataclass(frozen=True)
class Repair:
    """The fewest changes to the worse recipe that close `ENOUGH` of the gap, among the hybrids that were trained.

    Attributes
    ----------
    worse : {"a", "b"}
        Which recipe it mends.
    changes : tuple of Change
        From the worse recipe's values to the better one's, whichever way they are written.
    mask : int
        Of the mended recipe.
    without : tuple of int
        Masks of the mended recipe with each of the changes left out; empty where there is only one.
    closed : Interval
        Share of the gap that it closes on the draws that chose it, which is therefore too good.
    others : tuple of tuple of Change
        Other sets of as few changes that close `ENOUGH` on those draws, the best first; they are not tested.
    """

    worse: Literal["a", "b"]
    changes: tuple[Change, ...]
    mask: int
    without: tuple[int, ...]
    closed: Interval
    others: tuple[tuple[Change, ...], ...] = ()

    def masks(self, lattice: Lattice) -> list[int]:
        """List the hybrids that its test needs."""
        return list(dict.fromkeys((0, lattice.everything, self.mask, *self.without)))


@dataclass(frozen=True)
class Retest:
    """A repair on draws that did not choose it.

    Attributes
    ----------
    draws : int
    gap, gain : Interval
        The better recipe less the worse, and the mended recipe less the worse; over draws.
    closed : Interval
        Their ratio (Fieller).
    needed : tuple of Interval
        What each change's absence costs the mended recipe; empty where there is only one.
    outcome : {"confirmed", "falls short", "cannot tell"}
        Confirmed: it closes `SURE` of the gap or more, and closing `ENOUGH` is not excluded. Falls short: it is.
    """

    draws: int
    gap: Interval
    gain: Interval
    closed: Interval
    needed: tuple[Interval, ...]
    outcome: Literal["confirmed", "falls short", "cannot tell"]


def choose(explained: Explained) -> Repair | None:
    """Find the repair by mean scores; None where the gap cannot be told from 0."""
    if not explained.clear:
        return None
    masks, mean = np.array(explained.design.masks), explained.scores.mean(axis=0)
    lattice = explained.design.lattice
    worse: Literal["a", "b"] = "a" if explained.gap.estimate > 0 else "b"
    start = 0 if worse == "a" else lattice.everything
    begin = mean[explained.design.columns(np.array(start))]
    end = mean[explained.design.columns(np.array(lattice.everything ^ start))]
    enough = masks[mean - begin >= ENOUGH * (end - begin)]
    order = sorted(enough, key=lambda m: (int(m ^ start).bit_count(), -mean[explained.design.columns(m)]))
    mended = int(order[0])

    def made(mask: int) -> tuple[Change, ...]:
        changes = lattice.made(mask ^ start)
        return tuple(turned(change) for change in changes) if worse == "b" else tuple(changes)

    fewest = len(made(mended))
    others = tuple(made(int(mask)) for mask in order[1:] if len(made(int(mask))) == fewest)
    bits = [i for i in range(len(lattice.changes)) if (mended ^ start) >> i & 1]
    without = tuple(mended ^ 1 << i for i in bits) if len(bits) > 1 else ()
    column = explained.scores[:, explained.design.columns(np.array([start, mended, lattice.everything ^ start]))]
    closed = ratio_interval(column[:, 1] - column[:, 0], column[:, 2] - column[:, 0])
    return Repair(worse, made(mended), mended, without, closed, others)


def turned(change: Change) -> Change:
    """The same change made backwards."""
    return Change(change.name, change.settings, change.after, change.before)


def retest(repair: Repair, lattice: Lattice, scores: Mapping[int, Floats], *, resolution: float = 0.0) -> Retest:
    """Test a repair.

    Parameters
    ----------
    repair : Repair
    lattice : Lattice
    scores : mapping of int to ndarray, shape (draws,)
        Test scores on fresh draws, of the hybrids of `repair.masks`.
    resolution : float
        The smallest difference of a score that a draw can show.
    """
    start = 0 if repair.worse == "a" else lattice.everything
    worse, better, mended = scores[start], scores[lattice.everything ^ start], scores[repair.mask]
    gain = interval_over_draws(mended - worse, resolution=resolution)
    closed = ratio_interval(mended - worse, better - worse)
    needed = tuple(interval_over_draws(mended - scores[mask], resolution=resolution) for mask in repair.without)
    outcome: Literal["confirmed", "falls short", "cannot tell"] = "cannot tell"
    if closed.high < ENOUGH:
        outcome = "falls short"
    elif gain.low > 0 and closed.low >= SURE:
        outcome = "confirmed"
    gap = interval_over_draws(better - worse, resolution=resolution)
    return Retest(len(worse), gap, gain, closed, needed, outcome)
