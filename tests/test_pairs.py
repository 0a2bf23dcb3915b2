"""The pairs of digits: which are asked for, how they are ranked, where deep learning pays, and the command."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from bigenough.cli import BAD_INPUT, main
from bigenough.errors import InputError, UnknownNameError
from bigenough.execute import Task
from bigenough.pairs import ALL, TEN, Problem, by_hardness, make_studies, proven, read_pairs, run_problems, scores
from bigenough.pairs_report import map_plot, pair_table, sentences
from bigenough.progress import Bar, foretold
from bigenough.registry import FIGURES
from bigenough.running import plan
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Comparison
from bigenough.user_pairs import command, digit_pairs
from tests.helpers import hand_made_run

CHEAP = ["--models", "single-pixel,leekasso,relu-mlp", "--sizes", "10,40", "--draws", "2", "--device", "cpu"]


def comparison(size: int, outcome: str, difference: float = 0.02) -> Comparison:
    ends = (difference - 0.01, difference + 0.01)
    return Comparison(
        size=size, metric="accuracy", challenger="deep", baseline="simple", challenger_champion="convnet",
        baseline_champion="logistic", repeats=5, missing=0, items=1000, difference=difference, over_draws=ends,
        over_draws_and_items=ends, error=0.005, p_better=0.01, p_same=1.0, outcome=outcome, margin=0.01, level=0.95,  # type: ignore[arg-type]
    )  # fmt: skip


def planted() -> list[Problem]:
    """01 is easy for all; 49 is hard for one pixel, 35 for the network."""
    studies = make_studies(["01", "35", "49"], models=["single-pixel", "convnet"], train_sizes=[10, 100], draws=2)
    means = {
        "01": {"single-pixel": 0.99, "convnet": 0.999}, "35": {"single-pixel": 0.8, "convnet": 0.9},
        "49": {"single-pixel": 0.7, "convnet": 0.95}, TEN: {"convnet": 0.8},
    }  # fmt: skip
    outcomes = {"01": ["undecided", "same"], "35": ["worse", "better"], "49": ["better", "better"], TEN: ["better", "worse"]}
    problems = []
    for name, study in zip((*means,), studies, strict=True):
        runs = [
            hand_made_run(model, n, d, mean + 0.001 * d)
            for model, mean in means[name].items()
            for n in (10, 100)
            for d in (0, 1)
        ]
        compared = [comparison(n, outcome) for n, outcome in zip((10, 100), outcomes[name], strict=True)]
        problems.append(Problem(name, study, runs, compared))
    return problems


@pytest.mark.parametrize(
    ("text", "pairs"), [("all", ALL), ("94, 35", ("49", "35")), ("01", ("01",))], ids=["all", "two", "the post's own"]
)
def test_pairs_are_read(text: str, pairs: tuple[str, ...]) -> None:
    assert read_pairs(text) == pairs


@pytest.mark.parametrize("text", ["", "4", "44", "4,9", "4-9", "123", "ab", "²³", "49,94", "49,"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="pair"):
        read_pairs(text)


def test_all_are_45() -> None:
    assert len(set(ALL)) == 45


def test_ten_classes_get_the_models_and_sizes_that_suit_them() -> None:
    *pairs, ten = make_studies(["49"], models=["single-pixel", "logistic"], train_sizes=[4, 10])
    assert [study.source for study in pairs] == ["mnist:4,9"]
    assert ten.source == "mnist"
    assert [recipe.name for recipe in ten.recipes] == ["logistic"]
    assert ten.train_sizes == (10,)
    assert [study.source for study in make_studies(["49"], models=["single-pixel"])] == ["mnist:4,9"]


def test_deep_learning_pays_where_it_is_better_and_worse_at_no_larger_size() -> None:
    assert [problem.pays_at for problem in planted()] == [(), (100,), (10, 100), ()]
    assert [problem.always_from_there for problem in planted()] == [False, True, True, False]
    undecided = dataclasses.replace(planted()[0], comparisons=[comparison(10, "better"), comparison(100, "undecided")])
    assert undecided.pays_at == (10,)
    assert not undecided.always_from_there


def test_holm_over_the_pairs_keeps_what_is_sure_enough() -> None:
    def with_p(problem: Problem, p: float) -> Problem:
        return dataclasses.replace(problem, comparisons=[dataclasses.replace(c, p_better=p) for c in problem.comparisons])

    easy, three, four, ten = planted()
    assert proven([easy, three, four, ten]) == {"35", "49"}  # 3 x 0.01; it never pays on 01, and ten is no pair
    assert proven([easy, with_p(three, 0.02), with_p(four, 0.03), ten]) == {"35", "49"}  # 3 x 0.01, 2 x 0.02, 1 x 0.03
    assert proven([easy, with_p(three, 0.02), with_p(four, 0.051)]) == {"35"}
    assert proven([with_p(easy, 0.9), with_p(three, 0.04), with_p(four, 0.04)]) == set()  # 3 x 0.04
    behind = dataclasses.replace(three, comparisons=[comparison(10, "worse", -0.02), comparison(100, "undecided")])
    assert proven([behind, four]) == {"49"}
    assert behind.p_ahead == 0.01
    assert dataclasses.replace(three, comparisons=[comparison(10, "worse", -0.02)]).p_ahead == 1.0


def test_ranks_are_a_model_s_own() -> None:
    table = scores(planted())
    last = table[table["size"] == 100].set_index(["recipe", "problem"])
    assert [last.loc[("single-pixel", name), "rank"] for name in ("01", "35", "49")] == [1, 2, 3]
    assert [last.loc[("convnet", name), "rank"] for name in ("01", "35", "49")] == [1, 3, 2]
    assert bool(last["rank"].isna()[("convnet", TEN)])
    assert last.loc[("convnet", "49"), "accuracy"] == pytest.approx(0.9505)
    assert by_hardness(table)[0] == "01"


def test_ties_share_a_rank() -> None:
    problems = [dataclasses.replace(p, runs=[hand_made_run("convnet", 10, 0, 0.9)]) for p in planted()[:3]]
    assert list(scores(problems)["rank"]) == [2, 2, 2]


def test_what_is_said_and_shown() -> None:
    problems = planted()
    table = scores(problems)
    told = " ".join(sentences(problems, table))
    assert "The easiest pair is 0 against 1" in told
    assert "rank correlation is +0.50 over 3 pairs" in told
    assert "shown to pay on 2 of 3 pairs: first with 10 images on 4 against 9; with 100 images on 3 against 5." in told
    assert "On 2 of the 2 it is so at every larger size too" in told
    assert "Of 6 comparisons, 3 networks better, 1 simple models better, 1 practically the same, 1 undecided" in told
    assert "On all ten digits deep learning is not shown to pay" in told
    plot = map_plot(problems, table)
    figure = FIGURES[plot.figure](**plot.data)
    texts = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    assert "99.0" in texts[0] or "99.1" in texts[0]
    assert "+2.0 ▲" in texts[1]
    assert "+2.0 ▼" in texts[1]
    rows = {row[0]: row for row in pair_table(problems, table).rows}
    assert rows["3 against 5"][-3:] == ["100", "yes", "10"]
    assert rows["4 against 9"][-3:] == ["10, 100", "yes", "–"]
    assert rows["0 against 1"][-3:] == ["–", "–", "–"]
    assert "Holm's rule over the 3 pairs too leaves 2 of them" in told
    assert rows["all ten digits"][1:3] == ["–", "–"]


class Told:
    """Remembers what a progress is told."""

    def __init__(self) -> None:
        self.starts: list[list[int]] = []
        self.done: list[int] = []

    def start(self, tasks: list[Task]) -> None:
        self.starts.append([task.number for task in tasks])

    def advance(self, task: Task, share: float) -> None:
        if share == 1.0:
            self.done.append(task.number)


def test_one_progress_over_all_pairs_and_nothing_runs_twice(tmp_path: Path) -> None:
    studies = make_studies(["01", "49"], models=["single-pixel", "leekasso"], train_sizes=[10], draws=2)
    told = Told()
    with Store(tmp_path) as store:
        problems = run_problems(studies, store, progress=told)  # type: ignore[arg-type]
        again = Told()
        assert [p.name for p in run_problems(studies, store, progress=again)] == ["01", "49", TEN]  # type: ignore[arg-type]
    assert [p.name for p in problems] == ["01", "49", TEN]
    assert len(told.starts) == 1
    assert sorted(set(told.done)) == told.starts[0] == list(range(5))
    assert again.starts == []
    assert problems[0].comparisons == []  # there is no network to compare
    assert problems[0].pays_at == ()


def test_the_time_is_foretold_once_for_all_pairs() -> None:
    study = make_studies(["01"], models=["single-pixel"], train_sizes=[10], draws=2)[0]
    task = Task(0, study.recipes[0], tuple({c.draw.repeat: c.draw for c in plan(study, load(study.source))}.values()), 2520.0)
    assert foretold([task, task], 2) == "4 fits, about 42 min on 2 cores that do nothing else"
    assert foretold([task] * 3, 1) == "6 fits, about 2.1 h on 1 core that does nothing else"
    shown = io.StringIO()
    with Progress(TextColumn("{task.fields[left]}"), console=Console(file=shown)) as bar:
        Bar(bar, cores=2).start([task])
        Bar(bar).start([task])
    assert shown.getvalue().count("2 fits, about 21 min on 2 cores") == 1


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pairs"
    with pytest.raises(SystemExit) as end:
        main(["reproduce", "--pairs", "01,49", *CHEAP, "--jobs", "1", "--out", str(out)])
    assert not end.value.code
    assert "The easiest pair is" in capsys.readouterr().out
    table = pd.read_csv(out / "pairs.csv", dtype={"problem": str})
    assert len(table) == 2 * 3 * 2 + 2 * 2
    summary = json.loads((out / "summary.json").read_text())
    assert [p["name"] for p in summary["problems"]] == ["01", "49", TEN]
    page = (out / "report.html").read_text()
    assert "--pairs 01,49" in page
    (out / "report.html").unlink()
    with pytest.raises(SystemExit) as end:
        main(["report", str(out), "--quiet"])
    assert not end.value.code
    assert (out / "report.html").read_text() == page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pairs", "4"], "pairs are two different digits each"),
        (["--pairs", "49", "--protocol", "leek"], "--protocol is not for --pairs"),
        (["--pairs", "49", "--explain", "2"], "--explain is not for --pairs"),
        (["--pairs", "49", "--draws", "1"], "pairs need at least 2 draws, got 1"),
        (["--pairs", "49", "--sizes", "1"], "training size 1 is not possible"),
        (["--pairs", "49", "--sizes", "10,10"], "size given twice: 10"),
        (["--pairs", "49", "--models", "cnnn"], "cnn"),
        (["--pairs", "49", "--models", "relu-mlp,droput=0"], "did you mean dropout"),
    ],
)
def test_bad_input_gets_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["reproduce", *arguments, "--out", str(tmp_path / "no")])
    assert end.value.code == BAD_INPUT
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "no").exists()


def test_changed_recipes_are_systems_too() -> None:
    study, _ = make_studies(["49"], models=["logistic", "relu-mlp,dropout=0,hidden=[32]"], draws=2)
    assert study.recipes[1].settings["hidden"] == [32]
    assert "--models 'logistic,relu-mlp,dropout=0,hidden=[32]'" in command([study])


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownNameError):
        make_studies(["49"], models=["nothing"])


def test_tasks_are_counted_as_they_are_run_whatever_the_device_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name "auto" a convolutional network's draws would be one stack, as on a GPU, where they are several tasks."""
    monkeypatch.setattr("bigenough.pairs.device_name", lambda name: "cpu")
    studies = make_studies(["49"], models=["single-pixel", "convnet,max_updates=2"], train_sizes=[10], draws=3)[:1]
    told = Told()
    with Store(tmp_path) as store:
        run_problems(studies, store, device="auto", progress=told)  # type: ignore[arg-type]
    assert sorted(set(told.done)) == told.starts[0]
    assert len(told.starts[0]) == 4


def test_a_pair_with_too_few_images_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="11"):
        digit_pairs("01,45", tmp_path / "pairs", models=["single-pixel"], train_sizes=[12000], draws=2)
    assert not (tmp_path / "pairs").exists()


def test_no_process_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="jobs must be at least 1"):
        digit_pairs("01", tmp_path / "pairs", models=["single-pixel"], jobs=0)
