"""Figures: the numbers drawn are those computed another way, axes say what they show, files do not change."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from scipy import stats

from bigenough.claims import three_fits
from bigenough.exhibits import Plot
from bigenough.figures.accuracy_by_size import compute as compute_accuracy
from bigenough.figures.accuracy_by_size import draw as draw_accuracy
from bigenough.figures.paired_difference import draw as draw_difference
from bigenough.figures.style import look_of, save, short_names, spread
from bigenough.page import curve_plots
from bigenough.registry import CLAIMS, FIGURES
from bigenough.report import TITLES, main_plot
from bigenough.reproduction import Reproduction
from bigenough.running import plan
from bigenough.sources import load
from bigenough.stats import Interval
from bigenough.store import Store
from bigenough.types import Run
from tests.helpers import hand_made_curve, hand_made_run, study

UNIT = re.compile(
    r"\((images|%|points of accuracy|nats a row|share|a setting each)\)|^accuracy|^gradient updates$|^digit$|^epoch$"
)
Pixels: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"


@dataclass(frozen=True)
class Drawn:
    """What the tiny reproduction has: its runs, the claims' further runs, and a plan of every figure."""

    done: Reproduction
    runs: list[Run]
    extra: dict[str, list[Run]]
    plots: dict[str, list[Plot]]


@pytest.fixture(scope="module")
def drawn(tiny: Reproduction) -> Drawn:
    data = load(tiny.study.source)
    studies = {number: CLAIMS[number].more(tiny.study) for number in CLAIMS}
    with Store(tiny.directory) as store:
        runs = store.runs([cell.key for cell in plan(tiny.study, data)])
        extra = {n: store.runs([c.key for c in plan(more, data)]) for n, more in studies.items() if more is not None}
    found = [main_plot(tiny.study, tiny.runs), *curve_plots(tiny.study, runs, "the convergence half")]
    found += [plot for answer in tiny.answers.values() for plot in answer.plots]
    plots: dict[str, list[Plot]] = {name: [p for p in found if p.figure == name] for name in FIGURES}
    plots["fluctuation"] = [fluctuation_plot()]  # needs a hundred epochs
    return Drawn(tiny, runs, extra, plots)


def fluctuation_scores() -> Pixels:
    return np.random.default_rng(0).uniform(0.8, 1.0, (3, 121))


def fluctuation_plot() -> Plot:
    from bigenough.claims.base import Evidence

    curves = [hand_made_curve(row) for row in fluctuation_scores().tolist()]
    runs = [hand_made_run(m, 10, d, 0.9, curve=curve) for m in ("mlp", "cnn") for d, curve in enumerate(curves)]
    evidence = Evidence(study(["mlp", "cnn"], train_sizes=[10], draws=3), load("mnist:0,1"), runs, [], load)
    return next(iter(CLAIMS["5"].answer(evidence).plots))


def figure_of(plot: Plot) -> Figure:
    figure: Figure = FIGURES[plot.figure](**plot.data)
    return figure


def bars_of(ax: Axes) -> list[tuple[Pixels, Pixels, Pixels, Pixels]]:
    """x, middle, low and high of every line with error bars."""
    found = []
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            line, _, (segments,) = container.lines
            ends = np.array([segment[:, 1] for segment in segments.get_segments()])
            columns = (np.asarray(column, float) for column in (line.get_xdata(), line.get_ydata()))
            found.append((*columns, ends.min(axis=1), ends.max(axis=1)))
    return found


def check_accuracy_by_size(drawn: Drawn, plot: Plot) -> None:
    top, zoomed = figure_of(plot).axes
    frame = drawn.done.runs
    names = list(frame["recipe"].unique())
    assert len(bars_of(top)) == len(names)
    assert len(bars_of(zoomed)) == len(names) - 1, "all but the one that the zoom leaves out"
    shown = [*zip(names, bars_of(top), strict=True)]
    shown += zip([n for n in names if n != "leek-mlp"], bars_of(zoomed), strict=True)
    for name, (x, middle, low, high) in shown:
        grouped = frame[frame["recipe"] == name].groupby("size")["accuracy"]
        means, spreads = grouped.mean().to_numpy(float), grouped.std().to_numpy(float)
        np.testing.assert_allclose(x, list(drawn.done.study.train_sizes), atol=0.5)
        np.testing.assert_allclose(middle, means)
        np.testing.assert_allclose(low, means - spreads, atol=1e-12)
        np.testing.assert_allclose(high, means + spreads, atol=1e-12)
    assert {text.get_text() for text in top.texts} == {TITLES[name] for name in names}
    assert zoomed.get_ylim()[0] == 0.9


