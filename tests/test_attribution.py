"""Attribution and repair on scores made by hand: what moves, what it means, and when it cannot be told."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import numpy as np
import pytest

from bigenough.diagnosis.arms import ARMS, Arm, NothingToChangeError, Seen
from bigenough.diagnosis.attribution import LEAST_GAIN, attribute, behind, effects_of, uses_inputs
from bigenough.diagnosis.measured import NO_TIME, Measured
from bigenough.diagnosis.repair import differences
from bigenough.recipes import recipe_from
from bigenough.stats import Components, components, interval_over_draws, p_over_draws
from bigenough.types import Floats

DRAWS = 8
NOISE = 0.004 * np.sin(np.arange(DRAWS) * 2.3)
NAMES = [arm.name for arm in ARMS if arm.data is None]


def measured(base: float = 0.8, *, simple: float = 0.8, train: float = 0.9, zeroed: float = 0.5, **gains: float) -> Measured:
    """A network at this score, and arms that gain so much on every draw; what is not named gains nothing."""
    by_name = {name.replace("_", " "): gain for name, gain in gains.items()}
    unknown = set(by_name) - set(NAMES)
    assert not unknown, unknown

    def scores(mean: float, phase: int = 0) -> dict[Any, Any]:
        return {part: mean + np.roll(NOISE, phase + k) for k, part in enumerate(("convergence", "test"))}

    arms = {name: scores(base + by_name.get(name, 0.0), i % 5) for i, name in enumerate(NAMES)}
    losses = {name: -0.1 if by_name.get(name, 0) > 0 else 0.0 for name in NAMES}
    network, logistic = scores(base), scores(simple, 3)
    compared = {name: parts_of(of["test"] - network["test"]) for name, of in {**arms, "logistic": logistic}.items()}
    return Measured(
        metric="accuracy", network=network, arms={**arms, "inputs zeroed": scores(zeroed, 2)}, train_loss=losses,
        train_accuracy=train, held_out_accuracy=base, references={"logistic": logistic}, compared=compared, resolution=0.001,
        left_out={},
    )  # fmt: skip


def parts_of(gains: Floats, *, items: int = 1000, crossed: bool = False) -> Components:
    """Gains of every draw, to which all its test rows contribute alike."""
    return components(np.repeat(gains[:, None], items, axis=1), overlap=0.0, crossed=crossed)


@pytest.mark.parametrize(
    ("gains", "suspects", "cause", "name"),
    [
        ({"updates_x_10": 0.1}, {}, "too-few-updates", "updates x 10"),
        ({"rate_x_3": 0.06, "rate_x_10": 0.1, "network_larger": 0.1}, {}, "rate-too-low", "rate x 10"),
        ({"rate_x_3": 0.09, "rate_x_10": 0.1}, {}, "rate-too-low", "rate x 3"),  # the smaller change that does as well
        ({"rate_/_3": 0.1}, {}, "rate-too-high", "rate / 3"),
        ({"inputs_scaled": 0.1, "rate_/_10": 0.09}, {}, "inputs-badly-scaled", "inputs scaled"),
        ({"rate_schedule_removed": 0.2, "updates_x_10": 0.18}, {}, "rate-decayed", "rate schedule removed"),
        ({"dropout_lowered": 0.2, "regularisation_off": 0.22, "updates_x_10": 0.2}, {}, "over-regularised", "dropout lowered"),
        ({"updates_x_10": 0.1, "rate_x_10": 0.1}, {"too-few-updates": 1.0}, "too-few-updates", "updates x 10"),
        ({"updates_x_10": 0.1, "rate_x_10": 0.1}, {"rate-too-low": 1.0}, "rate-too-low", "rate x 10"),
        # the lesser change does as well: that the curves are slow does not say why
        ({"inputs_scaled": 0.08, "updates_x_10": 0.09}, {"too-few-updates": 1.0}, "inputs-badly-scaled", "inputs scaled"),
        ({"network_larger": 0.1}, {}, "underfitting", "network larger"),
        ({"most_probable_class_taken": 0.1, "updates_x_10": 0.1}, {}, "decision-threshold", "most probable class taken"),
        ({"dropout_lowered": 0.2, "network_larger": 0.2}, {"underfitting": 0.9}, "over-regularised", "dropout lowered"),
        ({"threshold_by_F1": 0.1, "dropout_lowered": 0.1}, {}, "over-regularised", "dropout lowered"),
    ],
)
def test_the_cause_is_what_moves_the_score(gains: dict[str, float], suspects: dict[str, float], cause: str, name: str) -> None:
    said = attribute(measured(**gains), suspects)
    assert (said.outcome, said.causes) == ("confirmed", (cause,))
    assert said.best is not None
    assert said.best.arm.name == name
    assert said.best.gain.low > 0


def test_several_that_do_equally_cannot_be_told_apart() -> None:
    said = attribute(measured(updates_x_10=0.1, rate_x_10=0.1), {})
    assert said.outcome == "cannot tell"
    assert set(said.causes) == {"too-few-updates", "rate-too-low"}
    assert "'updates x 10'" in said.reason


def test_a_threshold_by_f1_is_not_named_where_another_change_could_not_be_tried() -> None:
    tried = measured(threshold_by_F1=0.1)
    assert attribute(tried, {}).outcome == "confirmed"
    said = attribute(dataclasses.replace(tried, left_out={**tried.left_out, "rate x 10": NO_TIME}), {})
    assert (said.outcome, said.causes) == ("cannot tell", ("decision-threshold",))
    assert said.reason == "there was no time to see whether a change of training does as well as threshold by F1"
    usual = dataclasses.replace(measured(most_probable_class_taken=0.1), left_out={"rate x 10": NO_TIME})
    assert attribute(usual, {}).outcome == "confirmed"


def test_a_rate_is_not_named_where_more_updates_could_not_be_tried() -> None:
    tried = measured(rate_x_10=0.1)
    cut_short = dataclasses.replace(tried, left_out={**tried.left_out, "updates x 10": NO_TIME})
    said = attribute(cut_short, {})
    assert (said.outcome, said.causes) == ("cannot tell", ("rate-too-low", "too-few-updates"))
    assert said.reason == "there was no time to see whether more updates do as well as rate x 10"
    assert attribute(cut_short, {"rate-too-low": 1.0}).causes == ("rate-too-low",)  # the curves decide, as they would then
    assert attribute(tried, {}).outcome == "confirmed"


def test_training_ever_longer_makes_up_for_a_low_rate() -> None:
    """It may gain more than the change of the rate; the curves say which of the two was wrong."""
    gains = {"rate_x_3": 0.08, "rate_x_10": 0.3, "updates_x_10": 0.3, "trained_until_converged": 0.5}
    slow = attribute(measured(**gains), {"rate-too-low": 1.0})
    assert (slow.outcome, slow.causes) == ("confirmed", ("rate-too-low",))
    assert slow.best is not None
    assert slow.best.arm.name == "rate x 10"
    assert attribute(measured(**gains), {}).causes == ("too-few-updates",)
    gains["trained_until_converged"] = gains["updates_x_10"] = 0.0
    assert attribute(measured(**gains, network_larger=0.6), {"rate-too-low": 1.0}).causes == ("underfitting",)


def test_a_rule_alone_confirms_nothing() -> None:
    assert attribute(measured(), {"too-few-updates": 1.0, "overfitting": 1.0}).outcome == "nothing found"


def test_nothing_moves_and_a_simple_model_is_better() -> None:
    said = attribute(measured(simple=0.9), {})
    assert said.outcome == "cannot tell"
    assert said.causes == ()
    assert "logistic, which of the simple models does best on the rows to choose by, is better by +10.0 [" in said.reason
    stuck = attribute(measured(simple=0.9, zeroed=0.8), {})
    assert stuck.causes == ("stuck-at-chance",)
    broken = attribute(measured(simple=0.9, zeroed=0.8), {"non-finite": 0.9})
    assert broken.causes == ("non-finite",)
    assert broken.reason.endswith("in 90 % of its trainings the loss was no number in the end")


def test_a_gain_not_worth_it_is_none() -> None:
    assert attribute(measured(updates_x_10=LEAST_GAIN / 2), {}).outcome == "nothing found"


def test_a_gain_on_the_choosing_rows_alone_is_none() -> None:
    lucky = measured()
    arm: Any = {"convergence": lucky.network["convergence"] + 0.1, "test": lucky.network["test"]}
    assert attribute(dataclasses.replace(lucky, arms={**lucky.arms, "updates x 10": arm}), {}).outcome == "nothing found"


def test_regularisation_that_helps_an_unfitted_network_is_no_overfitting() -> None:
    assert attribute(measured(0.7, train=1.0, dropout_raised=0.1), {}).causes == ("overfitting",)
    assert attribute(measured(0.7, train=0.71, dropout_raised=0.1), {}).outcome != "confirmed"


def test_more_updates_that_do_not_train_better_are_no_convergence() -> None:
    odd = measured(updates_x_10=0.1)
    odd = dataclasses.replace(odd, train_loss={**odd.train_loss, "updates x 10": 0.2})
    assert attribute(odd, {}).outcome == "nothing found"


def test_a_lower_rate_that_trains_less_is_no_cure_of_the_rate() -> None:
    """It stops early in another way: what helps against learning by heart says so."""
    by_heart = measured(0.7, train=1.0, **{"rate_/_10": 0.1, "dropout_raised": 0.1})
    assert attribute(by_heart, {}).causes == ("rate-too-high",)  # as long as it also fits the training rows better
    by_heart = dataclasses.replace(by_heart, train_loss={**by_heart.train_loss, "rate / 10": 0.3})
    assert attribute(by_heart, {}).causes == ("overfitting",)


def test_suspects_need_less() -> None:
    """The same gain: Holm's rule over all arms denies it, over the suspected ones it does not."""
    weak = measured()
    gains = np.array([0.08, 0.0, 0.06, 0.01, 0.09, 0.0, 0.07, 0.01])
    arm: Any = {part: weak.network[part] + gains for part in ("convergence", "test")}
    weak = dataclasses.replace(weak, arms={**weak.arms, "updates x 10": arm})
    p = {
        bool(s): next(e.p_choosing for e in effects_of(weak, s) if e.arm.name == "updates x 10")
        for s in ({}, {"too-few-updates": 1.0})
    }
    assert p[True] < 0.05 < p[False]


