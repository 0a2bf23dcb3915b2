"""Training logs of other programs, well-formed and not, and the verb that reads them."""

from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bigenough.cli import BAD_INPUT, FOUND
from bigenough.errors import InputError
from bigenough.histories import History, from_object, read
from bigenough.histories.columns import find
from bigenough.registry import RULES
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
    np.testing.assert_allclose(curve.train_loss, LOSS, rtol=1e-6)
    np.testing.assert_allclose(curve.held_out_loss, LOSS, rtol=1e-6)
    np.testing.assert_allclose(curve.held_out_score, SCORE, rtol=1e-6)
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

    @pytest.mark.parametrize("delimiter", ["|", ",", ";", "\t"])
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

    def test_lists_under_the_name_of_their_side(self, tmp_path: Path) -> None:
        sides = {"train": {"loss": LOSS}, "val": {"loss": LOSS, "accuracy": SCORE}, "args": {"lr": 0.1}}
        assert_same(read(written(tmp_path, json.dumps(sides), "history.json")))

    def test_history_of_keras_counts_updates(self) -> None:
        thing = SimpleNamespace(history=keras(), params={"steps": 5, "epochs": EPOCHS})
        del thing.history["epoch"]
        history = from_object(thing)
        assert history.evidence.unit == "update"
        assert history.evidence.n_epochs == EPOCHS
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


def keras_printed(i: int, values: str) -> str:
    """An epoch of Keras's progress bar, as a terminal's log has it."""
    begun = f"1/48 [....] - ETA: 9s - loss: 9.9 - accuracy: 0.10{chr(8) * 40}\r"
    return f"Epoch {i + 1}/{EPOCHS}\n{begun}48/48 \x1b[32m━━\x1b[0m 1s 9ms/step - {values} - learning_rate: 0.001\n"


PRINTED = {  # from the values of an epoch to what is printed of it
    "keras": lambda i: keras_printed(
        i, f"accuracy: {SCORE[i]} - loss: {LOSS[i]} - val_accuracy: {SCORE[i]} - val_loss: {LOSS[i]}"
    ),
    "one line": lambda i: (
        f"2026-05-08 22:49:56 | INFO | Epoch [{i + 1:03}/{EPOCHS}] TrainLoss={LOSS[i]} TrainAcc={100 * SCORE[i]:.6g}% | "
        f"ValLoss={LOSS[i]} ValAcc={100 * SCORE[i]:.6g}% | LR=1.00e-04 | Time=480.3s\n"
        f"22:50:01 | INFO | [Checkpoint] Saved → C:\\best.pth  (epoch={i + 1}, val_acc={100 * SCORE[i]:.3f})\n"
    ),
    "a line a side": lambda i: (
        f"Epoch {i}/{EPOCHS - 1}\n----------\ntrain Loss: {LOSS[i]} Acc: {SCORE[i]}\nval Loss: {LOSS[i]} Acc: {SCORE[i]}\n\n"
    ),
    "sides before marks": lambda i: (
        f"[2026-01-01] epoch {i + 1}: Train - loss: {LOSS[i]}, acc: {SCORE[i]} | "
        f"Val - loss: {LOSS[i]}, acc: {SCORE[i]}, lr: 0.1\n"
    ),
    "no marks": lambda i: f"epoch {i + 1} train loss {LOSS[i]} val loss {LOSS[i]} val acc {SCORE[i]}\n",
    "a dictionary a line": lambda i: (
        f"{{'loss': {LOSS[i]}, 'eval_loss': {LOSS[i]}, 'eval_accuracy': {SCORE[i]}, 'epoch': {i + 1}.0}}\n"
    ),
    "no count": lambda i: f"INFO: train_loss={LOSS[i]:.6f} val_loss={LOSS[i]:.6f} val_acc={SCORE[i]:.6f}\n",
}  # fmt: skip


