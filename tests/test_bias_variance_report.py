"""Bias and variance of a study's runs: the rows, the table, the figure."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bigenough.bias_variance import COLUMNS, decompose, exhibits
from bigenough.draws import parts_of
from bigenough.registry import FIGURES
from bigenough.types import Run
from tests.helpers import digits, hand_made_run, study

STUDY = study(["leekasso", "single-pixel"], train_sizes=(10, 20), draws=4)
Y = digits().y[parts_of(digits(), STUDY, 0)[2]]


def run(recipe: str, size: int, draw: int, wrong: int, *, chances: bool) -> Run:
    """Wrong about the first images; sure of everything."""
    labels = np.where(np.arange(len(Y)) < wrong, 1 - Y, Y)
    made = hand_made_run(recipe, size, draw, 1 - wrong / len(Y), labels=[int(label) for label in labels])
    return dataclasses.replace(made, test_probabilities=np.eye(2)[labels] if chances else None)


def runs() -> list[Run]:
    """At 10 one draw of four is wrong about six images; at 20 all draws are wrong about three."""
    some = [run("leekasso", 10, d, 6 * (d == 0), chances=True) for d in range(4)]
    return [
        *some,
        *(run(name, 20, d, 3, chances=name == "leekasso") for name in ("leekasso", "single-pixel") for d in range(4)),
    ]


def test_a_row_for_every_system_size_loss_and_term() -> None:
    found = {(r["recipe"], r["size"], r["loss"], r["term"]): r["estimate"] for r in decompose(STUDY, digits(), runs())}
    n = len(Y)
    assert found["leekasso", 10, "zero-one", "bias"] == 0
    assert found["leekasso", 10, "zero-one", "variance"] == pytest.approx(6 / n / 4)
    assert found["leekasso", 10, "squared", "variance"] == pytest.approx(2 * 0.25 * 6 / n)  # sample variance of 1, 0, 0, 0
    assert found["leekasso", 20, "squared", "bias"] == pytest.approx(2 * 3 / n)
    assert found["single-pixel", 20, "zero-one", "bias"] == pytest.approx(3 / n)
    assert found["single-pixel", 20, "zero-one", "variance"] == 0
    assert not any(key[:3] == ("single-pixel", 20, "squared") for key in found)
    assert not any(key[:2] == ("single-pixel", 10) for key in found)  # no runs


def test_the_figure_shows_the_rows_and_the_table_has_them() -> None:
    shown = exhibits(decompose(STUDY, digits(), runs()), {"leekasso": "Leekasso"})
    assert shown is not None
    plot, table = shown
    figure = FIGURES[plot.figure](**plot.data)
    panels = {ax.get_title("left"): ax for ax in figure.axes if ax.get_title("left")}
    assert len(panels) == 4
    lines = panels["variance: 0-1 loss"].containers
    np.testing.assert_allclose(lines[0][0].get_ydata(), [6 / len(Y) / 4, 0])
    assert [row[:2] for row in table.rows] == [["Leekasso", "10"], ["Leekasso", "20"], ["single-pixel", "20"]]
    assert table.rows[2][2:4] == ["–", "–"]
    assert "nan" not in str(table.rows)


def test_too_few_draws_and_failed_runs_show_nothing() -> None:
    few = [run("leekasso", 10, d, 1, chances=True) for d in range(2)]
    rows = decompose(STUDY, digits(), [*few, hand_made_run("leekasso", 10, 2, None)])
    assert rows == []
    assert exhibits(rows, {}) is None
    assert set(decompose(STUDY, digits(), runs())[0]) == set(COLUMNS)


def test_items_that_differ_between_repeats_are_refused() -> None:
    with pytest.raises(ValueError, match="the same test items"):
        decompose(dataclasses.replace(STUDY, split="repeated"), digits(), runs())