def test_rows_that_chose_confirm_with_regard_to_all_that_was_tried() -> None:
    """The same gain on 80 rows: enough where they chose nothing; not where the best of many changes was chosen by them."""
    rng = np.random.default_rng(1)
    base = measured(updates_x_10=0.1)
    rows = np.tile(rng.permutation(np.repeat([1.0, 0.0], [8, 72])), (DRAWS, 1))
    outcomes = {}
    for crossed in (False, True):
        parts = components(rows, overlap=0.5 * crossed, crossed=crossed)
        said = attribute(dataclasses.replace(base, compared={**base.compared, "updates x 10": parts}), {})
        effect = next(e for e in said.effects if e.arm.name == "updates x 10")
        assert effect.gain.low > 0
        outcomes[crossed] = said.outcome
    assert outcomes == {False: "confirmed", True: "nothing found"}
    other = {name: parts_of(np.zeros(DRAWS), crossed=True) for name in base.compared}
    clear = components(np.tile(np.repeat([1.0, 0.0], [30, 50]), (DRAWS, 1)), overlap=0.5, crossed=True)
    said = attribute(dataclasses.replace(base, compared={**other, "updates x 10": clear}), {})
    assert said.causes == ("too-few-updates",)


def test_no_time_for_any_change_is_not_nothing_found() -> None:
    none = dataclasses.replace(measured(), arms={}, left_out=dict.fromkeys(NAMES, NO_TIME))
    assert attribute(none, {}).outcome == "cannot tell"
    few = dataclasses.replace(measured(), left_out=dict.fromkeys(NAMES[1:], NO_TIME))
    few = dataclasses.replace(few, arms={NAMES[0]: few.arms[NAMES[0]]})
    said = attribute(few, {})
    assert (said.outcome, said.reason) == ("cannot tell", f"the budget of time reached for 1 of {len(NAMES)} changes")


