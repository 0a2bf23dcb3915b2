"""The pairs of digits from one call: runs, ranking, figure, report."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bigenough import pairs_report
from bigenough.errors import StoreError
from bigenough.execute import available_cores, check_jobs, make_crew
from bigenough.pairs import PROTOCOL, TEN, Problem, make_studies, proven, read_pairs, run_problems, scores
from bigenough.progress import Progress, shown
from bigenough.recipes import written
from bigenough.results import environment, keep_environment
from bigenough.running import split
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Study, json_text


@dataclass(frozen=True)
class DigitPairs:
    """What was found on the pairs of digits.

    Attributes
    ----------
    problems : list of Problem
    scores : DataFrame
        As in pairs.csv: a row a pair, model and size, with its mean accuracy and its rank among the pairs.
    sentences : list of str
    directory : Path
    """

    problems: list[Problem] = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    sentences: list[str]
    directory: Path


def digit_pairs(
    pairs: str = "all",
    out: str | Path = "bigenough-pairs",
    *,
    models: Sequence[str] | None = None,
    train_sizes: Sequence[int] | None = None,
    draws: int = 5,
    seed: int = 0,
    jobs: int | None = None,
    device: str = "auto",
    progress: Progress | bool = True,
) -> DigitPairs:
    """Run the study on pairs of digits and on all ten, or go on with it, and write its report.

    Parameters
    ----------
    pairs : str
        ``"all"`` 45, or some: ``"49,35"``.
    out : str or Path
        Folder for report.html, figures/, pairs.csv, summary.json and study.sqlite; what is there already is not run again.
    models, train_sizes, draws, seed
        As for `bigenough.pairs.make_studies`.
    jobs : int, optional
        Processes; by default one a core. It changes no result.
    device : str
    progress : bool or Progress
        Whether a terminal or a notebook shows a bar with the time left; or an object with its methods, which is told.

    Returns
    -------
    DigitPairs

    Raises
    ------
    BigenoughError
        Of some kind, with one line that says what to mend.
    """
    studies = make_studies(read_pairs(pairs), models=models, train_sizes=train_sizes, draws=draws, seed=seed)
    check_jobs(jobs)
    for study in studies:
        split(study, load(study.source))  # refuses what cannot be drawn before anything is written
    start = time.time()
    with Store(Path(out)) as store, shown(progress) as told:
        store.keep_to(PROTOCOL)
        store.put("study", {"protocol": PROTOCOL, "studies": [study.to_json() for study in studies]})
        before = len(store.keys())
        jobs = jobs or available_cores()
        with make_crew(load(studies[0].source), device) as crew:
            problems = run_problems(studies, store, jobs=jobs, device=device, progress=told, crew=crew)
        keep_environment(store, before=before, start=start, device=device)
        return _write(Path(out), studies, problems, store)


def reopen(directory: str | Path) -> DigitPairs:
    """Write the report of a folder again from its store alone.

    Raises
    ------
    StoreError
        There is no such study in it.
    """
    out = Path(directory)
    if not (out / "study.sqlite").exists():
        raise StoreError(f"no study in {out}: there is no study.sqlite")
    with Store(out) as store:
        kept = store.get("study")
        if kept is None or kept["protocol"] != PROTOCOL:
            raise StoreError(f"the study in {out} is none of pairs of digits, or has not begun")
        studies = [Study.from_json(values) for values in kept["studies"]]
        return _write(out, studies, run_problems(studies, store, train=False), store)


def _write(out: Path, studies: Sequence[Study], problems: list[Problem], store: Store) -> DigitPairs:
    if not problems:
        raise StoreError(f"the study in {out} has no finished run yet; the same command again goes on")
    where = store.get("environment") or environment(0.0)
    table = scores(problems)
    table.to_csv(out / "pairs.csv", index=False)
    sure = proven(problems)
    said = pairs_report.sentences(problems, table)
    summary = {
        "studies": [study.to_json() for study in studies], "sentences": said, "environment": where,
        "problems": [
            {
                "name": p.name, "networks better at": list(p.pays_at), "over all pairs": p.name in sure,
                "comparisons": [
                    {"size": c.size, "difference": c.difference, "interval over draws and items": list(c.over_draws_and_items),
                     "p": c.p_better, "outcome": c.outcome, "network": c.challenger_champion, "simple": c.baseline_champion}
                    for c in p.comparisons
                ],
            }
            for p in problems
        ],
    }  # fmt: skip
    (out / "summary.json").write_text(json_text(summary) + "\n")
    asked = sum(study.n_runs for study in studies)
    pairs_report.write(out, problems, where, asked=asked, command=command(studies))
    return DigitPairs(problems, table, said, out)


def command(studies: Sequence[Study]) -> str:
    """Give the command that makes these studies again."""
    first = studies[0]
    names = [study.source.removeprefix("mnist:").replace(",", "") for study in studies if study.source != "mnist"]
    return (
        f"bigenough reproduce --pairs {'all' if len(names) == 45 else ','.join(names)} "
        f"--models {shlex.quote(','.join(written(r) for r in first.recipes))} --sizes {','.join(map(str, first.train_sizes))} "
        f"--draws {first.draws} --seed {first.seed}"
    )


__all__ = ["TEN", "DigitPairs", "Problem", "command", "digit_pairs", "reopen"]
