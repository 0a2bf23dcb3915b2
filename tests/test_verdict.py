"""From runs to one answer: champions, comparisons, and the words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from bigenough.errors import InputError, UnknownNameError
from bigenough.stats import Interval, components, p_different
from bigenough.types import Comparison, Draw, Family, Run
from bigenough.verdict import choose_champions, compare, decide, explain, judge, needs, pair
from bigenough.verdict.champions import Champions
from bigenough.verdict.compare import Pairs, possible

SIZES = (10, 40)
Played = tuple[list[Run], list[Draw], np.ndarray]
NAMES: dict[str, Family] = {"lda": "simple", "knn": "simple", "majority": "data-free", "mlp": "deep", "cnn": "deep"}


def study(
    skill: Callable[[str, int], float], *, total: int = 200, repeats: int = 10, seed: int = 0, fixed: bool = False
) -> Played:
    """Runs of models that are right with a given probability, items and models independently."""
    rng = np.random.default_rng(seed)
    y = np.arange(total) % 2
    draws, runs = [], []
    cut = total // 5
    for repeat in range(repeats):
        order = rng.permutation(total)
        if fixed:
            order = np.concatenate([np.arange(cut), cut + rng.permutation(total - cut)])
        test, convergence, pool = order[:cut], order[cut : 2 * cut], order[2 * cut :]
        draws += [Draw(size, repeat, repeat, pool[:size], convergence, test) for size in SIZES]
    for name, family in NAMES.items():
        for draw in draws:
            chance = skill(name, draw.size)
            right = rng.random(cut) < chance
            scores = {"convergence_accuracy": float(np.mean(rng.random(cut) < chance)), "accuracy": float(right.mean())}
            labels = np.where(right, y[draw.test], 1 - y[draw.test]).astype(np.int16)
            sure = np.clip(np.where(labels[:, None] == [0, 1], 0.8, 0.2), 0, 1)
            runs.append(
                Run(
                    f"{name}{draw.size}{draw.repeat}", name, family, draw.size, draw.repeat, draw.seed, "ok", scores,
                    None, 0.1, labels, None if name == "majority" else sure,
                )
            )  # fmt: skip
    return runs, draws, y


def fail(runs: Sequence[Run], doomed: Callable[[Run], bool]) -> list[Run]:
    return [
        dataclasses.replace(run, status="failed", test_labels=None, test_probabilities=None, error="no") if doomed(run) else run
        for run in runs
    ]


def good(*names: str, well: float = 0.95, badly: float = 0.6) -> Callable[[str, int], float]:
    return lambda name, size: well if name in names else badly


def comparison(outcome: Literal["better", "worse", "same", "undecided"] = "undecided", **changes: Any) -> Comparison:  # noqa: ANN401 - any field
    plain = Comparison(
        120, "accuracy", "deep", "simple", "mlp", "lda", 20, 0, 200, 0.034, (0.02, 0.05), (-0.008, 0.076), 0.02,
        0.1, 0.9, outcome, 0.01, 0.95,
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)


# ---------------------------------------------------------------- champions


def test_each_repeat_chooses_by_its_own_convergence_rows() -> None:
    runs, _, _ = study(good("knn", "mlp"))
    chosen = choose_champions(runs)
    assert set(chosen) == {(family, size) for family in ("deep", "simple") for size in SIZES}
    for (family, size), champions in chosen.items():
        for repeat, name in champions.by_repeat.items():
            rivals = {
                run.recipe: run.scores["convergence_accuracy"]
                for run in runs
                if (run.family, run.size, run.repeat) == (family, size, repeat)
            }
            assert rivals[name] == max(rivals.values())
    assert chosen["simple", 40].name == "knn"
    assert chosen["deep", 40].name == "mlp"


@settings(max_examples=20, deadline=None)
@given(seed=some.integers(0, 10**6), fixed=some.booleans())
def test_champions_never_look_at_test_scores(seed: int, fixed: bool) -> None:
    runs, draws, y = study(lambda name, size: 0.7, repeats=4, fixed=fixed)
    rng = np.random.default_rng(seed)
    spoilt = [
        dataclasses.replace(
            run,
            scores={**run.scores, "accuracy": float(rng.random())},
            test_labels=rng.integers(2, size=len(y) // 5).astype(np.int16),
        )
        for run in runs
    ]
    for pooled in (False, True):
        assert choose_champions(runs, pooled=pooled) == choose_champions(spoilt, pooled=pooled)
    before, after = (
        [(each.challenger, each.baseline) for each in pair(some_runs, draws, y)] for some_runs in (runs, spoilt)
    )  # fmt: skip
    assert before == after


def test_of_equal_scores_the_first_listed_wins() -> None:
    runs, _, _ = study(good())
    level = [dataclasses.replace(run, scores={"convergence_accuracy": 0.5}) for run in runs]
    for pooled in (False, True):
        chosen = choose_champions(level, pooled=pooled)
        assert set(chosen["simple", 10].by_repeat.values()) == {"lda"}
        assert set(chosen["deep", 10].by_repeat.values()) == {"mlp"}


def test_the_metrics_own_convergence_score_chooses_where_it_is_there() -> None:
    runs, _, _ = study(good("knn", "mlp"))
    with_auc = [
        dataclasses.replace(run, scores={**run.scores, "convergence_roc_auc": 0.9 if run.recipe == "lda" else 0.5})
        for run in runs
    ]
    assert set(choose_champions(with_auc, metric="roc_auc")["simple", 40].by_repeat.values()) == {"lda"}
    assert choose_champions(runs, metric="roc_auc") == choose_champions(runs)


def test_rows_that_are_never_tested_may_choose_together() -> None:
    runs, draws, y = study(good("knn", "mlp", well=0.72, badly=0.66), fixed=True, repeats=20)
    champions = pair(runs, draws, y)[-1].baseline.by_repeat
    assert len(set(champions.values())) == 1
    assert len(set(pair(runs, draws, y, pooled=False)[-1].baseline.by_repeat.values())) == 2


# ---------------------------------------------------------------- comparisons


def test_differences_are_those_of_the_champions() -> None:
    runs, draws, y = study(good("lda", "mlp", well=0.9))
    by_key = {(run.recipe, run.size, run.repeat): run.scores["accuracy"] for run in runs}
    for each, found in zip(pair(runs, draws, y), compare(runs, draws, y), strict=True):
        means = [
            by_key[each.challenger.by_repeat[k], each.size, k] - by_key[each.baseline.by_repeat[k], each.size, k]
            for k in range(10)
        ]
        assert np.nanmean(each.contributions, axis=1) == pytest.approx(means)
        assert found.difference == pytest.approx(np.mean(means))
        assert found.over_draws_and_items[0] <= found.over_draws[0]
        assert found.over_draws_and_items[1] >= found.over_draws[1]
        assert (found.repeats, found.missing) == (10, 0)


@pytest.mark.parametrize(
    ("skilled", "outcome", "words"),
    [(("mlp", "cnn"), "better", "deep better"), (("lda", "knn"), "worse", "simple better"), ((), "undecided", "undecided")],
)
def test_outcomes(skilled: tuple[str, ...], outcome: str, words: str) -> None:
    for found in compare(*study(good(*skilled))):
        assert found.outcome == outcome
        assert found.verdict == words
        assert (found.more_draws is None and found.more_rows is None) == (outcome != "undecided")


def test_the_same_within_the_margin() -> None:
    runs, draws, y = study(lambda name, size: 1.0, total=1000)
    for found in compare(runs, draws, y):
        assert found.outcome == "same"
        assert found.verdict == "practically the same"
        assert found.difference == 0
        assert found.over_draws_and_items[0] < 0 < found.over_draws_and_items[1]
    # with so few rows equal predictions do not show that the models are the same
    assert all(found.outcome == "undecided" for found in compare(*study(lambda name, size: 1.0, total=100)))


def test_a_real_difference_inside_a_wide_margin_is_called_the_same() -> None:
    played = study(good("mlp", "cnn", well=0.9, badly=0.8), repeats=20)
    assert [found.outcome for found in compare(*played)] == ["better", "better"]
    assert [found.outcome for found in compare(*played, margin=0.4)] == ["same", "same"]


def test_p_values_are_adjusted_over_sizes() -> None:
    pairs = pair(*study(good("mlp", "cnn", well=0.75, badly=0.7)))
    alone = [judge([each], metric="accuracy", rows=200)[0].p_better for each in pairs]
    together = [found.p_better for found in judge(pairs, metric="accuracy", rows=200)]
    assert min(together) == pytest.approx(2 * min(alone))
    assert max(together) == pytest.approx(max(2 * min(alone), max(alone)))


def test_failed_fits_leave_the_common_repeats() -> None:
    runs, draws, y = study(good("mlp", "cnn"))
    some_gone = fail(runs, lambda run: run.family == "deep" and run.size == 10 and run.repeat in (2, 5))
    first, second = compare(some_gone, draws, y)
    assert (first.repeats, first.missing) == (8, 2)
    assert (second.repeats, second.missing) == (10, 0)
    one_rival_gone = fail(runs, lambda run: run.recipe == "mlp" and run.repeat == 3)
    assert compare(one_rival_gone, draws, y)[0].missing == 0
    assert [found.size for found in compare(fail(runs, lambda run: run.family == "deep" and run.size == 40), draws, y)] == [10]
    assert compare(fail(runs, lambda run: run.family == "deep"), draws, y) == []
    not_yet = [run for run in runs if run.repeat < 7]
    assert (compare(not_yet, draws, y)[0].repeats, compare(not_yet, draws, y)[0].missing) == (7, 0)


def test_a_camp_is_not_judged_on_draws_that_its_best_was_not_tried_on() -> None:
    runs, draws, y = study(good("cnn"))
    cut_off = [run for run in runs if run.recipe != "cnn" or run.size == 10 or run.repeat < 4]
    first, second = compare(cut_off, draws, y)
    assert (first.repeats, second.repeats) == (10, 4)
    assert second.challenger_champion == "cnn"
    assert second.difference > 0.2
    assert [found.size for found in compare([run for run in runs if run.recipe != "cnn" or run.size == 10], draws, y)] == [10]
    never = [run for run in runs if run.recipe != "cnn"]
    assert pair(never, draws, y, recipes=["lda", "knn", "mlp", "cnn"]) == []
    assert len(pair(never, draws, y, recipes=["lda", "knn", "mlp"])) == len(pair(never, draws, y)) == len(SIZES)


def test_one_repeat_cannot_decide() -> None:
    for found in compare(*study(good("mlp", "cnn"), repeats=1)):
        assert found.outcome == "undecided"
        assert found.over_draws_and_items == (-np.inf, np.inf)
        assert "one draw says nothing" in explain(found)
        assert "(no interval)" in explain(found)


def test_a_handful_of_draws_tells_nothing_of_overtaking() -> None:
    few, enough = (study(good("mlp", "cnn"), repeats=n) for n in (4, 5))
    verdict = decide(compare(*few), pair(*few))
    assert (verdict.overtaking, verdict.overtaking_sentence) == (
        None,
        "Where one overtakes the other takes 5 draws or more to tell.",
    )
    assert decide(compare(*enough), pair(*enough)).overtaking is not None


def test_more_draws_at_one_size_only() -> None:
    runs, draws, y = study(good("mlp", "cnn"))
    few = [run for run in runs if run.size == 10 or run.repeat < 6], [d for d in draws if d.size == 10 or d.repeat < 6], y
    assert [(found.repeats, found.missing) for found in compare(*few)] == [(10, 0), (6, 0)]
    assert decide(compare(*few), pair(*few)).overtaking is not None


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss", "neg_brier_score"])
def test_every_metric_gives_the_same_answer_to_a_plain_case(metric: str) -> None:
    runs, draws, y = study(good("mlp", "cnn"))
    for found in compare(runs, draws, y, metric=metric):
        assert found.outcome == "better"
        assert np.isfinite(found.over_draws_and_items).all()


def test_groups_of_rows_widen_the_interval() -> None:
    runs, draws, y = study(good())
    whole = compare(runs, draws, y, groups=np.arange(len(y)) // 10)[0]
    assert whole.items == 20
    assert compare(runs, draws, y)[0].items > 100


def test_other_camps_can_be_compared() -> None:
    found = compare(*study(good("majority")), challenger="simple", baseline="data-free")[0]
    assert found.verdict == "data-free better"
    assert "the data-free rule is better than the simple models" in explain(found)


def test_bad_input() -> None:
    runs, draws, y = study(good())
    with pytest.raises(UnknownNameError, match="did you mean accuracy"):
        compare(runs, draws, y, metric="acuracy")
    bare = [dataclasses.replace(run, test_probabilities=None) for run in runs]
    with pytest.raises(InputError, match="roc_auc needs probabilities, and no deep model has any; accuracy needs labels only"):
        compare(bare, draws, y, metric="roc_auc")
    with pytest.raises(InputError, match="run lda of size 10, repeat 9 has no draw"):
        compare(runs, [draw for draw in draws if draw.repeat < 9], y)
    assert compare([], [], y) == []


# ---------------------------------------------------------------- the answer


def test_the_answer_is_that_of_the_largest_size() -> None:
    def skill(name: str, size: int) -> float:
        return {"mlp": 0.6 if size == 10 else 0.95, "cnn": 0.6, "lda": 0.8, "knn": 0.6}.get(name, 0.5)

    played = study(skill, total=400)
    verdict = decide(compare(*played), pair(*played))
    assert verdict.outcome == "deep better"
    assert verdict.sentence.startswith("With 40 training rows deep learning is better than the simple models: accuracy")
    assert verdict.overtaking is not None
    assert 10 < verdict.overtaking.low < verdict.overtaking.estimate < verdict.overtaking.high < 40
    assert "overtakes the simple models at about" in verdict.overtaking_sentence
    assert json.loads(json.dumps(verdict.to_json()))["comparisons"][0]["verdict"] == "simple better"
    assert decide(compare(*played), pair(*played)) == verdict


@pytest.mark.parametrize(
    ("skilled", "words"),
    [
        (("mlp", "cnn"), "Deep learning is ahead of the simple models from the smallest size tried, 10 rows, on."),
        (("lda", "knn"), "Deep learning does not overtake the simple models up to 40 training rows."),
        ((), "the data cannot tell"),
    ],
)
def test_overtaking_in_words(skilled: tuple[str, ...], words: str) -> None:
    played = study(good(*skilled))
    assert words in decide(compare(*played), pair(*played)).overtaking_sentence


def test_nothing_to_compare() -> None:
    verdict = decide([])
    assert verdict.outcome == "no comparison"
    assert verdict.to_json()["overtaking"] is None


def test_sentences() -> None:
    assert explain(comparison("worse")).startswith("With 120 training rows the simple models are better than deep learning")
    assert "practically the same, within 1.0 points: accuracy differs by +3.4 points" in explain(comparison("same"))
    assert "95 % interval over new draws and new test items: −0.8 to +7.6" in explain(comparison())
    beside_others = explain(comparison(over_draws_and_items=(0.002, 0.066), p_better=0.08))
    assert (
        "+0.2 to +6.6), which is not sure enough once all sizes that were compared are allowed for (p = 0.08, Holm);"
        in beside_others
    )
    assert "not sure enough" not in explain(comparison())
    assert "minus log loss differs by +0.034 nats an item" in explain(comparison(metric="neg_log_loss"))


def test_what_would_settle_it_allows_for_what_holm_s_rule_shares() -> None:
    """Sizes decided as the same are among those that share the risk of the others' difference."""

    def pairs(mean: float, of_items: float, of_repeats: float, repeats: int) -> Pairs:
        def standard(size: int, seed: int) -> NDArray[np.float64]:
            values = np.random.default_rng(seed).normal(size=size)
            return (values - values.mean()) / values.std(ddof=1)

        values = mean + of_items * standard(2000, 0) + of_repeats * standard(repeats, 1)[:, None]
        names = dict.fromkeys(range(repeats), "x")
        parts = components(values, overlap=0.0)
        return Pairs(10, values, Champions("deep", 10, names), Champions("simple", 10, names), parts, repeats)

    def open_at(repeats: int) -> Pairs:
        return pairs(0.02, 0.1, 0.04, repeats)

    calm = [pairs(0.0, 0.03, 0.001, 20)] * 2
    found = judge([*calm, open_at(20)], metric="accuracy", rows=10_000)
    assert [c.outcome for c in found] == ["same", "same", "undecided"]
    assert found[2].p_better == pytest.approx(3 * p_different(open_at(20).parts))
    more = found[2].more_draws
    assert more is not None
    assert judge([*calm, open_at(20 + more // 2)], metric="accuracy", rows=10_000)[2].outcome == "undecided"
    assert judge([*calm, open_at(20 + more + 1)], metric="accuracy", rows=10_000)[2].outcome == "better"


def test_a_test_set_with_a_rare_class_is_less_sure_of_balanced_accuracy() -> None:
    def high(rare: int) -> float:
        y = np.concatenate([np.arange(200) % 2, np.arange(100) < rare]).astype(np.int64)
        pool, test = np.arange(200), np.arange(200, 300)
        draws = [Draw(40, r, r, np.random.default_rng(r).permutation(pool)[:40], pool[150:], test) for r in range(8)]
        camps: dict[str, Family] = {"lda": "simple", "mlp": "deep"}
        runs = [
            Run(f"{name}{d.repeat}", name, family, 40, d.repeat, d.repeat, "ok",
                {"convergence_accuracy": 1.0, "balanced_accuracy": 1.0}, None, 0.1, y[test].astype(np.int16), None)
            for d in draws for name, family in camps.items()
        ]  # fmt: skip
        return compare(runs, draws, y, metric="balanced_accuracy")[0].over_draws_and_items[1]

    assert high(2) > 5 * high(50)


@pytest.mark.parametrize(
    ("more_draws", "more_rows", "words"),
    [
        (1, None, "about 1 more draw would settle it"),
        (None, 1, "more draws of these rows cannot settle it, about 1 more row would"),
        (123, 4567, "about 120 more draws would settle it, and so would about 4,600 more rows"),
        (None, 4567, "more draws of these rows cannot settle it, about 4,600 more rows would"),
        (None, None, "neither more draws nor any realistic number of rows would settle it"),
    ],
)
def test_what_would_settle_it(more_draws: int | None, more_rows: int | None, words: str) -> None:
    assert needs(comparison(more_draws=more_draws, more_rows=more_rows)) == words


def test_more_rows_may_take_more_draws_too() -> None:
    both = comparison(more_draws=None, more_rows=4567, draws_of_more_rows=100)
    assert needs(both).endswith("nor more rows alone would settle it, about 4,600 more rows with 100 draws would")
    assert needs(dataclasses.replace(both, more_draws=30)) == "about 30 more draws would settle it"


@pytest.mark.parametrize(("metric", "widest"), [("accuracy", 1.0), ("neg_brier_score", 1.0), ("neg_log_loss", np.inf)])
def test_no_interval_is_wider_than_the_metric(metric: str, widest: float) -> None:
    assert possible(metric, Interval(0.5, -3.0, 4.0)) == (max(-3.0, -widest), min(4.0, widest))
    assert possible(metric, Interval(0.5, 0.4, 0.6)) == (0.4, 0.6)
    assert possible(metric, Interval(0.5, -np.inf, np.inf)) == (-np.inf, np.inf)
