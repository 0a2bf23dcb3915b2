"""The verb ``study``: one's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bigenough.cli import experiment, options
from bigenough.cli.values import duration, names, whole_numbers
from bigenough.errors import InputError


@click.command()
@click.argument("source", metavar="SOURCE")
@options.target
@click.option(
    "--models", metavar="A,B", help="Models to compare, also changed: relu-mlp,dropout=0; all that suit the data by default."
)
@click.option("--model", "own", multiple=True, metavar="PKG.MOD:ATTR", help="A model of your own beside them; repeatable.")
@click.option("--sizes", metavar="N,M", help="Training-set sizes; from a handful a class to all rows by default.")
@click.option("--draws", type=int, default=20, show_default=True, help="Training sets of each size.")
@options.metric("What the verdict compares.")
@click.option("--margin", type=float, default=0.01, show_default=True, help="A smaller difference counts as none.")
@options.groups
@click.option("--test", metavar="SOURCE", help="Rows that test every draw; a fifth of the rows by default.")
@options.skip_unreadable
@click.option("--until-decided", is_flag=True, help="Add draws where it is undecided, up to 8 times as many.")
@click.option("--budget", metavar="TIME", help="Begin nothing more after this time, such as 5m.")
@click.option("--fit-timeout", default="10m", show_default=True, metavar="TIME", help="Limit of one fit.")
@options.diagnosing
@options.seed
@options.out("bigenough-study")
@options.jobs
@options.device("cpu")
@options.on
@options.summary_as_json
@options.quiet
def study(
    source: str,
    models: str | None,
    own: tuple[str, ...],
    sizes: str | None,
    budget: str | None,
    fit_timeout: str,
    out: str,
    diagnose: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,  # noqa: ANN401 - as the options above, for `bigenough.study`
) -> None:
    """Compare deep learning with simpler models on your own data: a file, a folder of images, or a data set's name."""
    for target in own:
        if ":" not in target:
            raise InputError(f"--model takes a model of your own as package.module:attribute, got {target!r}")
    arguments: dict[str, Any] = {
        **given, "models": names(models, "--models"), "more_models": own, "train_sizes": whole_numbers(sizes, "--sizes"),
        "budget": duration(budget, "--budget"), "fit_timeout": duration(fit_timeout, "--fit-timeout"),
    }  # fmt: skip
    if diagnose:
        experiment.needs_a_network(arguments["models"])
    from bigenough import terminal
    from bigenough.progress import shown
    from bigenough.user_study import study as run

    with shown(not quiet) as progress, options.kept_when_stopped(out):
        done = run(source, **arguments, out=out, progress=progress)
        if diagnose:
            from bigenough.user_study import reopen

            limits = {name: arguments[name] for name in ("fit_timeout", "jobs", "device")}
            experiment.after_study(out, **limits, progress=progress)
            done = reopen(out)
    if as_json:
        click.echo((Path(out) / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_study(done)
