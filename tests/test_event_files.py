"""TensorBoard's event files, as logs of a training."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from torch.utils.tensorboard import SummaryWriter

from bigenough.cli import FOUND
from bigenough.errors import InputError
from bigenough.histories import read
from tests.test_cli import run
from tests.test_histories import EPOCHS, LOSS, RISING, SCORE, SLOW, assert_same


class TestEventFiles:
    """What TensorBoard's writers leave: of Keras's callback (tensors, two sub-folders) and of plain loops (simple values)."""

    @staticmethod
    def of_keras(folder: Path) -> Path:
        for side in ("train", "validation"):
            with SummaryWriter(str(folder / side)) as writer:
                for i in range(EPOCHS):
                    writer.add_scalar("epoch_loss", LOSS[i], i, new_style=True)
                    writer.add_scalar("epoch_accuracy", SCORE[i], i, new_style=True)
                    if side == "train":
                        writer.add_scalar("epoch_learning_rate", 0.01, i, new_style=True)
                    writer.add_scalar("evaluation_loss_vs_iterations", 9.0, 7 * i, new_style=True)
                writer.add_histogram("weights", np.arange(9.0), 0)
                writer.add_text("keras", "no number", 0)
        return folder

    def test_of_keras(self, tmp_path: Path) -> None:
        history = read(self.of_keras(tmp_path))
        assert_same(history)
        assert history.evidence.rates is not None
        np.testing.assert_allclose(history.evidence.rates, 0.01, rtol=1e-6)
        assert "Epochs are counted from 0; they were taken to count from 1." in history.notes

    def test_one_file_of_a_loop(self, tmp_path: Path) -> None:
        with SummaryWriter(str(tmp_path)) as writer:
            for i in range(EPOCHS):
                writer.add_scalar("Loss/train", LOSS[i], 10 * (i + 1))
                writer.add_scalar("Loss/val", LOSS[i], 10 * (i + 1))
                writer.add_scalar("Accuracy/val", SCORE[i], 10 * (i + 1))
        (file,) = tmp_path.iterdir()
        curve = read(file).evidence.curve
        assert curve is not None
        assert curve.updates.tolist() == [10 * (i + 1) for i in range(EPOCHS)]
        np.testing.assert_allclose(curve.train_loss, LOSS, rtol=1e-6)
        np.testing.assert_allclose(curve.held_out_score, SCORE, rtol=1e-6)

    def test_several_curves_of_one_tag(self, tmp_path: Path) -> None:
        with SummaryWriter(str(tmp_path)) as writer:
            for i in range(EPOCHS):
                writer.add_scalars("Loss", {"train": LOSS[i], "val": RISING[i]}, i)
        curve = read(tmp_path).evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.held_out_loss, RISING, rtol=1e-6)

    def test_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with SummaryWriter(str(tmp_path)) as writer:
            for i in range(EPOCHS):
                writer.add_scalar("loss", SLOW[i], i)
        code, out, _ = run(capsys, "diagnose", str(tmp_path), "--json")
        assert code == FOUND
        assert "too-few-updates" in {f["code"] for f in json.loads(out)["findings"] if f["outcome"] == "found"}

    def test_several_trainings(self, tmp_path: Path) -> None:
        for name in ("first", "second"):
            with SummaryWriter(str(tmp_path / name)) as writer:
                writer.add_scalar("loss", 1.0, 0)
        with pytest.raises(InputError, match="holds 2 trainings; give the folder of one of them: first, second"):
            read(tmp_path)

    @pytest.mark.parametrize("name", ["test", "resnet_train", "val"])
    def test_the_name_of_the_training_says_nothing(self, tmp_path: Path, name: str) -> None:
        with SummaryWriter(str(tmp_path / name)) as writer:
            for i in range(EPOCHS):
                writer.add_scalar("loss", LOSS[i], i)
                writer.add_scalar("val_loss", RISING[i], i)
                writer.add_scalar("epoch_time", 3.0, i)
        for given in (tmp_path / name, tmp_path, next((tmp_path / name).iterdir())):
            if given == tmp_path and name != "resnet_train":
                continue  # there the folder is named as a side of a training is
            curve = read(given).evidence.curve
            assert curve is not None
            np.testing.assert_allclose(curve.train_loss, LOSS, rtol=1e-6)
            np.testing.assert_allclose(curve.held_out_loss, RISING, rtol=1e-6)

    def test_sub_folders_of_other_things_do_not_matter(self, tmp_path: Path) -> None:
        with SummaryWriter(str(tmp_path / "run")) as writer:
            for i in range(EPOCHS):
                writer.add_scalar("loss", LOSS[i], i)
                writer.add_scalars("Metrics", {"loss": 9.0, "acc": 9.0}, i)
            writer.add_hparams({"lr": 0.1}, {"last": 0.5})
        (tmp_path / "latest").symlink_to(tmp_path / "run")
        for given in (tmp_path / "run", tmp_path / "latest", tmp_path):
            curve = read(given).evidence.curve
            assert curve is not None
            np.testing.assert_allclose(curve.train_loss, LOSS, rtol=1e-6)

    def test_two_trainings_in_one_folder_are_not_spliced(self, tmp_path: Path) -> None:
        for first, last in ((0, 8), (5, EPOCHS)):  # taken up again at an earlier checkpoint
            with SummaryWriter(str(tmp_path / "resumed"), filename_suffix=f".{first}") as writer:
                for i in range(first, last):
                    writer.add_scalar("loss", LOSS[i] + first, i)
        curve = read(tmp_path / "resumed").evidence.curve
        assert curve is not None
        np.testing.assert_allclose(curve.train_loss, [*LOSS[:5], *(loss + 5 for loss in LOSS[5:])], rtol=1e-6)
        for again in ("a", "b"):
            with SummaryWriter(str(tmp_path / "anew"), filename_suffix=f".{again}") as writer:
                for i in range(6 if again == "a" else 3):
                    writer.add_scalar("loss", 1.0, i)
        with pytest.raises(InputError, match="anew holds several trainings, one after the other"):
            read(tmp_path / "anew")

    def test_the_folders_of_a_tutorial(self, tmp_path: Path) -> None:
        self.of_keras(tmp_path / "fit" / "20261126")
        assert_same(read(tmp_path / "fit"))

    def test_a_csv_may_be_called_anything(self, tmp_path: Path) -> None:
        rows = "\n".join(f"{i},{loss}" for i, loss in enumerate(LOSS, 1))
        (tmp_path / "tfevents.csv").write_text(f"epoch,loss\n{rows}\n")
        assert read(tmp_path / "tfevents.csv").evidence.unit == "epoch"

    def test_without_scalars_and_damaged(self, tmp_path: Path) -> None:
        with SummaryWriter(str(tmp_path / "a")) as writer:
            writer.add_text("keras", "no number", 0)
        with pytest.raises(InputError, match="no column"):
            read(tmp_path / "a")
        (tmp_path / "events.out.tfevents.1").write_bytes(b"x" * 100)
        with pytest.raises(InputError):
            read(tmp_path / "events.out.tfevents.1")

    def test_not_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "events.out.tfevents.1").touch()
        monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_accumulator", None)
        with pytest.raises(InputError, match=r"pip install 'bigenough\[tensorboard\]'"):
            read(tmp_path)
