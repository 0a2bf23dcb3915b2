"""A user's own models: good ones are compared, bad ones are failed runs, and none takes the others along."""

from __future__ import annotations

import functools
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bigenough.errors import InputError
from bigenough.execute import is_worth_another_try
from bigenough.models.external import EXTERNAL
from bigenough.models.foreign import from_object, from_target, is_module
from bigenough.models.outputs import as_probabilities
from bigenough.models.torch_loop import batch_sizes
from bigenough.running import plan, run_missing, run_study
from bigenough.store import Store
from bigenough.types import Recipe
from tests import foreign_models
from tests.helpers import fit_many
from tests.own import draws_of, frame, images, study_of, table
from tests.test_models import assert_sound, plain

HOME = "tests.foreign_models"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few updates for the networks."""
    from bigenough.models import external

    monkeypatch.setitem(external.TUNING, "max_updates", 40)


@pytest.mark.usefixtures("one_thread", "quick")
@pytest.mark.parametrize("name", ["PIPELINE", "FOREST", "net", "one_output", "keras_like"])
def test_good_models_are_sound_deterministic_and_leave_global_randomness_alone(name: str) -> None:
    data, recipe = table(), from_target(f"{HOME}:{name}")
    draws = draws_of(data, 16)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]
    fits, again = fit_many(recipe, data, draws), fit_many(recipe, data, draws)
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]
    assert before == after
    assert_sound(fits, data, draws)
    np.testing.assert_equal([plain(fit) for fit in fits], [plain(fit) for fit in again])
    if recipe.settings["kind"] == "function" and name != "keras_like":
        assert fits[0].curve is not None
        assert fits[0].notes == ("not converged after 40 updates",)


@pytest.mark.usefixtures("one_thread", "quick")
def test_modules_get_images_as_such() -> None:
    data = images(3, 6)
    draws = draws_of(data, 12)
    assert_sound(fit_many(from_target(f"{HOME}:conv"), data, draws), data, draws)


@pytest.mark.usefixtures("one_thread")
def test_a_pipeline_that_wants_columns_by_name_gets_the_frame() -> None:
    data, recipe = frame(), from_target(f"{HOME}:BY_NAME")
    assert recipe.settings["inputs"] == "raw"
    draws = draws_of(data, 16)
    assert_sound(fit_many(recipe, data, draws), data, draws)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "outputs"), [("NeuralNetClassifier", 2), ("NeuralNetBinaryClassifier", 1)])
def test_nets_of_skorch_get_float32(kind: str, outputs: int) -> None:
    """As their weights are; a table and scikit-learn's steps are float64, which torch would refuse."""
    make = getattr(pytest.importorskip("skorch"), kind)
    loss = torch.nn.CrossEntropyLoss if outputs == 2 else torch.nn.BCEWithLogitsLoss
    net = make(foreign_models.Lines, module__outputs=outputs, criterion=loss, max_epochs=60, lr=0.3, verbose=0)
    data = table([40, 40])
    draws = draws_of(data, 30)
    for recipe in (from_object("net", net), from_object("piped", make_pipeline(StandardScaler(), net))):
        assert recipe.family == "deep"
        fits = fit_many(recipe, data, draws)
        assert_sound(fits, data, draws)
        assert np.mean(fits[0].labels["train"] == data.y[draws[0].train]) > 0.8


def test_a_plain_module_is_trained_until_it_converges() -> None:
    data = table([40, 40])
    draws = draws_of(data, 30, repeats=1)
    fit = fit_many(from_object("net", foreign_models.net), data, draws)[0]
    assert fit.notes == ()
    assert np.mean(fit.labels["train"] == data.y[draws[0].train]) > 0.9


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("RAISES", "ValueError: planted in two lines"),
        ("SHORT", "predict gave shape (15,); (16,) is needed"),
        ("NAN", "predict_proba gave values that are not finite"),
        ("NARROW", "predict_proba gave shape (16, 1); (16, 2) is needed"),
        ("SUM", "predict_proba gave rows that are negative somewhere or do not sum to 1"),
        ("LABELS", "predict gave np.str_('yes'); class codes from 0 to 1 are needed"),
        ("too_many_outputs", "the module gave shape (16, 5); (16, 2) is needed, a logit a class"),
        ("wrong_width", "RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
        ("gives_a_number", "gives_a_number gave a int; it may give a scikit-learn estimator"),
    ],
)
def test_bad_models_are_failed_fits_that_say_why(name: str, says: str) -> None:
    data = table()
    for fit in fit_many(from_target(f"{HOME}:{name}"), data, draws_of(data, 16)):
        assert fit.error is not None
        assert fit.error.startswith(says)
        assert "\n" not in fit.error


