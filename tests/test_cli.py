"""The command line: what it lists, what it refuses, and that it loads little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bigenough.cli import BAD_INPUT, DEFECT, main
from bigenough.registry import MODELS


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_models_are_listed_with_family_and_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "models", "--json")
    found = {m["name"]: m for m in json.loads(out)}
    assert code == 0
    assert list(found) == list(MODELS)
    assert found["mlp"]["parameters"] == 117_250
    assert found["mlp"]["family"] == "deep"
    assert found["center-pixel"] == {
        "name": "center-pixel",
        "family": "data-free",
        "parameters": 0,
        "recipe": MODELS["center-pixel"].recipe.to_json(),
    }


def test_models_and_datasets_fit_a_narrow_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for verb in ("models", "datasets"):
        code, out, err = run(capsys, verb)
        assert code == 0
        assert err == ""
        assert max(map(len, out.splitlines())) <= 80


def test_datasets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "datasets", "--json")
    found = {d["name"]: d for d in json.loads(out)}
    assert found["mnist"]["rows"] == 70_000
    assert found["mnist:0,1"]["rows"] == 12_665 + 2_115
    assert found["breast_cancer"]["classes"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--models", "leekaso"], "unknown model 'leekaso'; did you mean leekasso"),
        (["--models", "zzz"], "known: boosting"),
        (["--models", ""], "--models takes names"),
        (["--models", "mlp,mlp"], "model given twice: mlp"),
        (["--models", "mlp,dropout=0"], "the systems of 2017 run as they are"),
        (["--protocol", "pots"], "did you mean post"),
        (["--sizes", "0"], "training size 0 is not possible"),
        (["--sizes", "1"], "sizes from 2 to 12665"),
        (["--sizes", "-5"], "training size -5 is not possible"),
        (["--sizes", "12666"], "sizes from 2 to 12665"),
        (["--sizes", "ten"], "--sizes takes whole numbers"),
        (["--sizes", "10,10"], "size given twice: 10"),
        (["--draws", "0"], "draws must be at least 1, got 0"),
        (["--draws", "many"], "'many' is not a valid integer"),
        (["--epochs-scale", "0"], "epochs-scale must be above 0"),
        (["--epochs-scale", "nan"], "epochs-scale must be above 0"),
        (["--jobs", "0"], "jobs must be at least 1, got 0"),
        (["--device", "abacus", "--models", "single-pixel"], "no device 'abacus' on this machine; here: auto, cpu"),
        (["--device", "cuda:99", "--models", "single-pixel"], "no device 'cuda:99'"),
        (["--nonsense"], "No such option"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "study"
    code, stdout, stderr = run(capsys, "reproduce", "--out", str(out), *arguments)
    assert code == BAD_INPUT
    assert stdout == ""
    assert says in stderr
    assert len(stderr.splitlines()) == 1
    assert not out.exists()


def test_a_folder_that_cannot_be_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, _, stderr = run(capsys, "reproduce", "--out", str(tmp_path / "file" / "study"))
    assert code == BAD_INPUT
    assert "cannot make the folder" in stderr


@pytest.mark.parametrize(
    "command", [["study", "iris"], ["diagnose", "mlp", "iris"], ["reproduce"], ["explain", "mlp", "lda", "iris"]]
)
def test_a_folder_without_a_name(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, stderr = run(capsys, *command, "--out", "")
    assert code == BAD_INPUT
    assert "a folder's name is empty" in stderr
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_that_nobody_reads_is_no_finding() -> None:
    """Exit code 1 of `diagnose` says that something was found; a shell gives 141 where a tool stops for the pipe."""
    command = f"{sys.executable} -m bigenough datasets | true; exit ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=False).returncode == 141


def test_a_terminal_that_lacks_letters_is_no_defect(tmp_path: Path) -> None:
    arguments = [
        "study",
        "iris",
        "--models",
        "majority,knn",
        "--sizes",
        "15",
        "--draws",
        "2",
        "--out",
        str(tmp_path / "größer"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bigenough", *arguments, "--jobs", "1"],
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"report: " in done.stdout


def test_report_of_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, stderr = run(capsys, "report", str(tmp_path))
    assert code == BAD_INPUT
    assert f"no study in {tmp_path}" in stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", ["import bigenough", "import bigenough.cli; bigenough.cli.cli(['--help'])"])
def test_help_loads_no_heavy_library(arguments: str) -> None:
    code = f"try:\n    {arguments}\nexcept SystemExit: pass\nimport sys; print([m for m in HEAVY if m in sys.modules])"
    heavy = "HEAVY = ['torch', 'matplotlib', 'numpy', 'pandas', 'sklearn', 'rich']\n"
    done = subprocess.run([sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_defect_is_no_finding(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(source: str) -> None:
        raise ZeroDivisionError(source)

    monkeypatch.setattr("bigenough.histories.read", broken)
    (tmp_path / "history.csv").touch()
    code, _, err = run(capsys, "diagnose", str(tmp_path / "history.csv"))
    assert code == DEFECT
    assert f"ZeroDivisionError: {tmp_path / 'history.csv'}" in err
    assert err.splitlines()[-1] == "bigenough: this was not foreseen; please report the lines above"
