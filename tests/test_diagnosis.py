"""Diagnosis from end to end: faults planted into small networks, the repair, the command, and a study's folder."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

import bigenough
from bigenough.cli import BAD_INPUT, FOUND
from bigenough.diagnosis.experiment import Trainer, conduct, look
from bigenough.diagnosis.scoring import Runs, chance_of, scores_of
from bigenough.diagnosis.subject import Subject, changed_data, has_mixed_columns, make_subject
from bigenough.errors import InputError, StoreError
from bigenough.own_data import make_own_study
from bigenough.registry import MODELS
from bigenough.store import Store
from bigenough.terminal import print_diagnosis
from bigenough.types import Dataset, Draw, Recipe
from bigenough.user_diagnosis import diagnose, diagnose_study
from tests.test_cli import run

COSTLY = {"trained until converged", "network larger", "labels permuted"}


@pytest.fixture(autouse=True)
def fewer_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the costly arms out, and the slower simple model."""
    from bigenough.diagnosis import experiment

    defaults: Any = experiment.conduct.__kwdefaults__
    monkeypatch.setitem(defaults, "arms", tuple(arm for arm in defaults["arms"] if arm.name not in COSTLY))
    monkeypatch.setattr(experiment, "REFERENCES", ("lda",))


def blobs(rows: int = 120) -> Dataset:
    """Two classes that a network learns in a few dozen updates."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(rows) % 2)
    return Dataset("blobs", rng.normal(size=(rows, 6)) + 0.9 * y[:, None], y, ("a", "b"))


def network(**changes: Any) -> Recipe:  # noqa: ANN401 - settings
    settings = {
        **MODELS["relu-mlp"].recipe.settings, "hidden": [16], "dropout": 0.0, "max_updates": 150, "learning_rate": 0.01,
        "input_scaling": "standard", **changes,
    }  # fmt: skip
    return Recipe("net", "relu-mlp", "deep", {k: v for k, v in settings.items() if k != "tol"})


def subject_of(recipe: Recipe, data: Dataset, draws: int = 4) -> Subject:
    study, _ = make_own_study(data, models=["majority"], train_sizes=[60], draws=1)
    return make_subject(recipe, data, study, draws=draws)


@pytest.mark.parametrize(
    ("fault", "cause", "setting"),
    [
        ({"max_updates": 4, "learning_rate": 0.003}, "too-few-updates", "max_updates 4 -> 40"),
        ({"learning_rate": 3e-5}, "rate-too-low", "learning_rate 3e-05 -> 0.003"),
        ({"dropout": 0.95, "hidden": [16, 16]}, "over-regularised", "dropout 0.95 -> 0.5"),
        ({"threshold": 0.99, "max_updates": 40}, "decision-threshold", "threshold 0.99 -> half"),
    ],
)
def test_a_planted_fault_is_named_and_repaired(fault: dict[str, Any], cause: str, setting: str) -> None:
    found = diagnose(network(**fault), blobs(), size=60, draws=6, jobs=1)
    assert (found.outcome, found.found) == ("confirmed", (cause,)), found.sentence
    finding = next(f for f in found.findings if f.code == cause)
    assert finding.confirmed_by is not None
    assert finding.gain is not None
    assert finding.interval is not None
    assert finding.interval[0] > 0
    assert found.repair is not None
    assert found.repair.difference == (setting,)
    assert found.repair.holds
    assert f"with {finding.confirmed_by} and nothing else changed" in found.sentence
    json.dumps(found.to_json())


def test_a_repair_that_no_time_was_left_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the time is up: the fresh draws are not trained."""
    train = Trainer.train

    def until_the_fresh(trainer: Trainer, recipes: Sequence[Recipe], draws: Sequence[Draw]) -> list[Runs]:
        return [{} for _ in recipes] if draws == trainer.subject.fresh else train(trainer, recipes, draws)

    monkeypatch.setattr(Trainer, "train", until_the_fresh)
    found = diagnose(network(threshold=0.99, max_updates=40), blobs(), size=60, draws=6, jobs=1)
    assert (found.outcome, found.repair) == ("confirmed", None)
    assert found.sentence.endswith("On fresh draws this was not tried: the time was up, or its fits there failed.")


