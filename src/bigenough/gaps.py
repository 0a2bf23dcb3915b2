"""The gap that the post is about: from Leek's network to its own, at every training size."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from bigenough.explaining import Explanation, run_explanation
from bigenough.explanation import Design, Explained, Lattice, explain_runs
from bigenough.running import Progress
from bigenough.store import Store
from bigenough.types import Dataset, Study

FROM, TO = "leek-mlp", "mlp"
Explanations = Mapping[int, Explanation]


def explain_gap(
    study: Study,
    data: Dataset,
    store: Store,
    *,
    draws: int,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    train: bool = True,
) -> dict[int, Explanation]:
    """Share the gap between the two networks out at every size of a study that has both.

    Parameters
    ----------
    study : Study
        Its sampling, sizes and recipes; the first draws are its own.
    data : Dataset
    store : Store
    draws : int
        Training sets of each size that share the gap out; as many fresh ones test the repair.
    jobs, device, progress, train
        As for `explaining.run_explanation`.

    Returns
    -------
    dict of int to Explanation
        By size; empty where the study lacks one of the networks.
    """
    recipes = {recipe.name: recipe for recipe in study.recipes}
    if draws < 1 or not {FROM, TO} <= recipes.keys():
        return {}
    found = {}
    for size in study.train_sizes:
        of_size = dataclasses.replace(study, train_sizes=(size,), draws=draws, more_draws=())
        found[size] = run_explanation(
            recipes[FROM], recipes[TO], data, of_size, store, fresh_draws=draws, jobs=jobs, device=device, progress=progress,
            train=train,
        )  # fmt: skip
    return found


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
