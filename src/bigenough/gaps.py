"""The gaps that the post is about: from Leek's networks to its own, at every training size."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bigenough.errors import InputError
from bigenough.explaining import Explanation, run_explanation
from bigenough.explanation import Design, Explained, Lattice, explain_runs
from bigenough.progress import Progress
from bigenough.store import Store
from bigenough.types import Dataset, Study
from bigenough.workers import Crew

Explanations = Mapping[int, Explanation]
GAPS = (("leek-mlp", "mlp"), ("h2o-settings", "mlp"))  # H2O itself trains too slowly for all hybrids: its settings do


@dataclass(frozen=True)
class Gap:
    """What carries the gap between two recipes.

    Attributes
    ----------
    a, b : str
        The recipes' names.
    by_size : mapping of int to Explanation
        Sizes that have no draw of all hybrids are not in it.
    """

    a: str
    b: str
    by_size: Explanations


def explain_gaps(
    study: Study,
    data: Dataset,
    store: Store,
    *,
    draws: int,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    train: bool = True,
    crew: Crew | None = None,
) -> list[Gap]:
    """Share the gaps between networks out, of `GAPS` those whose two recipes a study has, at every size.

    Parameters
    ----------
    study : Study
        Its sampling, sizes and recipes; the first draws are its own.
    data : Dataset
    store : Store
    draws : int
        Training sets of each size that share a gap out; as many fresh ones test the repair.
    jobs, device, progress, train, crew
        As for `explaining.run_explanation`.

    Returns
    -------
    list of Gap
        Without those of which nothing was explained.
    """
    recipes = {recipe.name: recipe for recipe in study.recipes}
    gaps = []
    for a, b in GAPS if draws else ():
        if not {a, b} <= recipes.keys():
            continue
        found = {}
        for size in study.train_sizes:
            of_size = dataclasses.replace(study, train_sizes=(size,), draws=draws, more_draws=())
            # stopped half-way: some size may have no draw yet
            with contextlib.nullcontext() if train else contextlib.suppress(InputError):
                found[size] = run_explanation(
                    recipes[a], recipes[b], data, of_size, store, fresh_draws=draws, jobs=jobs, device=device,
                    progress=progress, train=train, crew=crew,
                )  # fmt: skip
        if found:
            gaps.append(Gap(a, b, found))
    return gaps


def to_the_repair(found: Explanation) -> Explained | None:
    """Share the gap from the first recipe to its smallest repair out, by hybrids that the whole lattice has already.

    Returns
    -------
    Explained or None
        None where there is no repair of the first recipe, or not all hybrids were trained.
    """
    explained, repair = found.explained, found.repair
    if repair is None or repair.worse != "a" or explained.design.orders is not None:
        return None
    lattice = explained.design.lattice
    bits = [i for i in range(len(lattice.changes)) if repair.mask >> i & 1]
    inner = Lattice(lattice.a, lattice.hybrid(repair.mask), tuple(lattice.changes[i] for i in bits))
    masks = np.array([sum(1 << bit for j, bit in enumerate(bits) if m >> j & 1) for m in range(2 ** len(bits))])
    columns = explained.design.columns(masks)
    return explain_runs(Design(inner, tuple(range(2 ** len(bits)))), explained.scores[:, columns])
