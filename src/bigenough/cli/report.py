"""The verb ``report``: the page of a folder, from its store alone."""

from __future__ import annotations

import click


@click.command()
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
    if protocol_of(directory) == "pairs":
        from bigenough.user_pairs import reopen as reopen_pairs

        pairs = reopen_pairs(directory)
        if not quiet:
            terminal.print_pairs(pairs)
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
