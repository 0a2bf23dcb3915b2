"""Runs of a study to its verdict, with more draws where it is undecided, and the words for what was added."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from bigenough.errors import InputError
from bigenough.running import Cell, plan
from bigenough.store import Store
from bigenough.types import Comparison, Dataset, Run, Study
from bigenough.verdict import Verdict, decide, judge, pair
from bigenough.verdict.champions import CAMPS


def judged(asked: Study, data: Dataset, cells: Sequence[Cell], runs: Sequence[Run]) -> Verdict:
    """Compare the two camps on the runs that are there.

    Where draws are added, each size is judged by its last complete look: draws of a look that the time has cut off count once
    it is complete, since the tests pay for the looks that are planned and for no others.
    """
    draws = {(cell.draw.size, cell.draw.repeat): cell.draw for cell in cells}
    if asked.looks:
        seen = _last_complete(asked, cells, {run.key for run in runs})
        draws = {(size, repeat): draw for (size, repeat), draw in draws.items() if repeat < seen[size]}
        runs = [run for run in runs if run.repeat < seen[run.size]]
    families = {recipe.family for recipe in asked.recipes}
    lacking = [camp for camp in CAMPS if camp not in families]
    if lacking:
        said = f"There is nothing to compare: of the models chosen none is {' or '.join(lacking)}."
        return dataclasses.replace(decide([]), sentence=said)
    groups = None if data.groups is None else np.unique(data.groups, return_inverse=True)[1]
    names = [recipe.name for recipe in asked.recipes if recipe.family != "data-free"]
    try:
        pairs = pair(runs, list(draws.values()), data.y, metric=asked.metric, groups=groups, recipes=names)
        comparisons = judge(pairs, metric=asked.metric, rows=len(data.y), margin=asked.margin, looks=asked.looks)
    except InputError as error:  # a camp lacks what the metric needs; the runs are there all the same
        return dataclasses.replace(decide([]), sentence=f"There is nothing to compare: {error}.")
    verdict = decide(comparisons, pairs, seed=asked.seed, looks=asked.looks)
    return dataclasses.replace(verdict, sentence=" ".join([verdict.sentence, *_absent(asked, names, runs)]))


def _absent(asked: Study, names: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """Say which models took no part in the comparison, since none of their fits can be judged by the metric, and why."""
    said = []
    for name in names:
        of_model = [run for run in runs if run.recipe == name]
        if not of_model or not all(np.isnan(run.scores[asked.metric]) for run in of_model):
            continue
        failed = all(run.status == "failed" for run in of_model)
        why = "every fit of it failed" if failed else f"it gives no probabilities, which {asked.metric} needs"
        said.append(f"{name} takes no part in this: {why}.")
    return said


def _last_complete(asked: Study, cells: Sequence[Cell], done: set[str]) -> dict[int, int]:
    """Draws of each size up to its last look that lacks no run; all of them where there is none yet."""
    first_missing = {size: asked.draws_at(size) for size in asked.train_sizes}
    for cell in cells:
        if cell.key not in done:
            first_missing[cell.draw.size] = min(first_missing[cell.draw.size], cell.draw.repeat)
    return {
        size: max((look for look in asked.looks if look <= first_missing[size]), default=asked.draws_at(size))
        for size in asked.train_sizes
    }


def with_more_draws(asked: Study, comparisons: Sequence[Comparison]) -> Study | None:
    """Ask for the draws of the next look at every size that more draws may settle; None where there is no such size.

    Parameters
    ----------
    asked : Study
        With its `looks`.
    comparisons : sequence of Comparison
        Of all draws that `asked` has.

    Returns
    -------
    Study or None
    """
    more = {size: asked.draws_at(size) for size in asked.train_sizes}
    for c in comparisons:
        if c.outcome == "undecided" and c.more_draws is not None:
            more[c.size] = min((look for look in asked.looks if look > more[c.size]), default=more[c.size])
    wanted = dataclasses.replace(asked, more_draws=tuple(more[size] - asked.draws for size in asked.train_sizes))
    return wanted if wanted.n_runs > asked.n_runs else None


def largest(asked: Study) -> Study:
    """Ask for the draws of the last look at every size."""
    return dataclasses.replace(asked, more_draws=(asked.looks[-1] - asked.draws,) * len(asked.train_sizes))


def run_until_decided(
    asked: Study, data: Dataset, store: Store, *, run: Callable[[Sequence[Cell]], None], late: Callable[[], bool]
) -> Study:
    """Run a study, look, and add draws where it is undecided, until `with_more_draws` has none to add or the time is up.

    Parameters
    ----------
    asked : Study
        With its `looks`.
    data : Dataset
    store : Store
        Keeps what was asked for at each stage, so that the same call goes on from there.
    run : callable
        Runs cells that the store lacks, or as many as there is time for.
    late : callable
        Whether the time is up.

    Returns
    -------
    Study
        With the draws that were added, whether or not there was time to run them all.
    """
    kept = store.get("study")
    before = None if kept is None else Study.from_json(kept)
    if before is not None and dataclasses.replace(before, more_draws=asked.more_draws) == asked:
        asked = dataclasses.replace(asked, more_draws=before.more_draws)  # with its own recipes, which hold models
    while True:
        cells = plan(asked, data)
        store.put("study", asked.to_json())
        run(cells)
        runs = store.runs([cell.key for cell in cells])
        if late() or len(runs) < len(cells):
            return asked
        more = with_more_draws(asked, judged(asked, data, cells, runs).comparisons)
        if more is None:
            return asked
        asked = more


def added_sentences(asked: Study, verdict: Verdict, *, complete: bool) -> list[str]:
    """Say how many draws were added where, and why no more were; nothing where none were to be added."""
    if not asked.looks:
        return []
    counts = [(size, asked.draws_at(size) - asked.draws) for size in asked.train_sizes]
    where = ", ".join(f"{more:,} at n = {size:,}" for size, more in counts if more)
    said = [f"Draws were added where the answer was undecided: {where}." if where else "No draws were added."]
    if not complete:
        judged_by = "; each size is judged by its last look that is complete" if where else ""
        return [*said, f"The time was up before all runs were done{judged_by}."]
    undecided = [c for c in verdict.comparisons if c.outcome == "undecided"]
    hopeless = [c.size for c in undecided if c.more_draws is None]
    spent = [c.size for c in undecided if c.more_draws is not None and asked.draws_at(c.size) == asked.looks[-1]]
    waiting = [c.size for c in undecided if c.size not in (*hopeless, *spent)]
    if not verdict.comparisons:
        return said
    if not undecided:
        return [*said, "Every size is decided."]
    if waiting:
        said.append(f"The time was up while more draws might still have settled it at {_listed(waiting)}.")
    if hopeless:
        said.append(f"At {_listed(hopeless)} no number of draws would settle it, so that none were added any more.")
    if spent:
        said.append(f"At {_listed(spent)} all {asked.looks[-1]:,} draws are spent, the most that a study begun like this has.")
    return said


def _listed(sizes: Sequence[int]) -> str:
    return "n = " + ", ".join(f"{size:,}" for size in sizes)
