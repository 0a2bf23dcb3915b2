"""What people see in a terminal when all is done: tables and sentences."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from bigenough.metrics import METRICS
from bigenough.registry import RULES
from bigenough.types import NOT_CONVERGED, in_draws

if TYPE_CHECKING:
    import pandas as pd

    from bigenough.diagnosis import Diagnosis
    from bigenough.reproduction import Reproduction
    from bigenough.types import Finding, Study
    from bigenough.user_explanation import Explained
    from bigenough.user_pairs import DigitPairs
    from bigenough.user_study import StudyResult


class Printer(Console):
    """Prints tables."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command what to do where nobody reads on; rich would exit with 1, as if something were found."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _prose() -> Console:
    """Make what prints sentences: wrapped at words in a terminal, whole lines in a pipe."""
    console = Printer(highlight=False, markup=False)
    console.soft_wrap = not console.is_terminal
    return console


def print_table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout: the first column to the left, numbers to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for i, column in enumerate(columns):
        numbers = all(row[i][:1].isdigit() or row[i] in ("–", "") for row in rows)
        table.add_column(column, justify="right" if i and numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Printer(markup=False)
    if title is not None:
        console.print(title, style="bold", soft_wrap=True)
    # a pipe is as wide as the table, a terminal as wide as it is
    Printer(width=None if console.is_terminal else 1000, markup=False).print(table)


def print_summary(done: Reproduction) -> None:
    """Print mean accuracies, the verdicts and where the report is."""
    console = _print_scores(done.runs, done.study, "accuracy")
    for number, answer in done.answers.items():
        console.print(f"claim {number}: {answer.verdict}")
    for sentence in done.gaps:
        console.print(sentence)
    console.print(f"report: {done.directory / 'report.html'}", soft_wrap=True)


def print_pairs(found: DigitPairs) -> None:
    """Print where deep learning pays, pair by pair, and where the report is."""
    console = _prose()
    for sentence in found.sentences:
        console.print(sentence)
    console.print(f"report: {found.directory / 'report.html'}", soft_wrap=True)


def print_study(done: StudyResult) -> None:
    """Print what was chosen, mean scores, failures and the verdict of a study of one's own data."""
    console = _prose()
    for sentence in done.choices:
        console.print(sentence)
    console.print()
    if done.records:
        _print_scores(done.runs, done.study, done.study.metric)
    unfinished = int(done.runs["notes"].str.contains(NOT_CONVERGED).sum())
    if unfinished:
        console.print(f"{unfinished} trainings had not converged when their updates were spent.")
    if not done.complete:
        left = done.study.n_runs - len(done.records)
        console.print(f"{left} of {done.study.n_runs} runs are not done yet; the same command goes on from there.")
    console.print()
    console.print(done.verdict.sentence)
    if done.verdict.overtaking_sentence:
        console.print(done.verdict.overtaking_sentence)
    for sentence in done.added:
        console.print(sentence)
    if done.directory is not None and done.records:
        console.print(f"report: {done.directory / 'report.html'}", soft_wrap=True)


def print_findings(findings: Sequence[Finding], notes: Sequence[str], confidence: str) -> None:
    """Print how a log was understood, what was found in it, and which rules passed or could not be applied."""
    console = Printer(highlight=False, markup=False)
    for note in notes:
        console.print(note, style="dim")
    console.print()
    found = [finding for finding in findings if finding.outcome == "found"]
    for finding in found:
        console.print(f"found: {RULES[finding.code].title}", style="bold")
        console.print(Padding(f"{finding.explanation} [{finding.code}]", (0, 0, 1, 2), expand=False))
    passed = [finding.code for finding in findings if finding.outcome == "passed"]
    if not found:
        console.print("Nothing was found.")
    console.print(f"Passed: {', '.join(passed) or 'none'}.")
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        if finding.outcome == "not applicable":
            reasons.setdefault(finding.explanation, []).append(finding.code)
    if reasons:
        console.print("Not applicable:")
        for reason, codes in reasons.items():
            console.print(Padding(f"{', '.join(codes)}: {reason}.", (0, 0, 0, 2), expand=False))
    console.print(f"Confidence is {confidence}.")


def print_explanation(done: Explained) -> None:
    """Print what was chosen, the shares, what carries the gap, and the repair with its test."""
    from bigenough.explain_report import share_table

    console = _prose()
    for sentence in done.choices:
        console.print(sentence)
    console.print()
    table = share_table(done)
    print_table(table.caption, table.columns, table.rows)
    console.print()
    for sentence in (*done.sentences, *done.notes):
        console.print(sentence)
    if done.missing:
        console.print(f"The time was up: {done.missing}; the same command goes on from there.")
    if done.directory is not None:
        console.print(f"report: {done.directory / 'report.html'}", soft_wrap=True)


def print_diagnosis(done: Diagnosis, ignored: Collection[str] = ()) -> None:
    """Print one network's diagnosis: the answer, the repair, and what every change did."""
    console = _prose()
    points = METRICS[done.metric].points
    scale = 100.0 if points else 1.0
    unit = "points" if points else "nats an item" if "log_loss" in done.metric else "of the score"
    for note in done.notes:
        console.print(note)
    console.print(f"{done.network}, {done.size:,} training rows, {done.draws} draws", style="bold")
    console.print(done.sentence)
    told = [f for f in done.findings if f.outcome == "found" and f.code not in ignored]
    for finding in told if done.outcome == "cannot tell" else []:
        console.print(f"  {finding.explanation} [{finding.code}]")
    if done.repair is not None:
        console.print(f"repair: {'; '.join(done.repair.difference)}")
        console.print(f"  {done.repair.sentence}")
    seen = [f"{code} ({100 * share:.0f} %)" for code, share in done.suspects.items() if code not in ignored]
    if seen:
        console.print(f"Seen in the curves, in so many of the trainings, and by itself no proof: {', '.join(seen)}.")
    scores = ", ".join(f"{name} {value:.3f}" for name, value in done.scores.items())
    console.print(f"Mean test {METRICS[done.metric].signed_title}: {scores}.")
    rows = []
    for effect in done.effects:
        low, high = (f"{scale * end:+.2f}" for end in effect.gain[1:])
        moves = "yes" if effect.moves else "no"
        rows.append([effect.arm.name, f"{scale * effect.gain.estimate:+.2f}", f"{low} to {high}", moves])
    if rows:
        print_table(f"Change of the test score ({unit})", ["change", "gain", "95 % interval", "confirmed"], rows)
    reasons: dict[str, list[str]] = {}
    for name, reason in done.left_out.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        console.print(f"Not tried: {', '.join(names)}: {reason}.")
    console.print()


def _print_scores(frame: pd.DataFrame, study: Study, metric: str) -> Console:
    """Print mean scores by model and size, and how many runs failed, and why."""
    sizes, rows = list(study.train_sizes), []
    for name in frame["recipe"].unique():
        row = [str(name)]
        for size in sizes:
            scores = frame.loc[(frame["recipe"] == name) & (frame["size"] == size), metric].dropna()
            row.append(f"{scores.mean():.3f}" if len(scores) else "–")
        rows.append(row)
    counts = frame.groupby(["recipe", "size"]).size()
    print_table(f"Mean test {METRICS[metric].signed_title} over {in_draws(counts)}", ["n =", *map(str, sizes)], rows)
    failed = int((frame["status"] == "failed").sum())
    console = _prose()
    if failed:
        console.print(f"{failed} of {len(frame)} runs failed; the report says why.")
    for name, of_model in frame.groupby("recipe", sort=False):
        if (of_model["status"] == "failed").all():
            console.print(f"{name!s} failed in every run: {of_model['error'].mode().iloc[0]}.", markup=False)
    return console