def test_a_model_that_never_ends_is_ended_and_the_others_go_on(store: Store) -> None:
    data = table()
    recipes: list[Recipe | str] = [from_target(f"{HOME}:HANGS"), from_target(f"{HOME}:PIPELINE"), "majority"]
    asked = study_of(data, recipes, sizes=[10], draws=4)
    cells = plan(asked, data)
    run_missing(cells, data, store, jobs=1, fit_timeout=4)
    runs = store.runs([cell.key for cell in cells])
    errors = [run.error for run in runs if run.recipe == "HANGS"]
    late = "over the time limit of 4 seconds a fit"
    assert errors.count(late) == 2
    assert errors.count(f"not tried, since fits of this model before it were {late}") == 2
    assert all(run.status == "ok" for run in runs if run.recipe != "HANGS")
    assert len(runs) == 12
    first = len(store.errors())
    run_missing(cells, data, store, jobs=1, fit_timeout=2.0)  # a smaller limit: nothing is tried again
    assert len(store.errors()) == first


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", True),
        ("MemoryError: Unable to allocate 3.1 GiB", True),
        ("ModuleNotFoundError: No module named 'theirs'", True),
        ("its process died: killed, or out of memory", True),
        ("ValueError: MemoryError", False),
        ("training diverged: outputs are not finite", False),
    ],
)
def test_what_failed_by_the_machine_is_tried_again(error: str, *, again: bool) -> None:
    assert is_worth_another_try(error, 600.0) == again