def test_nothing_is_found_in_a_healthy_network() -> None:
    found = diagnose(network(), blobs(), size=60, draws=4, jobs=1)
    assert (found.outcome, found.found, found.repair) == ("nothing found", (), None)
    assert {f.outcome for f in found.findings} <= {"passed", "not applicable"}


def test_draws_are_those_of_a_study_and_half_are_held_back() -> None:
    subject = subject_of(network(), blobs())
    assert [d.repeat for d in subject.seeking + subject.fresh] == list(range(8))
    assert len({cell.key for cell in subject.cells(subject.recipe, subject.seeking)}) == 4


def test_permuted_labels_are_learnt_from_and_not_judged_by() -> None:
    whole = subject_of(network(), blobs(), draws=3)
    changed, draws = changed_data(whole, "labels permuted")
    for draw, original in zip(draws, whole.seeking, strict=True):
        np.testing.assert_array_equal(changed.X[draw.train], whole.data.X[original.train])
        np.testing.assert_array_equal(changed.y[draw.test], whole.data.y[original.test])
        assert (changed.y[draw.train] != whole.data.y[original.train]).any()
    zeroed, _ = changed_data(whole, "inputs zeroed")
    assert not zeroed.X.any()


def test_a_frame_of_numbers_can_be_zeroed_and_a_mixed_one_cannot() -> None:
    numbers = pd.DataFrame({"a": [1.0, np.nan, 3.0] * 20, "b": range(60)})
    data = dataclasses.replace(blobs(120), X=pd.concat([numbers, numbers], ignore_index=True))
    zeroed, _ = changed_data(subject_of(network(), data), "inputs zeroed")
    assert not has_mixed_columns(numbers)
    pd.testing.assert_frame_equal(pd.DataFrame(zeroed.X), pd.DataFrame({"a": [0.0] * 120, "b": [0.0] * 120}))
    assert has_mixed_columns(numbers.assign(c="x"))


def test_a_failed_fit_counts_as_chance_and_no_time_is_said(tmp_path: Path) -> None:
    subject = subject_of(network(learning_rate=1e30, optimizer="sgd"), blobs(), draws=3)
    with Store(tmp_path) as store:
        trainer = Trainer(subject, store)
        first = look(trainer)
        assert {r.status for r in first.base.values()} == {"failed"}
        values = scores_of(subject, first.base, subject.seeking, "test")
        expected = [chance_of(subject.data, draw, "test", "accuracy") for draw in subject.seeking]
        np.testing.assert_allclose(values, expected)
        out_of_time = conduct(Trainer(subject, store, deadline=0.0), first)
        assert out_of_time.trials == ()
        assert "budget of time" in out_of_time.left_out["rate x 3"]


def test_a_network_that_cannot_be_fitted_is_an_error_before_anything_else_is_trained(tmp_path: Path) -> None:
    data = blobs()
    model = make_pipeline(PCA(50), MLPClassifier((4,), max_iter=2))
    with pytest.raises(InputError, match="no training of Pipeline worked: ValueError: n_components=50 must be between"):
        diagnose(model, np.asarray(data.X), data.y, draws=3, jobs=1, out=tmp_path)
    with Store(tmp_path) as store:
        assert {run.recipe for run in store.runs(sorted(store.keys()))} == {"Pipeline"}


