"""What people see in a terminal: progress with the time left, and tables."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import time
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bigenough.execute import Task
from bigenough.metrics import METRICS
from bigenough.registry import RULES
from bigenough.running import Progress as StudyProgress
from bigenough.running import Silent
from bigenough.types import NOT_CONVERGED, in_draws

if TYPE_CHECKING:
    import pandas as pd

    from bigenough.diagnosis import Diagnosis
    from bigenough.reproduction import Reproduction
    from bigenough.types import Finding, Study
    from bigenough.user_explanation import Explained
    from bigenough.user_pairs import DigitPairs
    from bigenough.user_study import StudyResult


LONGEST_NAME = 40  # of a recipe beside the bar


class Printer(Console):
    """Prints tables."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command what to do where nobody reads on; rich would exit with 1, as if something were found."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class Bar:
    """A bar on stderr, weighted by the tasks' expected times, with the running models' names.

    With `cores`, a line is left before each piece of work: how many fits, and about how long on so many cores.
    """

    def __init__(self, progress: Progress, cores: int = 0) -> None:
        self._progress = progress
        self._cores = cores
        self._id = progress.add_task("", total=1.0, left="")
        self._seconds: dict[int, float] = {}
        self._shares: dict[int, float] = {}
        self._start = 0.0

    def start(self, tasks: Sequence[Task]) -> None:
        """Begin a new piece of work."""
        self._seconds = {task.number: task.seconds for task in tasks}
        self._shares = {}
        self._start = time.monotonic()
        if self._cores:
            self._progress.console.print(foretold(tasks, self._cores), highlight=False)
        self._progress.update(self._id, completed=0.0, description=f"{len(tasks)} stacks to train", left="")

    def advance(self, task: Task, share: float) -> None:
        """Show how far one task is."""
        self._shares[task.number] = max(share, self._shares.get(task.number, 0.0))
        done = sum(self._seconds[n] * s for n, s in self._shares.items()) / sum(self._seconds.values())
        elapsed = time.monotonic() - self._start
        left = f"{_clock(elapsed * (1 - done) / done)} left" if done > 0.01 and elapsed > 2 else ""
        size = task.draws[0].size
        self._progress.update(self._id, completed=done, description=f"{_cropped(task.recipe.name)}, n = {size}", left=left)


def foretold(tasks: Sequence[Task], cores: int) -> str:
    """Say how many fits there are and about how long they take, by the models' own guesses."""
    seconds = sum(task.seconds for task in tasks) / cores
    minutes = math.ceil(seconds / 60)
    long = f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    fits = sum(len(task.pairs) for task in tasks)
    return f"{fits:,} fits, about {long} on {'1 core that does' if cores == 1 else f'{cores} cores that do'} nothing else"


def _cropped(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@contextlib.contextmanager
def progress(*, quiet: bool, cores: int = 0) -> Iterator[StudyProgress]:
    """Show a bar while inside, or nothing when quiet or when stderr is no terminal; `cores` as for `Bar`."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Silent()
        return
    columns = (BarColumn(None), TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.fields[left]:>10}"))
    with Progress(TextColumn("{task.description:<24}"), *columns, console=console, transient=True, expand=True) as bar:
        yield Bar(bar, cores)


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
