"""The command line: verbs, their arguments, and what people see while they wait."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from bigenough.cli_diagnose import diagnose
from bigenough.cli_values import duration, names, whole_numbers
from bigenough.errors import BigenoughError, InputError

FOUND, BAD_INPUT, INTERRUPTED = 1, 2, 130  # exit codes; 130 is 128 + SIGINT, as shells have it


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bigenough")
def cli() -> None:
    """Is my data big enough for deep learning, and if my network does badly, why?"""


cli.add_command(diagnose)


@cli.command()
@click.option("--protocol", default="post", show_default=True, metavar="post|leek", help="Whose study.")
@click.option("--models", metavar="A,B", help="Systems to run; the protocol's by default.")
@click.option("--sizes", metavar="N,M", help="Training-set sizes; the protocol's by default.")
@click.option("--draws", type=int, default=5, show_default=True, help="Training sets of each size.")
@click.option("--epochs-scale", type=float, default=1.0, show_default=True, help="Factor on the networks' epochs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other draws.")
@click.option("--out", metavar="DIR", default="bigenough-2017", show_default=True, help="Folder for everything written.")
@click.option("--jobs", type=int, help="Processes; one a core by default. Changes no result.")
@click.option("--device", default="auto", show_default=True, metavar="NAME", help="auto, cpu, cuda or cuda:N.")
@click.option("--on", metavar="dask://HOST:PORT", help="A Dask cluster to run on, in place of this machine.")
@click.option("--explain", type=int, default=0, metavar="J", help="Share the gap between the MLPs out, on J draws a size.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json in place of the table.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor table.")
def reproduce(
    models: str | None,
    sizes: str | None,
    out: str,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - as the options above, for `bigenough.reproduce`
) -> None:
    """Run the 2017 study on MNIST and write its report into DIR."""
    arguments = {**options, "models": names(models, "--models"), "train_sizes": whole_numbers(sizes, "--sizes")}
    from bigenough import terminal
    from bigenough.reproduction import reproduce as run

    with terminal.progress(quiet=quiet) as progress:
        try:
            done = run(out, **arguments, progress=progress)
        except KeyboardInterrupt:
            _stop(f"stopped; what had finished is kept in {out}. The same command goes on from there.")
    if as_json:
        click.echo((done.directory / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_summary(done)


@cli.command()
@click.argument("source", metavar="SOURCE")
@click.option("--target", metavar="COL", help="Column of the labels.")
@click.option("--models", metavar="A,B", help="Models to compare; all that suit the data by default.")
@click.option("--model", "own", multiple=True, metavar="PKG.MOD:ATTR", help="A model of your own beside them; repeatable.")
@click.option("--sizes", metavar="N,M", help="Training-set sizes; from a handful a class to all rows by default.")
@click.option("--draws", type=int, default=20, show_default=True, help="Training sets of each size.")
@click.option("--metric", default="accuracy", show_default=True, metavar="NAME", help="What the verdict compares.")
@click.option("--margin", type=float, default=0.01, show_default=True, help="A smaller difference counts as none.")
@click.option("--groups", metavar="COL", help="Rows with the same value there stay together.")
@click.option("--test", metavar="SOURCE", help="Rows that test every draw; a fifth of the rows by default.")
@click.option("--skip-unreadable", is_flag=True, help="Leave images out that cannot be read.")
@click.option("--until-decided", is_flag=True, help="Add draws where it is undecided, up to 8 times as many.")
@click.option("--budget", metavar="TIME", help="Begin nothing more after this time, such as 5m.")
@click.option("--fit-timeout", default="10m", show_default=True, metavar="TIME", help="Limit of one fit.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other draws.")
@click.option("--out", metavar="DIR", default="bigenough-study", show_default=True, help="Folder for everything written.")
@click.option("--jobs", type=int, help="Processes; one a core by default. Changes no result.")
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="auto, cpu, cuda or cuda:N.")
@click.option("--on", metavar="dask://HOST:PORT", help="A Dask cluster to run on, in place of this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json in place of the table.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor table.")
def study(
    source: str,
    models: str | None,
    own: tuple[str, ...],
    sizes: str | None,
    budget: str | None,
    fit_timeout: str,
    out: str,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - as the options above, for `bigenough.study`
) -> None:
    """Compare deep learning with simpler models on your own data: a file, a folder of images, or a data set's name."""
    for target in own:
        if ":" not in target:
            raise InputError(f"--model takes a model of your own as package.module:attribute, got {target!r}")
    arguments: dict[str, Any] = {
        **options, "models": names(models, "--models"), "more_models": own, "train_sizes": whole_numbers(sizes, "--sizes"),
        "budget": duration(budget, "--budget"), "fit_timeout": duration(fit_timeout, "--fit-timeout"),
    }  # fmt: skip
    from bigenough import terminal
    from bigenough.user_study import study as run

    with terminal.progress(quiet=quiet) as progress:
        try:
            done = run(source, **arguments, out=out, progress=progress)
        except KeyboardInterrupt:
            _stop(f"stopped; what had finished is kept in {out}. The same command goes on from there.")
    if as_json:
        click.echo((Path(out) / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_study(done)


@cli.command()
@click.argument("a", metavar="RECIPE_A")
@click.argument("b", metavar="RECIPE_B")
@click.argument("source", metavar="SOURCE")
@click.option("--size", type=int, required=True, metavar="N", help="Training rows.")
@click.option("--target", metavar="COL", help="Column of the labels.")
@click.option("--groups", metavar="COL", help="Rows with the same value there stay together.")
@click.option("--draws", type=int, default=20, show_default=True, help="Training sets; as many again test the repair.")
@click.option("--metric", default="accuracy", show_default=True, metavar="NAME", help="Whose gap is explained.")
@click.option("--budget", metavar="TIME", help="Begin nothing more after this time, such as 10m.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other draws.")
@click.option("--out", metavar="DIR", default="bigenough-explain", show_default=True, help="Folder for everything written.")
@click.option("--jobs", type=int, help="Processes; one a core by default. Changes no result.")
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="auto, cpu, cuda or cuda:N.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json in place of the table.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor table.")
def explain(a: str, b: str, source: str, budget: str | None, out: str, as_json: bool, quiet: bool, **options: Any) -> None:  # noqa: ANN401
    """Share the gap between two recipes out among their differences: names, TOML files, or name,setting=value,..."""
    seconds = duration(budget, "--budget")
    from bigenough import terminal
    from bigenough.user_explanation import explain as run

    with terminal.progress(quiet=quiet) as progress:
        try:
            done = run(a, b, source, **options, budget=seconds, out=out, progress=progress)
        except KeyboardInterrupt:
            _stop(f"stopped; what had finished is kept in {out}. The same command goes on from there.")
    if as_json:
        click.echo((Path(out) / "summary.json").read_text(), nl=False)
    elif not quiet:
        terminal.print_explanation(done)


@cli.command()
@click.argument("directory", metavar="DIR")
@click.option("--quiet", is_flag=True, help="Print no table.")
def report(directory: str, quiet: bool) -> None:
    """Write the report of DIR again, from its store alone."""
    from bigenough import terminal
    from bigenough.store import protocol_of

    if protocol_of(directory) == "explain":
        from bigenough.user_explanation import reopen as reopen_explanation

        explained = reopen_explanation(directory)
        if not quiet:
            terminal.print_explanation(explained)
        return
    if protocol_of(directory) == "own":
        from bigenough.user_study import reopen

        found = reopen(directory)
        if not quiet:
            terminal.print_study(found)
        return
    from bigenough.reproduction import report_again

    done = report_again(directory)
    if not quiet:
        terminal.print_summary(done)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def models(as_json: bool) -> None:
    """List the models, with the parameters that each has on MNIST 0 against 1."""
    from bigenough import terminal
    from bigenough.registry import MODELS
    from bigenough.sources import load

    data = load("mnist:0,1")
    found = [
        {
            "name": name,
            "family": MODELS[name].recipe.family,
            "parameters": MODELS[name].parameters(MODELS[name].recipe, data),
            "recipe": MODELS[name].recipe.to_json(),
        }
        for name in MODELS
    ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[m["name"], m["family"], f"{m['parameters']:,}"] for m in found]
    terminal.print_table("Parameters on MNIST 0 against 1", ["model", "family", "parameters"], rows)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def datasets(as_json: bool) -> None:
    """List the built-in data sets."""
    from bigenough import terminal
    from bigenough.registry import SOURCES
    from bigenough.sources import load

    wanted = [name for source in SOURCES for name in ((source, "mnist:0,1") if source == "mnist" else (source,))]
    found = []
    for name in wanted:
        data = load(name)
        shape = " x ".join(map(str, data.X.shape[1:]))
        found.append({"name": name, "kind": data.kind, "rows": len(data.y), "row": shape, "classes": len(data.classes)})
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[str(d["name"]), str(d["kind"]), f"{d['rows']:,}", str(d["row"]), str(d["classes"])] for d in found]
    terminal.print_table(None, ["data set", "kind", "rows", "numbers a row", "classes"], rows)
    click.echo("mnist takes any two or more digits after a colon, such as mnist:4,9.")


def _stop(message: str) -> NoReturn:
    click.echo(f"bigenough: {message}", err=True)
    sys.exit(INTERRUPTED)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a mistake of the user's is one line on stderr and exit code 2."""
    command: Callable[..., object] = cli.main
    try:
        result = command(args=arguments, prog_name="bigenough", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(BAD_INPUT)
    except click.ClickException as error:
        click.echo(f"bigenough: {error.format_message()} (bigenough --help says more)", err=True)
        sys.exit(BAD_INPUT)
    except BigenoughError as error:
        click.echo(f"bigenough: {error}", err=True)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, click.exceptions.Abort):
        _stop("stopped.")
    sys.exit(result if isinstance(result, int) else 0)
