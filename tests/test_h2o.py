"""H2O itself: what it is told, and, where it is installed, what it does."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bigenough.errors import FitError, InputError
from bigenough.models import h2o_server
from bigenough.models.h2o import H2O_DEEPLEARNING, MORE, ONLY_H2O, h2o_arguments
from bigenough.models.mlp import H2O_SETTINGS, LEEK_MLP
from bigenough.recipes import recipe_from, written
from bigenough.running import plan, run_study
from bigenough.store import Store
from bigenough.types import PARTS, Floats, Recipe
from tests.helpers import digits, study

RECIPE = H2O_DEEPLEARNING.recipe


def missing() -> str:
    try:
        h2o_server.check_installed()
    except InputError as error:
        return str(error)
    return ""


MISSING = missing()
ENDINGS = {"kill": "os.kill(os.getpid(), 9)", "error": "raise SystemExit(3)", "ctrl-c": "os.kill(os.getpid(), 2)"}
needs_h2o = pytest.mark.skipif(bool(MISSING), reason=MISSING)


def test_leek_s_call_is_h2o_s_defaults() -> None:
    """Of what is told, only these differ from the defaults of the installed H2O, and those of its documentation."""
    told = h2o_arguments(RECIPE.settings, 7, "image")
    assert told["hidden"] == [160] * 5
    assert told["activation"] == "Tanh"
    assert told["epochs"] == 20
    documented = {
        "adaptive_rate": True, "rho": 0.99, "epsilon": 1e-8, "mini_batch_size": 1, "standardize": True, "l2": 0.0,
        "initial_weight_distribution": "UniformAdaptive", "overwrite_with_best_model": True, "elastic_averaging": False,
        "input_dropout_ratio": 0.0, "stopping_rounds": 5, "train_samples_per_iteration": -2,
    }  # fmt: skip
    assert documented.items() <= told.items()


def test_ours_differs_from_h2o_s_recipe_in_what_only_h2o_has() -> None:
    ours, theirs = H2O_SETTINGS.recipe.settings, RECIPE.settings
    assert {name: theirs[name] for name in ours if name != "checkpoints"} == {
        name: value for name, value in ours.items() if name != "checkpoints"
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"activation": "relu"}, {"activation": "Rectifier"}),
        ({"dropout": 0.5}, {"activation": "TanhWithDropout", "hidden_dropout_ratios": [0.5] * 5}),
        ({"optimizer": "sgd", "decay": 0.2}, {"adaptive_rate": False, "rate": 1.0, "rate_annealing": 0.2}),
        ({"decay": 0.2, "batch_size": 4}, {"rate_annealing": 0.05, "mini_batch_size": 4}),
        ({"input_scaling": "none"}, {"standardize": False}),
        ({"input_scaling": "columns"}, {"standardize": False}),  # clipped, which H2O cannot: it gets them so
        ({}, {"standardize": True}),
        ({"momentum": 0.9}, {"momentum_start": 0.9, "momentum_stable": 0.9, "nesterov_accelerated_gradient": False}),
    ],
)  # fmt: skip
def test_settings_in_h2o_s_words(change: dict[str, Any], told: dict[str, Any]) -> None:
    assert told.items() <= h2o_arguments(RECIPE.replace(**change).settings, 1, "image").items()


@pytest.mark.parametrize(
    ("change", "says"), [({"optimizer": "adam"}, "H2O cannot have optimizer 'adam'; it can have adadelta, sgd"),
                         ({"init": "he_normal"}, "init"), ({"output": "sigmoid"}, "output")]
)  # fmt: skip
def test_what_h2o_cannot(change: dict[str, Any], says: str) -> None:
    with pytest.raises(FitError, match=says):
        h2o_arguments(RECIPE.replace(**change).settings, 1, "image")
    with pytest.raises(FitError, match="H2O has no setting 'colour'"):
        h2o_arguments({**RECIPE.settings, "colour": 1}, 1, "image")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("threshold=half", {}), ("threshold=max_f1", {}), ("threshold=0.3", {}),
        ("classification_stop=-1", {"classification_stop": -1.0}),
        ("train_samples_per_iteration=-1", {"train_samples_per_iteration": -1}),
        ("elastic_averaging=true,elastic_averaging_regularization=0.1",
         {"elastic_averaging": True, "elastic_averaging_regularization": 0.1}),
        ("l1=1e-5,max_w2=10", {"l1": 1e-5, "max_w2": 10.0}),
        ("momentum=0.9,nesterov_accelerated_gradient=true", {"momentum_stable": 0.9, "nesterov_accelerated_gradient": True}),
        ("init=normal,initial_weight_scale=0.1", {"initial_weight_distribution": "Normal", "initial_weight_scale": 0.1}),
        ("input_scaling=none", {"standardize": False}),
    ],
)  # fmt: skip
def test_every_setting_can_be_changed_by_its_name(text: str, told: dict[str, Any]) -> None:
    recipe = recipe_from(f"h2o-deeplearning,{text}")
    assert told.items() <= h2o_arguments(recipe.settings, 1, "image").items()
    assert recipe_from(written(recipe)).settings == recipe.settings
    assert recipe_from(written(dataclasses.replace(recipe, name="mine"))).settings == recipe.settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("threshold=best", "setting threshold of h2o-deeplearning takes half, max_f1 or a number; got best"),
        ("classification_stop=-2", "takes a number of at least -1; got -2"),
        ("optimizer=adam", "takes adadelta, sgd; got adam"),
        ("activation=maxout", "takes tanh, relu; got maxout"),
        ("stopping_metric=luck", "takes auto, logloss, auc, mse, rmse, misclassification, mean_per_class_error; got luck"),
        ("max_w=1", "unknown setting of h2o-deeplearning 'max_w'; did you mean max_w2"),
    ],
)
def test_a_value_that_h2o_cannot_have_is_refused_before_anything_runs(text: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        recipe_from(f"h2o-deeplearning,{text}")


def test_leek_mlp_s_settings_can_all_be_said() -> None:
    assert h2o_arguments(LEEK_MLP.recipe.settings, 1, "image")["rate_annealing"] == 0.99


def test_without_h2o_or_java_one_clear_line(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'bigenough\[h2o\]'"):
        run_study(study(["h2o-deeplearning"], draws=1), digits(), store)
    assert not store.keys()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(InputError, match="there is no java"):
        h2o_server.check_installed()


def servers() -> set[str]:
    return {str(path) for path in Path("/tmp").glob("bigenough-h2o-*")}


@needs_h2o
def test_a_study_with_h2o(store: Store) -> None:
    before, data = servers(), digits()
    asked = study([RECIPE.replace(hidden=[20], epochs=10), "single-pixel"], train_sizes=[20], draws=2)
    runs = run_study(asked, data, store, jobs=2)
    networks = [run for run in runs if run.recipe == "h2o-deeplearning"]
    assert [run.error for run in networks] == [None, None]
    for run, cell in zip(networks, plan(asked, data), strict=False):
        assert run.test_probabilities is not None
        assert run.test_labels is not None
        assert run.scores["accuracy"] > 0.75
        assert run.updates is not None
        assert run.updates >= 20  # it stops when it makes no error on the training rows
        # H2O's own labels are those of one threshold on its probabilities
        chance = run.test_probabilities[:, 1]
        assert chance[run.test_labels == 1].min() >= chance[run.test_labels == 0].max()
        assert run.test_labels.shape == cell.draw.test.shape
    again = H2O_DEEPLEARNING.fit_many(asked.recipes[0], data, [plan(asked, data)[0].draw], "cpu", lambda share: None)[0]
    assert again.error is None
    assert set(again.labels) == set(PARTS)
    np.testing.assert_array_equal(again.labels["test"], networks[0].test_labels)
    h2o_server._server.stop()  # type: ignore[union-attr]  # it runs
    deadline = time.monotonic() + 20
    while servers() - before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert servers() == before


@needs_h2o
def test_clipped_columns_are_those_of_our_networks() -> None:
    """H2O's own standardisation and one done before, unclipped, give the same network; clipped ones another."""
    from bigenough.models import scaling

    data = digits()
    recipe = RECIPE.replace(hidden=[20], epochs=10)
    draw = plan(study([recipe], train_sizes=[20], draws=1), data)[0].draw

    def probabilities(how: str) -> Floats:
        fit = H2O_DEEPLEARNING.fit_many(recipe.replace(input_scaling=how), data, [draw], "cpu", lambda share: None)[0]
        assert fit.probabilities is not None
        return fit.probabilities["test"]

    own, clipped = probabilities("columns-unclipped"), probabilities("columns")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scaling, "CLIP", np.inf)
        patch.setattr(scaling, "_last", None)
        done_before = probabilities("columns")
    scaling._last = None
    # H2O's standard deviations are those of a sample
    np.testing.assert_allclose(done_before, own, atol=0.05)
    assert np.abs(clipped - own).max() > 0.05


