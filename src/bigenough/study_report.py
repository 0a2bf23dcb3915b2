"""The page of a study of one's own data: the answer and the figure that shows it, then everything behind it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough.by_class import class_exhibits
from bigenough.deciding import added_sentences
from bigenough.diagnosis.ending import ending_table
from bigenough.diagnosis.kept import Kept, cause_table
from bigenough.exhibits import Plot, Table
from bigenough.figures.camp_difference import axis_of
from bigenough.figures.learning_curves import compute
from bigenough.formats import signed, with_interval
from bigenough.invocation import command
from bigenough.metrics import METRICS
from bigenough.page import curve_plots, render
from bigenough.stats import Interval
from bigenough.types import NOT_CONVERGED, Comparison, Dataset, Run, Study, in_draws
from bigenough.verdict import Verdict, needs


@dataclass(frozen=True, repr=False)
class Findings:
    """What a study found.

    Attributes
    ----------
    runs : DataFrame
        A row a run, as in runs.csv.
    verdict : Verdict
    choices : tuple of str
        What was chosen for you, and what was noticed in the data, a sentence each.
    study : Study
    data : Dataset
        Read again from a store, it has labels, groups and test rows but no features.
    records : list of Run
        The runs with their predictions and training curves.
    environment : mapping
        From `bigenough.results.environment`.
    asked : mapping
        Where the rows came from: the source and its options, as the command line takes them; no source where the rows
        themselves were given.
    directory : Path or None
        Where it is kept; None where it is not.
    diagnoses : sequence of mapping
        What `bigenough diagnose` found on its folder, as plain values.
    """

    runs: pd.DataFrame
    verdict: Verdict
    choices: tuple[str, ...]
    study: Study
    data: Dataset
    records: list[Run]
    environment: Mapping[str, Any]
    asked: Mapping[str, Any]
    directory: Path | None = None
    diagnoses: Kept = ()

    def __repr__(self) -> str:
        of = f"{self.data.name}, {len(self.records)} of {self.study.n_runs} runs"
        return f"<{type(self).__name__} of {of}: {self.verdict.sentence}>"

    @property
    def complete(self) -> bool:
        """Whether every run of the study is there; a budget may have ended before."""
        return len(self.records) == self.study.n_runs

    @property
    def added(self) -> list[str]:
        """How many draws were added where, and why no more were, a sentence each; empty where none were to be added."""
        return added_sentences(self.study, self.verdict, complete=self.complete)


def write(found: Findings, out: Path) -> Path:
    """Draw all figures into ``out/figures`` and write ``out/report.html``, which needs no other file.

    Parameters
    ----------
    found : Findings
    out : Path

    Returns
    -------
    Path
        The page.
    """
    study, data = found.study, found.data
    confusion, by_class = class_exhibits(found.study, found.data, found.records, found.verdict)
    fixed = len(data.holdout) > 0
    plots: dict[str, Any] = {
        "main": main_plot(found), "difference": difference_plot(found), "confusion": confusion,
        "curves": curve_plots(study, found.records, "the convergence rows"),
    }  # fmt: skip
    return render(
        "study.html", out, [p for p in (plots["main"], plots["difference"], confusion, *plots["curves"]) if p is not None],
        **plots, name=data.name, rows=len(data.y), features=data.n_features, classes=data.classes, verdict=found.verdict,
        warnings=warnings(found), added=found.added, complete=found.complete, done=len(found.records), planned=study.n_runs,
        compared=comparison_table(found.verdict.comparisons, fixed=fixed), by_class=by_class, fixed=fixed,
        scores=score_table(found), ran=ran_table(found), failures=failures(found), notes=notes(found), choices=found.choices,
        command=command(study, found.asked), environment=found.environment, ending=ending_table(study, data, found.records),
        causes=cause_table(found.diagnoses), directory=found.directory and shlex.quote(str(found.directory)),
    )  # fmt: skip


def warnings(found: Findings) -> list[str]:
    """Say what takes weight from the answer: networks that had not converged, runs that failed."""
    last = found.runs[found.runs["size"] == found.study.train_sizes[-1]]
    deep = last[last["family"] == "deep"]
    said = []
    unconverged = int(deep["notes"].fillna("").str.contains(NOT_CONVERGED).sum())
    if unconverged:
        said.append(
            f"At the largest size {unconverged} of {len(deep)} trainings had not converged when their updates were spent: "
            "with more of them deep learning may do better."
        )
    failed = int((found.runs["status"] == "failed").sum())
    if failed:
        said.append(f"{failed} of {len(found.runs)} runs failed, for the reasons given below; they are in no mean.")
    return said


def capital(text: str) -> str:
    """The text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def main_plot(found: Findings) -> Plot:
    """Plan the learning curves."""
    metric = METRICS[found.study.metric]
    curves = compute(found.runs, found.study.metric)
    draws = in_draws(found.runs.groupby(["recipe", "size"]).size())
    spoken = "; ".join(f"{c.name} {c.points[-1].estimate:.3f} at {c.sizes[-1]}" for c in curves if c.points)
    return Plot(
        "learning_curves",
        "learning-curves",
        {"curves": curves, "title": metric.signed_title},
        f"{capital(metric.signed_title)} on test rows against training-set size: mean over {draws} with its 95 % "
        "Student t interval over draws of these rows. Deep models are solid with full markers, simple ones dashed with empty "
        "ones, the data-free rule dotted; they stand slightly side by side so that bars do not hide each other.",
        f"Learning curves. {capital(metric.signed_title)} at the largest size: {spoken}.",
    )


