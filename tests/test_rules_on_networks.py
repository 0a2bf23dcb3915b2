"""Rules on networks that the engine really trained: quiet on healthy ones, and right on what was done to the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bigenough
from bigenough.draws import make_draw, parts_of
from bigenough.models.inputs import prepare
from bigenough.models.scaling import scaled
from bigenough.own_data import make_own_study
from bigenough.registry import MODELS
from bigenough.rules import Evidence, check_all
from bigenough.types import Dataset, Draw, Recipe
from tests.helpers import digits, fit_many

RELU = MODELS["relu-mlp"].recipe.replace(hidden=[32], max_updates=2000)
UNENDING = RELU.replace(tol=None, max_updates=800)


def draw_of(data: Dataset, size: int) -> Draw:
    study, _ = make_own_study(data, models=["logistic"], train_sizes=[size], draws=1)
    return make_draw(data, study, parts_of(data, study, 0), size, 0)


def seen(recipe: Recipe, data: Dataset, size: int) -> Evidence:
    """Train one network and a logistic regression on the same rows, and write down all that a rule may look at."""
    draw = draw_of(data, size)
    fit = fit_many(recipe, data, [draw])[0]
    simple = fit_many(MODELS["logistic"].recipe, data, [draw])[0]
    inputs = scaled(data, draw) if "input_scaling" in recipe.settings else prepare(data, draw)
    y, other = data.y[draw.train], data.y[draw.convergence]
    chances: Any = fit.probabilities or {}
    return Evidence(
        curve=fit.curve, settings=recipe.settings, n_train=len(y), n_held_out=len(other), n_classes=len(data.classes),
        chance=float(np.mean(other == np.bincount(y).argmax())), baseline=float(np.mean(simple.labels["convergence"] == other)),
        X_train=inputs.train, X_held_out=inputs.convergence, y_train=y, y_held_out=other, targets=y,
        train_probabilities=chances.get("train"), held_out_probabilities=chances.get("convergence"),
    )  # fmt: skip


def found(evidence: Evidence) -> list[str]:
    return [finding.code for finding in check_all(evidence) if finding.outcome == "found"]


@pytest.mark.usefixtures("one_thread")
class TestNetworks:
    @pytest.mark.parametrize(("source", "size"), [("iris", 60), ("breast_cancer", 100), ("wine", 60)])
    def test_nothing_is_found_in_healthy_ones(self, source: str, size: int) -> None:
        assert found(seen(RELU, bigenough.load(source), size)) == []

    def test_too_few_updates(self) -> None:
        assert found(seen(UNENDING.replace(max_updates=20), bigenough.load("breast_cancer"), 100)) == ["too-few-updates"]

    @pytest.mark.parametrize("rate", [1e-5, 1e-6])
    def test_rate_too_low(self, rate: float) -> None:
        evidence = seen(UNENDING.replace(learning_rate=rate), bigenough.load("wine"), 60)
        assert "rate-too-low" in found(evidence)
        assert not {"overfitting", "underfitting", "too-few-updates"} & set(found(evidence))

    def test_rate_too_high(self) -> None:
        evidence = seen(UNENDING.replace(optimizer="sgd", learning_rate=30.0), bigenough.load("wine"), 60)
        assert "rate-too-high" in found(evidence)

    def test_rate_decayed(self) -> None:
        assert found(seen(UNENDING.replace(decay=0.5), bigenough.load("breast_cancer"), 100)) == ["rate-decayed"]

    def test_dead_units(self) -> None:
        evidence = seen(UNENDING.replace(learning_rate=3.0, hidden=[16, 16]), bigenough.load("digits"), 100)
        assert {"dead-units", "rate-too-high", "stuck-at-chance"} <= set(found(evidence))

    def test_wrong_labels(self) -> None:
        data = bigenough.load("breast_cancer")
        y, rows = data.y.copy(), draw_of(data, 200).train[::5]
        y[rows] = 1 - y[rows]
        noisy = Dataset("noisy", data.X, y, data.classes)
        draw = draw_of(data, 200)
        fit = fit_many(RELU, noisy, [draw])[0]
        inputs = scaled(noisy, draw)
        evidence = Evidence(
            curve=fit.curve, X_train=inputs.train, X_held_out=inputs.convergence,
            y_train=y[draw.train], y_held_out=y[draw.convergence],
        )  # fmt: skip
        assert "label-noise" in found(evidence)

    def test_the_2017_network_had_not_converged_and_did_not_overfit(self) -> None:
        codes = found(seen(MODELS["leek-mlp"].recipe, digits(300, 0), 20))
        assert "rate-decayed" in codes
        assert "overfitting" not in codes
