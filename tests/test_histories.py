"""Training logs of other programs, well-formed and not, and the verb that reads them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bigenough.cli import BAD_INPUT, FOUND
from bigenough.errors import InputError
from bigenough.histories import History, from_object, read
from bigenough.histories.columns import find
from tests.test_cli import run

EPOCHS = 12
LOSS = [round(0.7 * 0.7**i, 6) for i in range(EPOCHS)]
SCORE = [round(1 - 0.5 * 0.7**i, 6) for i in range(EPOCHS)]
SLOW = [round(0.7 - 0.03 * i, 6) for i in range(EPOCHS)]
RISING = [round(0.5 + 0.02 * i, 6) for i in range(EPOCHS)]


def written(folder: Path, text: str, name: str = "history.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def csv_of(columns: dict[str, list[Any]], delimiter: str = ",") -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([delimiter.join(columns), *(delimiter.join(map(str, row)) for row in rows)]) + "\n"


def keras(**changes: list[Any]) -> dict[str, list[Any]]:
    return {
        "epoch": list(range(EPOCHS)), "accuracy": SCORE, "loss": LOSS, "val_accuracy": SCORE, "val_loss": LOSS, **changes,
    }  # fmt: skip


def assert_same(history: History) -> None:
    """It is the training above, whatever it was written in."""
    curve = history.evidence.curve
    assert curve is not None
    np.testing.assert_allclose(curve.train_loss, LOSS)
    np.testing.assert_allclose(curve.held_out_loss, LOSS)
    np.testing.assert_allclose(curve.held_out_score, SCORE)
    assert curve.updates.tolist() == list(range(1, EPOCHS + 1))
    assert history.evidence.unit == "epoch"


class TestWellFormed:
    @pytest.mark.parametrize("orient", ["columns", "index", "records", "split", "table"])
    def test_json_of_pandas(self, tmp_path: Path, orient: Any) -> None:  # noqa: ANN401
        pd.DataFrame(keras()).to_json(tmp_path / "history.json", orient=orient)
        assert_same(read(tmp_path / "history.json"))

    def test_a_decimal_comma(self, tmp_path: Path) -> None:
        assert_same(read(written(tmp_path, csv_of(keras(), ";").replace(".", ","))))

    def test_a_long_log_is_joined(self, tmp_path: Path) -> None:
        steps = np.arange(1, 30_001)
        loss = 0.7 * np.exp(-steps / 3000)
        history = read(written(tmp_path, csv_of({"step": steps.tolist(), "loss": loss.tolist(), "val_loss": loss.tolist()})))
        curve = history.evidence.curve
        assert curve is not None
        assert len(curve.updates) == 1000
        assert curve.updates[-1] == 30_000
        assert curve.train_loss[0] == pytest.approx(loss[: curve.updates[0]].mean())
        assert curve.held_out_loss[0] == loss[curve.updates[0] - 1]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_csv_of_keras(self, tmp_path: Path, delimiter: str) -> None:
        history = read(written(tmp_path, csv_of(keras(), delimiter)))
        assert_same(history)
        assert "Epochs are counted from 0; they were taken to count from 1." in history.notes

    def test_dictionary_of_lists_in_json_and_pickle(self, tmp_path: Path) -> None:
        lists = {name: values for name, values in keras().items() if name != "epoch"}
        assert_same(read(written(tmp_path, json.dumps(lists), "h.json")))
        assert_same(read(written(tmp_path, json.dumps({"history": lists, "epoch": []}), "h.json")))
        (tmp_path / "h.pkl").write_bytes(pickle.dumps({name: np.array(values) for name, values in lists.items()}))
        assert_same(read(tmp_path / "h.pkl"))

    def test_history_of_keras_counts_updates(self) -> None:
        thing = SimpleNamespace(history=keras(), params={"steps": 5, "epochs": EPOCHS})
        del thing.history["epoch"]
        history = from_object(thing)
        assert history.evidence.unit == "update"
        assert history.evidence.updates().tolist() == [5 * i for i in range(1, EPOCHS + 1)]

    def test_history_of_skorch(self, tmp_path: Path) -> None:
        rows = [
            {"epoch": i + 1, "train_loss": LOSS[i], "train_loss_best": True, "valid_loss": LOSS[i], "valid_acc": SCORE[i],
             "valid_acc_best": True, "dur": 0.1, "batches": [{"train_loss": 9.0}]}
            for i in range(EPOCHS)
        ]  # fmt: skip
        assert_same(read(written(tmp_path, json.dumps(rows), "history.json")))
        assert_same(from_object(SimpleNamespace(history=rows)))

    def test_metrics_of_lightning(self, tmp_path: Path) -> None:
        """Losses of steps and held-out values are in rows of their own; the count of steps gives updates."""
        lines = ["epoch,step,train_loss_step,val_acc,val_loss"]
        for i in range(EPOCHS):
            lines += [f"{i},{10 * i + 4},{LOSS[i] + 0.01},,", f"{i},{10 * i + 9},{LOSS[i] - 0.01},,"]
            lines += [f"{i},{10 * i + 9},,{SCORE[i]},{LOSS[i]}"]
        history = read(written(tmp_path, "\n".join(lines), "metrics.csv"))
        curve = history.evidence.curve
        assert curve is not None
        assert history.evidence.unit == "update"
        assert curve.updates.tolist() == [10 * i + 9 for i in range(EPOCHS)]
        np.testing.assert_allclose(curve.train_loss, LOSS)
        np.testing.assert_allclose(curve.held_out_score, SCORE)

    def test_multilayer_perceptron_of_scikit_learn(self) -> None:
        from sklearn.neural_network import MLPClassifier

        rng = np.random.default_rng(0)
        X = rng.normal(size=(60, 3))
        model = MLPClassifier((4,), early_stopping=True, max_iter=300, random_state=0).fit(X, (X[:, 0] > 0).astype(int))
        curve = from_object(model).evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.train_loss, model.loss_curve_)
        np.testing.assert_allclose(curve.held_out_score, model.validation_scores_)

    def test_a_list_of_losses(self) -> None:
        history = from_object(LOSS)
        assert history.evidence.curve is not None
        np.testing.assert_allclose(history.evidence.curve.train_loss, LOSS)
        assert "There is no held-out score." in history.notes


class TestUnderstood:
    def test_per_cent(self, tmp_path: Path) -> None:
        history = read(written(tmp_path, csv_of(keras(val_accuracy=[100 * s for s in SCORE]))))
        assert_same(history)
        assert any("val_accuracy was taken for per cent" in note for note in history.notes)

    def test_epochs_out_of_order(self, tmp_path: Path) -> None:
        columns = {name: values[::-1] for name, values in keras().items()}
        history = read(written(tmp_path, csv_of(columns)))
        assert_same(history)
        assert any("not in order" in note for note in history.notes)

    def test_no_epochs(self, tmp_path: Path) -> None:
        columns = keras()
        del columns["epoch"]
        history = read(written(tmp_path, csv_of(columns)))
        assert_same(history)
        assert any("a row was taken for one" in note for note in history.notes)

    def test_held_out_rows_are_read_off_the_scores(self, tmp_path: Path) -> None:
        scores = [k / 30 for k in (15, 17, 20, 21, 23, 23, 24, 26, 26, 27, 28, 29)]
        history = read(written(tmp_path, csv_of(keras(val_accuracy=scores))))
        assert history.evidence.n_held_out == 30

    def test_a_share_of_errors(self, tmp_path: Path) -> None:
        columns = keras(val_error=[1 - s for s in SCORE])
        del columns["val_accuracy"], columns["accuracy"]
        assert_same(read(written(tmp_path, csv_of(columns))))

    def test_nan_from_the_start_is_a_finding(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = written(tmp_path, csv_of(keras(loss=["nan"] * EPOCHS, val_loss=["nan"] * EPOCHS)))
        code, out, _ = run(capsys, "diagnose", str(path), "--json")
        assert code == FOUND
        assert [f["code"] for f in json.loads(out)["findings"] if f["outcome"] == "found"] == ["non-finite"]

    def test_held_out_values_of_some_epochs_only(self, tmp_path: Path) -> None:
        gaps = [value if i % 2 else "" for i, value in enumerate(LOSS)]
        history = read(written(tmp_path, csv_of(keras(val_loss=gaps))))
        from bigenough.registry import RULES

        assert RULES["non-finite"].check(history.evidence).outcome == "passed"

    @pytest.mark.parametrize(
        ("names", "parts"),
        [
            (["Train Loss", "Val Loss"], {"train_loss": "Train Loss", "held_out_loss": "Val Loss"}),
            (["loss/train", "loss/val"], {"train_loss": "loss/train", "held_out_loss": "loss/val"}),
            (["trainLoss", "validAcc"], {"train_loss": "trainLoss", "held_out_score": "validAcc"}),
            (["val_loss", "test_loss"], {"held_out_loss": "val_loss"}),
            (["eval_accuracy", "step"], {"held_out_score": "eval_accuracy", "updates": "step"}),
            (["lr-Adam", "loss"], {"rate": "lr-Adam", "train_loss": "loss"}),
            (["acc", "val_auc", "auc"], {"train_score": "auc", "held_out_score": "val_auc"}),
            (["held_out_loss", "train_loss_epoch", "train_loss_step"],
             {"held_out_loss": "held_out_loss", "train_loss": "train_loss_epoch"}),
        ],
    )  # fmt: skip
    def test_names_of_columns(self, names: list[str], parts: dict[str, str]) -> None:
        assert find(names) == parts


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("h.csv", "", "h.csv is empty"),
        ("h.csv", "1,2\n3,4\n", "h.csv has no line of column names; the first line is '1,2'"),
        ("h.csv", "a,b\n1,2\n3,4\n", "no column that is known as a loss or a score; it has a, b; known are such as loss"),
        ("h.csv", "epoch,loss,val_loss\n0,0.7,0.8\n", "one epoch only (loss 0.7, val_loss 0.8)"),
        ("h.csv", "loss\n", "h.csv holds no epoch"),
        ("h.csv", "loss\n0.7,1\n", "line 2 of h.csv has 2 cells, and there are 1 columns"),
        ("h.csv", "loss,val_acc\n0.7,1.4\n0.6,1.5\n", "goes up to 1.5, which is neither a share nor per cent"),
        ("h.csv", "loss,val_acc\n0.7,-1\n0.6,0.5\n", "goes down to -1"),
        ("h.csv", "loss,val_acc\nlow,high\nlow,high\n", "no number in loss, val_acc"),
        ("h.json", "{", "h.json is no JSON: line 1"),
        ("h.json", '{"loss": [1, 2], "val_loss": [1]}', "differ in length: loss 2, val_loss 1"),
        ("h.json", '"loss"', "h.json holds a str; a training log is a dictionary of lists"),
        ("h.json", "{}", "it has nothing"),
        ("h.json", "[" * 100_000, "h.json is nested too deeply"),
        ("h.csv", "loss\n" + "0" * 200_000, "h.csv is no CSV: field larger than"),
        ("h.png", "x", "h.png is no training log; one ends in .csv"),
        ("h.pkl", "x", "h.pkl cannot be unpickled"),
    ],
)
def test_malformed_logs_are_one_line(
    name: str, text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "diagnose", str(written(tmp_path, text, name)))
    assert code == BAD_INPUT
    assert out == ""
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_pickle_runs_nothing(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("run",)

    (tmp_path / "trap.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match=r"the pickle holds a builtins\.print; pickle plain lists instead"):
        read(tmp_path / "trap.pkl")


class TestVerb:
    def test_clean(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = run(capsys, "diagnose", str(written(tmp_path, csv_of(keras()))))
        assert code == 0
        assert "Nothing was found." in out
        assert "Confidence is low" in out
        assert err == ""

    def test_findings(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "60")
        slow = keras(loss=SLOW, val_loss=SLOW, accuracy=RISING, val_accuracy=RISING)
        path = str(written(tmp_path, csv_of(slow)))
        code, out, _ = run(capsys, "diagnose", path)
        assert code == FOUND
        assert "found: not converged: too few updates" in out
        assert max(map(len, out.splitlines())) <= 60
        assert run(capsys, "diagnose", path, "--ignore", "too-few-updates")[0] == 0
        assert run(capsys, "diagnose", path, "--fail-on", "overfitting,rate-too-low")[0] == 0
        assert run(capsys, "diagnose", path, "--fail-on", "overfitting", "--fail-on", "too-few-updates")[0] == FOUND

    def test_bad_input(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, _, err = run(capsys, "diagnose", str(tmp_path / "none.csv"))
        assert code == BAD_INPUT
        assert "No such file" in err
        code, _, err = run(capsys, "diagnose", str(written(tmp_path, csv_of(keras()))), "--ignore", "overfiting")
        assert code == BAD_INPUT
        assert "unknown rule 'overfiting'; did you mean overfitting" in err
