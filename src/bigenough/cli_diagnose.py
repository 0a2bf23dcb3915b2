"""The verb ``diagnose``: what it is asked, what it prints, and its exit code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import click

FROM_A_LOG = "low: a log shows the curves alone, and nothing was trained again"


@click.command()
@click.argument("source", metavar="LOG")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@click.option("--fail-on", multiple=True, metavar="CODE", help="Exit with 1 on these findings only; repeatable.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Leave these rules out; repeatable.")
def diagnose(source: str, as_json: bool, fail_on: tuple[str, ...], ignore: tuple[str, ...]) -> int:
    """Say why a network does badly, from its training log: CSV, JSON or pickled lists.

    Exit code 0: nothing was found; 1: something was; 2: the log cannot be used.
    """
    from bigenough import terminal
    from bigenough.histories import read
    from bigenough.registry import RULES
    from bigenough.rules import check_all

    failing, ignored = _codes(fail_on), _codes(ignore)
    history = read(source)
    findings = [finding for finding in check_all(history.evidence) if finding.code not in ignored]
    if as_json:
        told = {
            "source": source, "understood": list(history.notes), "confidence": FROM_A_LOG,
            "findings": [{**finding.to_json(), "title": RULES[finding.code].title} for finding in findings],
        }  # fmt: skip
        click.echo(json.dumps(_finite(told), indent=2))
    else:
        terminal.print_findings(findings, history.notes, FROM_A_LOG)
    found = {finding.code for finding in findings if finding.outcome == "found"}
    return int(bool(found & failing if failing else found))


def _codes(given: Iterable[str]) -> set[str]:
    """Read codes, with commas between or one an option; an unknown one is an `UnknownNameError`."""
    from bigenough.errors import UnknownNameError
    from bigenough.registry import RULES

    codes = [code.strip() for text in given for code in text.split(",")]
    for code in codes:
        if code not in RULES:
            raise UnknownNameError("rule", code, RULES)
    return set(codes)


def _finite(value: Any) -> Any:  # noqa: ANN401 - nested plain values
    """Write numbers that JSON has not as text."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