def test_fits_that_were_ended_are_tried_again_with_more_time(store: Store) -> None:
    data = table()
    recipe = from_object("slow", foreign_models.Bad("hang", seconds=4.0))
    cells = plan(study_of(data, [recipe], draws=1), data)
    run_missing(cells, data, store, fit_timeout=1.0)
    assert list(store.errors().values()) == ["over the time limit of 1 seconds a fit"]
    run_missing(cells, data, store, fit_timeout=60.0)
    assert store.errors() == {}


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("net", "given as package.module:attribute, got 'net'"),
        (":net", "given as package.module:attribute"),
        ("no_such_module_here:net", "cannot import no_such_module_here .* ModuleNotFoundError"),
        (f"{HOME}:missing", "module tests.foreign_models has no missing"),
        (f"{HOME}:NUMBER", "the model NUMBER is of type int; it may be an estimator, or a function"),
        (
            f"{HOME}:wants_more",
            "the model wants_more wants an argument 'depth'; it may take n_features, n_classes, input_shape",
        ),
    ],
)
def test_what_is_no_model_is_said_at_once(target: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        from_target(target)


def test_a_module_made_beforehand_is_refused() -> None:
    keras_s = type("Model", (), {"__module__": "keras.src.models.model", "__call__": lambda self, inputs: inputs})
    for made, what in ((torch.nn.Linear(2, 2), "Linear"), (type("Sequential", (keras_s,), {})(), "Sequential")):
        with pytest.raises(InputError, match=f"the model made is of type {what}; give a function that returns it"):
            from_object("made", made)


def test_a_module_is_trained_on_the_device_that_was_asked_for() -> None:
    data = table()
    (failed,) = EXTERNAL.fit_many(from_target(f"{HOME}:net"), data, draws_of(data, 16)[:1], "cuda:99", print)
    assert failed.error is not None
    assert failed.error.startswith("no device 'cuda:99' on this machine")


def test_a_last_batch_of_one_row_joins_the_one_before() -> None:
    assert [batch_sizes(*case) for case in ((97, 32), (98, 32), (96, 32), (33, 32), (3, 1), (1, 32))] == [
        [32, 32, 33], [32, 32, 32, 2], [32, 32, 32], [33], [1, 1, 1], [1],
    ]  # fmt: skip


def test_camps_and_identity() -> None:
    assert from_object("a", LogisticRegression()).family == "simple"
    assert from_object("a", LogisticRegression).family == "simple"
    assert from_object("a", MLPClassifier()).family == "deep"
    assert from_object("a", foreign_models.net).family == "deep"
    marked = LogisticRegression()
    marked.bigenough_family = "deep"
    assert from_object("a", marked).family == "deep"
    marked.bigenough_family = "shallow"
    with pytest.raises(InputError, match="must be 'deep' or 'simple', got 'shallow'"):
        from_object("a", marked)
    one, same = (from_object("a", LogisticRegression(C=2.0)) for _ in range(2))
    assert one == same
    assert one != from_object("a", LogisticRegression(C=3.0))
    assert pickle.loads(pickle.dumps(one)).payload == one.payload
    assert Recipe(**one.to_json()).settings == one.settings


def test_functions_made_on_the_spot_run_in_other_processes(store: Store) -> None:
    def closure(n_features: int, n_classes: int) -> Any:  # noqa: ANN401
        return torch.nn.Linear(n_features, n_classes)

    data = table()
    runs = run_study(study_of(data, [from_object("linear", closure)], draws=2), data, store, jobs=2)
    assert [run.status for run in runs] == ["ok", "ok"], runs[0].error


def test_outputs_are_read_as_probabilities_or_logits() -> None:
    chances = np.array([[0.2, 0.8], [0.6, 0.4]])
    np.testing.assert_allclose(as_probabilities(chances, 2, 2), chances)
    np.testing.assert_allclose(as_probabilities(np.log(chances), 2, 2), chances)
    np.testing.assert_allclose(as_probabilities(chances[:, 1:], 2, 2), chances)
    np.testing.assert_allclose(as_probabilities(np.array([2.0, -1.0]), 2, 2)[:, 1], 1 / (1 + np.exp([-2.0, 1.0])))


def test_a_keras_model_on_the_torch_backend_is_no_torch_module() -> None:
    """There it inherits from both; it has a loss and an optimiser of its own, which are to be used."""
    assert is_module(torch.nn.Linear(2, 2))
    assert not is_module(type("Sequential", (torch.nn.Linear,), {"__module__": "keras.src.models.sequential"})(2, 2))
    assert not is_module(object())


def test_what_a_model_carries_along_decides_its_key() -> None:
    """A partial, a closure and an object that differ in a value are other models; made again alike they are the same."""

    def enclosed(hidden: int) -> Any:  # noqa: ANN401
        def make(n_features: int, n_classes: int) -> torch.nn.Module:
            return torch.nn.Sequential(torch.nn.Linear(n_features, hidden), torch.nn.Linear(hidden, n_classes))

        return make

    class Made:
        def __init__(self, hidden: int) -> None:
            self.hidden = hidden

        def __call__(self, n_features: int) -> torch.nn.Module:
            return torch.nn.Linear(n_features, self.hidden)

    makers: tuple[Callable[[int], object], ...] = (
        lambda n: functools.partial(foreign_models.net, n_classes=n), enclosed, Made, lambda n: foreign_models.Bad("hang", n)
    )  # fmt: skip
    for maker in makers:
        codes = [from_object("net", maker(n)).settings["code"] for n in (8, 128, 8)]
        assert codes[0] == codes[2] != codes[1]


def test_what_a_script_refers_to_decides_the_key_of_its_models(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    text = (
        "import torch\nfrom bigenough.models.foreign import from_object\nHIDDEN, OTHER = {hidden}, {other}\n"
        "def block(n):\n    return torch.nn.Linear(n, HIDDEN)\n"
        "def make(n_features):\n    return block(n_features)\n"
        "print(from_object('net', make).settings['code'])\n"
    )

    def code(**values: int) -> str:
        script.write_text(text.format(**values))
        return subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True).stdout

    assert code(hidden=8, other=1) == code(hidden=8, other=2) != code(hidden=128, other=1)


def test_what_the_machine_lacked_is_tried_again_and_what_the_model_does_is_not(tmp_path: Path, store: Store) -> None:
    there = tmp_path / "weights"

    def make(n_features: int, n_classes: int) -> torch.nn.Module:
        if not there.exists():
            there.read_bytes()
        return foreign_models.net(n_features, n_classes)

    data, recipes = table(), (from_object("needs a file", make), from_target(f"{HOME}:RAISES"))
    asked = study_of(data, recipes, [16], draws=1)

    def errors() -> dict[str, bool]:
        run_study(asked, data, store)
        return {run.recipe: run.error is not None for run in store.runs(list(store.keys()))}

    assert errors() == {"needs a file": True, "RAISES": True}
    there.touch()
    before = {run.recipe: run.seconds for run in store.runs(list(store.keys()))}
    assert errors() == {"needs a file": False, "RAISES": True}
    assert {run.seconds for run in store.runs(list(store.keys())) if run.recipe == "RAISES"} == {before["RAISES"]}
