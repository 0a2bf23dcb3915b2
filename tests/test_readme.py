"""README: its Python runs, its commands exist with the options that it shows, its files are there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from bigenough.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELLS = {"sh", "console", "bash", "shell"}


def blocks(text: str) -> list[tuple[str, int, str]]:
    """Language, line number and text of every fenced block."""
    found = []
    for match in re.finditer(r"^```([\w-]*)[^\n]*\n(.*?)^```\s*$", text, re.MULTILINE | re.DOTALL):
        found.append((match[1], text.count("\n", 0, match.start()) + 1, match[2]))
    return found


def commands(text: str) -> list[list[str]]:
    """Every command line of the shell blocks, in words; what a console answers, comments and ``&&`` are taken apart."""
    lines = []
    for language, _, block in blocks(text):
        if language not in SHELLS:
            continue
        block = block.replace("\\\n", " ")
        typed = [line[2:] for line in block.splitlines() if line.startswith(("$ ", "> "))]
        for line in typed if language == "console" or typed else block.splitlines():
            words = shlex.split(line, comments=True)
            while "&&" in words:
                lines.append(words[: words.index("&&")])
                words = words[words.index("&&") + 1 :]
            lines.append(words)
    return [words for words in lines if words]


def check_bigenough(words: list[str]) -> None:
    """Parse a ``bigenough`` command as click does, without running it: verbs, options, and the types of their values."""
    command: click.Command = cli
    context = click.Context(cli, info_name="bigenough")
    rest = words[1:]
    if rest and not rest[0].startswith("-"):
        found = cli.get_command(context, rest[0])
        assert found is not None, f"README calls a verb that does not exist: {shlex.join(words)}"
        command, rest = found, rest[1:]
    help_text = command.get_help(click.Context(command, info_name="bigenough"))
    for word in rest:
        if word.startswith("--"):
            assert word.split("=")[0] in help_text, f"--help does not list {word}: {shlex.join(words)}"
    with click.Context(command, info_name="bigenough", resilient_parsing=False) as own:
        if {"-h", "--help", "--version"}.isdisjoint(rest) and command is not cli:
            command.parse_args(own, list(rest))


def check_make(words: list[str]) -> None:
    """A target of the Makefile."""
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {word for word in words[1:] if "=" not in word} <= targets, shlex.join(words)


CHECKS: dict[str, Callable[[list[str]], None]] = {"bigenough": check_bigenough, "make": check_make}


def test_readme_has_code() -> None:
    assert any(language == "python" or language in SHELLS for language, _, _ in blocks(README))
    assert any(words[0] in CHECKS for words in commands(README)), "README must say how to run it"


@pytest.mark.parametrize("words", commands(README), ids=shlex.join)
def test_commands_exist(words: list[str]) -> None:
    name = Path(words[0]).name
    if name in CHECKS:
        CHECKS[name]([name, *words[1:]])


def test_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks in order, as one session in an empty folder; a block may use what the ones before it made."""
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {"__name__": "readme"}
    for language, line, block in blocks(README):
        if language == "python":
            exec(compile("\n" * line + block, str(ROOT / "README.md"), "exec"), session)


def test_local_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", README)
    assert [t for t in targets if "://" not in t and not t.startswith("mailto:") and not (ROOT / t).exists()] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("bigenough reprodcue", "a verb that does not exist"),
        ("bigenough reproduce --epoch-scale 0.1", "does not list --epoch-scale"),
        ("bigenough reproduce --draws many", "not a valid integer"),
        ("bigenough report", "Missing argument"),
        ("make nonsense", "make nonsense"),
    ],
)
def test_wrong_commands_are_seen(line: str, says: str) -> None:
    words = commands(f"```console\n$ {line}\nan answer\n```\n")[0]
    with pytest.raises((AssertionError, click.UsageError)) as caught:
        CHECKS[words[0]](words)
    assert says in (caught.value.format_message() if isinstance(caught.value, click.UsageError) else str(caught.value))


def test_blocks_are_found() -> None:
    text = "a\n```python\nx = 1\n```\n```sh\n# what for\ncd x && bigenough report x \\\n  --quiet\n```\n"
    assert blocks(text)[0] == ("python", 2, "x = 1\n")
    assert commands(text) == [["cd", "x"], ["bigenough", "report", "x", "--quiet"]]
    check_bigenough(commands(text)[1])
