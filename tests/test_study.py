"""From a study to its runs: processes, resuming, keys, and failures that take no other run along."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bigenough import terminal
from bigenough.engine.training import Training
from bigenough.errors import BigenoughError
from bigenough.execute import Task, execute
from bigenough.models.network import Network
from bigenough.presets import LEEK, POST, make_study, scale_epochs
from bigenough.registry import MODELS
from bigenough.reproduction import reproduce
from bigenough.running import group, plan, run_study
from bigenough.store import Store
from bigenough.types import Dataset, Draw, Fit, Recipe, Run, Study
from tests import planted
from tests.helpers import digits, small_network, study

FEW = ["leekasso", "single-pixel", "logistic"]


def key_of(asked: Study, data: Dataset) -> set[str]:
    return {cell.key for cell in plan(asked, data)}


def comparable(run: Run) -> dict[str, Any]:
    """All of a run but its time."""
    return dataclasses.asdict(dataclasses.replace(run, seconds=0.0, scores=dict(run.scores)))


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Recipe, size and repeat of every draw that any model was asked to fit."""
    seen: list[tuple[str, int, int]] = []

    def watch(model: Any) -> None:  # noqa: ANN401 - any registered model
        real: Callable[..., list[Fit]] = model.fit_many

        def fit_many(recipe: Recipe, data: Dataset, draws: Sequence[Draw], *more: Any) -> list[Fit]:  # noqa: ANN401
            seen.extend((recipe.name, draw.size, draw.repeat) for draw in draws)
            return real(recipe, data, draws, *more)

        monkeypatch.setattr(model, "fit_many", fit_many)

    for name in ("leekasso", "single-pixel", "mlp"):
        watch(MODELS[name])
    return seen


def test_a_second_process_changes_no_run(tmp_path: Path) -> None:
    recipes: list[Recipe | str] = [
        small_network("mlp"),
        small_network("leek-mlp", hidden=[6, 6]),
        small_network("r-mlp"),
        "leekasso",
    ]
    asked = study(recipes, draws=3)
    runs = []
    for jobs in (1, 2):
        with Store(tmp_path / str(jobs)) as store:
            runs.append(run_study(asked, digits(), store, jobs=jobs))
    assert len(runs[0]) == len(runs[1]) == 4 * 2 * 3
    for one, other in zip(*runs, strict=True):
        np.testing.assert_equal(comparable(one), comparable(other))
    assert all(run.status == "ok" for run in runs[0])


def test_runs_come_in_order_with_their_scores(store: Store) -> None:
    data = digits()
    runs = run_study(study(FEW), data, store)
    assert [(r.recipe, r.size, r.repeat) for r in runs] == [(m, n, d) for m in FEW for n in (10, 20) for d in range(2)]
    cells = plan(study(FEW), data)
    for run, cell in zip(runs, cells, strict=True):
        assert run.key == cell.key
        assert run.test_labels is not None
        assert run.scores["accuracy"] == np.mean(run.test_labels == data.y[cell.draw.test])
        assert run.seconds > 0
        assert np.isnan(run.scores["train_loss"]) == (run.test_probabilities is None)


def test_only_what_is_new_is_trained(store: Store, fitted: list[tuple[str, int, int]]) -> None:
    data, network = digits(), small_network()
    first = run_study(study([network, "leekasso"]), data, store)
    assert sorted(fitted) == sorted((m, n, d) for m in ("mlp", "leekasso") for n in (10, 20) for d in (0, 1))
    fitted.clear()
    again = run_study(study([network, "leekasso"]), data, store)
    assert fitted == []
    for one, other in zip(first, again, strict=True):
        np.testing.assert_equal(comparable(one), comparable(other))
    more = study([network, "leekasso", "single-pixel"], train_sizes=[10, 15, 20], draws=3)
    runs = run_study(more, data, store)
    old = {(m, n, d) for m in ("mlp", "leekasso") for n in (10, 20) for d in (0, 1)}
    wanted = {(m, n, d) for m in ("mlp", "leekasso", "single-pixel") for n in (10, 15, 20) for d in range(3)}
    assert sorted(fitted) == sorted(wanted - old)
    assert len(runs) == len(wanted)


def test_a_run_is_the_same_whether_its_neighbours_were_there_or_not(tmp_path: Path) -> None:
    """One draw alone, then three more beside it: the stack's size differs, the runs do not."""
    data, network = digits(), small_network("mlp", hidden=[128, 128])
    with Store(tmp_path / "grown") as store:
        run_study(study([network], draws=1), data, store)
        grown = run_study(study([network], draws=6), data, store)
    with Store(tmp_path / "whole") as store:
        whole = run_study(study([network], draws=6), data, store)
    for one, other in zip(grown, whole, strict=True):
        np.testing.assert_equal(comparable(one), comparable(other))