def difference_plot(found: Findings) -> Plot | None:
    """Plan the figure of the verdict; None where nothing could be compared."""
    comparisons = found.verdict.comparisons
    if not comparisons:
        return None
    metric = METRICS[found.study.metric]
    return Plot(
        "camp_difference",
        "difference",
        {"comparisons": comparisons, **axis_of(metric.name)},
        f"{capital(metric.signed_title)} of the deep camp's champion less that of the simple camp's, on the same draws. Thick: "
        f"{100 * comparisons[0].level:g} % interval over training draws from these rows. Thin, with ends: over new draws and "
        "new test items together, on which the verdict rests (with few draws it may be the narrower one: the thick one has "
        "nothing but their number to go by). Grey: the margin within which a difference counts as practically none.",
        "Difference between the camps by size: " + "; ".join(f"{c.verdict} at {c.size}" for c in comparisons),
    )


def comparison_table(comparisons: Sequence[Comparison], *, fixed: bool) -> Table | None:
    """Everything behind the verdict at each size; `fixed` test rows are the same for every draw."""
    if not comparisons:
        return None
    chosen = (
        "Each camp is represented by the model that does best on the rows to choose by, on average over all draws."
        if fixed
        else "In every draw each camp is represented by the model that did best on that draw's own rows to choose by; the "
        "champion named is the one chosen most often, so that the difference need not be that of the two named models' mean "
        "scores."
    )
    points = METRICS[comparisons[0].metric].points

    def text(value: float) -> str:
        return signed(100 * value, 1) if points else signed(value, 3)

    rows = []
    for c in comparisons:
        over_draws, over_both = (
            with_interval(Interval(c.difference, *ends), text) for ends in (c.over_draws, c.over_draws_and_items)
        )
        settle = needs(c) if c.outcome == "undecided" else "–"
        rows.append(
            [
                f"{c.size:,}",
                c.challenger_champion,
                c.baseline_champion,
                over_draws,
                over_both,
                f"{c.p_better:.3f}",
                c.verdict,
                settle,
            ]
        )
    columns = [
        "n", "deep champion", "simple champion", "difference, over draws", "difference, over draws and items", "p (Holm)",
        "verdict", "what would settle it",
    ]  # fmt: skip
    unit = "points" if points else "nats an item"
    return Table(
        f"Differences in {unit}, with {100 * comparisons[0].level:g} % intervals; p of no difference, over draws and items, "
        f"adjusted over the sizes by Holm's rule. {chosen}",
        columns,
        rows,
    )


def score_table(found: Findings) -> Table:
    """Mean scores of every model at every size, with their spread."""
    metric = found.study.metric
    rows = []
    for name in found.runs["recipe"].unique():
        of_recipe = found.runs[found.runs["recipe"] == name]
        row = [str(name), str(of_recipe["family"].iloc[0])]
        for size in found.study.train_sizes:
            values = of_recipe.loc[of_recipe["size"] == size, metric].dropna()
            spread = f" ± {values.std():.3f}" if len(values) > 1 else ""
            row.append(f"{values.mean():.3f}{spread}" if len(values) else "–")
        rows.append(row)
    columns = ["model", "family", *(f"n = {size:,}" for size in found.study.train_sizes)]
    return Table(
        f"{capital(METRICS[metric].signed_title)} on test rows: mean ± one standard deviation over draws.", columns, rows
    )


def ran_table(found: Findings) -> Table:
    """Say what ran, for how long."""
    rows = []
    for name in found.runs["recipe"].unique():
        of_recipe = found.runs[found.runs["recipe"] == name]
        updates = of_recipe["updates"].dropna()
        span = "–" if updates.empty else f"{updates.min():,} to {updates.max():,}"
        unconverged = int(of_recipe["notes"].fillna("").str.contains(NOT_CONVERGED).sum())
        rows.append(
            [
                str(name), str(of_recipe["family"].iloc[0]), str(len(of_recipe)),
                str(int((of_recipe["status"] == "failed").sum())),
                str(unconverged) if span != "–" else "–", span, f"{of_recipe['seconds'].sum():,.1f}",
            ]
        )  # fmt: skip
    columns = ["model", "family", "runs", "failed", "not converged", "gradient updates", "seconds of one core"]
    return Table("What ran. A stack's time is shared out evenly among its members.", columns, rows)


def failures(found: Findings) -> Table | None:
    """Count failed runs by model and error; None when there are none."""
    counts = Counter((r.recipe, r.error or "") for r in found.records if r.status == "failed")
    rows = [[name, error, str(n)] for (name, error), n in counts.items()]
    return Table("Runs that failed; they are in no mean.", ["model", "error", "runs"], rows) if rows else None


def notes(found: Findings) -> Table | None:
    """Count what the fits said; None when they said nothing."""
    counts = Counter((r.recipe, note) for r in found.records for note in r.notes)
    rows = [[name, note, str(n)] for (name, note), n in counts.most_common()]
    return Table("What the fits said.", ["model", "note", "runs"], rows) if rows else None