class TestPrinted:
    @pytest.mark.parametrize("way", PRINTED)
    def test_what_a_training_printed(self, way: str, tmp_path: Path) -> None:
        above = "Device: cpu, Epochs: 12, LR: 0.001, batches=10\n[Split] Train=3667 | Val=786\n"
        below = f"Training took 3 m 12 s\nBest val Acc: {max(SCORE)}\n"
        text = above + "".join(PRINTED[way](i) for i in range(EPOCHS)) + below
        assert_same(read(written(tmp_path, text, "training.log")))

    def test_scikit_learn_s_iterations_are_epochs(self, tmp_path: Path) -> None:
        lines = [f"Iteration {i + 1}, loss = {LOSS[i]:.8f}\nValidation score: {SCORE[i]:.6f}\n" for i in range(EPOCHS)]
        history = read(written(tmp_path, "".join(lines), "log.txt"))
        curve = history.evidence.curve
        assert curve is not None
        assert history.evidence.unit == "epoch"
        np.testing.assert_allclose(curve.train_loss, LOSS, rtol=1e-6)
        np.testing.assert_allclose(curve.held_out_score, SCORE, rtol=1e-6)

    def test_counts_of_right_answers_are_shares(self, tmp_path: Path) -> None:
        epoch = "Train Epoch: {0} [0/60000 (0%)]\tLoss: 0.{1}9\n\nTest set: Average loss: 0.{1}, Accuracy: 98{1}/1000 (98%)\n\n"
        curve = read(written(tmp_path, epoch.format(1, 5) + epoch.format(2, 4), "log.txt")).evidence.curve
        assert curve is not None
        assert curve.held_out_score.tolist() == [0.985, 0.984]
        assert curve.held_out_loss.tolist() == [0.5, 0.4]
        assert curve.train_loss.tolist() == [0.59, 0.49]

    def test_a_training_that_was_taken_up_again(self, tmp_path: Path) -> None:
        lines = [f"Epoch {i}: loss={value}, val_loss={value}\n" for i, value in ((1, 0.9), (2, 0.8), (3, 0.7))]
        lines += ["Loaded best.pth (epoch=2, best_loss=0.8)\n"]
        lines += [f"Epoch {i}: loss={value}, val_loss={value}\n" for i, value in ((3, 0.6), (4, 0.5))]
        curve = read(written(tmp_path, "".join(lines), "log.txt")).evidence.curve
        assert curve is not None
        assert curve.train_loss.tolist() == [0.9, 0.8, 0.6, 0.5]

    def test_values_called_as_what_is_counted(self, tmp_path: Path) -> None:
        lines = [f"Epoch {i}: count: 5%, loss: {value}, epoch: 70%{' ' * 5000}x\n" for i, value in ((1, 0.9), (2, 0.8))]
        curve = read(written(tmp_path, "".join(lines), "log.txt")).evidence.curve
        assert curve is not None
        assert curve.updates.tolist() == [1, 2]
        assert curve.train_loss.tolist() == [0.9, 0.8]

    @pytest.mark.parametrize(
        "text",
        ["Loss: 0,69, Acc: 0,5\nLoss: 0,59, Acc: 0,6\n", "loss went from 0.9 to 0.8\nloss went from 0.8 to 0.7\n"],
        ids=["decimal commas", "remarks"],
    )
    def test_what_is_no_value_is_not_read(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="has no"):
            read(written(tmp_path, text, "log.txt"))

    def test_a_table_with_remarks_is_a_table(self, tmp_path: Path) -> None:
        text = "# loss: cross-entropy, lr: 0.1\n# best loss: 0.1\n# best val_loss: 0.2\n" + csv_of(keras())
        assert_same(read(written(tmp_path, text)))


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
        assert RULES["non-finite"].check(history.evidence).outcome == "passed"

    @pytest.mark.parametrize(
        ("names", "parts"),
        [
            (["Train Loss", "Val Loss"], {"train_loss": "Train Loss", "held_out_loss": "Val Loss"}),
            (["loss/train", "loss/val"], {"train_loss": "loss/train", "held_out_loss": "loss/val"}),
            (["trainLoss", "validAcc"], {"train_loss": "trainLoss", "held_out_score": "validAcc"}),
            (["val_loss", "test_loss"], {"held_out_loss": "val_loss"}),
            (["eval_accuracy", "step"], {"held_out_score": "eval_accuracy", "updates": "step"}),
            (["holdout_loss", "tst_acc"], {"held_out_loss": "holdout_loss", "held_out_score": "tst_acc"}),
            (["eval_top1", "eval_top5"], {"held_out_score": "eval_top1"}),
            (["test-acc@1"], {"held_out_score": "test-acc@1"}),
            (["Validation Acc. (%)"], {"held_out_score": "Validation Acc. (%)"}),
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
        ("h.csv", "val_acc\n1.4\n1.5\n", "nothing that can be used: val_acc goes up to 1.5, which is neither a share"),
        ("h.csv", "val_acc\n-1\n0.5\n", "nothing that can be used: val_acc goes down to -1"),
        ("h.csv", "val_r2,val_score\n-1,-1\n0.5,0.5\n", "is of a regression, it seems, and has no loss; it has val_r2"),
        ("h.csv", "val_acc\nnan\nnan\n", "h.csv has nothing that can be used: no score is a number"),
        ("h.csv", ",,,\n", "h.csv holds nothing but empty cells"),
        ("h.csv", '""\n', "h.csv holds nothing but empty cells"),
        ("h.csv", "loss,val_acc\nlow,high\nlow,high\n", "no number in loss, val_acc"),
        ("h.json", "{", "h.json is no JSON: line 1"),
        ("h.json", '{"loss": [1, 2], "val_loss": [1]}', "differ in length: loss 2, val_loss 1"),
        ("h.json", '"loss"', "h.json holds a text; a training log is a dictionary of lists"),
        ("h.json", "{}", "it has nothing"),
        ("h.json", "[" * 100_000, "h.json is nested too deeply"),
        ("h.csv", "loss\n" + "0" * 200_000, "h.csv is no CSV: field larger than"),
        (
            "h.log",
            "12:00 INFO step 1, loss 0.7, ok\n12:01 INFO end\n",
            "h.log is no table: a training log has a line of column names",
        ),
        ("h.csv", "id,accuracy\na,0.5\nb,0.6\n", "h.csv shows too little for any rule"),
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


def notes_of(folder: Path, columns: dict[str, list[Any]], name: str = "history.csv") -> tuple[History, str]:
    history = read(written(folder, csv_of(columns), name))
    return history, " ".join(history.notes)


class TestWhichRows:
    """A file may hold several trainings, steps within epochs, and rows that are no epoch."""

    def test_of_several_trainings_the_last(self, tmp_path: Path) -> None:
        columns = keras()
        others = keras(loss=[9.0] * EPOCHS, val_loss=[9.0] * EPOCHS)
        history, notes = notes_of(tmp_path, {name: others[name][:5] + others[name] + columns[name] for name in columns})
        assert_same(history)
        assert f"holds 3 trainings under each other; the last one is read, from row {5 + EPOCHS + 1} on." in notes

    def test_what_was_taken_up_again_replaces_what_it_went_back_behind(self, tmp_path: Path) -> None:
        columns = keras()
        lost = keras(loss=[9.0] * EPOCHS, val_loss=[9.0] * EPOCHS)
        history, notes = notes_of(tmp_path, {name: columns[name][:6] + lost[name][6:9] + columns[name][6:] for name in columns})
        assert_same(history)
        assert "taken up again at epoch 6" in notes

    def test_held_out_values_under_the_training_values_are_no_second_training(self, tmp_path: Path) -> None:
        gaps: list[Any] = [""] * EPOCHS
        rows: dict[str, list[Any]] = {
            "epoch": [*range(EPOCHS)] * 2,
            "loss": LOSS + gaps,
            "val_loss": gaps + LOSS,
            "val_accuracy": gaps + SCORE,
        }
        history, notes = notes_of(tmp_path, rows)
        assert_same(history)
        assert "trainings" not in notes

    def test_an_epoch_that_stands_still(self, tmp_path: Path) -> None:
        history, notes = notes_of(tmp_path, keras(epoch=[0] * EPOCHS))
        assert_same(history)
        assert "Every row has epoch 0; a row was taken for an epoch." in notes

    def test_steps_of_few_epochs_are_points_of_their_own(self, tmp_path: Path) -> None:
        steps, per_epoch = [0, 10, 20, 30], 3
        rows: dict[str, list[Any]] = {
            "epoch": [e for e in range(per_epoch) for _ in steps],
            "step": steps * per_epoch,
            "loss": LOSS,
            "val_loss": LOSS,
        }
        history, notes = notes_of(tmp_path, rows)
        curve = history.evidence.curve
        assert curve is not None
        assert history.evidence.unit == "update"
        assert curve.updates.tolist() == [0, 10, 20, 30, 31, 41, 51, 61, 62, 72, 82, 92]
        np.testing.assert_allclose(curve.train_loss, LOSS)
        assert "begins anew in every epoch; it was counted on" in notes

    def test_steps_that_begin_anew_where_a_training_was_taken_up_again(self, tmp_path: Path) -> None:
        steps = [100, 200, 300, 400, 500, 600] * 2
        history, notes = notes_of(tmp_path, {"epoch": list(range(EPOCHS)), "step": steps, "loss": LOSS})
        assert history.evidence.updates().tolist() == [100 * (i + 1) for i in range(EPOCHS)]
        assert "begins anew; it was counted on" in notes

    def test_steps_that_go_back_a_little_are_no_beginning(self, tmp_path: Path) -> None:
        """Held-out values may be logged a few steps after the next epoch's first ones."""
        rows: dict[str, list[Any]] = {"epoch": [], "step": [], "loss": [], "val_loss": []}
        for i in range(EPOCHS):
            rows["epoch"] += [i, i]
            rows["step"] += [100 * i + 50, 460 if i == 3 else 100 * (i + 1)]
            rows["loss"] += [LOSS[i], ""]
            rows["val_loss"] += ["", LOSS[i]]
        history, _ = notes_of(tmp_path, rows)
        assert history.evidence.updates().tolist() == [460 if i == 3 else 100 * (i + 1) for i in range(EPOCHS)]

    def test_the_best_epoch_once_more_is_no_training_taken_up_again(self, tmp_path: Path) -> None:
        columns = keras()
        history, notes = notes_of(tmp_path, {name: [*values, values[4]] for name, values in columns.items()})
        assert_same(history)
        assert "taken up" not in notes

    def test_a_training_that_has_only_begun_gives_way(self, tmp_path: Path) -> None:
        columns = keras()
        history, notes = notes_of(tmp_path, {name: values + values[:2] for name, values in columns.items()})
        assert_same(history)
        assert f"holds 2 trainings under each other; number 1, the last of {EPOCHS} points, is read, from row 1 on" in notes

    def test_places_in_a_training_that_was_given_up_do_not_count(self, tmp_path: Path) -> None:
        columns = keras()
        twice = {name: values[:6] + values[3:9] + values for name, values in columns.items()}  # taken up again, then anew
        history, notes = notes_of(tmp_path, twice)
        assert_same(history)
        assert "holds 2 trainings" in notes
        assert "taken up" not in notes

    def test_rows_of_two_sides_under_each_other(self, tmp_path: Path) -> None:
        rows: dict[str, list[Any]] = {
            "epoch": [*range(EPOCHS)] * 2, "phase": ["train"] * EPOCHS + ["val"] * EPOCHS, "loss": LOSS + RISING,
            "acc": SCORE * 2,
        }  # fmt: skip
        history, _ = notes_of(tmp_path, rows)
        curve = history.evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.train_loss, LOSS)
        np.testing.assert_allclose(curve.held_out_loss, RISING)
        records = [
            {"epoch": i, "split": s, "loss": LOSS[i], "acc": SCORE[i]} for i in range(EPOCHS) for s in ("train", "valid")
        ]
        assert_same(from_object(records))

    def test_remarks_between_trainings(self, tmp_path: Path) -> None:
        text = "# run 1\n" + csv_of(keras(loss=RISING)) + "# run 2\n" + csv_of(keras()) + "# done\n"
        assert_same(read(written(tmp_path, text)))

    def test_a_count_in_no_order_at_all_is_quick(self, tmp_path: Path) -> None:
        steps = np.random.default_rng(0).integers(0, 20_000, 20_000)
        loss = 1 - steps / 20_000
        history, notes = notes_of(tmp_path, {"step": steps.tolist(), "loss": loss.tolist()})
        assert "trainings" not in notes
        assert len(history.evidence.updates()) == 1000

    def test_steps_of_many_epochs_are_joined(self, tmp_path: Path) -> None:
        rows: dict[str, list[Any]] = {
            "epoch": [i for i in range(EPOCHS) for _ in range(3)], "step": list(range(1, 3 * EPOCHS + 1)),
            "loss": [loss + d for loss in LOSS for d in (0.01, 0.0, -0.01)],
        }  # fmt: skip
        curve = notes_of(tmp_path, rows)[0].evidence.curve
        assert curve is not None
        assert curve.updates.tolist() == [3 * (i + 1) for i in range(EPOCHS)]
        np.testing.assert_allclose(curve.train_loss, LOSS)

    def test_many_updates_of_few_epochs_are_not_many(self, tmp_path: Path) -> None:
        """Whether a rate is too low is asked after many passes over the rows, and large data have many updates in one."""
        rows: dict[str, list[Any]] = {"epoch": [i // 4 for i in range(EPOCHS)], "step": [2000 * (i + 1) for i in range(EPOCHS)]}
        slow = notes_of(tmp_path, {**rows, "loss": SLOW, "val_loss": SLOW})[0].evidence
        assert slow.n_epochs == 3
        assert RULES["rate-too-low"].check(slow).outcome == "not applicable"
        assert RULES["too-few-updates"].check(slow).outcome == "found"
        assert RULES["rate-too-low"].check(dataclasses.replace(slow, n_epochs=None)).outcome == "found"

    def test_the_last_row_s_mean_loss_is_not_the_curve(self, tmp_path: Path) -> None:
        """As transformers' Trainer writes its state: a last record with the mean of all losses, under another name."""
        log = [{"epoch": i / 10, "step": 10 * (i + 1), "loss": LOSS[i], "learning_rate": 1e-3} for i in range(EPOCHS)]
        log += [{"epoch": i / 10, "step": 10 * (i + 1), "eval_loss": LOSS[i], "eval_accuracy": SCORE[i]} for i in range(EPOCHS)]
        log.append({"epoch": 1.2, "step": 10 * EPOCHS, "train_loss": 0.2, "train_runtime": 12.3})
        history = read(written(tmp_path, json.dumps({"best_metric": 0.9, "log_history": log}), "trainer_state.json"))
        curve = history.evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.train_loss, LOSS)
        np.testing.assert_allclose(curve.held_out_loss, LOSS)
        assert "Not used: train_loss, train_runtime." in history.notes


class TestSaid:
    def test_the_accuracy_of_an_output_with_a_name(self, tmp_path: Path) -> None:
        named = {"out_acc": SCORE, "out_loss": LOSS, "loss": LOSS, "val_out_acc": SCORE, "val_out_loss": LOSS, "val_loss": LOSS}
        assert_same(notes_of(tmp_path, named)[0])
        history, notes = notes_of(tmp_path, named | {"other_acc": SCORE, "val_other_acc": SCORE})
        assert "No column is known as a held-out score" in notes
        assert history.evidence.score_name == "accuracy"

    """What was not understood is named, and the values at the end are those of the log."""

    def test_columns_that_are_not_used(self, tmp_path: Path) -> None:
        columns: dict[str, list[Any]] = {"epoch": [*range(EPOCHS)], "loss": LOSS, "real_val_loss": LOSS, "seconds": LOSS}
        _, notes = notes_of(tmp_path, columns)
        assert "Not used: real_val_loss, seconds." in notes
        assert "No column is known as a held-out loss." in notes
        _, notes = notes_of(tmp_path, {"epoch": list(range(EPOCHS)), "loss": LOSS, "seconds": LOSS})
        assert "There is no held-out loss." in notes

    def test_the_end_and_the_best(self, tmp_path: Path) -> None:
        falls_and_rises = [*LOSS[:6], 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
        _, notes = notes_of(tmp_path, keras(val_loss=falls_and_rises))
        assert (
            "At the end: training loss 0.0138, training accuracy 99.0 %, held-out loss 0.8 (best 0.118, after epoch 6)" in notes
        )

    def test_a_regression(self, tmp_path: Path) -> None:
        columns: dict[str, list[Any]] = {
            "epoch": [*range(EPOCHS)],
            "loss": LOSS,
            "mae": LOSS,
            "val_loss": LOSS,
            "val_mae": LOSS,
        }
        assert "mae, val_mae: of a regression" in notes_of(tmp_path, columns)[1]
        notes = notes_of(tmp_path, {**columns, "val_accuracy": SCORE})[1]
        assert "mae, val_mae: of a regression, but val_accuracy: of classes; it was taken for a classifier." in notes

    def test_of_columns_with_one_name_the_first_counts(self, tmp_path: Path) -> None:
        rows = [f"{a},{b},{a},{c}\n" for a, b, c in zip(LOSS, RISING, SCORE, strict=True)]
        history = read(written(tmp_path, "loss,loss,val_loss,val_accuracy\n" + "".join(rows)))
        assert_same(history)
        assert "Not used: loss (column 2)." in history.notes

    @pytest.mark.parametrize("what", ["loss", "val_loss"])
    def test_a_loss_that_is_no_number_at_the_end(self, what: str, tmp_path: Path) -> None:
        both = {"val_loss": [*LOSS[:8], *["nan"] * 4], what: [*LOSS[:8], *["nan"] * 4]}
        _, notes = notes_of(tmp_path, keras(**both))
        title = {"loss": "training loss", "val_loss": "held-out loss"}[what]
        assert f"{title} no number (since epoch 9; {LOSS[7]:.3g} before)" in notes
        _, notes = notes_of(tmp_path, keras(**{"val_loss": ["nan"] * EPOCHS, what: ["nan"] * EPOCHS}))
        assert f"{title} no number from the start" in notes

    @pytest.mark.parametrize("end", ["nan", ""])
    def test_a_training_loss_that_ends_while_the_network_is_well(self, end: str, tmp_path: Path) -> None:
        history, notes = notes_of(tmp_path, keras(loss=[*LOSS[:4], *[end] * 8]))
        assert "From epoch 5 on there is no training loss." in notes
        assert RULES["non-finite"].check(history.evidence).explanation.endswith("at all 4 checkpoints, up to 4 epochs.")
        late = RULES["too-few-updates"].check(history.evidence)
        assert late.explanation.startswith("the training loss is known until 4 epochs of 12 epochs only")

    def test_losses_that_are_empty_to_the_end(self, tmp_path: Path) -> None:
        _, notes = notes_of(tmp_path, keras(loss=[*LOSS[:4], *[""] * 8], val_loss=[*LOSS[:4], *[""] * 8]))
        assert "From epoch 5 on there is no held-out loss; if it was no number, the training broke down." in notes

    def test_classes_of_yolo(self, tmp_path: Path) -> None:
        columns: dict[str, list[Any]] = {
            "epoch": [*range(1, EPOCHS + 1)],
            "train/loss": LOSS,
            "metrics/accuracy_top1": SCORE,
            "val/loss": LOSS,
        }
        assert_same(notes_of(tmp_path, columns)[0])

    def test_lists_of_another_length_that_are_no_curves(self, tmp_path: Path) -> None:
        history = read(written(tmp_path, json.dumps({**keras(), "classes": ["a", "b"], "fine_tune_loss": [1, 2]}), "h.json"))
        assert_same(history)
        assert "Not used: classes, fine_tune_loss." in history.notes

    @pytest.mark.parametrize("head", ["# a remark\n# with a comma, or two\n", "\n#\n"])
    def test_remarks_above(self, tmp_path: Path, head: str) -> None:
        assert_same(read(written(tmp_path, head + csv_of(keras()))))

    def test_names_behind_a_mark(self, tmp_path: Path) -> None:
        assert_same(read(written(tmp_path, "# " + csv_of(keras()))))
        gaps = keras(val_loss=["", *LOSS[1:]], time=[f"12:00:{i}" for i in range(EPOCHS)])
        assert read(written(tmp_path, "# " + csv_of(gaps))).evidence.curve is not None
        columns = {name: values for name, values in keras().items() if name != "epoch"}
        np.savetxt(tmp_path / "saved.txt", np.column_stack([*columns.values()]), header=" ".join(columns))
        assert_same(read(tmp_path / "saved.txt"))

    def test_a_first_column_without_a_name(self, tmp_path: Path) -> None:
        assert_same(read(written(tmp_path, csv_of({"": list(range(EPOCHS)), **keras()}, "\t"), "h.tsv")))

    def test_a_test_of_the_end_and_lists_of_nothing(self, tmp_path: Path) -> None:
        lists = {**keras(), "test_loss": [0.5], "step": [], "lr": [0.1] * 40}
        assert_same(read(written(tmp_path, json.dumps(lists), "h.json")))

    def test_metrics_are_of_no_side(self, tmp_path: Path) -> None:
        columns = {"loss": LOSS, "metrics/accuracy": RISING, "val_loss": LOSS}
        history, notes = notes_of(tmp_path, columns)
        assert "Not used: metrics/accuracy." in notes
        assert "There is no held-out score." in notes
        assert history.evidence.n_held_out is None

    @pytest.mark.parametrize(
        ("scores", "rows"),
        [
            ([0.81, 0.83, 0.84, 0.86, 0.87, 0.91], None),  # two decimals, whatever the rows
            ([0.812, 0.834, 0.845, 0.867, 0.871, 0.915], None),
            ([0.4, 0.45, 0.5, 0.55, 0.6, 0.65], 20),
            ([5 / 9, 3 / 9, 4 / 9], 9),
            ([0.3333, 0.4444, 0.5556], None),  # of nine rows, but rounded
            ([0.5, 1.0, 1.0], None),
        ],
    )
    def test_rounded_scores_tell_no_rows(self, tmp_path: Path, scores: list[float], rows: int | None) -> None:
        columns = {"loss": LOSS[: len(scores)], "val_accuracy": scores}
        assert notes_of(tmp_path, columns)[0].evidence.n_held_out == rows


def outcomes(history: History) -> dict[str, str]:
    return {code: RULES[code].check(history.evidence).outcome for code in RULES}


def found(history: History) -> set[str]:
    return {code for code, outcome in outcomes(history).items() if outcome == "found"}


class TestNaN:
    """A library writes NaN where nothing was recorded, and a network that broke down gives it."""

    TRAIN = pd.DataFrame({"epoch": range(EPOCHS), "train_loss": LOSS})
    HELD_OUT = pd.DataFrame({"epoch": range(EPOCHS), "val_loss": LOSS, "val_acc": SCORE})

    @pytest.mark.parametrize("in_order", [True, False])
    def test_frames_under_each_other(self, in_order: bool, tmp_path: Path) -> None:
        frame = pd.concat([self.TRAIN, self.HELD_OUT])
        if in_order:
            frame = frame.sort_values("epoch", kind="stable")
        frame.to_csv(tmp_path / "h.csv", index=False, na_rep="nan")
        for history in (read(tmp_path / "h.csv"), from_object(frame.to_dict("list")), from_object(frame)):
            assert_same(history)
            assert outcomes(history)["non-finite"] == "passed"
            said = "NaN was taken for a value that was not recorded: of train_loss in 12, val_loss in 12, val_acc in 12 rows."
            assert said in history.notes

    @pytest.mark.parametrize("rest", [0, 1, 2])
    def test_values_of_some_epochs(self, rest: int) -> None:
        nan = float("nan")
        held_out = [value if i % 3 == 2 else nan for i, value in enumerate(LOSS)][: EPOCHS - rest]
        history = from_object({"loss": LOSS[: EPOCHS - rest], "val_loss": held_out})
        assert outcomes(history)["non-finite"] == "passed"
        np.testing.assert_allclose(history.evidence.series("held_out_loss")[2], LOSS[2])

    def test_a_breakdown_is_none(self, tmp_path: Path) -> None:
        """Also under each other: the training loss is not there in the held-out rows, and no number in its own."""
        nan = ["nan"] * (EPOCHS - 5)
        broken = [read(written(tmp_path, csv_of(keras(loss=[*LOSS[:5], *nan], val_loss=[*LOSS[:5], *nan]))))]
        train = self.TRAIN.assign(train_loss=[*LOSS[:5], *map(float, nan)], train_acc=SCORE)
        held_out = self.HELD_OUT.assign(val_loss=[*LOSS[:5], *map(float, nan)])
        broken.append(from_object(pd.concat([train, held_out]).to_dict("list")))
        for history in broken:
            said = RULES["non-finite"].check(history.evidence).explanation
            assert said == "The loss was no finite number after 6 epochs."
            assert outcomes(history)["rate-too-high"] == "found"

    def test_of_a_breakdown_nothing_else_is_said(self, tmp_path: Path) -> None:
        """The loss fell well, and the held-out score with it, until it was none."""
        nan = ["nan"] * 4
        broken = keras(loss=[*SLOW[:8], *nan], val_loss=[*SLOW[:8], *nan], val_accuracy=[*SCORE[:8], 0.5, 0.5, 0.5, 0.5])
        history = read(written(tmp_path, csv_of(broken)))
        assert found(history) == {"non-finite", "rate-too-high"}
        assert "passed" not in outcomes(history).values()


class TestScores:
    def test_a_little_above_one(self, tmp_path: Path) -> None:
        curve = read(written(tmp_path, csv_of(keras(accuracy=[*SCORE[:-1], 1.0000001192])))).evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.train_score, [*SCORE[:-1], 1.0], atol=0)

    @pytest.mark.parametrize(
        ("columns", "train", "held_out"),
        [
            ({"loss": [6.9, 6.4], "acc": [0.1, 1.55], "val_acc": [0.1, 1.1]}, 0.0155, 0.011),  # of 1,000 classes
            ({"loss": [6.9, 6.4], "acc": [0.1, 1.55], "val_acc": [0.1, 0.9]}, 0.0155, 0.009),
            ({"loss": [3.0, 1.0], "acc": [10, 95], "val_acc": [0.1, 0.9]}, 0.95, 0.9),  # one of each
            ({"loss": [3.0, 1.0], "acc": [10, 95], "val_acc": [0.1, 1.5]}, 0.95, 0.015),
            ({"loss": [3.0, 1.0], "acc (%)": [0.5, 0.9], "val_acc": ["50.0%", "60.0%"]}, 0.9, 0.6),
            ({"loss": [3.0, 1.0], "acc (%)": ["50.0%", "90.0%"], "val_acc (%)": ["50.0%", "60.0%"]}, 0.9, 0.6),
            ({"loss": [6.9, 6.4], "acc (%)": [0.1, 0.9], "val_acc (%)": [0.1, 0.6]}, 0.009, 0.006),  # of 1,000 classes
        ],
    )
    def test_per_cent(self, columns: dict[str, list[Any]], train: float, held_out: float, tmp_path: Path) -> None:
        curve = read(written(tmp_path, csv_of(columns))).evidence.curve
        assert curve is not None
        assert curve.train_score[-1] == pytest.approx(train)
        assert curve.held_out_score[-1] == pytest.approx(held_out)

    @pytest.mark.parametrize("bad", [[1.4, 1.5] * 6, [-1.0, 0.5] * 6, [10.0, 300.0] * 6])
    def test_one_that_cannot_be_used_is_left_out(self, bad: list[float], tmp_path: Path) -> None:
        history, notes = notes_of(tmp_path, keras(val_accuracy=bad))
        assert history.evidence.curve is not None
        assert np.isnan(history.evidence.curve.held_out_score).all()
        np.testing.assert_allclose(history.evidence.series("train_score"), SCORE)
        assert f"val_accuracy goes {'down to -1' if bad[0] < 0 else 'up to'}" in notes
        assert "it is left out." in notes

    def test_eight_times_chance_is_not_chance(self, tmp_path: Path) -> None:
        loss, score = [6.9 - 0.05 * i for i in range(EPOCHS)], [0.1 + 0.12 * i for i in range(EPOCHS)]
        history, _ = notes_of(tmp_path, {"loss": loss, "acc": score, "val_loss": loss, "val_acc": score})
        assert "stuck-at-chance" not in found(history)


class TestRegression:
    AT = np.arange(60)

    def log(self, loss: Any, held_out: Any) -> dict[str, list[float]]:  # noqa: ANN401
        columns = {"loss": loss, "mae": np.sqrt(loss), "val_loss": held_out, "val_mae": np.sqrt(held_out)}
        return {name: values.tolist() for name, values in columns.items()}

    def test_what_classifiers_have_is_not_found(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        at_rest = 5000 * np.exp(-self.AT / 3) + 20 + np.random.default_rng(0).normal(size=60)
        rising = 5000 * np.exp(-self.AT / 6) + 30 + 1.5 * self.AT
        for loss, held_out in ((at_rest, at_rest + 2), (5000 * np.exp(-self.AT / 6) + 20 * np.exp(-self.AT / 20), rising)):
            code, out, _ = run(capsys, "diagnose", str(written(tmp_path, csv_of(self.log(loss, held_out)))))
            assert code == 0
            assert "it is a regression, and the rule is for" in out

    def test_a_breakdown_is_found(self) -> None:
        loss = np.where(self.AT < 40, 20.0, np.nan)
        assert found(from_object(self.log(loss, loss))) == {"non-finite", "rate-too-high"}
        grows = 20.0 * 1.1**self.AT
        assert found(from_object(self.log(grows, grows))) == {"rate-too-high"}

    @pytest.mark.parametrize("early_stopping", [True, False])
    @pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # it is stopped early on purpose
    def test_regressor_of_scikit_learn(self, early_stopping: bool) -> None:
        from sklearn.neural_network import MLPRegressor

        rng = np.random.default_rng(0)
        X = rng.normal(size=(200, 3))
        model = MLPRegressor(hidden_layer_sizes=(4,), early_stopping=early_stopping, max_iter=40, random_state=0)
        history = from_object(model.fit(X, 100 * X[:, 0] + rng.normal(size=200)))
        assert history.evidence.regression
        assert found(history) == set()
        assert outcomes(history)["too-few-updates"] == "not applicable"

    def test_a_score_below_nothing_is_of_one(self, tmp_path: Path) -> None:
        history, notes = notes_of(tmp_path, {"loss": LOSS, "val_score": [-0.4, *SCORE[1:]]})
        assert history.evidence.regression
        assert "val_score: of a regression, it seems" in notes


def tensors(**columns: list[Any]) -> dict[str, list[torch.Tensor]]:
    """As a loop keeps them that forgets to make numbers of them."""
    lists = columns.items()
    return {name: [torch.tensor(float(value), requires_grad=name == "loss") for value in values] for name, values in lists}


class TestObjects:
    @pytest.mark.parametrize(
        "thing",
        [
            pd.DataFrame(keras()),
            pd.DataFrame(keras()).set_index("epoch"),
            pd.DataFrame(keras()).to_records(index=False),
            np.array(pd.DataFrame(keras()).to_dict("records")),
            {name: [np.float32(value) for value in values] for name, values in keras().items()},
            tensors(**keras()),
            {**{name: torch.tensor(values) for name, values in keras().items()}, "best": torch.tensor(1.0)},
            {name: np.array(values) for name, values in keras().items()},
        ],
    )
    def test_of_tables(self, thing: Any) -> None:  # noqa: ANN401
        assert_same(from_object(thing))

    @pytest.mark.parametrize("kind", [np.array, torch.tensor, pd.Series, lambda loss: [np.float32(v) for v in loss]])
    def test_of_losses(self, kind: Any) -> None:  # noqa: ANN401
        np.testing.assert_allclose(from_object(kind(LOSS)).evidence.series("train_loss"), LOSS, rtol=1e-6)
        listed = from_object(list(kind(LOSS)))
        np.testing.assert_allclose(listed.evidence.series("train_loss"), LOSS, rtol=1e-6)

    @pytest.mark.parametrize("thing", ["abc", ["a"], [], None, np.eye(3), [0.5, None]])
    def test_of_nothing_known(self, thing: Any) -> None:  # noqa: ANN401
        with pytest.raises(InputError, match=r"history holds a .*; a training log is a dictionary of lists"):
            from_object(thing)


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
        little = str(written(tmp_path, "id,accuracy\na,0.5\nb,0.6\n", "little.csv"))
        code, out, _ = run(capsys, "diagnose", little, "--json")
        assert code == BAD_INPUT
        assert {finding["outcome"] for finding in json.loads(out)["findings"]} == {"not applicable"}
        assert run(capsys, "diagnose", path, "--fail-on", "overfitting,rate-too-low")[0] == 0
        assert run(capsys, "diagnose", path, "--fail-on", "overfitting", "--fail-on", "too-few-updates")[0] == FOUND

    def test_bad_input(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, _, err = run(capsys, "diagnose", str(tmp_path / "none.csv"))
        assert code == BAD_INPUT
        assert "No such file" in err
        code, _, err = run(capsys, "diagnose", "relu-mpl", "--budget", "1m")
        assert code == BAD_INPUT
        assert "cannot read relu-mpl: No such file or directory, and no model has that name" in err
        code, _, err = run(capsys, "diagnose", str(written(tmp_path, csv_of(keras()))), "--ignore", "overfiting")
        assert code == BAD_INPUT
        assert "unknown rule 'overfiting'; did you mean overfitting" in err


def test_a_score_of_no_side_beside_losses_that_have_one(tmp_path: Path) -> None:
    lines = [f"{e},{0.7 * 0.9**e:.4f},{0.6 + 0.01 * e:.4f},{0.6 + 0.005 * e:.4f}" for e in range(20)]
    for head, cells, side in (("time", ",00:05", "held-out"), ("lr", ",0.01", None)):
        (tmp_path / "log.csv").write_text(
            "\n".join([f"epoch,train_loss,valid_loss,accuracy,{head}", *(f"{x}{cells}" for x in lines)])
        )
        history = read(tmp_path / "log.csv")
        assert (f"accuracy is the {side} score" in " ".join(history.notes)) == (side is not None)
        assert history.evidence.curve is not None
        assert np.isnan(history.evidence.curve.train_score).all()


def test_a_heading_says_whose_the_values_under_it_are(tmp_path: Path) -> None:
    """As PyTorch's own introduction prints it."""
    epochs = [
        f"Epoch {e}\n-------\nloss: 2.1  [   64/60000]\nloss: {1 / e:.3f}  [ 6464/60000]\n"
        f"Test Error: \n Accuracy: {60 + e}.0%, Avg loss: {0.9 + e / 100:.3f} \n"
        for e in range(1, 13)
    ]
    (tmp_path / "log.txt").write_text("\n".join(epochs))
    curve = read(tmp_path / "log.txt").evidence.curve
    assert curve is not None
    np.testing.assert_allclose(curve.train_loss, [round(1 / e, 3) for e in range(1, 13)])
    np.testing.assert_allclose(curve.held_out_loss, [0.9 + e / 100 for e in range(1, 13)])
    np.testing.assert_allclose(curve.held_out_score, [0.6 + e / 100 for e in range(1, 13)])


def test_colours_and_drawn_lines_are_no_values(tmp_path: Path) -> None:
    """As skorch prints its table."""
    rows = [f"{e:7}  \x1b[36m{1 / e:12.4f}\x1b[0m  \x1b[32m{0.5 + e / 100:11.4f}\x1b[0m" for e in range(1, 13)]
    (tmp_path / "log.txt").write_text(
        "\n".join(["  epoch    train_loss    valid_acc", "-------  ------------  -----------", *rows])
    )
    curve = read(tmp_path / "log.txt").evidence.curve
    assert curve is not None
    np.testing.assert_array_equal(curve.updates, range(1, 13))
    np.testing.assert_allclose(curve.held_out_score, [0.5 + e / 100 for e in range(1, 13)])


def test_lines_of_boosting_are_not_called_json(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("\n".join(f"[{i}]\tvalidation_0-logloss:{0.7 - i / 100:.4f}" for i in range(9)))
    with pytest.raises(InputError) as caught:
        read(tmp_path / "log.txt")
    assert "JSON" not in str(caught.value)