def test_sizes_models_and_draws_change_no_key() -> None:
    data = digits()
    keys = key_of(study(["leekasso"]), data)
    assert len(keys) == 4
    assert keys < key_of(study(["single-pixel", "leekasso"], train_sizes=[5, 10, 20, 30], draws=4), data)


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"replacement": True}, {"stratified": False}, {"nested": True}, {"split": "stratified"}]
)
def test_what_changes_a_draw_changes_every_key(change: dict[str, Any]) -> None:
    asked, data = study(["leekasso"]), digits()
    assert key_of(asked, data).isdisjoint(key_of(dataclasses.replace(asked, **change), data))


@pytest.mark.parametrize("name", [n for n in MODELS if MODELS[n].recipe.settings])
def test_every_setting_is_in_the_key(name: str) -> None:
    recipe, data = MODELS[name].recipe, digits()
    keys = key_of(study([recipe]), data)
    for setting in recipe.settings:
        changed = recipe.replace(**{setting: "something else"})
        assert keys.isdisjoint(key_of(study([changed]), data)), setting


def test_the_data_are_in_the_key() -> None:
    data = digits()
    X = data.X.copy()
    X[0, 0, 0] += 1
    assert key_of(study(), data).isdisjoint(key_of(study(), dataclasses.replace(data, X=X)))


