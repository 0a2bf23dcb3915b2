"""The verb ``explain``: the gap between two recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bigenough.cli import options
from bigenough.cli.values import duration


@click.command()
@click.argument("a", metavar="RECIPE_A")
@click.argument("b", metavar="RECIPE_B")
@click.argument("source", metavar="SOURCE")
@click.option("--size", type=int, required=True, metavar="N", help="Training rows.")
@options.target
@options.groups
@options.skip_unreadable
@click.option("--draws", type=int, default=20, show_default=True, help="Training sets; as many again test the repair.")
@options.metric("Whose gap is explained.")
@click.option("--budget", metavar="TIME", help="Begin nothing more after this time, such as 10m.")
@options.seed
@options.out("bigenough-explain")
@options.jobs
@options.device("cpu")
@options.summary_as_json
@options.quiet
def explain(a: str, b: str, source: str, budget: str | None, out: str, as_json: bool, quiet: bool, **given: Any) -> None:  # noqa: ANN401
    """Share the gap between two recipes out among their differences: names, TOML files, or name,setting=value,..."""
    seconds = duration(budget, "--budget")
    from bigenough import terminal
    from bigenough.progress import shown
    from bigenough.user_explanation import explain as run

    with shown(not quiet) as progress, options.kept_when_stopped(out):
        done = run(a, b, source, **given, budget=seconds, out=out, progress=progress)
    if as_json:
        click.echo((Path(out) / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_explanation(done)
