"""What one thing does to bias and to variance: the pairs of networks, what is counted, and that it can be left out."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from bigenough import contrasts, stats
from bigenough.errors import InputError
from bigenough.registry import MODELS
from bigenough.reproduction import report_again, reproduce
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Recipe

TINY = {"hidden": [4], "max_updates": 4, "channels": [2], "dense": 4}


def tiny(recipe: Recipe, **more: object) -> Recipe:
    settings = {name: value for name, value in TINY.items() if name in recipe.settings}
    return Recipe(recipe.name, recipe.model, recipe.family, {**recipe.settings, **settings, **more})


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contrasts.contrasts
    monkeypatch.setattr(contrasts, "SIZES", (10, 20))
    monkeypatch.setattr(contrasts, "contrasts", lambda data: {name: (tiny(a), tiny(b)) for name, (a, b) in whole(data).items()})


def test_each_pair_differs_in_what_its_name_says() -> None:
    data = load(contrasts.SOURCE)
    pairs = contrasts.contrasts(data)
    without, having = pairs["dropout of 0.5"]
    assert {n for n in having.settings if having.settings[n] != without.settings.get(n)} == {"dropout"}
    for name in ("shifts and rotations, dense", "shifts and rotations, convolutional"):
        still, moved = pairs[name]
        assert {n: v for n, v in moved.settings.items() if v != still.settings.get(n)} == {"augmentation": contrasts.MOVED}
    dense, conv = pairs["convolution"]
    counts = [MODELS[r.model].parameters(r, data) for r in (dense, conv)]
    assert abs(counts[0] / counts[1] - 1) < 0.01


@pytest.mark.usefixtures("_small")
def test_terms_are_those_of_the_runs_and_nothing_is_trained_twice(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert contrasts.run_contrasts(store, draws=0) == []
        assert contrasts.run_contrasts(store, draws=3, train=False) == []
        found = {c.name: c for c in contrasts.run_contrasts(store, draws=3)}
        keys = store.keys()
        contrasts.run_contrasts(store, draws=3)
        assert store.keys() == keys
        runs = [r for r in store.runs(sorted(keys)) if (r.recipe, r.size) == ("convnet", 20)]
    assert len(found) == 4
    conv = found["convolution"]
    assert (conv.sizes, conv.draws) == ((10, 20), 3)
    wrong = 1 - np.mean([r.scores["accuracy"] for r in runs])
    assert conv.terms["zero-one", "loss", 20][1].estimate == pytest.approx(wrong)
    change = conv.change("squared", "variance", 20)
    before, after = conv.terms["squared", "variance", 20]
    assert change.estimate == pytest.approx(after.estimate - before.estimate)
    both = [conv.change("zero-one", "bias", n).estimate for n in (10, 20)]
    assert conv.mean_change("zero-one", "bias").estimate == pytest.approx(np.mean(both))


@pytest.mark.usefixtures("_small")
def test_a_study_of_any_models_answers_claim_12_where_it_is_asked(tmp_path: Path) -> None:
    asked = {"models": ["logistic"], "train_sizes": [10], "draws": 2, "jobs": 1}
    reproduce(tmp_path, **asked)  # type: ignore[arg-type]
    assert json.loads((tmp_path / "summary.json").read_text())["claims"] == []
    done = reproduce(tmp_path, variance=3, **asked)  # type: ignore[arg-type]
    assert set(done.answers) == {12}
    page = (tmp_path / "report.html").read_text()
    assert "Claim 12" in page
    assert "--variance 3" in page.split("Make it again")[1]
    assert set(report_again(tmp_path).answers) == {12}
    with sqlite3.connect(tmp_path / "study.sqlite") as kept:  # as where it was stopped half-way
        kept.execute("delete from runs where recipe = 'convnet, moved' and size = 20 and repeat = 0")
    assert report_again(tmp_path).answers == {}


def test_too_few_draws_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 3 draws of each size, got 2"):
        reproduce(tmp_path / "no", models=["single-pixel"], train_sizes=[10], variance=2)
    assert not (tmp_path / "no").exists()


def test_a_mean_over_sizes_is_cut_to_as_many_draws() -> None:
    a, b = stats.Term(np.array([0.0, 1.0]), np.array([0.5, 0.5, 0.5])), stats.Term(np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    mean = stats.mean_term([a, b])
    assert mean.estimate == 0.75
    np.testing.assert_allclose(mean.without, [0.75, 0.75])


def test_a_size_with_more_draws_is_no_surer_for_the_cut() -> None:
    rng, constant = np.random.default_rng(0), np.zeros(50)
    variances = []
    for _ in range(400):
        values = rng.normal(size=10)
        without = (values.sum() - values) / 9  # leave-one-out means: the jackknife's variance is s² / 10
        cut = stats.mean_term([stats.Term(constant, without), stats.Term(constant, np.zeros(3))])
        low, high = stats.term_interval(cut)[1:]
        variances.append(((high - low) / scipy_stats.t.ppf(0.975, 2)) ** 2)  # twice the half, as a mean of two sizes halves it
    assert np.mean(variances) == pytest.approx(0.1, rel=0.15)
