"""From two recipes to hybrids, from their scores to shares and to the smallest repair."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from bigenough.errors import BigenoughError, InputError
from bigenough.explanation import (
    Design,
    Explained,
    Lattice,
    choose,
    explain_runs,
    make_design,
    make_lattice,
    retest,
    score_table,
)
from bigenough.explanation.design import MOST_HYBRIDS
from bigenough.explanation.lattice import merge_until_possible
from bigenough.formats import percent
from bigenough.recipes import recipe_from
from bigenough.registry import MODELS
from bigenough.types import Floats, Recipe, Run
from tests.helpers import digits, hand_made_run, labelled

MANY = (
    "mlp,hidden=[64],dropout=0.1,output=sigmoid,optimizer=rmsprop,learning_rate=0.1,decay=0.01,batch_size=8,"
    "epochs=50,init=he_normal,weight_decay=0.01,input_scaling=standard"
)


def lattice_of(a: str, b: str, size: int = 40) -> Lattice:
    return make_lattice(recipe_from(a), recipe_from(b), digits(), size)


def words(lattice: Lattice) -> list[str]:
    return [str(change) for change in lattice.changes]


def test_the_two_networks_of_2017_differ_in_eight_settings() -> None:
    lattice = lattice_of("leek-mlp", "mlp")
    assert words(lattice) == [
        "hidden [160,160,160,160,160] → [128,128]", "activation tanh → relu", "dropout 0.0 → 0.5", "optimizer sgd → adam",
        "learning_rate 0.005 → 0.001", "decay 0.99 → 0.0", "batch_size 1 → 32", "updates 800 → 400",
    ]  # fmt: skip
    assert "leek-mlp makes 800 and mlp 400" in lattice.notes[0]


def test_a_change_of_the_batch_leaves_the_updates() -> None:
    lattice = lattice_of("leek-mlp", "mlp")
    batch = next(i for i, change in enumerate(lattice.changes) if change.name == "batch_size")
    settings = lattice.hybrid(1 << batch).settings
    assert (settings["batch_size"], settings["max_updates"]) == (32, 800)
    assert "epochs" not in settings
    at_ten = lattice_of("leek-mlp", "mlp", size=10)  # 200 updates either way
    assert "updates" not in [change.name for change in at_ten.changes]
    assert len(at_ten.changes) == 7


def test_epochs_stay_epochs_where_the_batches_are_equal() -> None:
    assert words(lattice_of("mlp", "mlp,epochs=20")) == ["epochs 200 → 20"]
    assert words(lattice_of("mlp", "relu-mlp,dropout=0.5,input_scaling=none")) == [
        "updates 400 → until converged, 5,000 at most"
    ]


def test_what_says_when_a_training_has_converged_is_named() -> None:
    assert words(lattice_of("relu-mlp", "relu-mlp,tol=0.01,patience=3")) == [
        "updates tol 0.0001 and patience 10 → tol 0.01 and patience 3"
    ]


def test_the_ends_are_the_two_recipes() -> None:
    lattice = lattice_of("leek-mlp", MANY)
    for mask, end in ((0, "leek-mlp"), (lattice.everything, MANY)):
        hybrid, whole = lattice.hybrid(mask), recipe_from(end)
        for setting in ("hidden", "activation", "output", "optimizer", "learning_rate", "batch_size"):
            assert hybrid.settings[setting] == whole.settings[setting]
        assert hybrid.settings.get("dropout", 0.0) == whole.settings["dropout"]
        assert hybrid.settings.get("init") == whole.settings.get("init")
    assert lattice.hybrid(0).name == "leek-mlp"


def test_every_hybrid_is_another_recipe() -> None:
    lattice = lattice_of("leek-mlp", "mlp")
    hybrids = [lattice.hybrid(mask) for mask in range(lattice.everything + 1)]
    assert len({hybrid.name for hybrid in hybrids}) == len({str(h.to_json()["settings"]) for h in hybrids}) == 256


def test_an_optimiser_s_own_constants_go_with_it() -> None:
    lattice = lattice_of("mlp", "mlp,optimizer=sgd,momentum=0.9")
    assert words(lattice) == ["optimizer adam → sgd"]
    assert lattice.hybrid(1).settings["momentum"] == 0.9
    assert words(lattice_of("mlp,optimizer=sgd", "mlp,optimizer=sgd,momentum=0.9")) == ["momentum 0.0 → 0.9"]


def test_other_layers_are_changed_at_once_and_other_models_as_a_whole() -> None:
    lattice = lattice_of("mlp,epochs=3", "cnn")
    assert words(lattice) == ["architecture mlp,epochs=3 → cnn", "epochs 3 → 200"]
    one = lattice.hybrid(1)
    assert (one.model, one.settings["epochs"]) == ("cnn", 3)
    assert "hidden" not in one.settings
    assert "layers of different kinds" in lattice.notes[0]
    whole = lattice_of("leekasso", "mlp")
    assert [change.name for change in whole.changes] == ["model"]
    assert "share no setting" in whole.notes[0]
    assert whole.hybrid(1).settings == MODELS["mlp"].recipe.settings


def test_h2o_is_followed_into_ours_and_what_it_cannot_have_changes_with_the_framework() -> None:
    lattice = lattice_of("h2o-deeplearning", "leek-mlp")
    assert words(lattice)[0] == "framework H2O → ours"
    assert {"optimizer", "decay", "input_scaling", "threshold"} <= {change.name for change in lattice.changes}
    ours = lattice.hybrid(1)
    assert ours.model == "mlp"
    assert ours.settings["optimizer"] == "adadelta"
    assert ours.settings["threshold"] == "max_f1"
    assert "elastic_averaging" not in ours.settings
    theirs = lattice.hybrid(lattice.everything ^ 1)
    assert theirs.model == "h2o-deeplearning"
    assert theirs.settings["input_scaling"] == "none"
    to_adam = lattice_of("h2o-deeplearning", "mlp")
    assert to_adam.changes[0].name == "framework and optimizer"
    assert "H2O cannot have optimizer 'adam'" in to_adam.notes[0]


def test_a_linear_model_s_settings_are_changes_too() -> None:
    assert words(lattice_of("leekasso-lm", "leekasso")) == ["statistic equal-variance-f → welch-t", "solver lm → liblinear"]


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ("mlp", "mlp", "mlp and mlp do not differ in any setting that changes a result"),
        ("mlp", "mlp,checkpoints=geometric", "do not differ"),
        ("mlp", "mlp,decay=0", "do not differ"),
    ],
)
def test_nothing_to_explain(a: str, b: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        lattice_of(a, b)


def test_a_recipe_that_does_not_suit_the_data_is_refused() -> None:
    with pytest.raises(InputError, match="one output, for two classes; these data have 3"):
        make_lattice(recipe_from("mlp"), recipe_from("r-mlp"), labelled([20, 20, 20], [6, 6, 6]), 12)


def test_changes_that_cannot_be_made_apart_are_made_together() -> None:
    lattice = lattice_of("leek-mlp", "mlp")

    def problem(recipe: Recipe) -> str:
        relu, adam = recipe.settings["activation"] == "relu", recipe.settings["optimizer"] == "adam"
        return "it needs the other" if relu != adam else ""

    merged, notes = merge_until_possible(lattice, problem)
    assert len(merged.changes) == 7
    assert not any(problem(merged.hybrid(mask)) for mask in range(merged.everything + 1))
    assert merged.hybrid(merged.everything).settings == lattice.hybrid(lattice.everything).settings
    assert len(notes) == 1
    assert notes[0].startswith("activation and optimizer are changed together, since not every hybrid can be: it needs")


def test_up_to_eight_changes_all_hybrids_are_trained_and_above_about_as_many() -> None:
    assert make_design(lattice_of("leek-mlp", "mlp")).masks == tuple(range(256))
    lattice = lattice_of("leek-mlp", MANY)
    design = make_design(lattice)
    k = len(lattice.changes)
    assert k == 12
    assert len(design.masks) <= MOST_HYBRIDS + 2
    assert {0, lattice.everything} <= set(design.masks)
    assert {mask for i in range(k) for mask in (1 << i, lattice.everything ^ 1 << i)} <= set(design.masks)
    again = make_design(lattice)
    assert again.masks == design.masks
    assert make_design(lattice, seed=1).masks != design.masks


def planted(design: Design, worth: Mapping[str, float], draws: int = 12, noise: float = 0.01, both: float = 0.0) -> Floats:
    """Scores in which each change has its worth, and the first two `both` more together; draws differ in level."""
    changes, rng = design.lattice.changes, np.random.default_rng(0)
    bits = np.array([[mask >> i & 1 for i in range(len(changes))] for mask in design.masks])
    mean = 0.5 + bits @ [worth.get(change.name, 0.0) for change in changes] + both * bits[:, 0] * bits[:, 1]
    return mean + rng.normal(0, 0.05, (draws, 1)) + rng.normal(0, noise, (draws, len(mean)))


WORTH = {"optimizer": 0.3, "decay": 0.08, "dropout": -0.02}


@pytest.mark.parametrize("b", ["mlp", MANY], ids=["all hybrids", "sampled orders"])
def test_shares_find_what_was_planted_and_add_up(b: str) -> None:
    design = make_design(lattice_of("leek-mlp", b))
    explained = explain_runs(design, planted(design, WORTH, both=0.1))
    assert sum(s.share.estimate for s in explained.shares) == pytest.approx(explained.gap.estimate, abs=1e-12)
    gaps = explained.scores[:, -1] - explained.scores[:, 0]
    np.testing.assert_allclose(sum(s.by_draw for s in explained.shares), gaps, atol=1e-12)
    assert sum(s.of_gap.estimate for s in explained.shares) == pytest.approx(1.0)
    for share in explained.shares:
        first_two = share.change in design.lattice.changes[:2]
        truth = WORTH.get(share.change.name, 0.0) + (0.05 if first_two else 0.0)
        assert share.share.estimate == pytest.approx(truth, abs=0.01)
        assert share.alone_on_a.estimate == pytest.approx(truth - 0.05 * first_two, abs=0.02)
        assert share.alone_on_b.estimate == pytest.approx(truth + 0.05 * first_two, abs=0.02)
    assert explained.by_size[0].change.name == "optimizer"
    if design.orders is None:
        largest = explained.pairs[0]
        assert {largest.one, largest.other} == set(design.lattice.changes[:2])
        assert largest.excess.low < 0.1 < largest.excess.high
        assert abs(explained.pairs[1].excess.estimate) < 0.03
    else:
        assert explained.pairs == ()


def found_with(worth: Mapping[str, float], noise: float = 0.01) -> Explained:
    design = make_design(lattice_of("leek-mlp", "mlp"))
    return explain_runs(design, planted(design, worth, noise=noise))


def test_the_fewest_changes_that_close_the_gap() -> None:
    repair = choose(found_with(WORTH))
    assert repair is not None
    assert repair.worse == "a"
    assert [str(c) for c in repair.changes] == ["optimizer sgd → adam", "decay 0.99 → 0.0"]
    assert repair.closed.estimate > 0.9
    assert len(repair.without) == 2
    assert repair.others == ()
    either = choose(found_with({"decay": 0.2, "optimizer": 0.19, "dropout": -0.19}))
    assert either is not None
    assert [c.name for c in either.changes] == ["decay"]
    assert [[c.name for c in other] for other in either.others] == [["optimizer"]]
    one = choose(found_with({"decay": 0.2}))
    assert one is not None
    assert [c.name for c in one.changes] == ["decay"]
    assert one.without == ()


def test_where_the_first_recipe_is_better_the_second_is_mended() -> None:
    repair = choose(found_with({"optimizer": -0.3}))
    assert repair is not None
    assert repair.worse == "b"
    assert [str(c) for c in repair.changes] == ["optimizer adam → sgd"]


def test_no_gap_no_repair() -> None:
    assert choose(found_with({}, noise=0.05)) is None


def on_fresh_draws(gap: float, gain: float, noise: float = 0.01, draws: int = 20) -> str:
    explained = found_with({"optimizer": 0.3})
    repair = choose(explained)
    assert repair is not None
    rng, lattice = np.random.default_rng(1), explained.design.lattice
    level = rng.normal(0.5, 0.05, draws)
    scores = {
        0: level, lattice.everything: level + gap + rng.normal(0, noise, draws),
        repair.mask: level + gain + rng.normal(0, noise, draws),
    }  # fmt: skip
    tested = retest(repair, lattice, scores)
    assert tested.draws == draws
    assert tested.closed.estimate == pytest.approx(tested.gain.estimate / tested.gap.estimate)
    return tested.outcome


def test_a_repair_is_tested_on_draws_that_did_not_choose_it() -> None:
    assert on_fresh_draws(gap=0.3, gain=0.3) == "confirmed"
    assert on_fresh_draws(gap=0.3, gain=0.15) == "falls short"
    assert on_fresh_draws(gap=0.3, gain=0.0) == "falls short"
    assert on_fresh_draws(gap=0.01, gain=0.0, noise=0.1) == "cannot tell"
    assert on_fresh_draws(gap=0.3, gain=0.2, noise=0.12, draws=5) == "cannot tell"  # it gains, but may close a third of it


def test_what_each_change_of_a_repair_is_needed_for() -> None:
    explained = found_with(WORTH)
    repair = choose(explained)
    assert repair is not None
    masks = repair.masks(explained.design.lattice)
    rows = planted(explained.design, WORTH, draws=30)
    tested = retest(repair, explained.design.lattice, {m: rows[:, m] for m in masks})
    assert [i.estimate for i in tested.needed] == pytest.approx([0.3, 0.08], abs=0.01)


GUESS = MODELS["majority"].recipe
RECIPES = [recipe_from("leek-mlp"), recipe_from("leek-mlp,activation=relu")]


def runs_of(failing: set[tuple[int, int]]) -> list[Run]:
    made = [hand_made_run(GUESS.name, 10, d, 0.55) for d in range(3)]
    for i, recipe in enumerate(RECIPES):
        for d in range(3):
            run = hand_made_run(recipe.name, 10, d, 0.8 + 0.1 * i)
            if (i, d) in failing:
                run = dataclasses.replace(run, status="failed", error="training diverged", scores={"accuracy": float("nan")})
            made.append(run)
    return made


def test_a_fit_that_failed_counts_as_a_guess_and_is_said() -> None:
    table = score_table(runs_of({(1, 1)}), RECIPES, GUESS, "accuracy")
    np.testing.assert_allclose(table.values, [[0.8, 0.9], [0.8, 0.55], [0.8, 0.9]])
    assert table.draws == (0, 1, 2)
    assert table.notes[0].startswith("1 of 6 fits failed (training diverged). Each counts as a rule that guesses")


def test_draws_that_lack_a_hybrid_do_not_count() -> None:
    runs = [run for run in runs_of(set()) if (run.recipe, run.repeat) != (RECIPES[0].name, 2)]
    assert score_table(runs, RECIPES, GUESS, "accuracy").draws == (0, 1)


def test_a_recipe_that_never_works_cannot_be_explained() -> None:
    with pytest.raises(BigenoughError, match="no fit of leek-mlp came to anything: training diverged"):
        score_table(runs_of({(0, 0), (0, 1), (0, 2)}), RECIPES, GUESS, "accuracy")


def test_a_metric_that_a_recipe_has_not() -> None:
    runs = [dataclasses.replace(run, scores={"roc_auc": float("nan")}) for run in runs_of(set())]
    with pytest.raises(BigenoughError, match="roc_auc cannot be had of leek-mlp"):
        score_table(runs, RECIPES, GUESS, "roc_auc")


def test_a_share_below_none_has_a_minus() -> None:
    assert [percent(share) for share in (-0.218, 0.5, np.nan)] == ["−21.8 %", "50.0 %", "–"]
