"""Claims: one contract over all of them, and each one's verdict on runs made by hand with known truth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from bigenough import stats
from bigenough.claims import activation, convergence, h2o_training, one_pixel, three_fits
from bigenough.claims.base import Answer, Claim, Evidence, Verdict
from bigenough.claims.digit_pairs import best_single_pixel
from bigenough.contrasts import CONVOLUTION, DROPOUT, LOSSES, MOVED_CONV, TERMS, Contrast
from bigenough.models.scaling import SCALINGS
from bigenough.presets import make_study
from bigenough.registry import CLAIMS, FIGURES, MODELS
from bigenough.report import PIXELS, pixels
from bigenough.reproduction import _claims, report_again
from bigenough.running import run_study
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Dataset, Run
from tests.helpers import digits, hand_made_curve, hand_made_run, study

SIZES = (10, 20)
DRAWS = 6
EVERY = ["leekasso", "leekasso-1", "leek-mlp", "mlp", "cnn", "center-pixel", "single-pixel"]
STUDY = study(EVERY, train_sizes=SIZES, draws=DRAWS)
Make = Callable[[], Evidence]


def evidence(
    runs: Iterable[Run] = (), extra: Iterable[Run] = (), data: Dataset | None = None, contrasts: Sequence[Contrast] = ()
) -> Evidence:
    return Evidence(STUDY, data or digits(), list(runs), list(extra), lambda name: data or load(name), (), contrasts)


def scored(**accuracies: Sequence[float]) -> list[Run]:
    """Runs at every size whose accuracies go in turn through those given; underscores stand for dashes."""
    return [
        hand_made_run(name.replace("_", "-"), n, d, values[d % len(values)])
        for name, values in accuracies.items()
        for n in SIZES
        for d in range(DRAWS)
    ]


def trained(**scores: Sequence[Sequence[float]]) -> list[Run]:
    """Runs with held-out accuracies by epoch, in turn those given."""
    return [
        hand_made_run(name, n, d, 0.9, curve=hand_made_curve(values[d % len(values)]))
        for name, values in scores.items()
        for n in SIZES
        for d in range(DRAWS)
    ]


WILD = [0.5, *[0.9, 0.95] * 30, *[1.0] * 140]  # falls of five points, early only
CALM = [0.5, *np.linspace(0.6, 1.0, 200)]  # it climbs a long way and never falls
JUMP = [0.5] * 20 + [0.9] * 181  # one great step, upwards


def fitted(collinear: Sequence[int], apart: Sequence[int]) -> list[Run]:
    """Runs of the three fits: so many of 20 labels differ from liblinear's, with collinear pixels and without."""
    runs = []
    for choice, wrong in zip(three_fits.CHOICES, (collinear, apart), strict=True):
        for solver in three_fits.FITS:
            name = three_fits.variant(solver, choice).name
            for n in SIZES:
                for d in range(DRAWS):
                    other = 0 if solver == "liblinear" else wrong[d % len(wrong)]
                    runs.append(hand_made_run(name, n, d, 0.9, labels=[1] * other + [0] * (20 - other)))
    return runs


def called(accuracy: float, *, elastic: float | None) -> list[Run]:
    """Runs of H2O as Leek called it, and of its variants; of elastic averaging with its own accuracy, or failed."""
    return [
        hand_made_run(h2o_training.variant(name).name, n, d, elastic if "elastic" in name else accuracy + 0.001 * d)
        for name in h2o_training.VARIANTS
        for n in SIZES
        for d in range(DRAWS)
    ]


def tried(network: str, base: float, gains: dict[str, float]) -> list[Run]:
    """Runs of a network as it is and with changes that gain so much; accuracies go a little up and down from draw to draw."""
    accuracies = {network: 0.0} | {f"{network}, {name}": gain for name, gain in gains.items()}
    wobble = [0.0, 0.004, -0.003]
    return [
        hand_made_run(name, n, d, base + gain + wobble[(d + i) % 3])
        for i, (name, gain) in enumerate(accuracies.items())
        for n in SIZES
        for d in range(DRAWS)
    ]


LEEK_CHANGES = dict.fromkeys((c.name for c in convergence.changes(20, 0.005)), 0.0)
RATES = dict.fromkeys(("updates x 10", "rate x 10", "rate x 100", "rate schedule removed"), 0.0)