def check_training_curves(drawn: Drawn, plot: Plot) -> None:
    sizes = drawn.done.study.train_sizes
    name = plot.stem.removeprefix("training-")
    axes = figure_of(plot).axes
    assert [ax.get_title() for ax in axes[: len(sizes)]] == [f"n = {size}" for size in sizes]
    for i, size in enumerate(sizes):
        curves = [r.curve for r in drawn.runs if r.recipe == name and r.size == size and r.curve is not None]
        assert len(curves) == drawn.done.study.draws
        top, bottom = axes[i], axes[len(sizes) + i]
        for j, curve in enumerate(curves):
            pairs = ((top, curve.held_out_score, curve.train_score), (bottom, curve.held_out_loss, curve.train_loss))
            for ax, *columns in pairs:
                for line, column in zip(ax.lines[2 * j : 2 * j + 2], columns, strict=True):
                    np.testing.assert_array_equal(line.get_xdata(), curve.updates)
                    floor = 1e-8 if ax is bottom else -np.inf
                    np.testing.assert_allclose(np.asarray(line.get_ydata()), np.maximum(column, floor))


def check_center_pixel(drawn: Drawn, plot: Plot) -> None:
    data = load("mnist:0,1")
    *images, bars = figure_of(plot).axes
    for code, ax in enumerate(images):
        mean = data.X[data.y == code].astype(float).mean(axis=0)
        np.testing.assert_allclose(np.asarray(ax.images[0].get_array()), mean)
        assert (ax.lines[0].get_xdata(), ax.lines[0].get_ydata()) == ([14], [14])
    shares = [100 * float((data.X[data.y == code, 14, 14] > 0).mean()) for code in (0, 1)]
    container = next(c for c in bars.containers if isinstance(c, BarContainer))
    np.testing.assert_allclose([patch.get_height() for patch in container.patches], shares)


def check_digit_pairs(drawn: Drawn, plot: Plot) -> None:
    """Ten of the pairs again, each threshold of the marked pixel tried on the training images."""
    ax = figure_of(plot).axes[0]
    data = load("mnist")
    texts = {tuple(map(float, t.get_position())): t.get_text() for t in ax.texts}
    marks = np.array([[line.get_xdata()[0], line.get_ydata()[0]] for line in ax.lines])  # type: ignore[index]  # arrays
    assert len(marks) == 45
    pairs = [(i, j) for i in range(10) for j in range(i + 1, 10)]
    for (i, j), (x, y) in list(zip(pairs, marks, strict=True))[::5]:
        column, row = round((x - (i - 0.5)) * 28 - 0.5), round((y - (j - 0.5)) * 28 - 0.5)
        ink, second = data.X[:, row, column].astype(int), data.y == j
        train, test = (np.isin(data.y, [i, j]) & ((np.arange(70_000) < 60_000) == wanted) for wanted in (True, False))
        rules = [(t, sign) for t in range(256) for sign in (True, False)]
        right = [np.mean(((ink[train] > t) == sign) == second[train]) for t, sign in rules]
        best = [rule for rule, share in zip(rules, right, strict=True) if share == max(right)]
        scores = {f"{100 * np.mean(((ink[test] > t) == sign) == second[test]):.1f}" for t, sign in best}
        assert texts[float(j), float(i)] in scores


def check_fluctuation(drawn: Drawn, plot: Plot) -> None:
    scores = fluctuation_scores()
    ax = figure_of(plot).axes[0]
    expected = 100 * np.array([[max(a - b, 0.0) for a, b in pairwise(r[1:])] for r in scores]).mean(axis=0)
    for line in ax.lines[:2]:
        np.testing.assert_array_equal(line.get_xdata(), np.arange(2, 121))
        np.testing.assert_allclose(np.asarray(line.get_ydata()), np.maximum(expected, 0.005))
    assert np.asarray(ax.lines[2].get_xdata()).tolist() == [50, 50]


PAIRED = {  # file's stem: claim, and what is subtracted from what
    "claim-3-relu-in-leek": ("3", "leek-mlp[relu]", "leek-mlp[tanh]"),
    "claim-3-relu-in-mlp": ("3", "mlp[relu]", "mlp[tanh]"),
}


