"""The verb ``reproduce``: the study of 2017."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from bigenough.cli import experiment, options
from bigenough.cli.values import names, whole_numbers
from bigenough.errors import InputError

NOT_OF_PAIRS = ("protocol", "epochs_scale", "explain", "variance", "on", "diagnose")


@click.command()
@click.option("--protocol", default="post", show_default=True, metavar="post|leek", help="Whose study.")
@click.option(
    "--models",
    metavar="A,B",
    help="Systems to run; the protocol's by default. With --pairs changed ones too, such as relu-mlp,dropout=0; by default "
    "one and ten pixels, logistic, svm, relu-mlp with three weight decays, and convnet.",
)
@click.option("--sizes", metavar="N,M", help="Training-set sizes; the protocol's by default, and 10 to 1,000 with --pairs.")
@click.option("--draws", type=int, default=5, show_default=True, help="Training sets of each size.")
@click.option("--epochs-scale", type=float, default=1.0, show_default=True, help="Factor on the networks' epochs.")
@options.seed
@options.out(None, "Folder for everything written; bigenough-2017 or bigenough-pairs by default.")
@options.jobs
@options.device("auto")
@options.on
@click.option("--explain", type=int, default=0, metavar="J", help="Share the gaps between networks out, on J draws a size.")
@click.option("--variance", type=int, default=0, metavar="J", help="What lowers bias and variance, on J draws a size.")
@options.diagnosing
@click.option("--pairs", metavar="all|49,35", help="Other pairs of digits, and all ten, in place of 0 against 1.")
@options.summary_as_json
@options.quiet
@click.pass_context
def reproduce(
    context: click.Context,
    /,
    models: str | None,
    sizes: str | None,
    out: str | None,
    pairs: str | None,
    as_json: bool,
    quiet: bool,
    **given: Any,  # noqa: ANN401 - as the options above, for `bigenough.reproduce`
) -> None:
    """Run the 2017 study on MNIST and write its report into DIR."""
    arguments = {**given, "models": names(models, "--models"), "train_sizes": whole_numbers(sizes, "--sizes")}
    from bigenough import terminal
    from bigenough.progress import shown

    if pairs is not None:
        for name in NOT_OF_PAIRS:
            if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
                raise InputError(f"--{name.replace('_', '-')} is not for --pairs")
            del arguments[name]
        from bigenough.engine.device import device_name
        from bigenough.execute import available_cores
        from bigenough.user_pairs import digit_pairs

        where, on_cpu = out or "bigenough-pairs", device_name(given["device"]) == "cpu"
        cores = (given["jobs"] or available_cores()) if on_cpu else 0
        with shown(not quiet, cores=cores) as progress, options.kept_when_stopped(where):
            found = digit_pairs(pairs, where, **arguments, progress=progress)
        _show(found.directory, partial(terminal.print_pairs, found), as_json=as_json, quiet=quiet)
        return
    from bigenough.reproduction import reproduce as run

    diagnose, where = arguments.pop("diagnose"), out or "bigenough-2017"
    if diagnose:
        experiment.needs_a_network(arguments["models"])
    with shown(not quiet) as progress, options.kept_when_stopped(where):
        done = run(where, **arguments, progress=progress)
        if diagnose:
            experiment.after_study(where, jobs=given["jobs"], device=given["device"], progress=progress)
    _show(done.directory, partial(terminal.print_summary, done), as_json=as_json, quiet=quiet)


def _show(directory: Path, table: Callable[[], None], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        click.echo((directory / "summary.json").read_text(), nl=False)
    elif not quiet:
        table()