def widths(few: float, same: float, many: float, *, moving: tuple[int, int]) -> list[Run]:
    """Runs of the MLP and its widths; of 30 labels so many move from draw to draw, with dropout and without it."""
    runs = tried("mlp", 0.9, {"8 units, no dropout": few, "512 units, no dropout": many})
    runs = [r for r in runs if r.recipe != "mlp"]
    for name, gain, move in (("mlp", 0.05, moving[0]), ("mlp, no dropout", same, moving[1])):
        for n in SIZES:
            for d in range(DRAWS):
                labels = np.zeros(30, int)
                labels[(np.arange(move) * DRAWS + d) % 30] = 1
                runs.append(hand_made_run(name, n, d, 0.9 + gain + 0.002 * (d % 2), labels=labels.tolist()))
    return runs


def centred(right: int, n: int) -> Dataset:
    """Images of 4 x 4 of which so many of the n test images obey the rule of the centre pixel."""
    y = np.tile([0, 1], n)
    X = np.zeros((2 * n, 4, 4), np.uint8)
    X[:, 2, 2] = 200 * y
    X[n + right :, 2, 2] = 200 * (1 - y[n + right :])
    return Dataset("centred", X, y, ("0", "1"), kind="image", holdout=np.arange(n, 2 * n))


def lit(share: float) -> Dataset:
    """Ten classes of twenty images of ten pixels, half of them for tests; a class's own pixel is lit in a share of them."""
    y = np.repeat(np.arange(10), 20)
    X = np.zeros((200, 2, 5), np.uint8)
    inked = np.tile(np.arange(10) < 10 * share, 20)
    X.reshape(200, 10)[np.arange(200), y] = 255 * inked
    return Dataset("lit", X, y, tuple("0123456789"), kind="image", holdout=np.flatnonzero(np.arange(200) % 20 >= 10))


def by_size(first: Sequence[float], second: Sequence[float]) -> list[Run]:
    one = [r for r in scored(leekasso_1=first, leekasso=[0.9]) if r.size == SIZES[0]]
    return one + [r for r in scored(leekasso_1=second, leekasso=[0.9]) if r.size == SIZES[1]]


def activated(
    leek: Sequence[float], relu: Sequence[float], tanh: Sequence[float], second: Sequence[float] | None = None
) -> list[Run]:
    """Runs of both networks with both activations; the MLP's own have 0.99. `second` is ReLU in Leek's at the second size."""
    runs = scored(**{"leek-mlp[tanh]": leek, "leek-mlp[relu]": relu, "mlp[tanh]": tanh, "mlp[relu]": [0.99, 0.991]})
    if second is None:
        return runs
    other = scored(**{"leek-mlp[relu]": second})
    return [r for r in runs if (r.recipe, r.size) != ("leek-mlp[relu]", SIZES[1])] + [r for r in other if r.size == SIZES[1]]


def contrasted(dense: int, conv: int, moved: int) -> list[Contrast]:
    """Contrasts of networks of which so many of 40 labels move from draw to draw, each in turn."""
    y = np.zeros(40, np.int64)
    terms = {}
    for name, moving in (("dense", dense), ("conv", conv), ("moved", moved)):
        labels = np.zeros((12, 40), np.int64)
        for d in range(12):
            labels[d, (np.arange(moving) * 12 + d) % 40] = 1
        loss, chances = stats.zero_one(labels, y), stats.squared_error(np.eye(2)[labels], y)
        terms[name] = {"zero-one": loss, "squared": chances}
    recipe = MODELS["relu-mlp"].recipe
    return [
        Contrast(
            name, recipe, recipe, (10, 100), 12,
            {
                (loss, term, n): (getattr(terms[a][loss], term), getattr(terms[b][loss], term))
                for loss in LOSSES
                for term in TERMS
                for n in (10, 100)
            },
        )
        for name, a, b in ((CONVOLUTION, "dense", "conv"), (MOVED_CONV, "conv", "moved"), (DROPOUT, "dense", "moved"))
    ]  # fmt: skip


