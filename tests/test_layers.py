"""Imports only go upward, heavy libraries stay where they belong, and files stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bigenough

SOURCE = Path(bigenough.__file__).parent
ROOT = Path(__file__).parent.parent
FILES = sorted(SOURCE.rglob("*.py"))
ROWS = (  # from low to high; what stands in a row imports only what stands below it, and its own package
    {"errors", "worker"},
    {"types", "registry", "workers"},
    {"metrics", "stats", "store", "sources", "engine", "splits"},
    {"draws", "formats"},
    {"models", "rules"},
    {"estimators", "histories", "dask_cluster", "recipes"},
    {"execute", "recorders"},
    {"progress"},
    {"running", "results", "verdict", "explanation"},
    {"presets", "own_data", "deciding", "invocation", "explaining", "pairs"},
    {"exhibits", "gaps", "contrasts"},
    {"figures", "diagnosis"},
    {"page", "bias_variance", "by_class"},
    {"claims"},
    {"explain_report", "pairs_report"},
    {"gap_report"},
    {"report", "study_report"},
    {"reproduction", "user_study"},
    {"user_explanation", "user_diagnosis", "user_pairs"},
    {"terminal"},
    {"cli", "__init__"},
    {"__main__"},
)
HEIGHT = {name: height for height, row in enumerate(ROWS) for name in row}
HOMES = {  # heavy library: who may import it
    "torch": {"engine", "models", "estimators"},
    "matplotlib": {"figures"},
    "rich": {"terminal", "progress"},
    "click": {"cli"},
    "jinja2": {"page"},
    "sqlite3": {"store"},
    "dask": {"dask_cluster"},
    "distributed": {"dask_cluster"},
}
LIMIT = 300  # lines
LIGHT = ("torch", "matplotlib", "pandas", "sklearn", "statsmodels", "scipy")
COMPILER = "torch._dynamo"  # takes as long to load as nearly all the rest of torch


def module_of(path: Path) -> str:
    parts = ["bigenough", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


MODULES = {module_of(path) for path in FILES}


def imports(text: str) -> Iterator[str]:
    """Every module that a source text imports, anywhere in it, a function's imports and those for types too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def part(module: str) -> str:
    """The top-level part of the package that a module belongs to; the package itself is ``__init__``."""
    return module.split(".")[1] if "." in module else "__init__"


def offences(path: Path, text: str) -> list[str]:
    """What a file imports and must not."""
    own = part(module_of(path))
    found = []
    for module in imports(text):
        top = module.split(".")[0]
        if top == "bigenough":
            other = part(module)
            if other != own and HEIGHT[other] >= HEIGHT[own]:
                found.append(f"{own} imports {module}, which is not below it")
        elif top in HOMES and own not in HOMES[top]:
            found.append(f"{own} imports {top}, which only {', '.join(sorted(HOMES[top]))} may")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_upward(path: Path) -> None:
    text = path.read_text()
    assert part(module_of(path)) in HEIGHT, "a new file needs its place in the rows above"
    assert offences(path, text) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("stats.py", "from bigenough.running import plan", "stats imports bigenough.running, which is not below it"),
        ("stats.py", "def f():\n    from bigenough import draws", "stats imports bigenough.draws, which is not below it"),
        ("errors.py", "import bigenough.types", "errors imports bigenough.types, which is not below it"),
        ("models/mlp.py", "import matplotlib.pyplot", "models imports matplotlib, which only figures may"),
        (
            "running.py",
            "if TYPE_CHECKING:\n    from torch import Tensor",
            "running imports torch, which only engine, estimators",
        ),
        ("running.py", "from bigenough import load", "running imports bigenough, which is not below it"),
    ],
)
def test_the_rule_fires(file: str, text: str, says: str) -> None:
    assert offences(SOURCE / file, text)[0].startswith(says)


def test_the_rule_is_quiet_on_what_is_allowed() -> None:
    text = "from bigenough import metrics\nfrom bigenough.models.mlp import MLP\nimport numpy as np"
    assert offences(SOURCE / "running.py", text) == []
    assert offences(SOURCE / "engine" / "train.py", "from bigenough.engine.stack import Stack\nimport torch") == []


def loaded_by(code: str) -> set[str]:
    """Heavy libraries that a fresh process has after running some code."""
    tail = f"\nimport sys; print('LOADED', *[m for m in {(*LIGHT, COMPILER)!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--help"],
        ["--version"],
        ["reproduce", "--help"],
        ["report", "--help"],
        ["models", "--help"],
        ["diagnose", "--help"],
    ],
)
def test_importing_and_asking_for_help_loads_little(arguments: list[str]) -> None:
    run = "import bigenough"
    if arguments:
        run += f"\nfrom bigenough.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit: pass"
    assert loaded_by(run) == set()


def test_training_networks_loads_no_compiler() -> None:
    run = (
        "import bigenough\n"
        "models = ['relu-mlp,max_updates=5', 'mlp,epochs=1,optimizer=sgd', 'cnn,epochs=1']\n"
        "bigenough.study('mnist:0,1', models=['majority', *models], train_sizes=[10], draws=2, jobs=1)"
    )
    loaded = loaded_by(run)
    assert "torch" in loaded
    assert COMPILER not in loaded


def test_training_a_torch_module_loads_no_compiler() -> None:
    run = (
        "from bigenough.models.external import TUNING\n"
        "from bigenough.models.foreign import from_target\n"
        "from tests.helpers import fit_many\n"
        "from tests.own import draws_of, table\n"
        "TUNING['max_updates'] = 5\n"
        "fit, = fit_many(from_target('tests.foreign_models:net'), table(), draws_of(table(), 16)[:1])\n"
        "assert fit.updates == 5, fit"
    )
    assert COMPILER not in loaded_by(run)


def test_an_error_of_input_loads_no_torch() -> None:
    """And so the check above sees what it looks for: pandas is loaded here."""
    run = "from bigenough.cli import main\ntry:\n    main(['reproduce', '--protocol', 'pots'])\nexcept SystemExit: pass"
    loaded = loaded_by(run)
    assert "pandas" in loaded
    assert not loaded & {"torch", "matplotlib"}


def test_a_classifier_that_is_no_network_loads_no_torch() -> None:
    loaded = loaded_by("from bigenough import LeekassoClassifier")
    assert "sklearn" in loaded
    assert not loaded & {"torch", "matplotlib"}


def test_the_public_names_are_all_there() -> None:
    for name in bigenough.__all__:
        assert getattr(bigenough, name) is not None
        assert name in dir(bigenough)
    with pytest.raises(AttributeError, match="module 'bigenough' has no attribute 'nonsense'"):
        bigenough.nonsense  # noqa: B018 - asking is the test
