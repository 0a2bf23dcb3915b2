"""How a study's networks ended, for its report and its verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bigenough.diagnosis.kept import Kept, repair_of
from bigenough.diagnosis.recorded import STATES, Shares, State, ended
from bigenough.exhibits import Table
from bigenough.running import plan
from bigenough.types import Dataset, Finding, Run, Study
from bigenough.verdict import Verdict

BAD: dict[State, str] = {"diverged": "diverged", "unconverged": "had not converged", "overfitting": "overfitted"}
MOST = 0.5  # of the champion's trainings: where more had not converged, a verdict against it rests on them

UNSEEN = (
    "How the trainings of {} ended was not recorded, so that this may rest on a network that had not converged; "
    "bigenough diagnose, on the model and its rows, tells."
)


def endings(study: Study, data: Dataset, runs: Sequence[Run]) -> list[Shares]:
    """Judge every network's recorded runs; see `recorded.ended`."""
    return ended(runs, study.recipes, data, [cell.draw for cell in plan(study, data)])


def findings_of(study: Study, data: Dataset, runs: Sequence[Run]) -> list[Finding]:
    """Say of every network and size whether most of its trainings diverged, had not converged, or overfitted.

    Returns
    -------
    list of Finding
        Codes "diverged", "unconverged" and "overfitting", for each network and size in order; nothing was trained again, so
        that none is confirmed.
    """
    found = []
    for shares in endings(study, data, runs):
        for state, words in BAD.items():
            n = shares.counts.get(state, 0)
            found.append(
                Finding(
                    state,
                    "found" if n > MOST * shares.runs else "passed",
                    f"{n} of {shares.runs} trainings of {shares.recipe} on {shares.size:,} rows {words}",
                    {"recipe": shares.recipe, "size": shares.size, "trainings": shares.runs, "share": shares.share(state)},
                )
            )
    return found


def ending_table(study: Study, data: Dataset, runs: Sequence[Run], titles: Mapping[str, str] | None = None) -> Table | None:
    """Give the share of trainings that ended in each state, by network and size; None where none was recorded."""
    rows = [
        [
            (titles or {}).get(shares.recipe, shares.recipe), f"{shares.size:,}", str(shares.runs),
            *(f"{100 * shares.share(state):.0f} %" if shares.counts.get(state) else "–" for state in STATES),
        ]
        for shares in endings(study, data, runs)
    ]  # fmt: skip
    if not rows:
        return None
    return Table(
        "How the networks' trainings ended, by rules on their recorded curves; nothing was trained again for it. Unconverged: "
        "the loss still fell, the rate had decayed or was too low, or nothing was learnt. Overfitting: the training rows were "
        "learnt by heart, and accuracy on the convergence rows was better before, or a simple model's is.",
        ["network", "n", "trainings", *STATES],
        rows,
    )


def qualified(verdict: Verdict, study: Study, data: Dataset, runs: Sequence[Run], kept: Kept = ()) -> Verdict:
    """Say of a verdict against the networks when it rests on ones that had not converged, or may: and what tells and mends it.

    Parameters
    ----------
    verdict : Verdict
    study : Study
    data : Dataset
    runs : sequence of Run
    kept : sequence of mapping
        What experiments on these networks found; see `bigenough.diagnosis.kept`.
    """
    if verdict.outcome != "simple better":
        return verdict
    last = verdict.comparisons[-1]
    champion = last.challenger_champion if last.challenger == "deep" else last.baseline_champion
    seen = endings(study, data, [run for run in runs if run.size == last.size])
    if all(shares.recipe != champion for shares in seen):
        sentence = f"{verdict.sentence} {UNSEEN.format(champion)}"
        return dataclasses.replace(verdict, sentence=sentence)
    for shares in seen:
        bad = shares.counts.get("unconverged", 0) + shares.counts.get("diverged", 0)
        if shares.recipe == champion and bad > MOST * shares.runs:
            repair = repair_of(kept, champion, last.size)
            mended = "bigenough diagnose, on this study's folder or on the model and its rows, tries what would mend them"
            sentence = (
                f"{verdict.sentence} This rests on networks that had not converged: {bad} of {shares.runs} trainings of "
                f"{champion}. It is no verdict on deep learning yet; {mended if repair is None else repair}."
            )
            return dataclasses.replace(verdict, sentence=sentence)
    return verdict
