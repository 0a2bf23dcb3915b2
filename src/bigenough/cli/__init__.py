"""The command line: one file a verb; what people see while they wait is `terminal`'s."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

import click

from bigenough.cli.diagnose import diagnose
from bigenough.cli.explain import explain
from bigenough.cli.listing import datasets, models
from bigenough.cli.options import BAD_INPUT, CLOSED_PIPE, DEFECT, FOUND, INTERRUPTED
from bigenough.cli.report import report
from bigenough.cli.reproduce import reproduce
from bigenough.cli.study import study
from bigenough.errors import BigenoughError

__all__ = ["BAD_INPUT", "DEFECT", "FOUND", "INTERRUPTED", "cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bigenough")
def cli() -> None:
    """Is my data big enough for deep learning, and if my network does badly, why?"""


for verb in (reproduce, study, diagnose, explain, report, models, datasets):
    cli.add_command(verb)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a mistake of the user's is one line on stderr and exit code 2."""
    command: Callable[..., object] = cli.main
    stdout = sys.stdout
    if hasattr(stdout, "reconfigure"):
        stdout.reconfigure(errors="replace")  # of a terminal that has not all of Unicode
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
    except SystemExit:
        if sys.stdout is not stdout:  # click puts another there, and exits with 1, where nobody reads on
            sys.exit(CLOSED_PIPE)
        raise
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("bigenough: stopped.", err=True)
        sys.exit(INTERRUPTED)
    except Exception:  # no mistake of the user's; Python's own exit code, 1, would say that something was found
        traceback.print_exc()
        click.echo("bigenough: this was not foreseen; please report the lines above", err=True)
        sys.exit(DEFECT)
    sys.exit(result if isinstance(result, int) else 0)
