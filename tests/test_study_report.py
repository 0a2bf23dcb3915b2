"""The report of a study of one's own data: its numbers are those of the runs, and it stands alone."""

from __future__ import annotations

import dataclasses
import html
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from scipy import stats

import bigenough
from bigenough.by_class import class_exhibits
from bigenough.cli import main
from bigenough.errors import InputError
from bigenough.exhibits import Plot
from bigenough.figures.confusion import shares
from bigenough.figures.learning_curves import compute
from bigenough.invocation import command
from bigenough.registry import FIGURES
from bigenough.running import plan
from bigenough.stats import Interval
from bigenough.study_report import difference_plot, main_plot, score_table, write
from bigenough.user_study import StudyResult, reopen


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return bigenough.study(
        "breast_cancer", models=["majority", "logistic", "lda", "relu-mlp"], train_sizes=[12, 60], draws=3, jobs=1,
        out=tmp_path_factory.mktemp("study"),
    )  # fmt: skip


def figure_of(plot: Plot | None) -> Figure:
    assert plot is not None
    figure: Figure = FIGURES[plot.figure](**plot.data)
    return figure


def test_learning_curves_are_means_with_their_intervals(found: StudyResult) -> None:
    ax = figure_of(main_plot(found)).axes[0]
    assert len(ax.containers) == 3
    for container, name in zip(ax.containers, [n for n in found.runs["recipe"].unique() if n != "majority"], strict=True):
        line, _, (bars,) = container.lines  # type: ignore[attr-defined]  # an errorbar's
        for i, size in enumerate(found.study.train_sizes):
            chosen = (found.runs["recipe"] == name) & (found.runs["size"] == size)
            values = found.runs.loc[chosen, "accuracy"].to_numpy(float)
            assert line.get_ydata()[i] == pytest.approx(values.mean())
            half = stats.t.ppf(0.975, 2) * stats.sem(values)
            low, high = bars.get_segments()[i][:, 1]
            assert (low, high) == pytest.approx((values.mean() - half, min(values.mean() + half, 1.0)))
    assert ax.get_xlabel().startswith("training-set size (rows")
    assert found.plot().axes[0].get_ylabel() == "accuracy on test rows"


def test_difference_shows_both_intervals_and_the_verdict(found: StudyResult) -> None:
    ax = figure_of(difference_plot(found)).axes[0]
    drawn = {tuple(np.round(np.asarray(line.get_ydata(), float), 9)) for line in ax.lines}
    for c in found.verdict.comparisons:
        for interval in (c.over_draws, c.over_draws_and_items):
            assert tuple(np.round(100 * np.array(interval), 9)) in drawn
        assert (round(100 * c.difference, 9),) in drawn
        assert c.verdict.replace(" ", "\n", 1) in [text.get_text() for text in ax.texts]


def test_confusion_and_classes_are_those_of_the_predictions(found: StudyResult) -> None:
    plot, table = class_exhibits(found.study, found.data, found.records, found.verdict)
    assert plot is not None
    assert table is not None
    draws = {(c.draw.size, c.draw.repeat): c.draw for c in plan(found.study, found.data)}
    last = found.verdict.comparisons[-1]
    for name, matrix in plot.data["matrices"].items():
        runs = [r for r in found.records if r.recipe == name and r.size == last.size]
        truth = np.concatenate([found.data.y[draws[r.size, r.repeat].test] for r in runs])
        labels = np.concatenate([np.asarray(r.test_labels) for r in runs])
        for i, j in np.ndindex(2, 2):
            assert matrix[i, j] == pytest.approx(np.mean(labels[truth == i] == j))
    assert [row[0] for row in table.rows] == list(found.data.classes)
    of_size = [draw for (size, _), draw in draws.items() if size == last.size]
    counts = [np.mean([(found.data.y[draw.test] == code).sum() for draw in of_size]) for code in (0, 1)]
    assert [float(row[1]) for row in table.rows] == pytest.approx(counts, abs=0.05)
    figure_of(plot)


def test_draws_that_agree_have_no_interval(found: StudyResult) -> None:
    """Not one without width: that all test rows of some draws are right says little of other rows."""
    draws = {(c.draw.size, c.draw.repeat): c.draw for c in plan(found.study, found.data)}
    right = [
        dataclasses.replace(run, test_labels=found.data.y[draws[run.size, run.repeat].test].astype(np.int16))
        for run in found.records
    ]
    _, table = class_exhibits(found.study, found.data, right, found.verdict)
    assert table is not None
    assert [row[2:] for row in table.rows] == [["100.0 %", "100.0 %"]] * 2


def test_a_command_in_the_report_can_be_copied(found: StudyResult, tmp_path: Path) -> None:
    page = write(dataclasses.replace(found, directory=tmp_path / "my study"), tmp_path).read_text()
    assert f"bigenough diagnose &#39;{tmp_path}/my study&#39;</code>" in page


def test_a_class_without_rows_has_no_shares() -> None:
    matrix = shares(np.array([0, 0, 2]), np.array([0, 1, 2]), 3)
    np.testing.assert_array_equal(matrix, [[0.5, 0.5, 0], [np.nan] * 3, [0, 0, 1]])


def test_page_has_the_answer_and_fetches_nothing(found: StudyResult) -> None:
    assert found.directory is not None
    page = (found.directory / "report.html").read_text()
    assert found.verdict.sentence in page.replace("&#39;", "'")
    for sentence in found.choices:
        assert sentence in page.replace("&#39;", "'")
    for row in score_table(found).rows:
        assert all(cell in page for cell in row)
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []
    assert len(page) < 2_000_000