def test_other_data_of_the_same_name_are_not_taken_for_known(store: Store, fitted: list[tuple[str, int, int]]) -> None:
    run_study(study(), digits(), store)
    fitted.clear()
    run_study(study(), dataclasses.replace(digits(), X=digits().X // 2), store)
    assert len(fitted) == 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_failures_are_runs_and_take_no_other_along(jobs: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, target in planted.TARGETS.items():
        monkeypatch.setitem(MODELS._targets, name, target)
    # only a process of its own may die
    names = [name for name in planted.TARGETS if jobs > 1 or name != "planted-die"]
    runs = run_study(study([*names, "single-pixel"], train_sizes=[10]), planted.planted_data(), store, jobs=jobs)
    failed = {r.recipe: r for r in runs if r.status == "failed"}
    assert len(runs) == (len(names) + 1) * 2
    assert sum(r.status == "failed" for r in runs) == len(names), "one run each, and no other"
    assert set(failed) == set(names)
    assert all((r.size, r.repeat) == (10, 0) for r in failed.values())
    assert failed["planted-fit"].error == "ZeroDivisionError: planted in a fit"
    assert failed["planted-raise"].error == "RuntimeError: planted outside"
    assert "not finite" in (failed["planted-nan"].error or "")
    if jobs > 1:
        assert failed["planted-die"].error == "its process died: killed, or out of memory"
    for run in runs:
        assert np.isnan(run.scores["accuracy"]) == (run.status == "failed")
        assert (run.error is None) == (run.status == "ok")
    assert {r.key for r in store.runs([r.key for r in runs])} == {r.key for r in runs}


def test_a_network_that_diverges_is_a_failed_run(store: Store) -> None:
    wild = small_network("leek-mlp", activation="relu", learning_rate=1e30, decay=0.0)
    runs = run_study(study([wild, "single-pixel"]), digits(), store)
    assert [r.status for r in runs] == ["failed"] * 4 + ["ok"] * 4
    assert all(r.error == "training diverged: outputs are not finite" for r in runs[:4])
    assert all(r.curve is not None for r in runs[:4])


def test_progress_ends_at_one_for_every_task(store: Store) -> None:
    class Heard:
        def __init__(self) -> None:
            self.tasks: list[Task] = []
            self.shares: dict[int, list[float]] = {}

        def start(self, tasks: Sequence[Task]) -> None:
            self.tasks = list(tasks)

        def advance(self, task: Task, share: float) -> None:
            self.shares.setdefault(task.number, []).append(share)

    heard = Heard()
    run_study(study([small_network(), "leekasso"]), digits(), store, progress=heard)
    assert set(heard.shares) == {task.number for task in heard.tasks}
    for shares in heard.shares.values():
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


@pytest.mark.parametrize(("stop", "sign"), [(None, -1), (lambda: False, 1)])
def test_the_longest_comes_first_and_before_a_deadline_the_shortest(stop: Callable[[], bool] | None, sign: int) -> None:
    tasks = group(plan(study([small_network(), "leekasso", "center-pixel"]), digits()), digits(), "cpu")
    done = [task for task, _ in execute(tasks, digits(), jobs=1, device="cpu", advance=lambda task, share: None, stop=stop)]
    assert [task.number for task in done] == [task.number for task in sorted(tasks, key=lambda task: sign * task.seconds)]
    assert len({task.seconds for task in tasks}) > 2


def test_cells_are_grouped_by_recipe_and_size_within_the_limit() -> None:
    asked = study(["mlp", "cnn", "leekasso"], draws=40)
    tasks = group(plan(asked, digits()), digits(), "cpu")
    assert sorted((t.recipe.name, len(t.draws)) for t in tasks) == sorted(
        [("mlp", n) for n in (5, 5, 6, 6, 6, 6, 6)] * 2 + [("leekasso", 20)] * 4 + [("cnn", 1)] * 80
    )  # a cache holds six of the post's networks with Adam's moments; stacks are as equal as can be
    assert all(len({d.size for d in task.draws}) == 1 for task in tasks)
    assert len({task.number for task in tasks}) == len(tasks)
    assert all(task.seconds > 0 for task in tasks)


def test_trainings_that_are_others_beginnings_are_had_with_those(store: Store, tmp_path: Path) -> None:
    """Two lengths cost one training, and each is exactly what it is by itself."""
    first = small_network()

    def changed(name: str, **settings: object) -> Recipe:
        return dataclasses.replace(first, name=name, settings={**first.settings, "checkpoints": "ends", **settings})

    long, lengths = changed("long", epochs=6), [changed(f"{n} epochs", epochs=n) for n in (2, 4)]
    lengths, others = [long, *lengths], [changed("learning_rate", learning_rate=0.1), changed("keep", keep="best")]
    asked, data = study([*lengths[1:], *others, *lengths[:1]]), digits()
    tasks = group(plan(asked, data), data, "cpu")
    shared = [task for task in tasks if task.shorter]
    assert {task.recipe.name for task in shared} == {long.name}
    assert all([recipe.name for recipe in task.shorter] == ["4 epochs", "2 epochs"] for task in shared)
    assert {task.recipe.name for task in tasks if not task.shorter} == {"learning_rate", "keep"}
    together = run_study(asked, data, store)
    for recipe in lengths:
        with Store(tmp_path / recipe.name) as other:
            alone = run_study(study([recipe]), data, other)
        of_recipe = [run for run in together if run.recipe == recipe.name]
        assert {run.status for run in alone} == {"ok"}
        for one, same in zip(of_recipe, alone, strict=True):
            np.testing.assert_equal(comparable(one), comparable(same))


def test_a_length_is_no_beginning_where_training_may_stop_or_is_looked_at_on_the_way() -> None:
    model, recipe = MODELS["mlp"], MODELS["mlp"].recipe.replace(checkpoints="ends")

    def common(**changes: object) -> object:
        return model.training_but_length(dataclasses.replace(recipe, settings={**recipe.settings, **changes}))

    assert common() == common(epochs=3) is not None
    assert common() != common(dropout=0.1)
    assert common(tol=1e-4) is common(keep="best") is common(checkpoints="epoch") is None


def test_presets_are_the_protocols_of_2017() -> None:
    post, leek = make_study("post"), make_study("leek")
    assert post.train_sizes == (10, 20, 40, 60, 80)
    assert leek.train_sizes == tuple(range(10, 81, 5))
    assert (post.replacement, post.stratified, leek.replacement, leek.stratified) == (True, False, False, True)
    assert {"leekasso", "leek-mlp", "mlp", "cnn"} <= set(POST.models)
    assert {"leekasso-lm", "leekasso-glm", "r-mlp"} <= set(LEEK.models)
    epochs = {r.name: r.settings["epochs"] for r in (*post.recipes, *leek.recipes) if "epochs" in r.settings}
    assert epochs == {"leek-mlp": 20, "mlp": 200, "cnn": 200, "r-mlp": 200}
    assert scale_epochs(MODELS["mlp"].recipe, 0.001).settings["epochs"] == 1
    assert scale_epochs(MODELS["leekasso"].recipe, 0.5) is MODELS["leekasso"].recipe


def test_settings_of_network_recipes_are_all_read() -> None:
    """A setting that nobody reads would be a lie in the recipe."""
    dense, convolutional = {"hidden", "activation", "dropout", "output"}, {"channels", "dense", "dropout"}
    more = {"input_scaling", "init", "threshold"}
    architecture = {
        "mlp": dense | more, "relu-mlp": dense | more, "cnn": convolutional, "convnet": convolutional | more,
    }  # fmt: skip
    for name in MODELS:
        if isinstance(MODELS[name], Network):
            recipe = MODELS[name].recipe
            assert set(recipe.settings) <= set(Training.__dataclass_fields__) | architecture[recipe.model]


def test_a_study_of_which_every_run_failed_has_a_report_that_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = reproduce(tmp_path, models=["logistic"], train_sizes=[2], draws=1, jobs=1)  # the one draw has one class
    assert list(done.runs["status"]) == ["failed"]
    assert "Runs that failed" in (tmp_path / "report.html").read_text()
    terminal.print_summary(done)
    assert "logistic failed in every run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"models": "center-pixl"}, "unknown model 'center-pixl'"),
        ({"train_sizes": "10"}, r"train_sizes are a list of whole numbers, such as \[10, 20\], got '10'"),
        ({"train_sizes": 10}, r"train_sizes are a list of whole numbers, such as \[10, 20\], got 10"),
        ({"explain": 1.5}, "explain must be a whole number, got 1.5"),
        ({"variance": "2"}, "variance must be a whole number, got '2'"),
        ({"out": 5}, "out must be the name of a folder, got 5"),
    ],
)
def test_arguments_of_the_wrong_kind_leave_nothing(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"out": tmp_path / "out", "models": ["center-pixel"], "train_sizes": [10], "draws": 1, **change}
    with pytest.raises(BigenoughError, match=says):
        reproduce(**arguments)
    assert not (tmp_path / "out").exists()