def test_behind_and_inputs() -> None:
    assert behind(measured(simple=0.82)) is None
    found = behind(measured(simple=0.9))
    assert found is not None
    assert found[1].estimate == pytest.approx(0.1, abs=0.01)
    assert uses_inputs(measured()) is True
    assert uses_inputs(measured(zeroed=0.8)) is False


def test_p_is_below_a_fortieth_just_when_the_interval_is_above_0() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.normal(0.01, 0.02, rng.integers(3, 12))
        low = interval_over_draws(values, resolution=0.01).low
        assert (p_over_draws(values, resolution=0.01) < 0.025) == (low > 0)
    assert p_over_draws(np.zeros(5)) == 1.0
    assert p_over_draws(np.ones(5)) == 0.0
    assert np.isnan(p_over_draws(np.ones(1)))


SETTINGS: dict[str, Any] = {
    "hidden": [32, 8], "activation": "relu", "dropout": 0.9, "learning_rate": 0.01, "decay": 0.5, "epochs": 3, "threshold": 0.9,
    "weight_decay": 0.1, "input_scaling": "none",
}  # fmt: skip
EVERYTHING = frozenset(need for arm in ARMS for need in arm.needs)
SEEN = Seen(updates=12, ended=False, n_classes=2)


def change(name: str, settings: dict[str, Any] = SETTINGS, seen: Seen = SEEN) -> dict[str, Any]:
    return next(arm for arm in ARMS if arm.name == name).changes(settings, EVERYTHING, seen)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("updates x 10", {"epochs": 30}),
        ("rate x 3", {"learning_rate": 0.03}),
        ("rate / 10", {"learning_rate": 0.001}),
        ("rate schedule removed", {"decay": 0.0}),
        ("inputs scaled", {"input_scaling": "standard"}),
        ("dropout lowered", {"dropout": 0.5}),
        ("regularisation off", {"dropout": 0.0, "weight_decay": 0.0}),
        ("dropout raised", {"dropout": 0.95}),
        ("weight decay raised", {"weight_decay": 1.0}),
        ("network larger", {"hidden": [128, 32]}),
        ("network smaller", {"hidden": [8, 4]}),
        ("most probable class taken", {"threshold": "half"}),
        ("threshold by F1", {"threshold": "max_f1"}),
        ("best weights kept", {"keep": "best"}),
    ],
)
def test_arms_change_one_thing(name: str, expected: dict[str, Any]) -> None:
    assert change(name) == expected