BAD, GOOD, MIXED = [0.60, 0.62], [0.999, 0.998], [0.2, 1.0]
TRUTHS: dict[str, list[tuple[Verdict, Make]]] = {
    "1": [
        ("holds", lambda: evidence(scored(leek_mlp=BAD, leekasso=[0.97, 0.98], mlp=GOOD, cnn=GOOD))),
        ("does not hold", lambda: evidence(scored(leek_mlp=GOOD, leekasso=BAD, mlp=BAD, cnn=GOOD))),
        ("holds in part", lambda: evidence(scored(leek_mlp=BAD, leekasso=[0.97, 0.98], mlp=[0.95, 0.96], cnn=GOOD))),
        ("holds in part", lambda: evidence(scored(leek_mlp=GOOD, leekasso=BAD, mlp=GOOD, cnn=GOOD))),
        ("cannot tell", lambda: evidence(scored(leek_mlp=MIXED, leekasso=[0.7], mlp=[0.98, 1.0], cnn=GOOD))),
    ],
    "3": [
        ("holds", lambda: evidence(extra=activated(leek=[0.6, 0.62], relu=[0.98], tanh=[0.9]))),
        ("does not hold", lambda: evidence(extra=activated(leek=[0.6, 0.62], relu=[0.61], tanh=[0.99]))),
        ("holds in part", lambda: evidence(extra=activated(leek=[0.6], relu=[0.98], tanh=[0.9], second=[0.6]))),
        ("cannot tell", lambda: evidence(extra=activated(leek=[0.6], relu=[0.6, 0.99], tanh=[0.9]))),
    ],
    "2": [
        ("holds", lambda: evidence(extra=tried("leek-mlp", 0.7, {**LEEK_CHANGES, "updates x 10": 0.1, "inputs scaled": 0.2}))),
        ("does not hold", lambda: evidence(extra=tried("leek-mlp", 0.7, {**LEEK_CHANGES, "dropout 0.5": 0.1}))),
        (
            "does not hold",
            lambda: evidence(extra=tried("leek-mlp", 0.7, {**LEEK_CHANGES, "updates x 10": 0.03, "dropout 0.5": 0.2})),
        ),
        (
            "holds in part",
            lambda: evidence(extra=tried("leek-mlp", 0.7, {**LEEK_CHANGES, "updates x 10": 0.2, "dropout 0.5": 0.1})),
        ),
        ("cannot tell", lambda: evidence(extra=tried("leek-mlp", 0.7, LEEK_CHANGES))),
    ],
    "4": [
        ("holds", lambda: evidence(extra=tried("leek-mlp", 0.7, {**RATES, "updates x 10": 0.1, "rate x 100": 0.2}))),
        (
            "holds in part",
            lambda: evidence(
                extra=tried("leek-mlp", 0.7, {**RATES, "updates x 10": 0.1, "rate x 10": 0.2, "rate schedule removed": 0.2})
            ),
        ),
        ("does not hold", lambda: evidence(extra=tried("leek-mlp", 0.7, {**RATES, "rate schedule removed": 0.2}))),
        (
            "cannot tell",  # whether a higher rate is ahead
            lambda: evidence(
                extra=tried("leek-mlp", 0.7, {**RATES, "updates x 10": 0.1, "rate x 10": 0.21, "rate schedule removed": 0.2})
            ),
        ),
        ("cannot tell", lambda: evidence(extra=tried("leek-mlp", 0.7, RATES))),
    ],
    "5": [
        ("holds", lambda: evidence(trained(mlp=[WILD], cnn=[WILD]))),
        ("does not hold", lambda: evidence(trained(mlp=[CALM], cnn=[JUMP]))),
        ("does not hold", lambda: evidence(trained(mlp=[JUMP], cnn=[JUMP]))),
        ("does not hold", lambda: evidence(trained(mlp=[WILD[:1] + WILD[:0:-1]], cnn=[CALM]))),  # wild late, not early
        ("holds in part", lambda: evidence(trained(mlp=[WILD], cnn=[CALM]))),
        ("cannot tell", lambda: evidence(trained(mlp=[CALM, CALM, CALM, CALM, CALM, WILD], cnn=[CALM]))),
        ("cannot tell", lambda: evidence(trained(mlp=[WILD[:40]], cnn=[WILD[:40]]))),
    ],
    "6": [
        ("holds", lambda: evidence(extra=called(0.8, elastic=0.9))),
        ("holds", lambda: evidence(extra=called(0.8, elastic=None))),
        (
            "holds in part",
            lambda: evidence(
                extra=[
                    *(run for run in called(0.8, elastic=0.8) if run.size == SIZES[0]),
                    *(run for run in called(0.99, elastic=0.99) if run.size != SIZES[0]),
                ]
            ),
        ),
        ("does not hold", lambda: evidence(extra=called(0.99, elastic=0.99))),
    ],
    "7": [
        ("holds", lambda: evidence(extra=fitted([6, 7], [0, 1]))),
        ("does not hold", lambda: evidence(extra=fitted([6, 7], [6, 7]))),
        ("does not hold", lambda: evidence(extra=fitted([0], [0]))),
        ("cannot tell", lambda: evidence(extra=fitted([1, 20], [12, 0]))),
    ],
    "8": [
        ("holds", lambda: evidence(extra=scored(leekasso_1=[0.901, 0.899], leekasso=[0.9]))),
        ("does not hold", lambda: evidence(extra=scored(leekasso_1=[0.84, 0.85], leekasso=[0.9]))),
        ("does not hold", lambda: evidence(extra=scored(leekasso_1=[0.94, 0.95], leekasso=[0.9]))),
        ("holds in part", lambda: evidence(extra=by_size([0.9], [0.85, 0.84]))),
        ("cannot tell", lambda: evidence(extra=scored(leekasso_1=[0.85, 0.95], leekasso=[0.9]))),
    ],
    "9": [
        ("holds", lambda: evidence(data=centred(990, 1000))),
        ("does not hold", lambda: evidence(data=centred(800, 1000))),
        ("cannot tell", lambda: evidence(data=centred(38, 40))),
    ],
    "11": [
        ("holds", lambda: evidence(extra=widths(0.0, 0.03, 0.03, moving=(0, 4)))),
        ("does not hold", lambda: evidence(extra=widths(0.05, 0.0, 0.0, moving=(4, 0)))),
        ("holds in part", lambda: evidence(extra=widths(0.0, 0.03, 0.03, moving=(4, 0)))),
        ("cannot tell", lambda: evidence()),
    ],
    "12": [
        ("holds", lambda: evidence(contrasts=contrasted(9, 6, 2))),
        ("does not hold", lambda: evidence(contrasts=contrasted(2, 6, 9))),
        ("holds in part", lambda: evidence(contrasts=contrasted(9, 2, 6))),
        ("cannot tell", lambda: evidence(contrasts=contrasted(6, 6, 6))),
    ],
    "10": [
        ("holds", lambda: evidence(data=lit(1.0))),
        ("holds in part", lambda: evidence(data=lit(0.8))),
        ("does not hold", lambda: evidence(data=lit(0.3))),
    ],
}
CASES = [(number, verdict, make) for number, cases in TRUTHS.items() for verdict, make in cases]


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h2o_training, "DRAWS", DRAWS)
    monkeypatch.setattr(three_fits, "DRAWS", DRAWS)
    monkeypatch.setattr(one_pixel, "DRAWS", DRAWS)


