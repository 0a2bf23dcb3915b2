"""Which hybrids are trained: all of them, or those on sampled ways from one recipe to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.explanation.lattice import Lattice
from bigenough.stats import masks_of, sample_orders
from bigenough.types import Recipe, Rows, stable_seed

MOST_EXACT = 8  # changes of which all hybrids are trained
MOST_HYBRIDS = 2**MOST_EXACT


@dataclass(frozen=True)
class Design:
    """The hybrids to be trained.

    Attributes
    ----------
    lattice : Lattice
    masks : tuple of int
        The sets of changes, ascending; the first is nothing, the last everything.
    orders : ndarray of int64, shape (pairs, 2, k), or None
        Sampled orders of the changes, each with its reverse; None where all hybrids are trained.
    """

    lattice: Lattice
    masks: tuple[int, ...]
    orders: Rows | None = None

    @property
    def recipes(self) -> list[Recipe]:
        """The hybrids, in the order of `masks`."""
        return [self.lattice.hybrid(mask) for mask in self.masks]

    def columns(self, masks: Rows) -> Rows:
        """Find sets among `masks`; all must be in it."""
        return np.searchsorted(self.masks, masks)


def make_design(lattice: Lattice, *, seed: int = 0) -> Design:
    """Choose the hybrids: all up to `MOST_EXACT` changes; above, orders of about as many hybrids, and every single step.

    Parameters
    ----------
    lattice : Lattice
    seed : int
        Of the orders.
    """
    k, everything = len(lattice.changes), lattice.everything
    if k <= MOST_EXACT:
        return Design(lattice, tuple(range(everything + 1)))
    pairs = max(2, (MOST_HYBRIDS - 2 * k) // (2 * (k - 1)))
    orders = sample_orders(k, pairs, np.random.default_rng(stable_seed("orders", k, seed)))
    steps = [mask for i in range(k) for mask in (1 << i, everything ^ 1 << i)]
    return Design(lattice, tuple(sorted({*masks_of(orders).ravel().tolist(), *steps})), orders)
