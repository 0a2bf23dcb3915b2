"""How far a run is, and the time left: a bar in a terminal or a notebook, or whatever a caller wants to be told."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from bigenough.errors import InputError
from bigenough.execute import Task

LONGEST_NAME = 40  # of a recipe beside the bar


@runtime_checkable
class Progress(Protocol):
    """What a run of a study tells about itself."""

    def start(self, tasks: Sequence[Task]) -> None:
        """Say what is to be done."""

    def advance(self, task: Task, share: float) -> None:
        """Say which share of a task is done; 1 when all of it is."""


class Silent:
    """Tells nothing."""

    def start(self, tasks: Sequence[Task]) -> None:
        """Ignore."""

    def advance(self, task: Task, share: float) -> None:
        """Ignore."""


class Bar:
    """A bar on stderr, weighted by the tasks' expected times, with the running models' names.

    With `cores`, a line is left before each piece of work: how many fits, and about how long on so many cores.
    """

    def __init__(self, progress: Any, cores: int = 0) -> None:  # noqa: ANN401 - rich is imported when it shows something
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
def shown(progress: Progress | bool, *, cores: int = 0) -> Iterator[Progress]:
    """Show a bar on stderr while inside.

    Parameters
    ----------
    progress : bool or Progress
        True: a bar, where stderr is a terminal or a notebook that can show one. False: nothing. Anything else is told what a
        bar would be.
    cores : int
        As for `Bar`.

    Raises
    ------
    InputError
        It is none of these.
    """
    if not isinstance(progress, bool):
        if not isinstance(progress, Progress):
            raise InputError(f"progress is True, False, or an object with the methods start and advance; got {progress!r}")
        yield progress
        return
    from rich.console import Console
    from rich.errors import LiveError
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Columns

    console = Console(stderr=True)
    can = importlib.util.find_spec("ipywidgets") is not None if console.is_jupyter else console.is_terminal
    if not (progress and can):
        yield Silent()
        return
    columns = (BarColumn(None), TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.fields[left]:>10}"))
    bar = Columns(TextColumn("{task.description:<24}"), *columns, console=console, transient=True, expand=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(bar)
        except LiveError:  # the caller shows one of their own
            yield Silent()
        else:
            yield Bar(bar, cores)
