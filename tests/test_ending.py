"""How trainings ended, by their recorded curves; and what a verdict says that rests on networks that had not converged."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from bigenough.diagnosis.diagnosis import Diagnosis
from bigenough.diagnosis.ending import ending_table, qualified
from bigenough.diagnosis.kept import cause_table, confirmed, keep, kept_in
from bigenough.diagnosis.recorded import Shares, ended, state_of
from bigenough.presets import make_study
from bigenough.registry import MODELS
from bigenough.store import Store
from bigenough.types import Comparison, Finding, Run, TrainingCurve
from bigenough.verdict import decide
from tests.helpers import digits, hand_made_run, study

UPDATES = np.unique(np.round(1.25 ** np.arange(0, 36)).astype(np.int64))
FAST = np.exp(-UPDATES / 60.0)


def curve(loss: np.ndarray, score: np.ndarray, held_out: np.ndarray, held_out_loss: np.ndarray | None = None) -> TrainingCurve:
    """A training of two classes at a healthy pace."""
    flat = np.ones(len(UPDATES))
    return TrainingCurve(
        updates=UPDATES, train_loss=loss, train_score=score, held_out_loss=loss if held_out_loss is None else held_out_loss,
        held_out_score=held_out, gradient_norm=flat, gradient_ratio=flat, step_ratio=1e-3 * flat, idle_share=0 * flat,
    )  # fmt: skip


CURVES = {
    "converged": curve(0.69 * FAST, 1 - 0.5 * FAST, 0.95 - 0.45 * FAST),
    "unconverged": curve(0.69 - 0.05 * np.log1p(UPDATES / 10), 0.7 * FAST**0, 0.5 + 0.03 * np.log1p(UPDATES / 10)),
    "diverged": curve(0.69 * np.geomspace(1, 80, len(UPDATES)), 0.5 * FAST**0, 0.5 * FAST**0),
    "overfitting": curve(0.69 * FAST, 1 - 0.5 * FAST, 0.9 - 0.4 * FAST - 0.1 * (UPDATES > 300), 0.3 + 0.0003 * UPDATES),
}


def diagnosed(network: str, size: int, *, holds: bool, outcome: str = "confirmed") -> dict[str, Any]:
    """What a diagnosis says, as plain values."""
    cause = Finding("too-few-updates", "found", "Told.", {"gain": 0.1}, "updates x 10", 0.11, (0.09, 0.13))
    passed = Finding("rate-too-low", "passed", "Told.")
    repair = {"change": ["epochs 2 -> 20"], "gain": [0.12, 0.08, 0.16], "draws": 10, "holds": holds}
    findings = [cause.to_json(), passed.to_json()]
    return {"network": network, "size": size, "metric": "accuracy", "outcome": outcome, "findings": findings, "repair": repair}


def test_what_experiments_found_is_told() -> None:
    kept = [diagnosed("mlp", 10, holds=True), diagnosed("cnn", 20, holds=False, outcome="cannot tell")]
    (finding,) = confirmed(kept)
    assert (finding.code, finding.confirmed_by, finding.interval) == ("too-few-updates", "updates x 10", (0.09, 0.13))
    assert finding.evidence == {"recipe": "mlp", "size": 10, "gain": 0.1}
    table = cause_table(kept, {"cnn": "CNN"})
    assert table is not None
    assert table.rows[0][:4] == ["mlp", "10", "confirmed", "not converged: too few updates"]
    assert table.rows[0][4].startswith("+11.0 [+9.0, +13.0] points")
    assert table.rows[1][0] == "CNN"
    assert table.rows[1][4:] == ["–", "–"]
    assert cause_table([]) is None
    none = {**kept[1], "findings": [], "repair": None, "sentence": "It cannot be told: too little time."}
    unknown = cause_table([none])
    assert unknown is not None
    assert unknown.rows[0][2:] == ["cannot tell", "It cannot be told: too little time.", "–", "–"]


def trained(state: str, repeat: int = 0, size: int = 10, *, note: str = "") -> Run:
    run = hand_made_run("mlp", size, repeat, 0.8, curve=CURVES[state])
    run = dataclasses.replace(run, family="deep", scores={**run.scores, "convergence_accuracy": 0.8})
    return dataclasses.replace(run, notes=(note,) if note else ())


@pytest.mark.parametrize("state", list(CURVES))
def test_every_state_is_seen(state: str) -> None:
    assert state_of(trained(state), MODELS["mlp"].recipe, digits()) == state


def test_three_checkpoints_are_no_trend() -> None:
    whole = CURVES["converged"]
    ends = {f.name: getattr(whole, f.name)[[0, 10, -1]] for f in dataclasses.fields(whole)}
    run = dataclasses.replace(trained("converged"), curve=TrainingCurve(**ends))
    assert state_of(run, MODELS["mlp"].recipe, digits()) == "cannot tell"
    until_converged = MODELS["relu-mlp"].recipe
    assert state_of(run, until_converged, digits()) == "converged"  # its own criterion ended it


def test_what_the_fit_said_of_itself_counts() -> None:
    said = trained("converged", note="not converged after 5,000 updates")
    assert state_of(said, MODELS["mlp"].recipe, digits()) == "unconverged"
    lost = dataclasses.replace(hand_made_run("mlp", 10, 0, None), error="training diverged: outputs are not finite")
    assert state_of(lost, MODELS["mlp"].recipe, digits()) == "diverged"
    assert state_of(hand_made_run("mlp", 10, 0, 0.9), MODELS["mlp"].recipe, digits()) == "cannot tell"


def test_shares_are_by_network_and_size_and_leave_out_what_has_no_curve() -> None:
    runs = [trained("converged"), trained("converged", 1), trained("unconverged", 2), trained("diverged", 0, 20)]
    runs.append(hand_made_run("leekasso", 10, 0, 0.9))
    found = ended(runs, study(["mlp", "leekasso"]).recipes, digits())
    assert found == [Shares("mlp", 10, {"converged": 2, "unconverged": 1}), Shares("mlp", 20, {"diverged": 1})]
    assert found[0].share("converged") == pytest.approx(2 / 3)
    table = ending_table(study(["mlp", "leekasso"]), digits(), runs, {"mlp": "MLP"})
    assert table is not None
    assert list(table.rows[0]) == ["MLP", "10", "3", "67 %", "33 %", "–", "–", "–"]
    assert ending_table(study(["leekasso"]), digits(), runs[-1:]) is None


def test_a_simple_model_that_does_better_makes_it_overfitting() -> None:
    """The baseline is that of the same draw, of the model that is best on average."""
    healthy = [trained("converged", d) for d in range(2)]
    simple = [
        dataclasses.replace(run, scores={**run.scores, "convergence_accuracy": score})
        for d in range(2)
        for name, score in (("leekasso", 0.999), ("leekasso-1", 0.5))
        if (run := hand_made_run(name, 10, d, 0.9))
    ]
    low = [
        dataclasses.replace(r, curve=dataclasses.replace(CURVES["converged"], held_out_score=0.8 - 0.3 * FAST)) for r in healthy
    ]
    recipes = study(["mlp", "leekasso", "leekasso-1"]).recipes
    assert ended([*low, *simple], recipes, digits())[0].counts == {"overfitting": 2}
    assert ended([*low, *simple[1::2]], recipes, digits())[0].counts == {"converged": 2}


def test_a_verdict_on_networks_that_had_not_converged_says_so() -> None:
    against = Comparison(
        10, "accuracy", "deep", "simple", "mlp", "leekasso", 4, 0, 30, -0.1, (-0.2, -0.05), (-0.2, -0.05), 0.02, 0.01, 0.9,
        "worse", 0.01, 0.95,
    )  # fmt: skip
    verdict, asked = decide([against]), study(["mlp", "leekasso"], train_sizes=[10], draws=4)
    unfinished = [trained("unconverged", d) for d in range(3)] + [trained("converged", 3)]
    told = qualified(verdict, asked, digits(), unfinished)
    assert "This rests on networks that had not converged: 3 of 4 trainings of mlp." in told.sentence
    assert told.outcome == "simple better"
    assert "bigenough diagnose" in told.sentence
    kept = [diagnosed("mlp", 10, holds=True), diagnosed("mlp", 20, holds=True)]
    mended = qualified(verdict, asked, digits(), unfinished, kept)
    assert mended.sentence.endswith(
        "It is no verdict on deep learning yet; "
        "epochs 2 -> 20 changes the score on 10 fresh draws by +12.0 [+8.0, +16.0] points."
    )
    assert qualified(verdict, asked, digits(), unfinished, [diagnosed("mlp", 10, holds=False)]) == told
    finished = [trained("converged", d) for d in range(4)]
    assert qualified(verdict, asked, digits(), finished) == verdict
    unseen = qualified(verdict, asked, digits(), [dataclasses.replace(run, curve=None) for run in finished])
    assert "How the trainings of mlp ended was not recorded, so that this may rest on" in unseen.sentence
    better = decide([dataclasses.replace(against, outcome="better")])
    assert qualified(better, asked, digits(), unfinished) == better


def test_what_is_kept_is_of_this_study_alone(store: Store) -> None:
    """The same folder used again for other data, another metric or another seed shows nothing of the first."""
    data = digits()
    mlp = make_study("post", models=["mlp"], draws=1)
    found = Diagnosis("mlp", 10, 3, "accuracy", "nothing found", "Told.", (), {}, (), {}, {}, None)
    keep(store, mlp, data, [found])
    keep(store, mlp, data, [dataclasses.replace(found, sentence="Told again.")])
    (kept,) = kept_in(store, mlp, data)
    assert kept["sentence"] == "Told again."
    assert kept == dataclasses.replace(found, sentence="Told again.").to_json()
    others = [dataclasses.replace(mlp, metric="roc_auc"), dataclasses.replace(mlp, seed=1)]
    assert [kept_in(store, other, data) for other in others] == [[], []]
    assert kept_in(store, mlp, dataclasses.replace(data, y=data.y[::-1].copy())) == []