def accuracies(drawn: Drawn, claim: str) -> dict[tuple[str, int, int], float]:
    """Accuracy of a claim's runs by recipe, size and draw; of failed ones, that of the majority guess on the same draw."""
    runs = drawn.extra[claim]
    scored = {(r.recipe, r.size, r.repeat): r.scores["accuracy"] for r in runs if r.status == "ok"}
    failed = [(r.recipe, r.size, r.repeat) for r in runs if r.status == "failed"]
    return scored | {(name, n, d): scored["majority", n, d] for name, n, d in failed if ("majority", n, d) in scored}


def check_arm_gains(drawn: Drawn, plot: Plot) -> None:
    network, scored = "mlp" if "many" in plot.stem else "leek-mlp", accuracies(drawn, plot.stem.split("-")[1])
    ax = figure_of(plot).axes[0]
    names = [label.get_text() for label in ax.get_yticklabels()]
    means = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(means) == len(names) == len(plot.data["rows"])
    for name, line in zip(names, means, strict=True):
        gains = [scored[f"{network}, {name}", n, d] - score for (r, n, d), score in scored.items() if r == network]
        assert float(np.ravel(line.get_xdata())[0]) == pytest.approx(100 * np.mean(gains))


def check_paired_difference(drawn: Drawn, plot: Plot) -> None:
    claim, more, less = PAIRED.get(plot.stem, ("8", "leekasso-1", "leekasso"))
    runs = accuracies(drawn, claim)
    ((x, middle, low, high),) = bars_of(figure_of(plot).axes[0])
    assert x.tolist() == list(drawn.done.study.train_sizes)
    for i, n in enumerate(drawn.done.study.train_sizes):
        draws = {d for name, size, d in runs if size == n and name == more and (less, n, d) in runs}
        one = np.array([runs[more, n, d] - runs[less, n, d] for d in draws])
        expected = stats.ttest_1samp(one, 0).confidence_interval(0.95)
        np.testing.assert_allclose([middle[i], low[i], high[i]], 100 * np.array([one.mean(), *expected]), atol=1e-9)


def check_three_fits(drawn: Drawn, plot: Plot) -> None:
    labels = {(r.recipe, r.size, r.repeat): r.test_labels for r in drawn.extra["7"] if r.test_labels is not None}
    for ax, solver in zip(figure_of(plot).axes, ("lm", "glm"), strict=True):
        for (x, middle, low, high), choice in zip(bars_of(ax), three_fits.CHOICES, strict=True):
            own, reference = three_fits.variant(solver, choice).name, three_fits.variant("liblinear", choice).name
            np.testing.assert_allclose(x, drawn.done.study.train_sizes, atol=0.5)
            for i, n in enumerate(drawn.done.study.train_sizes):
                shares = np.array([100 * np.mean(labels[own, n, d] != labels[reference, n, d]) for d in range(4)])
                assert middle[i] == pytest.approx(shares.mean())
                half = stats.t.ppf(0.975, 3) * stats.sem(shares)
                assert (high[i] - low[i]) / 2 == pytest.approx(half)


CHECKS: dict[str, Callable[[Drawn, Plot], None]] = {
    name.removeprefix("check_"): check for name, check in globals().items() if name.startswith("check_")
}


OF_OWN_STUDIES = {"contrasts", "pairs_map", "camp_difference", "confusion", "learning_curves"}  # see test_study_report.py
OF_OWN_STUDIES |= {"bias_variance"}  # needs more draws than the tiny study has: see test_bias_variance_report.py
OF_OWN_STUDIES |= {"single_steps", "waterfall"}  # see test_user_explanation.py