@pytest.mark.parametrize(("look_took", "kept_back"), [(20.0, 20.0), (1000.0, 30.0)])
def test_time_for_the_repair_is_kept_back_by_what_the_first_look_took(
    look_took: float, kept_back: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, deadlines = subject_of(network(max_updates=4), blobs(), draws=3), []
    with Store(tmp_path) as store:
        first = dataclasses.replace(look(Trainer(subject, store)), seconds=look_took)

        def train(trainer: Trainer, recipes: Sequence[Recipe], draws: Sequence[Draw]) -> list[Runs]:
            deadlines.append(trainer.seconds_left())
            return [first.base for _ in recipes]

        monkeypatch.setattr(Trainer, "train", train)
        conduct(Trainer(subject, store, deadline=time.monotonic() + 100), first)
    assert deadlines[0] == pytest.approx(100 - kept_back, abs=5)


def test_the_same_call_goes_on_and_what_was_noticed_in_the_data_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"size": 60, "draws": 3, "jobs": 1, "out": tmp_path}
    data = dataclasses.replace(blobs(), notes=("7 rows without a label are left out.",))
    one = diagnose(network(max_updates=4), data, **options)
    with Store(tmp_path) as store:
        before = store.keys()
    assert diagnose(network(max_updates=4), data, **options).to_json() == one.to_json()
    with Store(tmp_path) as store:
        assert store.keys() == before
    assert one.to_json()["noticed in the data"] == list(data.notes)
    assert repr(one).startswith("<Diagnosis of net on 60 rows: ")
    print_diagnosis(one)
    assert capsys.readouterr().out.startswith(f"{data.notes[0]}\n")


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        ("logistic", {}, "logistic is no network"),
        ("mlpp", {}, "unknown recipe 'mlpp'|unknown model 'mlpp'"),
        ("mlp", {"draws": 2}, "draws must be at least 3"),
        ("mlp", {"budget": 0.0}, "budget must be above 0"),
        ("mlp", {"budget": "60s"}, "budget must be a number of seconds, got '60s'"),
        ("mlp", {"metric": "acc"}, "unknown metric 'acc'"),
        (object(), {}, "may be an estimator, or a function"),
    ],
)
def test_mistakes_are_one_line(model: object, options: dict[str, Any], says: str) -> None:
    with pytest.raises((InputError, bigenough.BigenoughError), match=says) as caught:
        diagnose(model, "iris", **options)
    assert "\n" not in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of a table in a file, with a network that was trained for three updates."""
    data = blobs(100)
    rows = [",".join([*(f"{v:.6g}" for v in x), data.classes[y]]) for x, y in zip(data.X, data.y, strict=True)]
    header = ",".join([*(f"x{i}" for i in range(6)), "kind"])
    (tmp_path / "rows.csv").write_text("\n".join([header, *rows]) + "\n")
    short = network(max_updates=3, learning_rate=0.003)
    monkeypatch.setattr(MODELS["relu-mlp"], "recipe", Recipe("relu-mlp", "relu-mlp", "deep", dict(short.settings)))
    bigenough.study(
        tmp_path / "rows.csv", target="kind", models=["logistic", "relu-mlp"], train_sizes=[60], draws=4, jobs=1,
        out=tmp_path / "study",
    )  # fmt: skip
    return tmp_path / "study"


def test_a_study_is_diagnosed_on_its_own_draws(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "<code>bigenough diagnose" in (folder / "report.html").read_text()
    code, out, _ = run(capsys, "diagnose", str(folder), "--json", "--draws", "4", "--jobs", "1", "--fail-on", "too-few-updates")
    page = (folder / "report.html").read_text()
    assert "Why, by experiment" in page
    assert "max_updates 3 -&gt; 30 changes the score on 4 fresh draws by" in page
    assert "<code>bigenough diagnose" not in page
    told = json.loads(out)["diagnoses"]
    assert [(one["network"], one["size"]) for one in told] == [("relu-mlp", 60)]
    assert told[0]["outcome"] in ("confirmed", "cannot tell")
    codes = [finding["code"] for finding in told[0]["findings"] if finding["outcome"] == "found"]
    assert "too-few-updates" in codes
    assert code == FOUND
    assert run(capsys, "diagnose", str(folder), "--draws", "4", "--jobs", "1", "--ignore", ",".join(codes))[0] == 0
    with Store(folder) as store:
        runs = store.runs(list(store.keys()))
    key = next(r.key for r in runs if r.recipe == "relu-mlp" and r.repeat == 0)
    code, out, _ = run(capsys, "diagnose", str(folder), "--run", key[:10], "--draws", "4", "--jobs", "1")
    assert code == FOUND
    assert "relu-mlp, 60 training rows, 4 draws" in out
    assert "repair: max_updates 3 -> 30" in out
    key = next(r.key for r in runs if r.recipe == "logistic")
    code, _, err = run(capsys, "diagnose", str(folder), "--run", key)
    assert (code, "is of logistic, which is no network of this study" in err) == (BAD_INPUT, True)
    (folder.parent / "rows.csv").write_text((folder.parent / "rows.csv").read_text() + "0,0,0,0,0,0,a\n")
    code, _, err = run(capsys, "diagnose", str(folder))
    assert (code, "has changed since the study" in err) == (BAD_INPUT, True)


def test_a_study_is_diagnosed_in_one_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--target", "kind", "--models", "logistic,relu-mlp", "--sizes", "60", "--draws", "4", "--jobs", "1"]
    code, _, _ = run(capsys, "study", str(folder.parent / "rows.csv"), *asked, "--diagnose", "--out", str(folder), "--quiet")
    assert code == 0
    (one,) = json.loads((folder / "summary.json").read_text())["diagnoses"]
    assert (one["network"], one["size"], one["draws"]) == ("relu-mlp", 60, 40)  # twenty rows judge each
    with Store(folder) as store:
        before = store.keys()
    found = bigenough.study(
        folder.parent / "rows.csv",
        target="kind",
        models=["logistic", "relu-mlp"],
        train_sizes=[60],
        draws=4,
        jobs=1,
        out=folder,
    )
    with Store(folder) as store:
        assert store.keys() == before
    confirmed = [finding for finding in found.findings if finding.confirmed_by is not None]
    assert [finding.code for finding in confirmed] == ["too-few-updates"] * (one["outcome"] == "confirmed")


def test_rows_from_python_are_not_kept(tmp_path: Path) -> None:
    data = blobs(60)
    bigenough.study(data.X, data.y, models=["majority", "logistic"], train_sizes=[20], draws=2, jobs=1, out=tmp_path)
    with pytest.raises(InputError, match=r"came from Python and are not kept; call bigenough.diagnose"):
        diagnose_study(tmp_path)


def test_models_of_one_s_own_in_a_folder_are_told_to_be_left_out(tmp_path: Path) -> None:
    """They are code, which no folder keeps."""
    asked: dict[str, Any] = {"train_sizes": [20], "draws": 3, "jobs": 1}
    bigenough.study("iris", models=["lda"], more_models={"mine": MLPClassifier(max_iter=5)}, out=tmp_path / "one", **asked)
    with pytest.raises(InputError, match=r"no network that can be trained again with changed settings; mine left out: give"):
        diagnose_study(tmp_path / "one")
    both = ["lda", "relu-mlp,epochs=2"]
    bigenough.study("iris", models=both, more_models={"mine": MLPClassifier(max_iter=5)}, out=tmp_path / "two", **asked)
    (one,) = diagnose_study(tmp_path / "two", draws=3, jobs=1)
    assert one.network == "relu-mlp,epochs=2"
    assert [note for note in one.notes if note.startswith("mine left out: give a model of your own with its data")]


def test_settings_of_a_recipe_are_written_with_it() -> None:
    with pytest.raises(InputError, match=r'such as "mlp,epochs=3"'):
        diagnose("mlp", "iris", settings={"epochs": 3})


@pytest.mark.parametrize("kept", [{"protocol": "explain", "recipes": []}, {"protocol": "pairs", "studies": []}])
def test_a_folder_of_something_else_is_left_as_it_is(kept: dict[str, Any], tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put("study", kept)
    with pytest.raises(StoreError, match="a diagnosis takes the folder of bigenough study or bigenough reproduce"):
        diagnose_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["study.sqlite"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mlp,dropout=0"], "needs data"),
        (["mlp"], "needs data to be trained on: bigenough diagnose mlp SOURCE"),
        (
            ["mnist:4,9"],
            "mnist:4,9 is a data set, which needs a model to be trained on it: bigenough diagnose relu-mlp mnist:4,9",
        ),
        (["mlp", "iris", "--run", "ab"], "--run is not for a model on data"),
        (["mlp", "iris", "--budget", "soon"], "--budget takes a time above 0"),
        (["mlp", "iris", "--ignore", "overfit"], "unknown rule 'overfit'"),
        (["nowhere:model", "iris"], "cannot import nowhere"),
        (["mlp", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_the_command_refuses_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "diagnose", *arguments)
    assert (code, out) == (BAD_INPUT, "")
    assert says in err
    assert err.count("\n") == 1


def test_diagnose_without_a_network_is_refused_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "study"
    code, _, err = run(capsys, "study", "iris", "--models", "lda,knn", "--diagnose", "--out", str(out), "--quiet")
    assert (code, out.exists()) == (BAD_INPUT, False)
    assert "none of lda, knn is one that it can train again" in err


def test_no_time_is_not_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "diagnose", "mlp", "iris", "--size", "20", "--budget", "0.001s", "--quiet")
    assert (code, out) == (BAD_INPUT, "")
    assert "the budget of 0.001 s did not reach for 3 trainings" in err
