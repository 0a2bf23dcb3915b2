"""The verb ``diagnose``: what it is asked, what it prints, and its exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from bigenough.cli import experiment, options

FROM_A_LOG = "low: a log shows the curves alone, and nothing was trained again"


@click.command()
@click.argument("what", metavar="LOG|DIR|MODEL")
@click.argument("source", required=False, metavar="[SOURCE]")
@click.option("--target", metavar="COL", help="Column of SOURCE's labels.")
@click.option("--groups", metavar="COL", help="Rows of SOURCE with the same value there stay together.")
@click.option("--run", metavar="KEY", help="A run of DIR, by the beginning of its key; all its networks by default.")
@click.option("--size", type=int, help="Rows of a training set of SOURCE; 60 % of them by default.")
@click.option("--draws", type=int, help="Training sets to seek causes on; by default 10, on few rows up to 40.")
@click.option("--metric", default="accuracy", show_default=True, metavar="NAME", help="What a change must raise, on SOURCE.")
@click.option("--budget", default="5m", show_default=True, metavar="TIME", help="Train nothing more after this time.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other draws of SOURCE.")
@options.out(None, "Folder for what is trained on SOURCE; nothing is kept by default.")
@click.option("--jobs", type=int, help="Processes; one a core by default.")
@options.device("cpu")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--fail-on", multiple=True, metavar="CODE", help="Exit with 1 on these findings only; repeatable.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Leave these findings out; repeatable.")
@click.pass_context
def diagnose(
    context: click.Context,
    /,
    what: str,
    source: str | None,
    as_json: bool,
    quiet: bool,
    fail_on: tuple[str, ...],
    ignore: tuple[str, ...],
    **given: Any,  # noqa: ANN401 - as the options above
) -> int:
    """Say why a network does badly: from a training log, or by training again with one thing changed at a time.

    LOG is a CSV, JSON, pickled lists or TensorBoard's, and nothing is trained. DIR is a study's folder. MODEL is a model's
    name or package.module:make_model, and needs SOURCE: a file, a folder of images or a data set's name.

    Exit code 0: nothing was found; 1: something was; 2: bad input; 70: a defect.
    """
    failing, ignored = _codes(fail_on), _codes(ignore)
    named = {
        name for name in given if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }  # fmt: skip
    kind = experiment.kind_of(what, source, named)
    if kind == "log":
        return _from_log(what, as_json, failing, ignored)
    found = experiment.conduct(kind, what, source, given, as_json=as_json, quiet=quiet, ignored=ignored)
    return int(bool(found & failing if failing else found))


def _from_log(source: str, as_json: bool, failing: set[str], ignored: set[str]) -> int:
    from bigenough import terminal
    from bigenough.errors import InputError
    from bigenough.histories import read
    from bigenough.registry import RULES
    from bigenough.rules import check_all
    from bigenough.types import json_text

    history = read(source)
    findings = check_all(history.evidence)
    too_little = all(finding.outcome == "not applicable" for finding in findings)
    findings = [finding for finding in findings if finding.code not in ignored]
    if as_json:
        told = {
            "source": source, "understood": list(history.notes), "confidence": FROM_A_LOG,
            "findings": [{**finding.to_json(), "title": RULES[finding.code].title} for finding in findings],
        }  # fmt: skip
        click.echo(json_text(told))
    if too_little:
        raise InputError(f"{history.name} shows too little for any rule. {' '.join(history.notes[1:])}")
    if not as_json:
        terminal.print_findings(findings, history.notes, FROM_A_LOG)
    found = {finding.code for finding in findings if finding.outcome == "found"}
    return int(bool(found & failing if failing else found))


def _codes(given: Iterable[str]) -> set[str]:
    """Read codes, with commas between or one an option; an unknown one is an `UnknownNameError`."""
    from bigenough.errors import UnknownNameError
    from bigenough.registry import CAUSES, RULES

    codes = [code.strip() for text in given for code in text.split(",")]
    for code in codes:
        if code not in RULES and code not in CAUSES:
            raise UnknownNameError("rule", code, [*RULES, *CAUSES])
    return set(codes)