def test_every_figure_is_checked_and_planned(drawn: Drawn) -> None:
    assert set(CHECKS) == set(FIGURES) - OF_OWN_STUDIES == {name for name, plots in drawn.plots.items() if plots}


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in OF_OWN_STUDIES])
class TestFigures:
    def test_numbers_are_those_of_the_runs(self, name: str, drawn: Drawn) -> None:
        for plot in drawn.plots[name]:
            CHECKS[name](drawn, plot)

    def test_axes_say_what_they_show_and_in_which_unit(self, name: str, drawn: Drawn) -> None:
        for plot in drawn.plots[name]:
            axes = [ax for ax in figure_of(plot).axes if ax.get_visible() and ax.axison]
            labels = [text for ax in axes for text in (ax.get_xlabel(), ax.get_ylabel()) if text]
            assert any(ax.get_xlabel() for ax in axes)
            assert any(ax.get_ylabel() for ax in axes)
            assert [text for text in labels if not UNIT.search(text)] == []

    def test_the_same_data_give_the_same_files(self, name: str, drawn: Drawn, tmp_path: Path) -> None:
        def files(stem: str) -> list[bytes]:
            save(figure_of(drawn.plots[name][0]), tmp_path, stem)
            return [(tmp_path / f"{stem}.{kind}").read_bytes() for kind in ("svg", "png")]

        path = drawn.done.directory / "figures" / drawn.plots[name][0].stem
        before = [path.with_name(f"{path.name}.{kind}") for kind in ("svg", "png")]
        assert files("one") == ([file.read_bytes() for file in before] if before[0].exists() else files("other"))


def test_the_report_holds_every_figure_answer_and_no_link_to_fetch(drawn: Drawn) -> None:
    page = (drawn.done.directory / "report.html").read_text()
    for plots in drawn.plots.values():
        for plot in plots:
            path = drawn.done.directory / "figures" / f"{plot.stem}.svg"
            if plot.figure != "fluctuation":
                assert base64.b64encode(path.read_bytes()).decode() in page
                assert path.with_suffix(".png").stat().st_size > 1000
    assert page.count('class="verdict"') == len(drawn.done.answers)
    names = {recipe.name for recipe in drawn.done.study.recipes}
    able = {int(number) for number in CLAIMS if names.issuperset(CLAIMS[number].needs)}
    assert set(drawn.done.answers) == able - {12}  # which is answered only with --variance
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []


def test_runs_csv_is_the_table(drawn: Drawn) -> None:
    frame = drawn.done.runs
    assert len(frame) == len(drawn.runs) == len(drawn.done.study.recipes) * 4
    np.testing.assert_array_equal(frame["accuracy"], [r.scores["accuracy"] for r in drawn.runs])
    assert (drawn.done.directory / "runs.csv").read_text() == frame.drop(columns="error").to_csv(index=False)


@cache
def one_draw() -> Interval:
    return Interval(0.9, -np.inf, np.inf)


def test_lines_beyond_the_palette_can_be_told_apart() -> None:
    looks = [look_of(i) for i in range(16)]
    assert len(set(looks)) == 16
    assert len({colour for colour, _ in looks[:8]}) == len({marker for _, marker in looks[:8]}) == 8


def test_a_single_draw_has_no_bar_and_can_be_drawn() -> None:
    """One value tells nothing of its spread; the point is drawn all the same."""
    buffer = BytesIO()
    figure = draw_difference(sizes=[10], differences=[one_draw()], margin=0.01, label="a - b")
    figure.savefig(buffer, format="svg")
    assert any(np.array_equal(np.asarray(line.get_ydata()), [90.0]) for line in figure.axes[0].lines)
    series = compute_accuracy(frame_of_one(), "sd")
    draw_accuracy(series=series, zoom_without=[], titles={}).savefig(buffer, format="svg")


def frame_of_one() -> pd.DataFrame:
    return pd.DataFrame({"recipe": ["mlp", "cnn"], "size": [10, 10], "accuracy": [0.9, np.nan]})


@pytest.mark.parametrize("positions", [[0.5, 0.5, 0.5], [0.1, 0.9, 0.12], [], [0.3]])
def test_labels_are_moved_apart_in_order(positions: list[float]) -> None:
    placed = spread(positions, 0.1)
    order = np.argsort(positions, kind="stable")
    assert (np.diff(np.array(placed)[order]) >= 0.1 - 1e-12).all() if len(placed) > 1 else placed == positions
    assert np.mean(placed or [0]) == pytest.approx(np.mean(positions or [0]))


def test_long_names_keep_both_ends() -> None:
    long = "relu-mlp,hidden=[64,64],weight_decay={},dropout=0"
    assert short_names(["relu-mlp", long.format(0.1)], 21) == ["relu-mlp", "relu-mlp,h…,dropout=0"]
    both = [long.format(0.1), long.format(0.03)]
    assert short_names(both, 21) == both, "cut, they would read alike"
