"""Draws are added where it is undecided, and only there; what was added is kept, and said."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from bigenough.cli import BAD_INPUT
from bigenough.deciding import added_sentences, judged, with_more_draws
from bigenough.errors import InputError
from bigenough.execute import is_worth_another_try
from bigenough.registry import MODELS
from bigenough.running import plan
from bigenough.types import Comparison, Study
from bigenough.user_study import StudyResult, reopen, study
from bigenough.verdict import decide
from tests.own import study_of, table
from tests.test_cli import run
from tests.test_user_study import timeless
from tests.test_verdict import comparison

DATA = table([300, 300])
NET = dataclasses.replace(MODELS["knn"].recipe, name="net", family="deep")  # whose outcome no CPU's rounding decides
SETTINGS: dict[str, Any] = {"models": ["lda", NET], "train_sizes": [6, 20], "draws": 3, "seed": 5, "jobs": 1}
ASKED = dataclasses.replace(study_of(DATA, ["lda"], sizes=(6, 20, 60), draws=3), looks=(3, 6, 12, 24))


def at(size: int, outcome: Any = "undecided", more_draws: int | None = 5) -> Comparison:  # noqa: ANN401 - one of four words
    return comparison(outcome, size=size, more_draws=None if outcome != "undecided" else more_draws)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return study(DATA, **SETTINGS, until_decided=True, out=tmp_path_factory.mktemp("until"))


def test_draws_are_added_where_they_may_help(found: StudyResult) -> None:
    assert found.study.more_draws == (9, 0)
    assert found.complete
    assert found.runs.groupby(["recipe", "size"]).size().to_dict() == {
        ("lda", 6): 12, ("lda", 20): 3, ("net", 6): 12, ("net", 20): 3,
    }  # fmt: skip
    assert [c.repeats for c in found.verdict.comparisons] == [12, 3]
    assert found.added[0] == "Draws were added where the answer was undecided: 9 at n = 6."
    assert "At n = 6, 20 no number of draws would settle it" in found.added[1]
    # what a study without the flag has is the beginning of it
    plain = study(DATA, **SETTINGS)
    first = found.runs[found.runs["draw"] < 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(timeless(first), timeless(plain.runs))
    assert plain.added == []
    for one, other in zip(plain.verdict.comparisons, found.verdict.comparisons, strict=True):
        low, high = one.over_draws_and_items
        if other.repeats == 3:  # the same draws: looking again costs width, and nothing else
            assert other.difference == one.difference
            assert other.over_draws_and_items[0] < low < high < other.over_draws_and_items[1]
            assert other.over_draws[1] > one.over_draws[1]


def test_it_is_said_everywhere(found: StudyResult) -> None:
    assert found.directory is not None
    page = (found.directory / "report.html").read_text()
    for sentence in found.added:
        assert sentence in page
    assert "mean over 3 to 12 draws" in page
    assert "until_decided=True)</pre>" in page
    assert "looked at again at 6, 12 and 24 draws" in page
    assert json.loads((found.directory / "summary.json").read_text())["added"] == found.added


def test_the_same_call_and_the_report_find_what_was_added(found: StudyResult) -> None:
    again = study(DATA, **SETTINGS, until_decided=True, out=found.directory)
    pd.testing.assert_frame_equal(again.runs, found.runs)  # seconds too: nothing ran
    assert found.directory is not None
    for other in (again, reopen(found.directory)):
        assert (other.verdict, other.study, other.added) == (found.verdict, found.study, found.added)


def test_a_study_cut_off_while_draws_are_added_goes_on(
    found: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10_000))  # a second for each look at the clock: one a task
    monkeypatch.setattr("bigenough.running.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr("bigenough.user_study.time", SimpleNamespace(monotonic=lambda: 0.0, time=lambda: 0.0))
    cut = study(DATA, **SETTINGS, until_decided=True, budget=4.5, out=tmp_path)
    monkeypatch.undo()
    assert cut.study.more_draws == (3, 0)
    assert 12 < len(cut.records) < cut.study.n_runs
    assert [c.repeats for c in cut.verdict.comparisons] == [3, 3]  # the look at 6 draws is not complete
    assert "The time was up before all runs were done; each size is judged by its last look" in cut.added[1]
    assert reopen(tmp_path).verdict == cut.verdict
    whole = study(DATA, **SETTINGS, until_decided=True, out=tmp_path)
    pd.testing.assert_frame_equal(timeless(whole.runs), timeless(found.runs))
    assert whole.verdict == found.verdict
    other = study(DATA, **{**SETTINGS, "margin": 0.02}, until_decided=True, out=tmp_path)  # another question: from the start
    assert other.study.margin == 0.02


def test_a_model_of_ones_own_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    settings = {**SETTINGS, "models": ["relu-mlp"], "more_models": {"mine": LinearDiscriminantAnalysis()}, "train_sizes": [6]}
    study(DATA, **settings, until_decided=True, budget=1e-3, out=tmp_path)
    whole = study(DATA, **settings, until_decided=True, out=tmp_path)
    assert whole.complete
    assert set(whole.runs["status"]) == {"ok"}


def test_a_model_that_was_not_at_hand_is_tried_again() -> None:
    assert is_worth_another_try("the model mine is not at hand; give it again as it was given to the study", 600.0)


def test_each_open_size_goes_to_its_own_next_look() -> None:
    first = with_more_draws(ASKED, [at(6), at(20, "better"), at(60, more_draws=None)])
    assert first is not None
    assert first.more_draws == (3, 0, 0)
    second = with_more_draws(first, [at(6), at(20, "better"), at(60)])
    assert second is not None
    assert second.more_draws == (9, 0, 3)
    spent = dataclasses.replace(ASKED, more_draws=(21, 0, 0))
    assert with_more_draws(spent, [at(6), at(20, "same"), at(60, "worse")]) is None
    assert with_more_draws(ASKED, []) is None


@pytest.mark.parametrize(
    ("more", "comparisons", "words"),
    [
        ((3, 0, 0), [at(6, "same"), at(20, "better"), at(60, "worse")], "Every size is decided."),
        ((21, 0, 0), [at(6), at(20, "better"), at(60, "worse")], "At n = 6 all 24 draws are spent"),
        ((3, 0, 0), [at(6), at(20), at(60, "worse")], "more draws might still have settled it at n = 6, 20."),
        ((), [at(6, "same"), at(20, more_draws=None), at(60)], "At n = 20 no number of draws would settle it"),
    ],
)
def test_why_it_stopped(more: tuple[int, ...], comparisons: list[Comparison], words: str) -> None:
    asked = dataclasses.replace(ASKED, more_draws=more)
    said = added_sentences(asked, decide(comparisons), complete=True)
    assert said[0].startswith("Draws were added" if more else "No draws were added.")
    assert words in " ".join(said[1:])


def test_a_size_is_judged_by_complete_looks_only(found: StudyResult) -> None:
    cells = plan(found.study, found.data)
    whole = judged(found.study, found.data, cells, found.records)
    assert whole == found.verdict
    lacking = [run for run in found.records if (run.recipe, run.size, run.repeat) != ("lda", 6, 10)]
    at_six = judged(found.study, found.data, cells, lacking).comparisons[0]
    six = [run for run in found.records if run.size == 20 or run.repeat < 6]
    assert at_six.repeats == 6
    assert at_six == judged(found.study, found.data, cells, six).comparisons[0]


def test_looks_are_kept_and_old_studies_have_none() -> None:
    assert Study.from_json(json.loads(json.dumps(ASKED.to_json()))) == ASKED
    old = {name: value for name, value in ASKED.to_json().items() if name != "looks"}
    assert Study.from_json(old).looks == ()
    assert ASKED.draws_text == "3 draws"
    assert dataclasses.replace(ASKED, more_draws=(0, 9, 3)).draws_text == "3 to 12 draws"


def test_one_draw_is_too_few_to_begin_with(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 2 to begin with"):
        study(DATA, **{**SETTINGS, "draws": 1}, until_decided=True)
    code, _, stderr = run(capsys, "study", "iris", "--until-decided", "--draws", "1", "--out", str(tmp_path / "out"))
    assert code == BAD_INPUT
    assert len(stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_was_added(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    X, y = DATA.X, np.array(DATA.classes)[DATA.y]
    np.savez(tmp_path / "rows.npz", X=np.asarray(X), y=y)
    command = ["study", str(tmp_path / "rows.npz"), "--models", "lda,knn", "--sizes", "6", "--draws", "2", "--jobs", "1"]
    code, stdout, stderr = run(capsys, *command, "--until-decided", "--out", str(tmp_path / "out"))
    assert (code, stderr) == (0, "")
    assert "No draws were added." in stdout  # there is no network to compare
    assert "--until-decided</pre>" in (tmp_path / "out" / "report.html").read_text()