def test_standardised_columns_that_are_not_clipped_can_be() -> None:
    arm = next(arm for arm in ARMS if arm.name == "inputs scaled")
    assert arm.change({"input_scaling": "columns-unclipped"}, SEEN) == {"input_scaling": "columns"}


@pytest.mark.parametrize(
    ("name", "settings", "seen", "says"),
    [
        ("updates x 10", SETTINGS, Seen(12, True, 2), "ended by its own rule"),
        ("rate schedule removed", {**SETTINGS, "decay": 0.0}, SEEN, "constant"),
        ("inputs scaled", {**SETTINGS, "input_scaling": "columns"}, SEEN, "scaled already"),
        ("dropout lowered", {**SETTINGS, "dropout": [0.2, 0.5]}, SEEN, "no dropout above 0.5"),
        ("regularisation off", {"learning_rate": 1}, SEEN, "neither"),
        ("threshold by F1", SETTINGS, Seen(12, False, 3), "two classes"),
        ("most probable class taken", {**SETTINGS, "threshold": "half"}, SEEN, "most probable class is taken"),
        ("network smaller", {"hidden": [4]}, SEEN, "as small as they can be"),
        ("inputs zeroed", SETTINGS, Seen(12, False, 2, mixed=True), "no zero"),
    ],
)
def test_arms_say_why_they_do_not_apply(name: str, settings: dict[str, Any], seen: Seen, says: str) -> None:
    with pytest.raises(NothingToChangeError, match=says):
        change(name, settings, seen)


@pytest.mark.parametrize(("step", "factors"), [(1e-3, []), (5e-5, [100]), (5e-6, [100, 1000]), (float("nan"), [])])
def test_far_higher_rates_are_for_tiny_steps(step: float, factors: list[int]) -> None:
    seen, constant, tried = dataclasses.replace(SEEN, step=step), {**SETTINGS, "decay": 0.0}, []
    for factor in (100, 1000):
        with contextlib.suppress(NothingToChangeError):
            assert change(f"rate x {factor}", constant, seen) == {"learning_rate": 0.01 * factor}
            tried.append(factor)
        with pytest.raises(NothingToChangeError, match="the schedule made them so"):
            change(f"rate x {factor}", SETTINGS, seen)
    assert tried == factors


def test_what_cannot_be_varied_is_not_guessed() -> None:
    arm: Arm = next(arm for arm in ARMS if arm.name == "dropout raised")
    with pytest.raises(NothingToChangeError, match="dropout cannot be varied in this model"):
        arm.changes(SETTINGS, {"learning_rate"}, SEEN)


def test_arms_stand_in_order_of_their_size() -> None:
    costs = [arm.cost for arm in ARMS if arm.data is None and arm.cost >= 1]
    assert costs == sorted(costs)
    assert len({arm.name for arm in ARMS}) == len(ARMS)


def test_a_repair_is_a_difference_of_settings() -> None:
    assert differences(recipe_from("mlp,dropout=0.9"), {"dropout": 0.5}) == ("dropout 0.9 -> 0.5",)
    assert differences(recipe_from("mlp"), {"keep": "best", "decay": 0.0}) == ("keep last -> best",)
    long = {**change("trained until converged"), "keep": "best"}
    said = ("epochs 200 -> until the loss is at rest, at most 5,000 updates", "keep last -> best")
    assert differences(recipe_from("mlp"), long) == said