def assert_complete(answer: Answer) -> None:
    """A sentence for people, plots that can be drawn and described, tables whose rows are as wide as their heads."""
    assert answer.verdict in get_args(Verdict)
    assert answer.sentence.endswith(".")
    assert "nan" not in answer.sentence
    for plot in answer.plots:
        FIGURES[plot.figure](**plot.data)
        assert plot.caption
        assert plot.alt
        assert plot.stem
    for table in answer.tables:
        assert table.caption
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert all(isinstance(cell, str) for row in table.rows for cell in row)


def test_a_fit_that_diverged_counts_as_the_majority_guess() -> None:
    """ReLU that diverges on half of the draws must not be judged by the other half alone."""
    runs = [r for r in activated(leek=[0.7], relu=[0.98], tanh=[0.9]) if r.recipe != "leek-mlp[relu]" or r.repeat % 2]
    lost = [hand_made_run("leek-mlp[relu]", n, d, None) for n in SIZES for d in range(0, DRAWS, 2)]
    told = evidence(extra=[*runs, *lost, *scored(majority=[0.5])])
    assert activation.scores(told, "leek-mlp[relu]", SIZES[0]) == {d: 0.98 if d % 2 else 0.5 for d in range(DRAWS)}
    assert CLAIMS["3"].answer(told).verdict != "holds"
    assert "6 of the 12 fits of MLP (Leek) with ReLU diverged" in CLAIMS["3"].answer(told).sentence


