"""The scripts in examples/ find the planted cause, and the repair helps on rows that nothing was chosen by."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
CAUSES = {
    "sklearn_raw_columns": (None, "Inputs badly scaled, confirmed"),
    "torch_rate_too_high": (None, "Learning rate too high: oscillating or diverged, confirmed"),
    "skorch_too_few_updates": ("skorch", "Not converged: too few updates, confirmed"),
    "keras_dropout": ("keras", "Regularised too strongly, confirmed"),
    "keras_rate_too_low": ("keras", "Not converged: learning rate too low, confirmed"),
}


def test_every_example_is_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(CAUSES)
    page = (FOLDER / "README.md").read_text()
    assert all(f"[{name}.py]({name}.py)" in page for name in CAUSES)


@pytest.mark.parametrize("name", CAUSES)
def test_an_example_names_the_cause_and_repairs_it(name: str) -> None:
    needed, cause = CAUSES[name]
    if needed is not None and importlib.util.find_spec(needed) is None:
        pytest.skip(f"could not import {needed!r}")
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert cause in done.stdout
    scores = [float(text) for text in re.findall(r"(?:as it was|repaired): (0\.\d+)", done.stdout)]
    assert len(scores) == 2
    assert scores[1] > scores[0] + 0.1
