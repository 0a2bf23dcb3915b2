"""The verb ``reproduce``: the study of 2017."""

from __future__ import annotations

from typing import Any

import click

from bigenough.cli import options
from bigenough.cli.values import names, whole_numbers


@click.command()
@click.option("--protocol", default="post", show_default=True, metavar="post|leek", help="Whose study.")
@click.option("--models", metavar="A,B", help="Systems to run; the protocol's by default.")
@click.option("--sizes", metavar="N,M", help="Training-set sizes; the protocol's by default.")
@click.option("--draws", type=int, default=5, show_default=True, help="Training sets of each size.")
@click.option("--epochs-scale", type=float, default=1.0, show_default=True, help="Factor on the networks' epochs.")
@options.seed
@options.out("bigenough-2017")
@options.jobs
@options.device("auto")
@options.on
@click.option("--explain", type=int, default=0, metavar="J", help="Share the gaps between networks out, on J draws a size.")
@options.summary_as_json
@options.quiet
def reproduce(
    models: str | None,
    sizes: str | None,
    out: str,
    as_json: bool,
    quiet: bool,
    **given: Any,  # noqa: ANN401 - as the options above, for `bigenough.reproduce`
) -> None:
    """Run the 2017 study on MNIST and write its report into DIR."""
    arguments = {**given, "models": names(models, "--models"), "train_sizes": whole_numbers(sizes, "--sizes")}
    from bigenough import terminal
    from bigenough.reproduction import reproduce as run

    with terminal.progress(quiet=quiet) as progress, options.kept_when_stopped(out):
        done = run(out, **arguments, progress=progress)
    if as_json:
        click.echo((done.directory / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_summary(done)