def test_the_gap_from_lm_to_liblinear_goes_in_two_steps() -> None:
    """Of the step from glm to liblinear all is carried by collinear pixels here, of that from lm to glm nothing is."""
    means = {("lm", 1.0): 0.90, ("glm", 1.0): 0.92, ("liblinear", 1.0): 0.97}
    apart = {("lm", 0.5): 0.93, ("glm", 0.5): 0.95, ("liblinear", 0.5): 0.95}
    luck = [0.002 * (d % 3) for d in range(DRAWS)]
    runs = [
        hand_made_run(three_fits.variant(*of).name, n, d, mean + luck[d], labels=[0] * 20)
        for of, mean in (means | apart).items()
        for n in SIZES
        for d in range(DRAWS)
    ]
    steps = CLAIMS["7"].answer(evidence(extra=runs)).tables[1]
    assert [cell.split()[0] for cell in steps.rows[0]] == [str(SIZES[0]), "+2.0", "+2.0", "+5.0", "0.0"]


def test_every_claim_has_its_truths() -> None:
    assert set(TRUTHS) == set(CLAIMS)
    for number, cases in TRUTHS.items():
        verdicts = {verdict for verdict, _ in cases}
        assert {"holds", "does not hold"} <= verdicts, number


@pytest.mark.parametrize(("number", "verdict", "make"), CASES, ids=[f"{n} {v}" for n, v, _ in CASES])
def test_the_verdict_is_the_truth(number: str, verdict: Verdict, make: Make) -> None:
    answer = CLAIMS[number].answer(make())
    assert answer is not None
    assert answer.verdict == verdict, answer.sentence
    assert_complete(answer)


def test_elastic_averaging_is_said_not_to_be_the_reason() -> None:
    """It was off in Leek's call, whatever it does when it is on."""
    for elastic, told in ((0.9, "switched on, it changes accuracy by +9.7 "), (None, "switched on, it failed")):
        sentence = CLAIMS["6"].answer(evidence(extra=called(0.8, elastic=elastic))).sentence
        assert "was off, as it is by default, so that it is not the reason" in sentence
        assert told in sentence


def test_dropout_s_contrast_is_told_with_claim_11_where_it_was_asked_for() -> None:
    extra = widths(0.0, 0.03, 0.03, moving=(0, 4))
    plain = CLAIMS["11"].answer(evidence(extra=extra))
    lower = CLAIMS["11"].answer(evidence(extra=extra, contrasts=contrasted(9, 6, 2)))
    higher = CLAIMS["11"].answer(evidence(extra=extra, contrasts=contrasted(2, 6, 9)))
    assert plain is not None
    assert lower is not None
    assert higher is not None
    assert "4 against 9" not in plain.sentence
    assert "n = 10 to 100" in lower.sentence
    assert "there it lowers variance" in lower.sentence
    assert "there it raises variance" in higher.sentence
    assert plain.verdict == lower.verdict == higher.verdict  # the claim is of n = 10 to 80


@pytest.mark.parametrize("number", list(CLAIMS))
class TestClaims:
    def test_says_what_it_is(self, number: str) -> None:
        claim: Claim = CLAIMS[number]
        assert claim.number == int(number)
        assert claim.text.endswith(".")
        assert claim.needs or number == "12"  # whose networks are the contrasts' own
        assert all(name in MODELS for name in claim.needs)

    def test_is_asked_only_when_its_recipes_are_there(self, number: str) -> None:
        claim: Claim = CLAIMS[number]
        assert claim in _claims(study(claim.needs))
        for missing in claim.needs:
            assert claim not in _claims(study([name for name in EVERY if name != missing]))

    def test_further_cells_are_the_study_s_own_draws_and_more(self, number: str) -> None:
        more = CLAIMS[number].more(STUDY)
        if more is not None:
            assert more.draws >= STUDY.draws
            assert dataclasses.replace(more, recipes=STUDY.recipes, draws=STUDY.draws) == STUDY
            assert CLAIMS[number].more(dataclasses.replace(STUDY, draws=1000)).draws == 1000

    def test_a_study_whose_fits_all_failed_is_no_crash(self, number: str) -> None:
        """Rules that need no run answer anyway."""
        claim: Claim = CLAIMS[number]
        failed = [hand_made_run(name, n, d, None) for name in EVERY for n in SIZES for d in range(DRAWS)]
        more = claim.more(STUDY)
        extra = [hand_made_run(r.name, n, d, None) for r in (more.recipes if more else ()) for n in SIZES for d in range(DRAWS)]
        answer = claim.answer(evidence(failed, extra, data=lit(1.0) if number == "10" else None))
        if number == "12":
            assert answer is None  # without its contrasts
            return
        assert answer is not None
        assert_complete(answer)
        if number not in ("9", "10"):
            assert answer.verdict == "cannot tell"

    def test_one_failed_network_is_no_crash(self, number: str) -> None:
        claim: Claim = CLAIMS[number]
        sound = [*scored(leekasso=[0.9], leek_mlp=[0.6]), *trained(mlp=[WILD])]
        failed = [hand_made_run("cnn", n, d, None) for n in SIZES for d in range(DRAWS)]
        extra = [*fitted([6, 7], [0, 1]), *scored(leekasso=[0.9], leekasso_1=[0.9])]
        answer = claim.answer(evidence([*sound, *failed], extra, data=lit(1.0) if number == "10" else None))
        if number == "12":
            assert answer is None
            return
        assert answer is not None
        assert_complete(answer)
        assert number not in ("1", "5") or answer.verdict != "holds"


