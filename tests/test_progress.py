"""Progress as a terminal shows it, and as whoever asks for it is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.progress import Progress as Columns

import bigenough
from bigenough.errors import InputError
from bigenough.execute import Task
from bigenough.progress import Bar, Silent, shown


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.done: dict[int, float] = {}

    def start(self, tasks: Sequence[Task]) -> None:
        self.tasks += tasks

    def advance(self, task: Task, share: float) -> None:
        self.done[task.number] = share


def run(progress: object) -> None:
    bigenough.study("iris", models=["lda"], train_sizes=[15], draws=3, jobs=1, progress=progress)  # type: ignore[arg-type]


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take stderr for a terminal
    run(True)
    assert re.search(r"lda, n = 15.*100 %", capsys.readouterr().err)


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_is_shown_where_nobody_looks(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Either it is not wanted, or stderr is a file."""
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    run(not terminal)
    assert capsys.readouterr().err == ""


def test_an_object_is_told() -> None:
    told = Told()
    run(told)
    assert {task.recipe.name for task in told.tasks} == {"lda"}
    assert told.done == {task.number: 1.0 for task in told.tasks}


def test_anything_else_is_refused() -> None:
    with pytest.raises(InputError, match=r"^progress is True, False, or an object with the methods start and advance; got 3$"):
        run(3)


def test_a_bar_of_the_caller_s_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich shows one thing at a time, or, in later versions, both."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Columns(console=Console(stderr=True)), shown(True) as progress:
        assert isinstance(progress, Silent | Bar)