@needs_h2o
def test_what_a_recipe_leaves_out_is_as_h2o_has_it() -> None:
    from h2o.estimators import H2ODeepLearningEstimator

    theirs = {p.name: p.default for p in inspect.signature(H2ODeepLearningEstimator.__init__).parameters.values()}
    assert {name: theirs[name] for name in MORE} == {**MORE, "nesterov_accelerated_gradient": True}  # without momentum: none
    assert {name: theirs[name] for name in ONLY_H2O} == ONLY_H2O


@needs_h2o
def test_a_threshold_of_one_s_own(store: Store) -> None:
    """0.3 stands for the probability from which H2O's network is to say the second class."""
    texts = ["h2o-deeplearning,hidden=[20],epochs=5,threshold=0.3", "h2o-deeplearning,hidden=[20],epochs=5,threshold=half"]
    low, half = run_study(study([recipe_from(text) for text in texts], train_sizes=[20], draws=1), digits(), store)
    assert low.test_probabilities is not None
    assert half.test_probabilities is not None
    np.testing.assert_array_equal(low.test_probabilities, half.test_probabilities)
    np.testing.assert_array_equal(low.test_labels, (low.test_probabilities[:, 1] >= 0.3).astype(int))
    np.testing.assert_array_equal(half.test_labels, half.test_probabilities.argmax(axis=1))