def test_a_claim_whose_cells_are_not_all_there_has_no_answer(tmp_path: Path) -> None:
    from bigenough.presets import make_study

    asked = make_study("post", models=["leekasso", "leekasso-1", "center-pixel"], train_sizes=[10], draws=2)
    with Store(tmp_path) as store:
        store.put("study", asked.to_json())
        run_study(asked, load(asked.source), store)
    done = report_again(tmp_path)
    assert set(done.answers) == {9}
    assert "claim-9" in (tmp_path / "report.html").read_text()
    assert "claim-8" not in (tmp_path / "report.html").read_text()


def test_failed_runs_are_in_no_score() -> None:
    runs = [hand_made_run("mlp", 10, 0, 0.5), hand_made_run("mlp", 10, 1, None), hand_made_run("mlp", 20, 1, 0.7)]
    runs += [hand_made_run("cnn", 10, d, 0.9) for d in range(2)]
    found = evidence(runs)
    assert found.scores("mlp", 10) == {0: 0.5}
    np.testing.assert_allclose(found.paired("cnn", "mlp", 10), [0.4])


def test_the_best_single_pixel_is_that_of_a_search_through_all() -> None:
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 6, (2, 30, 5)) + np.arange(2)[:, None, None] for _ in range(2))  # class, image, pixel

    def counts(images: np.ndarray) -> np.ndarray:
        return np.stack([[np.bincount(images[c, :, p], minlength=256) for p in range(5)] for c in range(2)])

    def accuracy(images: np.ndarray, pixel: int, threshold: int, dark: int) -> float:
        right = [(images[c, :, pixel] <= threshold) == (c == dark) for c in range(2)]
        return float(np.mean(right))

    rules = [(p, t, d) for p in range(5) for t in range(8) for d in range(2)]
    pixel, train_accuracy, test_accuracy = best_single_pixel(counts(train), counts(test))
    best = max(accuracy(train, *rule) for rule in rules)
    assert train_accuracy == pytest.approx(best)
    assert test_accuracy in [accuracy(test, *r) for r in rules if r[0] == pixel and accuracy(train, *r) == best]


def test_the_variance_inflation_is_that_of_regressions_on_the_other_columns() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4))
    X[:, 3] = X[:, 0] + X[:, 1] + 0.2 * rng.normal(size=50)
    worst = 0.0
    for i in range(4):
        others = np.column_stack([np.ones(50), np.delete(X, i, axis=1)])
        rest = X[:, i] - others @ np.linalg.lstsq(others, X[:, i], rcond=None)[0]
        worst = max(worst, float(X[:, i].var() / rest.var()))
    condition, inflation = three_fits.collinearity_of(X)
    assert inflation == pytest.approx(worst)
    assert condition == pytest.approx(np.linalg.cond((X - X.mean(axis=0)) / X.std(axis=0)))
    assert three_fits.collinearity_of(X[:4]) == (np.inf, np.inf)
    assert three_fits.collinearity_of(X[:, [0, 1, 0]]) == (np.inf, np.inf)


def test_how_each_system_gets_its_pixels_is_said() -> None:
    assert set(PIXELS) == set(SCALINGS)
    asked = make_study("post", models=["leekasso", "h2o-settings", "logistic", "cnn", "svm"])
    assert pixels(asked).split("; ") == [
        "raw, 0 to 255, for Leekasso, CNN",
        "divided by the largest in the training draw for logistic, all pixels",
        "brought to mean 0 and standard deviation 1 in the training draw, all together, for svm",
        "each brought to mean 0 and standard deviation 1 in the training draw for H2O’s settings, our engine",
    ]
