"""Every rule finds its planted cause, passes what is well, and says when it cannot tell."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any

import numpy as np
import pytest

from bigenough.registry import RULES
from bigenough.rules import Evidence, Rule, check_all
from bigenough.types import Finding
from tests.rules import FOUND, NOT_APPLICABLE, PASSED, UPDATES, evidence, falling, like_healthy


def listed(cases: dict[str, list[Evidence]]) -> list[object]:
    return [pytest.param(code, case, id=f"{code}-{i}") for code, many in cases.items() for i, case in enumerate(many)]


@pytest.mark.parametrize("cases", [FOUND, PASSED, NOT_APPLICABLE], ids=["found", "passed", "not applicable"])
def test_every_rule_has_its_cases(cases: dict[str, object]) -> None:
    assert set(cases) == set(RULES)


@pytest.mark.parametrize(("code", "case"), listed(FOUND))
def test_finds_its_cause(code: str, case: Evidence) -> None:
    found = RULES[code].check(case)
    assert found.outcome == "found", found.explanation


@pytest.mark.parametrize(("code", "case"), listed(PASSED))
def test_passes_what_is_well(code: str, case: Evidence) -> None:
    found = RULES[code].check(case)
    assert found.outcome == "passed", found.explanation


@pytest.mark.parametrize("code", list(NOT_APPLICABLE))
def test_says_when_it_cannot_tell(code: str) -> None:
    case, says = NOT_APPLICABLE[code]
    found = RULES[code].check(case)
    assert found.outcome == "not applicable", found.explanation
    assert says in found.explanation


def test_a_gap_that_nothing_is_known_to_close_is_not_judged() -> None:
    """Training rows by heart, held-out rows far below and never better: without a simple model that may be all there is."""
    case = like_healthy(score=1.0, held_out_score=0.6, held_out_loss=0.7, baseline=None)
    found = RULES["overfitting"].check(case)
    assert found.outcome == "not applicable"
    assert "100.0 % on the training rows and at 60.0 % on the held-out rows" in found.explanation
    assert "simple model" in found.explanation


@pytest.mark.parametrize(("n", "outcome"), [(20, "not applicable"), (4, "passed")])
def test_a_gap_below_the_ceiling_is_not_judged_where_it_is_surely_there(n: int, outcome: str) -> None:
    case = like_healthy(score=0.9, held_out_score=0.5, held_out_loss=0.7, baseline=None, n_held_out=n, running=True)
    found = RULES["overfitting"].check(case)
    assert found.outcome == outcome
    assert ("simple model" in found.explanation) == (outcome == "not applicable")


def test_a_small_gap_is_judged() -> None:
    case = like_healthy(score=1.0, held_out_score=0.92, baseline=None)
    assert RULES["overfitting"].check(case).outcome == "passed"


@pytest.mark.parametrize("score", [None, 0.9])
def test_in_a_log_the_held_out_loss_shows_overfitting_too(score: float | None) -> None:
    """The training score of a log is a mean with dropout on, or missing; held-out rows got worse while training got better."""
    known: dict[str, Any] = {
        "score": score, "held_out_loss": 0.3 + 0.2 * np.log1p(UPDATES / 300),
        "held_out_score": 0.9 - 0.12 * np.log1p(UPDATES / 200), "n_held_out": 500, "n_classes": None, "chance": None,
    }  # fmt: skip
    log = evidence(falling(0.05), running=True, **known)
    assert RULES["overfitting"].check(log).outcome == "found"
    assert RULES["overconfident"].check(log).outcome == "not applicable"
    assert RULES["overfitting"].check(evidence(falling(0.05), **known)).outcome != "found"


def test_units_of_a_network_whose_loss_never_was_a_number_are_not_judged() -> None:
    """All of its units look idle, but it is no saturation that broke it."""
    idle: dict[str, Any] = {"columns": {"idle_share": 1.0}, "settings": {"activation": "tanh"}}
    broken = evidence(score=0.5, **idle)
    assert RULES["non-finite"].check(broken).outcome == "found"
    assert RULES["saturated-units"].check(broken).outcome == "not applicable"
    assert RULES["saturated-units"].check(evidence(falling(0.69), score=0.5, **idle)).outcome == "found"


def test_scores_alone_that_fall_do_not_pass() -> None:
    """No loss, and training rows that are not all right: where they got better meanwhile, they are learnt by heart."""
    fell: dict[str, Any] = {
        "held_out_score": 0.7 - 0.12 * np.log1p(UPDATES / 200),
        "n_held_out": 500,
        "n_classes": None,
        "chance": None,
    }
    rose = 0.6 + 0.04 * np.log1p(UPDATES / 200)
    found = RULES["overfitting"].check(evidence(score=rose, running=True, **fell))
    assert found.outcome == "found"
    assert "the training rows got better since" in found.explanation
    for score, running in ((0.9, True), (rose, False)):
        found = RULES["overfitting"].check(evidence(score=score, running=running, **fell))
        assert found.outcome == "not applicable"
        assert "a held-out loss would say" in found.explanation
    level = {**fell, "held_out_score": np.full(len(UPDATES), 0.7)}
    assert RULES["overfitting"].check(evidence(score=rose, running=True, **level)).outcome == "passed"


def test_the_best_checkpoint_is_where_the_loss_was_lowest() -> None:
    """Running medians are often alike at several checkpoints, of which the first may not be the best."""
    losses = np.array([1.9, 1.4, 1.2, 1.1, 1.3, 1.6, 1.9, 2.2])
    epochs = np.arange(1, len(losses) + 1)
    log = evidence(1 / epochs, held_out_loss=losses, updates=epochs, running=True, unit="epoch")
    found = RULES["overconfident"].check(log)
    assert found.outcome == "found"
    assert "lowest after 4 epochs" in found.explanation


def test_a_penalty_that_shrinks_is_no_training_cut_short() -> None:
    """All training rows right, held-out rows no better for long: the loss still falls, and more of the same helps nobody."""
    shrinking: dict[str, Any] = {"loss": 8.0 / np.sqrt(UPDATES), "held_out_loss": 0.4 + 8.0 / np.sqrt(UPDATES)}
    done = like_healthy(**shrinking, score=1.0, held_out_score=0.85)
    assert RULES["too-few-updates"].check(done).outcome == "passed"
    assert RULES["too-few-updates"].check(like_healthy(**shrinking, score=0.9, held_out_score=0.85)).outcome == "found"


def test_a_rate_that_is_gone_at_once_is_found() -> None:
    """Hardly any time passes, as the sum of the rates counts it, after the first updates: their noise is no trend."""
    rates = 0.05 * 0.5 ** (UPDATES / 30)
    travelled = np.cumsum(rates * np.diff(UPDATES, prepend=0))
    noise = np.random.default_rng(0).normal(0, 0.001, len(UPDATES))
    loss = np.log(2) - 0.1 * travelled / travelled[-1] + noise
    curve: dict[str, Any] = {"score": 0.6, "held_out_loss": loss, "held_out_score": 0.6}
    assert RULES["rate-decayed"].check(evidence(loss, rates=rates, **curve)).outcome == "found"


def test_two_unlucky_batches_are_no_rate_too_high() -> None:
    losses = np.array([0.7, 0.6, 0.7, 0.6, 0.7, 0.5, 0.45, 0.4])
    few = evidence(losses, score=0.7, held_out_score=0.7, updates=np.arange(20, 28))
    assert RULES["rate-too-high"].check(few).outcome == "passed"


def test_a_held_out_loss_that_swings_has_not_risen() -> None:
    swinging = 0.6 + np.random.default_rng(0).normal(0, 0.1, len(UPDATES)) + 0.12 * (UPDATES > 100)
    assert RULES["overconfident"].check(evidence(falling(0.01), held_out_loss=swinging)).outcome == "passed"


def test_a_tenth_of_the_loss_at_chance_is_little_where_the_loss_is_high() -> None:
    high = 5.0 + 0.03 * np.log(UPDATES)
    assert RULES["overconfident"].check(evidence(falling(0.01), held_out_loss=high)).outcome == "passed"


def test_what_training_did_after_the_lowest_held_out_loss_must_be_known() -> None:
    early = falling(0.01)
    early[UPDATES > 10] = np.nan
    case = evidence(early, held_out_loss=0.3 + 0.2 * np.abs(np.log(UPDATES / 300)), running=True)
    found = RULES["overconfident"].check(case)
    assert found.outcome == "not applicable"
    assert "training loss was not recorded after" in found.explanation


def test_a_low_rate_is_not_judged_by_few_epochs_alone() -> None:
    found = RULES["rate-too-low"].check(like_healthy(columns={"step_ratio": np.nan}))
    assert found.outcome == "not applicable"
    assert "size of the steps was not recorded" in found.explanation


def test_a_held_out_loss_alone_shows_that_it_still_gets_better() -> None:
    slow = 0.7 - 0.05 * np.log(UPDATES)
    found = RULES["too-few-updates"].check(evidence(held_out_loss=slow))
    assert found.outcome == "found"
    assert "the held-out loss went from" in found.explanation
    assert RULES["too-few-updates"].check(evidence(held_out_loss=np.full(len(UPDATES), 0.4))).outcome == "passed"


@pytest.mark.parametrize("threshold", ["half", 0.5, "max_f1"])
def test_a_recipe_s_own_threshold(threshold: str | float) -> None:
    case = dataclasses.replace(FOUND["decision-threshold"][0], settings={"threshold": threshold})
    found = RULES["decision-threshold"].check(case)
    assert found.outcome == ("not applicable" if threshold == "max_f1" else "found"), found.explanation


TRENDS = ("too-few-updates", "rate-too-low", "underfitting", "overfitting", "overconfident", "dead-units", "label-noise")


@pytest.mark.parametrize("code", TRENDS)
@pytest.mark.parametrize("running", [True, False])
def test_a_loss_that_broke_down_has_no_trend(code: str, running: bool) -> None:
    """Found as long as the loss is a number; once it is none for good, what was before it tells nothing."""
    for case in FOUND[code]:
        curve = case.curve
        if curve is None or case.X_train is not None:
            continue
        for column in ("train_loss", "held_out_loss"):
            values = getattr(curve, column)
            if np.isnan(values).all():
                continue
            broken = dataclasses.replace(curve, **{column: np.where(UPDATES > 1500, np.inf, values)})
            found = RULES[code].check(dataclasses.replace(case, curve=broken, running=running))
            assert found.outcome == "not applicable", found.explanation


def test_of_a_regression_only_rules_that_hold_for_one_apply() -> None:
    for code in RULES:
        for case in (*FOUND[code], *PASSED[code]):
            found = RULES[code].check(dataclasses.replace(case, regression=True))
            if code not in ("non-finite", "rate-too-high", "rate-decayed", "validation-leak"):
                assert found.outcome == "not applicable"
                assert found.explanation == "it is a regression, and the rule is for classifiers"
    healthy = dataclasses.replace(like_healthy(), regression=True)
    assert RULES["non-finite"].check(healthy).outcome == "passed"
    assert RULES["rate-too-high"].check(healthy).outcome == "passed"
    decayed = dataclasses.replace(FOUND["rate-decayed"][0], regression=True)
    assert "what knowing nothing costs" in RULES["rate-decayed"].check(decayed).explanation


@pytest.mark.parametrize("code", list(RULES))
class TestContract:
    def test_has_code_and_title(self, code: str) -> None:
        rule = RULES[code]
        assert isinstance(rule, Rule)
        assert rule.code == code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert rule.title

    def test_nothing_known_is_not_applicable(self, code: str) -> None:
        assert RULES[code].check(Evidence()).outcome == "not applicable"

    def test_one_clear_sentence_and_plain_numbers(self, code: str) -> None:
        for case in (*FOUND[code], *PASSED[code]):
            finding: Finding = RULES[code].check(case)
            assert finding.explanation.endswith(".")
            assert "nan" not in finding.explanation
            assert "np." not in finding.explanation
            json.dumps(finding.to_json())
            assert finding.confirmed_by is None
            assert not any(isinstance(v, float) and math.isnan(v) for v in finding.evidence.values())

    def test_any_curve_gets_an_answer(self, code: str) -> None:
        """Short, empty, constant, infinite: never an exception."""
        nothing = np.full(3, np.nan)
        for loss in (nothing, np.zeros(3), np.full(3, np.inf), np.array([0.5, np.nan, 0.4])):
            for running in (False, True):
                case = evidence(loss, score=0.5, held_out_loss=loss, held_out_score=loss, updates=[0, 1, 2], running=running)
                assert RULES[code].check(case).outcome in ("found", "passed", "not applicable")

    def test_does_not_change_the_evidence(self, code: str) -> None:
        case = FOUND[code][0]
        before = repr(case)
        RULES[code].check(case)
        assert repr(case) == before


def test_nothing_is_found_in_a_healthy_training() -> None:
    assert [f.code for f in check_all(like_healthy()) if f.outcome == "found"] == []


def test_unconverged_is_not_called_overfitting_nor_the_other_way() -> None:
    for case in FOUND["too-few-updates"] + FOUND["rate-decayed"] + FOUND["rate-too-low"]:
        assert RULES["overfitting"].check(case).outcome != "found"
    for case in FOUND["overfitting"]:
        for code in ("too-few-updates", "rate-decayed", "rate-too-low"):
            assert RULES[code].check(case).outcome != "found"


def test_the_sentence_is_in_the_users_units() -> None:
    said = RULES["too-few-updates"].check(FOUND["too-few-updates"][0]).explanation
    assert re.search(r"From [\d,]+ updates to 2,465 updates the training loss went from 0\.\d+ to 0\.\d+", said)