@needs_h2o
def test_without_memory_one_line_and_the_next_fit_works(monkeypatch: pytest.MonkeyPatch) -> None:
    data = digits()
    draw = plan(study([RECIPE], train_sizes=[20], draws=1), data)[0].draw

    def fit(recipe: Recipe) -> str | None:
        return H2O_DEEPLEARNING.fit_many(recipe, data, [draw], "cpu", lambda share: None)[0].error

    if h2o_server._server is not None:
        h2o_server._server.stop()
    monkeypatch.setattr(h2o_server, "MEMORY", "24m")
    little = fit(RECIPE.replace(hidden=[20], epochs=1))
    assert little is not None
    assert re.fullmatch(r"H2O ran out of memory, of which it has 24m; .*|H2O did not start: .*", little)
    monkeypatch.undo()
    assert fit(RECIPE.replace(hidden=[20], epochs=1)) is None
    large = fit(RECIPE.replace(hidden=[20000, 20000], epochs=1))
    assert large is not None
    assert large.startswith("H2O")
    assert len(large) < 400
    assert "<" not in large
    assert fit(RECIPE.replace(hidden=[20], epochs=1)) is None


@needs_h2o
def test_one_server_a_process_which_listens_to_this_machine_only() -> None:
    h2o_server.connected()
    first = h2o_server._server
    h2o_server.connected()
    assert h2o_server._server is first
    assert first is not None
    listening = {
        line.split()[1] for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) in (first.port, first.port + 1)
    }  # fmt: skip
    assert len(listening) >= 2
    assert all(address.split(":")[0].endswith("0100007F") for address in listening), listening  # 127.0.0.1


def test_a_port_that_is_always_taken_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken() -> None:
        raise FitError("H2O did not start: 11-28 FATAL water.default: port 54321 is not available")

    monkeypatch.setattr(h2o_server, "Server", taken)
    monkeypatch.setattr(h2o_server, "_server", None)
    monkeypatch.setattr(h2o_server, "check_installed", lambda: None)
    with pytest.raises(FitError, match=r"^H2O did not start: another program took its port, 3 times in a row$"):
        h2o_server.connected()


class Answering:
    """A server, as far as `serving` looks at it."""

    def __init__(self, *, written: str = "", alive: bool = True) -> None:
        self.written, self.alive, self.stopped = written, alive, False

    def stop(self) -> None:
        self.stopped = True


@pytest.mark.parametrize(
    ("server", "error", "says", "stopped"),
    [
        (
            Answering(),
            RuntimeError("java.lang.OutOfMemoryError: Java heap space"),
            "H2O ran out of memory, of which it has",
            True,
        ),
        (Answering(written="OutOfMemoryError"), OSError("Job failed"), "H2O ran out of memory", True),
        (Answering(alive=False), ConnectionError("refused"), "H2O ended in the middle of a fit", False),
        (Answering(), ValueError("no\n such\nthing"), "H2O: ValueError: no such thing", False),
        (
            Answering(),
            OSError("Job $0. Details: ERRR on field: _x: too large at water.A.b(A.java:1)"),
            "H2O: _x: too large$",
            False,
        ),
        (Answering(), FitError("one class"), "one class", False),
    ],
)
def test_what_h2o_fails_at_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, server: Answering, error: Exception, says: str, stopped: bool
) -> None:
    monkeypatch.setattr(h2o_server, "connected", lambda: None)
    monkeypatch.setattr(h2o_server, "_server", server)
    with pytest.raises(FitError, match=f"^{says}"), h2o_server.serving():
        raise error
    assert server.stopped == stopped


@needs_h2o
@pytest.mark.parametrize("ending", ["kill", "error", "ctrl-c"])
def test_the_server_ends_with_its_process(ending: str) -> None:
    before = servers()
    script = f"""
        import os
        from bigenough.models import h2o_server
        h2o_server.connected()
        print(h2o_server._server._told.parent, flush=True)
        {ENDINGS[ending]}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, env={**os.environ}, check=False
    )
    assert done.returncode in (-9, 3, -2, 1)
    folder = Path(done.stdout.splitlines()[0])
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert servers() == before
