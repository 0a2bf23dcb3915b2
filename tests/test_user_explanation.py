"""An explanation from one call: known causes are found, what is there is not run again, and everything is written."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bigenough
from bigenough import explain_report
from bigenough.cli import main
from bigenough.errors import BigenoughError, StoreError
from bigenough.execute import Task
from bigenough.explaining import run_explanation
from bigenough.own_data import make_own_study
from bigenough.progress import Silent
from bigenough.recipes import recipe_from
from bigenough.registry import MODELS
from bigenough.running import run_study
from bigenough.store import Store
from bigenough.types import Dataset
from bigenough.user_explanation import Explained, explain, reopen
from tests.helpers import labelled

A = "mlp,hidden=[8],dropout=0,epochs=20,learning_rate=1e-6"  # it hardly learns
B = "mlp,hidden=[12],dropout=0,epochs=20,learning_rate=0.05"
DRAWS = 6


def table() -> Dataset:
    return labelled([60, 60], [40, 40], features=4, seed=3)


class Counting(Silent):
    def __init__(self) -> None:
        self.trained: list[str] = []

    def start(self, tasks: Sequence[Task]) -> None:
        self.trained += [task.recipe.name for task in tasks]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain")
    data = table()
    frame = pd.DataFrame(np.asarray(data.X), columns=list("abcd")).assign(label=np.array(data.classes)[data.y])
    frame.to_csv(path / "rows.csv", index=False)
    return path


@pytest.fixture(scope="module")
def found(folder: Path) -> Explained:
    return explain(A, B, folder / "rows.csv", target="label", size=20, draws=DRAWS, out=folder / "out", jobs=1)


def test_the_planted_cause_carries_the_gap(found: Explained) -> None:
    assert found.explained.gap.low > 0.1
    shares = found.shares
    assert shares["setting"].tolist() == ["learning_rate", "hidden"]
    assert shares["of_gap"].to_numpy()[0] > 0.8
    assert shares["share"].sum() == pytest.approx(found.explained.gap.estimate, abs=1e-12)
    assert found.repair is not None
    assert [str(c) for c in found.repair.changes] == ["learning_rate 1e-06 → 0.05"]
    assert found.retest is not None
    assert found.retest.draws == DRAWS
    assert found.retest.outcome == "confirmed"
    assert "confirmed on fresh draws" in " ".join(found.sentences)


def test_the_fresh_draws_are_fresh(found: Explained) -> None:
    assert found.repair is not None
    mended = found.explained.design.lattice.hybrid(found.repair.mask).name
    of_mended = [run for run in found.runs if run.recipe == mended]
    assert {run.repeat for run in of_mended} == set(range(2 * DRAWS))
    beside = found.explained.design.lattice.hybrid(2 if found.repair.mask == 1 else 1).name
    assert {run.repeat for run in found.runs if run.recipe == beside} == set(range(DRAWS))


def test_hybrids_score_as_the_recipes_do_by_themselves(found: Explained, folder: Path, tmp_path: Path) -> None:
    recipes = [recipe_from(A), recipe_from(A.replace("1e-6", "0.05")), recipe_from(B)]
    study = dataclasses.replace(found.study, recipes=tuple(recipes))
    rows = bigenough.load(folder / "rows.csv", target="label")
    with Store(tmp_path) as store:
        runs = run_study(study, rows, store)
    lattice = found.explained.design.lattice
    rate = next(i for i, change in enumerate(lattice.changes) if change.name == "learning_rate")
    for recipe, mask in zip(recipes, (0, 1 << rate, lattice.everything), strict=True):
        alone = [run.scores["accuracy"] for run in runs if run.recipe == recipe.name]
        np.testing.assert_array_equal(alone, found.explained.scores[:, found.explained.design.columns(np.array(mask))])


def test_what_is_there_is_not_run_again_and_more_draws_keep_the_old(found: Explained, folder: Path) -> None:
    data = table()
    study, _ = make_own_study(data, models=[recipe_from(A)], train_sizes=[20], draws=2)
    a, b = recipe_from(A), recipe_from(B)
    with Store(folder / "again") as store:
        first, second, third = Counting(), Counting(), Counting()
        run_explanation(a, b, data, study, store, fresh_draws=2, progress=first)
        assert len(first.trained) > 4
        run_explanation(a, b, data, study, store, fresh_draws=2, progress=second)
        assert second.trained == []
        before = store.keys()
        run_explanation(a, b, data, dataclasses.replace(study, draws=3), store, fresh_draws=0, progress=third)
        assert third.trained
        assert before < store.keys()


def test_what_is_missing_is_said_of_the_draws_and_of_the_fresh_ones(found: Explained) -> None:
    assert found.retest is not None
    assert not found.missing
    fewer = dataclasses.replace(found.retest, draws=2)
    said = f"2 of {found.fresh_draws} fresh draws are done, which test the smallest repair"
    assert dataclasses.replace(found, retest=fewer).missing == said
    assert dataclasses.replace(found, retest=None).missing.startswith("0 of ")
    assert not dataclasses.replace(found, retest=None, fresh_draws=0).missing
    more = dataclasses.replace(found.study, draws=found.study.draws + 1)
    assert dataclasses.replace(found, study=more).missing.endswith(f"{more.draws} draws are done")


def test_everything_is_written(found: Explained, folder: Path) -> None:
    out = folder / "out"
    summary = json.loads((out / "summary.json").read_text())
    assert summary["gap"][0] == pytest.approx(found.explained.gap.estimate)
    assert len(summary["hybrids"]) == 4
    assert summary["repair"]["fresh_draws"]["outcome"] == "confirmed"
    csv = pd.read_csv(out / "explain.csv")
    assert csv["share"].sum() == pytest.approx(summary["gap"][0])
    html = (out / "report.html").read_text()
    assert all(sentence.split("→")[0][:40] in html for sentence in found.sentences)
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert html.count("data:image/svg+xml") == 2
    for stem in ("waterfall", "single-steps"):
        assert (out / "figures" / f"{stem}.svg").exists()


def test_the_report_can_be_made_again_from_the_store(found: Explained, folder: Path) -> None:
    again = reopen(folder / "out")
    pd.testing.assert_frame_equal(again.shares, found.shares)
    assert again.sentences == found.sentences
    assert again.retest == found.retest


def test_the_figures_show_the_numbers(found: Explained) -> None:
    waterfall, steps = explain_report.plots(found)
    scores, shares = waterfall.data["scores"], waterfall.data["shares"]
    assert scores[0] + sum(s.estimate for s in shares) == pytest.approx(scores[1])
    figure = found.plot()
    bars = [p for p in figure.axes[0].patches if p.get_width()]
    assert sorted(b.get_width() for b in bars) == pytest.approx(sorted(s.estimate for s in shares))
    assert bars[0].get_x() == pytest.approx(scores[0])
    assert figure.axes[0].get_xlabel() == "accuracy on test rows (%)"
    assert steps.data["on_a"][0].estimate == pytest.approx(100 * found.explained.by_size[0].alone_on_a.estimate)


@pytest.mark.usefixtures("found")
def test_an_experiment_of_another_kind_keeps_its_folder(folder: Path, tmp_path: Path) -> None:
    page = (folder / "out" / "report.html").read_text()
    refused = "holds an explanation, whose report would be replaced"
    with pytest.raises(StoreError, match=refused):
        bigenough.study("iris", models=["lda"], draws=2, out=folder / "out")
    with pytest.raises(StoreError, match=refused):
        bigenough.reproduce(folder / "out", models=["center-pixel"])
    assert (folder / "out" / "report.html").read_text() == page
    with Store(tmp_path) as store:
        store.put("study", {"protocol": "post"})
    with pytest.raises(StoreError, match=r"holds a study of 2017, whose report .* give another folder \(--out\)"):
        explain(A, B, folder / "rows.csv", target="label", size=20, draws=DRAWS, out=tmp_path)


def test_another_explanation_in_the_folder_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["explain", "--target", "label", "--size", "20", "--draws", "2", "--jobs", "1", "--out", str(tmp_path / "out")]
    simple = "leekasso,n_features=1", "leekasso,n_features=2"
    for second in (simple[1], simple[1], "leekasso,n_features=3"):
        assert "held an explanation" not in capsys.readouterr().out
        with pytest.raises(SystemExit) as ended:
            main([*command, simple[0], second, str(folder / "rows.csv")])
        assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"held an explanation of {simple[0]} and {simple[1]} on rows" in said
    assert "its report is replaced." in said


def test_a_hopeless_budget_says_so(folder: Path) -> None:
    with pytest.raises(BigenoughError, match="no time for one draw of all 4 hybrids"):
        explain(A, B, folder / "rows.csv", target="label", size=20, draws=2, budget=1e-9, jobs=1)


def test_no_gap_is_said(folder: Path) -> None:
    same = explain(B, B.replace("[12]", "[13]"), folder / "rows.csv", target="label", size=40, draws=3, jobs=1)
    assert same.repair is None
    assert repr(same).startswith("<Explained: With 40 training rows, A (")
    assert "cannot be told from none" in " ".join(same.sentences)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mlp", "mpl", "wine", "--size", "20"], "unknown model 'mpl'"),
        (["mlp", "mlp", "wine", "--size", "20"], "do not differ"),
        (["mlp", "mlp,epochs=1", "wine", "--size", "2000"], "training size 2000 is not possible"),
        (["mlp", "mlp,epochs=1", "wine"], "Missing option '--size'"),
        (["mlp", "mlp,epochs=1", "wine", "--size", "20", "--budget", "soon"], "--budget takes a time above 0"),
        (
            ["mlp", "mlp,epochs=1", "wine", "--size", "20", "--draws", "1"],
            "draws must be at least 2, since intervals are over draws; got 1",
        ),
        (["mlp", "mlp,epochs=1", "wine", "--size", "20", "--metric", "acuracy"], "unknown metric 'acuracy'"),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["explain", *arguments, "--out", str(tmp_path / "out")])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_the_command_prints_shares_and_the_report(
    found: Explained, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain_report, "write", lambda *_: folder)
    with pytest.raises(SystemExit) as caught:
        main(["report", str(folder / "out")])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert "learning_rate" in printed
    assert found.sentences[0] in printed
    assert MODELS["majority"].recipe.name not in printed


def test_the_command_said_makes_it_again(folder: Path, found: Explained) -> None:
    """Of a file with its folder, its groups and whatever a shell would take apart; of arrays the call."""
    assert shlex.split(found.command) == [
        "bigenough", "explain", A, B, str(folder / "rows.csv"), "--target", "label", "--size", "20", "--draws", str(DRAWS),
        "--metric", "accuracy", "--seed", "0",
    ]  # fmt: skip
    rows = pd.read_csv(folder / "rows.csv").assign(**{"the patient": range(200)})
    path = folder / "with patients.csv"
    rows.to_csv(path, index=False)
    options = {"size": 20, "draws": 2, "jobs": 1}
    grouped = explain(A, B, path, target="label", groups="the patient", **options)  # type: ignore[arg-type]
    assert shlex.split(grouped.command)[4:9] == [str(path), "--target", "label", "--groups", "the patient"]
    of_arrays = explain(A, B, rows[list("abcd")], rows["label"], groups=rows["the patient"], **options)  # type: ignore[arg-type]
    assert of_arrays.command.startswith(f"bigenough.explain({A!r}, {B!r}, X, y, groups=groups, size=20")


def test_labels_alone_are_told_before_the_hybrids_are_trained(folder: Path) -> None:
    counting, two = Counting(), ("leekasso-lm", "leekasso-lm,solver=liblinear,n_features=3")
    with pytest.raises(BigenoughError, match=r"neg_log_loss cannot be had of .*, which gives labels and no probabilities"):
        explain(*two, "iris", size=20, draws=4, metric="neg_log_loss", jobs=1, progress=counting)
    assert len(counting.trained) <= 3