def test_classes_are_those_of_the_largest_size_that_was_compared(found: StudyResult, tmp_path: Path) -> None:
    smaller, largest = found.study.train_sizes[-2:]
    comparisons = tuple(c for c in found.verdict.comparisons if c.size < largest)
    cut_off = dataclasses.replace(found, verdict=dataclasses.replace(found.verdict, comparisons=comparisons))
    assert f"Class by class, with {smaller:,} training rows" in write(cut_off, tmp_path).read_text()


def test_report_is_made_again_from_the_store_alone(found: StudyResult, capsys: pytest.CaptureFixture[str]) -> None:
    assert found.directory is not None
    page = found.directory / "report.html"
    before = page.read_text()
    page.unlink()
    with pytest.raises(SystemExit) as ended:
        main(["report", str(found.directory), "--quiet"])
    assert ended.value.code == 0
    assert page.read_text() == before
    again = reopen(found.directory)
    assert again.verdict == found.verdict
    assert capsys.readouterr().out == ""


def test_report_goes_where_it_is_asked_to(found: StudyResult, tmp_path: Path) -> None:
    page = found.report(tmp_path / "new" / "folder")
    assert page.exists()
    assert (page.parent / "figures" / "learning-curves.svg").exists()


def test_the_command_said_is_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Typed in again, it asks for the very same runs, so that nothing is left to train."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a b": rng.normal(size=60), "x": rng.normal(size=60), "who": np.arange(60) // 3})
    rows["my label"] = np.where(rows["a b"] + rng.normal(size=60) > 0, "yes", "no")
    rows.to_csv(tmp_path / "my data.csv", index=False)
    typed = ["study", str(tmp_path / "my data.csv"), "--target", "my label", "--groups", "who", "--models", "majority,lda",
             "--model", "tests.foreign_models:PIPELINE", "--sizes", "10,20", "--draws", "2", "--seed", "3"]  # fmt: skip
    out = ["--out", str(tmp_path / "out"), "--jobs", "1", "--quiet"]
    with pytest.raises(SystemExit) as ended:
        main([*typed, *out])
    assert ended.value.code == 0
    one = reopen(tmp_path / "out")
    said = re.search(r"<pre>(bigenough .*)</pre>", (tmp_path / "out" / "report.html").read_text())
    assert said is not None
    again = shlex.split(html.unescape(said.group(1)))
    assert again[:2] == ["bigenough", "study"]
    with pytest.raises(SystemExit) as ended:
        main([*again[1:], *out])
    assert ended.value.code == 0
    other = reopen(tmp_path / "out")
    assert [r.key for r in other.records] == [r.key for r in one.records]
    assert [r.seconds for r in other.records] == [r.seconds for r in one.records], "no run was made again"


def test_rows_from_python_are_said_as_a_call(found: StudyResult) -> None:
    asked: dict[str, Any] = {"source": None, "target": None, "groups": True, "test": None, "skip_unreadable": False, "own": []}
    assert command(found.study, asked) == (
        "bigenough.study(X, y, groups=groups, models=['majority', 'logistic', 'lda', 'relu-mlp'], train_sizes=[12, 60], "
        "draws=3, metric='accuracy', margin=0.01, seed=0)"
    )


def test_a_rule_far_below_does_not_squeeze_the_models(found: StudyResult) -> None:
    curves = compute(found.runs, "accuracy")
    near = dataclasses.replace(curves[0], points=tuple(Interval(0.9, 0.89, 0.91) for _ in curves[0].points))
    ax = FIGURES["learning_curves"](curves=[near, *curves[1:]], title="accuracy").axes[0]
    assert len(ax.containers) == 4
    ax = FIGURES["learning_curves"](curves=curves, title="accuracy").axes[0]
    assert len(ax.containers) == 3
    lowest = curves[0].points[0].estimate
    assert ax.get_ylim()[0] > lowest
    assert f"▼ below, majority: {lowest:.3f}" in [text.get_text() for text in ax.texts]


def test_displays_draw_onto_axes_of_one_s_own(found: StudyResult) -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    display = bigenough.LearningCurveDisplay.from_study(found).plot(ax=left)
    assert display.ax_ is left
    assert display.figure_ is figure
    assert len(left.containers) == 3
    assert [curve.name for curve in display.curves] == list(found.runs["recipe"].unique())
    difference = bigenough.CampDifferenceDisplay.from_study(found).plot(ax=right)
    assert difference.comparisons == found.verdict.comparisons
    assert right.get_ylabel() == figure_of(difference_plot(found)).axes[0].get_ylabel()
    alone = bigenough.LearningCurveDisplay.from_study(found).plot()
    assert alone.figure_ is not figure
    plt.close("all")


def test_displays_take_studies_alone() -> None:
    for display in (bigenough.LearningCurveDisplay, bigenough.CampDifferenceDisplay):
        with pytest.raises(InputError, match=r"^from_study takes what bigenough\.study gives, got a str$"):
            display.from_study("iris")  # type: ignore[arg-type]
    one_camp = bigenough.study("iris", models=["lda", "knn"], train_sizes=[15], draws=2, jobs=1)
    with pytest.raises(InputError, match="this study compares nothing"):
        bigenough.CampDifferenceDisplay.from_study(one_camp)


def test_findings_are_those_of_the_recorded_trainings(found: StudyResult) -> None:
    of_network = [f for f in found.findings if f.evidence["recipe"] == "relu-mlp"]
    assert [(f.code, f.evidence["size"]) for f in of_network] == [
        (code, size) for size in (12, 60) for code in ("diverged", "unconverged", "overfitting")
    ]
    assert len(of_network) == len(found.findings), "only networks are trained step by step"
    for finding in of_network:
        share = finding.evidence["share"]
        assert isinstance(share, float)
        assert (finding.outcome == "found") == (share > 0.5)
        assert finding.evidence["trainings"] == 3
