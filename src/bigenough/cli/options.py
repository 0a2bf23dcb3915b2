"""Options that several verbs have, and what a verb does when it is stopped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

Option = Callable[[Any], Any]
FOUND, BAD_INPUT, DEFECT, INTERRUPTED = 1, 2, 70, 130  # exit codes; 130 is 128 + SIGINT, 70 is sysexits.h's for software
CLOSED_PIPE = 141  # 128 + SIGPIPE, as where a shell's tools stop for it

target = click.option("--target", metavar="COL", help="Column of the labels.")
groups = click.option("--groups", metavar="COL", help="Rows with the same value there stay together; of images: folder.")
seed = click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other draws.")
jobs = click.option("--jobs", type=int, help="Processes; one a core by default. Changes no result.")
on = click.option("--on", metavar="dask://HOST:PORT", help="A Dask cluster to run on, in place of this machine.")
quiet = click.option("--quiet", is_flag=True, help="Print neither progress nor table.")
skip_unreadable = click.option("--skip-unreadable", is_flag=True, help="Leave images out that cannot be read.")
diagnosing = click.option("--diagnose", is_flag=True, help="Then say why the networks do badly, within 5 more minutes.")
summary_as_json = click.option("--json", "as_json", is_flag=True, help="Print summary.json in place of the table.")
list_as_json = click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")


def out(default: str | None, text: str = "Folder for everything written.") -> Option:
    """Where a verb writes."""
    return click.option("--out", metavar="DIR", default=default, show_default=True, callback=_named, help=text)


def _named(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("a folder's name is empty", context, parameter)
    return value


def device(default: str) -> Option:
    """What a verb trains on."""
    return click.option("--device", default=default, show_default=True, metavar="NAME", help="auto, cpu, cuda or cuda:N.")


def metric(of: str) -> Option:
    """What a verb compares by."""
    return click.option("--metric", default="accuracy", show_default=True, metavar="NAME", help=of)


@contextmanager
def kept_when_stopped(directory: str | None) -> Iterator[None]:
    """Turn Ctrl-C into one line, which says where what had finished is, and an exit."""
    try:
        yield
    except KeyboardInterrupt:
        kept = directory is not None and Path(directory).exists()
        where = f"; what had finished is kept in {directory}. The same command goes on from there." if kept else "."
        click.echo(f"bigenough: stopped{where}", err=True)
        sys.exit(INTERRUPTED)
