"""A study of one's own data, from one call and from the command line."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

import bigenough
from bigenough import terminal
from bigenough.cli import BAD_INPUT
from bigenough.cli.values import duration
from bigenough.errors import BigenoughError, InputError, StoreError
from bigenough.invocation import command
from bigenough.own_data import default_models, default_sizes, make_own_study, with_test
from bigenough.page import file_names
from bigenough.recipes import recipe_from
from bigenough.sources import from_arrays
from bigenough.types import Dataset, Study
from bigenough.user_study import reopen, study
from tests.own import images, short, table
from tests.test_cli import run

QUICK = ["majority", "lda", "knn"]


def rows(data: Dataset) -> tuple[Any, Any]:
    return data.X, np.array(data.classes)[data.y]


def timeless(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="seconds")


def test_labels_are_given_once() -> None:
    frame = pd.DataFrame({"a": np.arange(40.0), "y": np.arange(40) % 2})
    with pytest.raises(InputError, match="either y or target"):
        study(frame, frame["y"], target="y")
    with pytest.raises(InputError, match="no column 'Y' for the target; it has a, y"):
        study(frame, target="Y")
    with pytest.raises(InputError, match=r"give target and groups to bigenough\.load"):
        study(bigenough.load("iris"), groups="site")
    with pytest.raises(InputError, match="the name of a column, not by a int"):
        study(frame, target=2)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - a StudyResult
    out = tmp_path_factory.mktemp("own")
    models = [*QUICK, short("relu-mlp"), short("forest")]
    return study(*rows(table([40, 40])), models=models, train_sizes=[6, 20], draws=4, jobs=1, out=out)


def test_what_a_study_gives(small: Any) -> None:  # noqa: ANN401
    assert list(small.runs["recipe"].unique()) == [*QUICK, "relu-mlp", "forest"]
    assert (small.runs.groupby(["recipe", "size"]).size() == 4).all()
    assert (small.runs["status"] == "ok").all()
    for score in ("accuracy", "roc_auc", "neg_log_loss", "convergence_neg_brier_score", "train_accuracy"):
        assert small.runs[score].notna().all(), score
    assert small.complete
    name, planned = small.data.name, small.study.n_runs
    assert repr(small) == f"<StudyResult of {name}, {planned} of {planned} runs: {small.verdict.sentence}>"
    assert [c.size for c in small.verdict.comparisons] == [6, 20]
    assert small.choices[0].startswith("Every draw cuts the 80 rows anew: 48 to train from, 16 to choose by, 16 to test on.")
    written = pd.read_csv(small.directory / "runs.csv")
    assert list(written.columns) == list(small.runs.columns)
    summary = json.loads((small.directory / "summary.json").read_text())
    assert summary["verdict"] == json.loads(json.dumps(small.verdict.to_json()))
    assert summary["runs"] == summary["runs_planned"] == 40
    assert {s["recipe"]: s["unconverged"] for s in summary["scores"] if s["size"] == 20}["relu-mlp"] == 4


def test_a_study_can_be_read_again_from_its_store_alone(small: Any) -> None:  # noqa: ANN401
    again = reopen(small.directory)
    pd.testing.assert_frame_equal(again.runs, small.runs)
    assert again.verdict == small.verdict
    assert again.choices == small.choices
    assert again.data.classes == ("c0", "c1")
    assert again.data.n_features == small.data.n_features
    assert Study.from_json(json.loads(json.dumps(small.study.to_json()))) == small.study


def test_there_is_nothing_to_read_again(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no study in"):
        reopen(tmp_path)


def test_processes_change_no_result_and_nothing_is_run_twice(small: Any) -> None:  # noqa: ANN401
    recipes = list(small.study.recipes)
    other = study(*rows(table([40, 40])), models=recipes, train_sizes=[6, 20], draws=4, jobs=2)
    pd.testing.assert_frame_equal(timeless(other.runs), timeless(small.runs))
    assert other.directory is None
    again = study(*rows(table([40, 40])), models=recipes, train_sizes=[6, 20], draws=4, jobs=1, out=small.directory)
    pd.testing.assert_frame_equal(again.runs, small.runs)  # seconds too: nothing ran


def test_a_budget_ends_between_tasks_and_the_same_call_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = rows(table())
    settings: dict[str, Any] = {"models": QUICK, "train_sizes": [6, 12], "draws": 12, "jobs": 1, "out": tmp_path}
    ticks = iter(range(10_000))  # a second for each look at the clock, of which there is one a task
    monkeypatch.setattr("bigenough.running.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr("bigenough.user_study.time", SimpleNamespace(monotonic=lambda: 0.0, time=lambda: 0.0))
    first = study(*data, budget=6.5, **settings)
    assert not first.complete
    # the first round: all models, both sizes, five draws; the next one just begun
    done = first.runs.groupby(["recipe", "size"])["draw"].apply(set)
    assert len(done) == 6
    assert all(draws >= set(range(5)) for draws in done)
    monkeypatch.undo()
    second = study(*data, **settings)
    assert second.complete
    whole = study(*data, **{**settings, "out": None})
    pd.testing.assert_frame_equal(timeless(second.runs), timeless(whole.runs))


def test_own_models_beside_the_registered_ones(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(n_features: int) -> Any:  # noqa: ANN401
        raise RuntimeError(f"planted {n_features}")

    found = study(
        *rows(table()), models=["lda"], more_models={"mine": LogisticRegression(), "broken": broken}, train_sizes=[10], draws=2,
        jobs=1,
    )  # fmt: skip
    status = found.runs.groupby("recipe")["status"].unique()
    assert {name: list(values) for name, values in status.items()} == {"lda": ["ok"], "mine": ["ok"], "broken": ["failed"]}
    assert set(found.runs.loc[found.runs["recipe"] == "broken", "error"]) == {"RuntimeError: planted 5"}
    assert found.verdict.outcome == "no comparison"
    terminal.print_study(found)
    assert "broken failed in every run: RuntimeError: planted 5." in capsys.readouterr().out


def test_changed_recipes_and_recipes_of_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "theirs.toml").write_text('recipe = "relu-mlp"\nname = "a/b.c"\n[settings]\nmax_updates = 30\n')
    changes = ["relu-mlp,max_updates=20,hidden=[8,4]", "relu-mlp,max_updates=20,dropout=0.1", "relu-mlp,max_updates=20"]
    models, out = ",".join(["lda", *changes, str(tmp_path / "theirs.toml")]), tmp_path / "out"
    arguments = ["--models", models, "--sizes", "15", "--draws", "2", "--jobs", "1", "--quiet", "--out", str(out)]
    code, _, stderr = run(capsys, "study", "iris", *arguments)
    assert code == 0, stderr
    found = reopen(out)
    assert [recipe.name for recipe in found.study.recipes] == ["lda", *changes, "a/b.c"]
    assert found.study.recipes[1].settings["hidden"] == [8, 4]
    assert (found.runs["status"] == "ok").all()
    scores = {name: list(group["neg_log_loss"]) for name, group in found.runs.groupby("recipe")}
    assert len({tuple(values) for values in scores.values()}) == len(scores)
    assert {f"training-{name}.svg" for name in (changes[1], "a-b.c")} < {path.name for path in (out / "figures").iterdir()}
    study("iris", models=["lda", changes[2]], train_sizes=[15], draws=2, jobs=1, out=out)
    assert {path.stem for path in (out / "figures").glob("training-*")} == {f"training-{changes[2]}"}
    assert command(found.study, found.asked or {}).split(" --models ")[1].split(" --sizes")[0] == shlex.quote(models)


def test_files_of_figures_have_names_that_every_disk_takes() -> None:
    assert file_names(["a b/c.svg", "A-b-c.svg", "x" * 300, "é,d=[1]"]) == ["a-b-c.svg", "A-b-c.svg_2", "x" * 100, "é,d=-1-"]
    assert len(file_names(["猫" * 120])[0].encode()) <= 100


def test_a_metric_that_a_camp_lacks_loses_no_run() -> None:
    found = study(
        *rows(table()), models=["leekasso-lm", short("relu-mlp")], metric="neg_log_loss", train_sizes=[10], draws=2, jobs=1
    )
    assert len(found.runs) == 4
    assert "neg_log_loss needs probabilities" in found.verdict.sentence


@pytest.mark.parametrize(
    ("n_pool", "n_classes", "sizes"),
    [
        (341, 2, [10, 20, 40, 80, 160, 341]),
        (12, 2, [6, 12]),
        (4, 2, [2, 4]),
        (3, 3, [3]),
        (30, 10, [15, 30]),
        (90, 3, [15, 30, 60, 90]),
        (1078, 10, [50, 100, 200, 400, 1078]),
        (9000, 2, [10, 24, 58, 141, 342, 827, 2000]),
        (600, 100, [300, 600]),
    ],
)
def test_default_sizes(n_pool: int, n_classes: int, sizes: list[int]) -> None:
    found = default_sizes(n_pool, n_classes)
    assert found == sizes or (found[0], found[-1]) == (sizes[0], sizes[-1])
    assert found == sorted(set(found))
    assert found[0] >= n_classes
    assert len(found) <= 7


def test_defaults_are_stated() -> None:
    asked, choices = make_own_study(table([200, 100]))
    assert asked.draws == 20
    assert asked.train_sizes == (10, 20, 40, 80, 180)
    text = " ".join(choices)
    assert "Training sizes 10, 20, 40, 80, 180: from a handful a class to all rows there are to train from." in text
    assert "20 draws of each size, the same for all models" in text
    assert "a difference below 1 point counts as practically none" in text
    assert default_models(table()) == tuple(recipe.name for recipe in asked.recipes)
    assert "convnet" in default_models(images())
    known = [recipe_from(name) for name in default_models(images())]
    decays = [recipe.settings.get("weight_decay", 0.0) for recipe in known if recipe.model == "relu-mlp"]
    assert decays == [0.0, 0.03, 0.1], "networks have their penalties tuned, as simple models have"


def test_metric_margin_and_draws_are_in_no_key(tmp_path: Path) -> None:
    data = rows(table())
    settings: dict[str, Any] = {"models": QUICK, "train_sizes": [6], "jobs": 1, "out": tmp_path}
    one = study(*data, draws=2, **settings)
    other = study(*data, draws=3, metric="roc_auc", margin=0.05, **settings)
    kept = other.runs[other.runs["draw"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, one.runs)  # seconds too


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"models": ["ldaa"]}, "unknown model 'ldaa'; did you mean lda"),
        ({"models": []}, "no model given"),
        ({"models": ["lda", "lda"]}, "model given twice: lda"),
        ({"models": ["convnet"]}, "convnet needs images"),
        ({"more_models": [3]}, "the model int is of type int"),
        ({"train_sizes": [1]}, "training size 1 is not possible"),
        ({"train_sizes": [6, 6]}, "size given twice: 6"),
        ({"train_sizes": []}, "no training size given"),
        ({"train_sizes": 20}, r"train_sizes are a list of whole numbers, such as \[20\]"),
        ({"train_sizes": [61]}, "sizes from 2 to 36 are"),
        ({"draws": 0}, "draws must be at least 1, got 0"),
        ({"draws": "2"}, "draws must be a whole number, got '2'"),
        ({"seed": None}, "seed must be a whole number, got None"),
        ({"draws": True}, "draws must be a whole number, got True"),
        ({"out": 5}, "out must be the name of a folder, got 5"),
        ({"jobs": "a"}, "jobs must be a whole number, got 'a'"),
        ({"margin": "a"}, "margin must be a number, got 'a'"),
        ({"metric": None}, "unknown metric 'None'"),
        ({"train_sizes": "20"}, r"train_sizes are a list of whole numbers, such as \[20\]"),
        ({"models": 3}, "the model int is of type int"),
        ({"metric": "acuracy"}, "unknown metric 'acuracy'; did you mean accuracy"),
        ({"margin": -1}, "margin must be at least 0, got -1"),
        ({"margin": float("nan")}, "margin must be at least 0"),
        ({"margin": 5}, "margin is a share, such as 0.05 for 5 points, and must be below 1; got 5"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"budget": 0}, "budget must be above 0 seconds"),
        ({"fit_timeout": -1}, "fit_timeout must be above 0 seconds"),
        ({"jobs": 0}, "jobs must be at least 1"),
        ({"device": "abacus"}, "no device 'abacus'"),
        ({"y": None}, "rows need their labels"),
    ],
)
def test_bad_arguments_leave_nothing(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    X, y = rows(table())
    arguments = {"models": QUICK, "y": y, "out": tmp_path / "out", "jobs": 1, **change}
    with pytest.raises(BigenoughError, match=says) as caught:
        study(X, arguments.pop("y"), **arguments)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_labels_for_a_source_that_has_its_own() -> None:
    with pytest.raises(InputError, match="y is for rows"):
        study("iris", [0, 1])


def test_a_test_set_without_a_class_says_so() -> None:
    joined = with_test(table([20, 20]), table([5, 0]))
    assert "test set: It has no row of class c1, of which the scores then say nothing." in joined.notes
    assert not any("no row of class" in note for note in with_test(table([20, 20]), table([5, 1])).notes)


def test_a_folder_may_have_the_name_of_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the folder is there the second time
        assert study("iris", models=["majority"], train_sizes=[15], draws=2, jobs=1, out="iris").complete


def test_models_that_take_no_part_are_named_in_the_verdict() -> None:
    X, y = rows(table([60, 60]))
    own: dict[str, Any] = {"svc": SVC(), "broken": LogisticRegression(penalty="none such"), "plain": LogisticRegression()}
    asked: dict[str, Any] = {
        "models": ["relu-mlp,hidden=[4],max_updates=20"],
        "more_models": own,
        "train_sizes": [40],
        "draws": 2,
    }
    found = study(X, y, **asked, metric="roc_auc", jobs=1)
    assert "svc takes no part in this: it gives no probabilities, which roc_auc needs." in found.verdict.sentence
    assert "broken takes no part in this: every fit of it failed." in found.verdict.sentence
    assert "plain takes no part" not in found.verdict.sentence


def test_a_single_model_need_not_stand_in_a_list() -> None:
    X, y = rows(table([30, 30]))
    found = study(X, y, models=LogisticRegression(), more_models="majority", train_sizes=[20], draws=2, jobs=1)
    assert sorted(found.runs["recipe"].unique()) == ["LogisticRegression", "majority"]


def test_another_study_in_the_folder_is_said(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"models": ["majority"], "train_sizes": [15], "draws": 2, "jobs": 1, "out": tmp_path / "out"}
    one, again = study("iris", **asked), study("iris", **asked)
    assert one.choices == again.choices
    other = study("wine", **asked)
    said = f"{tmp_path / 'out'} held a study of iris: its runs stay there, its report is replaced."
    assert said in other.choices
    back = study("iris", **asked)
    assert [run.seconds for run in back.records] == [run.seconds for run in one.records]


def test_a_test_set_of_ones_own() -> None:
    X, y = rows(table([40, 40]))
    found = study(X[:60], y[:60], test=(X[60:], y[60:]), models=QUICK, train_sizes=[10], draws=2, jobs=1)
    assert found.choices[0].startswith("The 20 rows of the test set test every draw. Every draw cuts the other 60 rows anew")
    assert all(run.test_labels is not None and len(run.test_labels) == 20 for run in found.records)
    with pytest.raises(InputError, match="has class 'new', which arrays has not"):
        study(X, y, test=(X[:3], ["c0", "c1", "new"]))
    images = np.abs(X[:, :1, None]) * np.full((4, 4), 50.0)
    with pytest.raises(BigenoughError, match=r"goes up to .*, its test set .* to .*; give both on one scale"):
        study(images, y, test=(images[:6] / 255, y[:6]))
    with pytest.raises(InputError, match="a row of arrays is 5 numbers, one of its test set arrays 3"):
        study(X, y, test=(X[:4, :3], y[:4]))
    with pytest.raises(InputError, match="has no column 'x1'"):
        study(pd.DataFrame({"x0": X[:, 0], "x1": X[:, 1]}), y, test=(pd.DataFrame({"x0": X[:, 0]}), y))


def test_a_frame_with_its_labels_and_groups_and_a_file_of_the_same(tmp_path: Path) -> None:
    X, y = rows(table([40, 40]))
    frame = pd.DataFrame(X[:, :4], columns=list("abcd"))
    frame["kind"] = np.where(y == "c0", "ü", "v")
    frame["patient"] = [f"p{i // 4}" for i in range(80)]
    frame["outcome"] = y
    frame.loc[::7, "b"] = np.nan
    frame.to_csv(tmp_path / "rows.csv", index=False)
    settings: dict[str, Any] = {"target": "outcome", "groups": "patient", "models": ["lda", "boosting", short("relu-mlp")]}
    settings |= {"train_sizes": [8, 16], "draws": 2, "jobs": 1}
    in_memory, in_file = study(frame, **settings), study(tmp_path / "rows.csv", **settings)
    assert (in_memory.runs["status"] == "ok").all(), in_memory.runs["error"].unique()
    assert "groups kept whole" in in_memory.choices[0]
    pd.testing.assert_frame_equal(timeless(in_memory.runs), timeless(in_file.runs))


def test_groups_of_a_test_set_without_any_are_new_ones() -> None:
    data = dataclasses.replace(table([20, 20]), groups=np.repeat(np.arange(20), 2))
    joined = with_test(data, table([5, 5]))
    assert joined.groups is not None
    assert len(set(joined.groups[40:]) & set(joined.groups[:40])) == 0
    other = with_test(table([20, 20]), dataclasses.replace(table([5, 5]), groups=np.repeat(np.arange(5), 2)))
    assert other.groups is not None
    assert (len(set(other.groups[:40])), len(set(other.groups[40:]))) == (40, 5)
    assert len(set(other.groups[40:]) & set(other.groups[:40])) == 0


def test_the_name_is_the_function_even_after_other_imports() -> None:
    import bigenough.running

    assert bigenough.study is study


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    command = ["study", "iris", "--models", "majority,lda", "--model", "tests.foreign_models:PIPELINE", "--sizes", "15,30"]
    code, stdout, stderr = run(capsys, *command, "--draws", "2", "--jobs", "1", "--out", out)
    assert (code, stderr) == (0, "")
    assert "Mean test accuracy over 2 draws" in stdout
    assert "Every draw cuts the 150 rows anew" in stdout
    assert "There is nothing to compare" in stdout
    code, stdout, _ = run(capsys, *command, "--draws", "2", "--jobs", "1", "--out", out, "--json")
    assert code == 0
    assert json.loads(stdout)["runs"] == 12
    code, stdout, stderr = run(capsys, *command, "--draws", "2", "--jobs", "1", "--out", out, "--quiet")
    assert (code, stdout, stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--budget", "5 minutes"], "--budget takes a time above 0, such as 90s, 5m or 1.5h; got '5 minutes'"),
        (["--budget", "-3"], "--budget takes a time above 0"),
        (["--fit-timeout", "nan"], "--fit-timeout takes a time above 0"),
        (["--sizes", "ten"], "--sizes takes whole numbers"),
        (["--sizes", "1000"], "training size 1000 is not possible"),
        (["--models", "mlpp"], "did you mean"),
        (["--models", "learning_rate=1,mlp"], "--models takes names with commas between"),
        (["--models", "lda,mlp,rate=1"], "unknown setting of mlp 'rate'"),
        (
            ["--models", "relu-mlp,relu-mlp,dropout=0.20"],
            "relu-mlp and relu-mlp,dropout=0.20 are the same model; leave one out",
        ),
        (["--models", "RELU-MLP"], "did you mean relu-mlp"),
        (["--models", "relu-mlp,relu-mlp,weight_decay=0"], "relu-mlp and relu-mlp,weight_decay=0 are the same model"),
        (["--models", "relu-mlp,hidden=[90000000]"], "has 720,000,003 parameters; more than 100,000,000 are not"),
        (["--metric", "f1"], "unknown metric 'f1'"),
        (["--model", "nothing"], "--model takes a model of your own as package.module:attribute, got 'nothing'"),
        (["--model", "nothing.here:x"], "cannot import nothing.here"),
        (["--test", "wine"], "which iris has not"),
        (["--draws", "0"], "draws must be at least 1"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = run(capsys, "study", "iris", "--out", str(out), *arguments)
    assert code == BAD_INPUT
    assert stdout == ""
    assert says in stderr
    assert len(stderr.splitlines()) == 1
    assert not out.exists()


def test_durations() -> None:
    assert [duration(text, "x") for text in ("90", "90s", "5m", "1.5h", None)] == [90, 90, 300, 5400, None]


def test_whole_numbers_of_any_kind(tmp_path: Path) -> None:
    sizes = np.array([15, 30])
    done = study("iris", models=["lda", "knn"], train_sizes=sizes, draws=np.int64(2), jobs=1, out=tmp_path)  # type: ignore[arg-type]
    assert done.study.train_sizes == (15, 30)
    for wrong in ([20.0], [20.5]):
        with pytest.raises(InputError, match="a training size must be a whole number, got 20"):
            study("iris", models=["lda"], train_sizes=wrong, draws=2, jobs=1)  # type: ignore[arg-type]


def test_one_class_among_the_test_rows_has_no_roc_curve() -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    options: dict[str, Any] = {"models": ["lda"], "train_sizes": [20], "draws": 2, "jobs": 1}
    with pytest.raises(InputError, match="area under the ROC curve needs 2 classes among the test rows, which are all '1'"):
        study(X, y, test=(X[:20] + 1, np.ones(20, int)), metric="roc_auc", **options)


def test_a_summary_is_strict_json(tmp_path: Path) -> None:
    """One draw has no interval; infinity is no JSON."""
    study("iris", models=["lda", short("relu-mlp")], train_sizes=[12], draws=1, jobs=1, out=tmp_path)
    text = (tmp_path / "summary.json").read_text()
    assert not {"NaN", "Infinity"} & set(text.replace("-", " ").replace(",", " ").split())
    (comparison,) = json.loads(text)["verdict"]["comparisons"]
    assert comparison["over_draws"] == [None, None]


def test_a_dictionary_names_models_of_any_kind() -> None:
    models = {"mine": LogisticRegression(), "neighbours": "knn,input_scaling=none"}
    found = study("iris", models=models, train_sizes=[12], draws=2, jobs=1)
    assert set(found.runs["recipe"]) == {"mine", "neighbours"}
    assert (found.runs["status"] == "ok").all()


def test_a_camp_that_was_not_chosen_is_named() -> None:
    found = study("iris", models=["lda", "knn"], train_sizes=[12], draws=2, jobs=1)
    assert found.verdict.sentence == "There is nothing to compare: of the models chosen none is deep."


def test_a_group_that_is_not_known_is_no_group() -> None:
    X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    groups = ["NA" if i == 4 else f"p{i}" for i in range(40)]
    with pytest.raises(InputError, match="no value in row 5; every row needs its group"):
        study(X, y, groups=groups, models=["lda"], train_sizes=[20], draws=2, jobs=1)


def test_a_row_without_a_label_needs_no_group_and_tells_no_groups_apart() -> None:
    X, y = np.random.default_rng(0).normal(size=(40, 3)), [None, *(str(i % 2) for i in range(39))]
    data = from_arrays(X, y, groups=[None, *(f"p{i}" for i in range(39))])
    assert data.groups is not None
    assert data.groups.tolist() == [f"p{i}" for i in range(39)]
    with pytest.raises(InputError, match="the same value 'p' in every row"):
        from_arrays(X, y, groups=["another", *["p"] * 39])
