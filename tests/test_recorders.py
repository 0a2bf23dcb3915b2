"""Recorders: what they write is what happened, and the training does not notice them."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from bigenough.errors import InputError
from bigenough.histories import read
from bigenough.recorders import Recorder
from bigenough.recorders.log import Log, check_name
from bigenough.registry import RULES


def blobs(n: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(n) % 2
    return torch.randn(n, 3, generator=generator) + 2 * y[:, None], y


def network(activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), activation(), nn.Linear(8, 8), activation(), nn.Linear(8, 2))


def train(model: nn.Module, updates: int, *, record: bool = True, rate: float = 0.1, every: int = 20) -> Recorder | None:
    """A loop as a person writes it."""
    X, y = blobs()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    recorder = Recorder(model, optimizer) if record else None
    for update in range(updates):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        if recorder is not None:
            recorder.step(loss, score=0.5)
            if update % every == every - 1:
                recorder.held_out(loss=loss.item(), score=0.75)
    return recorder


class Shared(nn.Module):
    """One activation module for both hidden layers, registered after all others."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(3, 8), nn.Linear(8, 4), nn.Linear(4, 2)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.third(self.relu(self.second(self.relu(self.first(x)))))
        return out


def record(model: nn.Module, batch: Callable[[], tuple[torch.Tensor, torch.Tensor]], updates: int = 40) -> Recorder:
    """Train on batches, of rows or of sequences, at a rate that hardly changes anything."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    recorder = Recorder(model, optimizer)
    for _ in range(updates):
        X, y = batch()
        optimizer.zero_grad()
        out = model(X)
        loss = nn.functional.cross_entropy(out if out.ndim == 2 else out.mean(dim=1), y)
        loss.backward()
        optimizer.step()
        recorder.step(loss)
    return recorder


@pytest.mark.usefixtures("one_thread")
class TestRecorder:
    def test_writes_down_what_happened(self, tmp_path: Path) -> None:
        """The first update by hand: its gradient and step, and the loss before it."""
        model, (X, y) = network(), blobs()
        before = [p.detach().clone() for p in model.parameters()]
        loss = nn.functional.cross_entropy(model(X), y)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        recorder = train(model, 1, rate=0.1)
        assert recorder is not None
        recorder.save(tmp_path / "h.json")
        first = {name: values[0] for name, values in json.loads((tmp_path / "h.json").read_text())["history"].items()}
        size = torch.cat([g.flatten() for g in gradients]).norm().item()
        assert first["updates"] == 1
        assert first["train_loss"] == pytest.approx(loss.item())
        assert first["gradient_norm"] == pytest.approx(size, rel=1e-5)
        assert first["gradient_ratio"] == pytest.approx((gradients[0].norm() / gradients[4].norm()).item(), rel=1e-5)
        assert first["step_ratio"] == pytest.approx(
            0.1 * size / torch.cat([b.flatten() for b in before]).norm().item(), rel=1e-4
        )
        assert first["rate"] == 0.1

    def test_training_does_not_notice(self) -> None:
        one, other = network(), network()
        train(one, 50)
        train(other, 50, record=False)
        for p, q in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.equal(p, q)

    def test_the_end_is_seen_where_there_was_enough_since_the_last_look(self, tmp_path: Path) -> None:
        """The last look before 500 updates is at the 414th; 420 updates are six more, too few for a mean."""
        for updates, ends in ((500, 500), (420, 414)):
            recorder = train(network(), updates)
            assert recorder is not None
            recorder.save(tmp_path / "h.json")
            curve = read(tmp_path / "h.json").evidence.curve
            assert curve is not None
            assert curve.updates[np.isfinite(curve.train_loss)].max() == ends

    def test_a_loss_that_broke_down_after_the_last_look_is_seen(self, tmp_path: Path) -> None:
        model = network()
        recorder = train(model, 420, every=50)
        assert recorder is not None
        recorder.step(torch.tensor(float("nan")))
        recorder.save(tmp_path / "h.json")
        assert RULES["non-finite"].check(read(tmp_path / "h.json").evidence).outcome == "found"

    @pytest.mark.parametrize("ending", ["json", "csv"])
    def test_what_it_writes_can_be_diagnosed(self, ending: str, tmp_path: Path) -> None:
        recorder = train(network(), 400, rate=0.5)
        assert recorder is not None
        recorder.save(tmp_path / f"h.{ending}")
        evidence = read(tmp_path / f"h.{ending}").evidence
        assert evidence.unit == "update"
        assert evidence.curve is not None
        for name, values in vars(evidence.curve).items():
            assert np.isfinite(values).any(), name
        assert RULES["non-finite"].check(evidence).outcome == "passed"
        assert RULES["too-few-updates"].check(evidence).outcome == "passed"
        assert RULES["dead-units"].check(evidence).outcome == ("passed" if ending == "json" else "not applicable")

    def test_idle_units_are_counted(self, tmp_path: Path) -> None:
        """All units of the second layer are dead: half of them all."""
        model = network()
        second: Any = model[2]
        with torch.no_grad():
            second.bias.fill_(-1000.0)
        recorder = train(model, 100)
        assert recorder is not None
        recorder.save(tmp_path / "h.json")
        shares = read(tmp_path / "h.json").evidence.series("idle_share")
        assert np.nanmin(shares) >= 0.5
        recorder.close()

    def test_saturated_units_are_counted(self, tmp_path: Path) -> None:
        model = network(nn.Tanh)
        second: Any = model[2]
        with torch.no_grad():
            second.bias.fill_(1000.0)
        recorder = train(model, 100)
        assert recorder is not None
        recorder.save(tmp_path / "h.json")
        history = read(tmp_path / "h.json")
        assert np.nanmax(history.evidence.series("idle_share")) >= 0.5
        assert history.evidence.setting("activation") == "tanh"

    @pytest.mark.parametrize("size", [64, 300])
    def test_uses_of_one_module_are_units_of_their_own(self, size: int, tmp_path: Path) -> None:
        """One ReLU after 8 and after 4 units, registered last; all of the second use are dead."""
        model = Shared()
        with torch.no_grad():
            model.second.bias.fill_(-1000.0)
        recorder = record(model, lambda: blobs(size))
        recorder.save(tmp_path / "h.json")
        evidence = read(tmp_path / "h.json").evidence
        shares = evidence.series("idle_share")
        assert 4 / 12 <= np.nanmin(shares) < 1
        np.testing.assert_allclose(np.round(12 * shares), 12 * shares)
        assert evidence.setting("activation") == "relu"

    def test_an_activation_at_the_end_is_the_output_s(self, tmp_path: Path) -> None:
        model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2), nn.Sigmoid())
        first: Any = model[0]
        with torch.no_grad():
            first.bias.fill_(-1000.0)
        recorder = record(model, lambda: blobs(300))
        recorder.save(tmp_path / "h.json")
        evidence = read(tmp_path / "h.json").evidence
        assert evidence.setting("activation") == "relu"
        assert np.nanmin(evidence.series("idle_share")) == 1.0

    def test_sequences_of_varying_length(self, tmp_path: Path) -> None:
        lengths = itertools.cycle([5, 6, 7])
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        recorder = record(model, lambda: (torch.randn(64, next(lengths), 4), blobs()[1]), updates=120)
        recorder.save(tmp_path / "h.json")
        assert np.isfinite(read(tmp_path / "h.json").evidence.series("idle_share")).any()

    def test_what_cannot_be_looked_at_does_not_stop_the_training(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object) -> None:
            raise RuntimeError("a tensor of another kind")

        monkeypatch.setattr("bigenough.recorders.units._moves", fails)
        monkeypatch.setattr(Recorder, "_gradients", fails)
        recorder = train(network(), 20)
        assert recorder is not None
        assert recorder.log.updates == 20

    @pytest.mark.parametrize("loss", ["high", None, torch.ones(3)], ids=["text", "nothing", "a loss a row"])
    def test_a_loss_that_is_no_number_is_left_out_with_a_warning(self, loss: Any) -> None:  # noqa: ANN401 - what people give
        model = torch.nn.Linear(2, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        recorder = Recorder(model, optimizer)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for _ in range(40):
                model(torch.eye(2)).sum().backward()
                optimizer.step()
                recorder.step(loss)
                recorder.held_out(loss="low", score=0.5)
        assert [str(each.message).split(" given")[0] for each in told] == ["the train loss"]
        assert recorder.log.updates == 40

    def test_called_at_some_updates_only(self, tmp_path: Path) -> None:
        """The looks are those that are due, each at its own single step; losses are of the updates that have them."""
        model, (X, y) = network(), blobs()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        recorder = Recorder(model, optimizer)
        for update in range(1, 501):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(X), y)
            loss.backward()
            optimizer.step()
            if update % 100 == 0:
                recorder.step(loss)
        recorder.save(tmp_path / "h.csv")
        curve = read(tmp_path / "h.csv").evidence.curve
        assert curve is not None
        log = Log()
        due = [update for update in range(1, 501) if log.due(update)]
        assert curve.updates[np.isfinite(curve.gradient_norm)].tolist() == due
        assert curve.updates[np.isfinite(curve.step_ratio)].tolist() == due
        assert set(curve.updates[np.isfinite(curve.train_loss)].tolist()) <= {100, 200, 300, 400, 500}
        assert np.isfinite(curve.train_loss).sum() >= 4
        assert np.nanmax(curve.step_ratio) < 0.1
        hooks: Any = optimizer
        assert len(hooks._optimizer_step_post_hooks) == 1
        recorder.close()
        assert not hooks._optimizer_step_post_hooks
        assert not hooks._optimizer_step_pre_hooks
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())

    def test_closed_it_sees_no_more(self) -> None:
        model = network()
        recorder = train(model, 3)
        assert recorder is not None
        recorder.close()
        train(model, 2, record=False)
        assert recorder.log.updates == 3

    def test_mistakes(self, tmp_path: Path) -> None:
        model = network()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with pytest.raises(InputError, match=r"takes a torch.nn.Module and its torch.optim.Optimizer, got a int and a SGD"):
            Recorder(3, optimizer)
        with pytest.raises(InputError, match="none of the model's parameters"):
            Recorder(network(), optimizer)
        recorder = Recorder(model, optimizer)
        optimizer.step()
        with pytest.raises(InputError, match=r"saved as \.json or \.csv, not as h\.txt"):
            recorder.save(tmp_path / "h.txt")
        with pytest.raises(InputError, match="cannot write"):
            recorder.save(tmp_path / "none" / "h.csv")


@pytest.mark.parametrize("module", ["recorders", "histories"])
def test_modules_are_loaded_on_first_use(module: str) -> None:
    code = f"import bigenough, sys; print(bigenough.{module}.__all__, {{'torch', 'matplotlib'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("] set()")


def test_looks_are_spaced_geometrically() -> None:
    log = Log()
    looked = [update for update in range(1, 10_001) if log.due(update)]
    assert looked[:4] == [1, 2, 3, 4]
    assert 30 <= len(looked) <= 45
    assert max(b / a for a, b in itertools.pairwise(looked[10:])) <= 1.3


def test_keras_callback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it uses of Keras put in its place: a model of one weight that every update doubles."""
    keras = SimpleNamespace(
        callbacks=SimpleNamespace(Callback=type("Callback", (), {"__init__": lambda self: None})),
        ops=SimpleNamespace(convert_to_numpy=np.asarray),
        activations=SimpleNamespace(serialize=lambda f: f, linear="linear"),
    )
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.delitem(sys.modules, "bigenough.recorders.keras_callback", raising=False)
    from bigenough.recorders.keras_callback import KerasRecorder

    weight = np.ones(3)
    layers = [SimpleNamespace(activation="relu"), SimpleNamespace(activation="softmax")]
    callback: Any = KerasRecorder(tmp_path / "h.json")
    callback.model = SimpleNamespace(trainable_variables=[weight], layers=layers, optimizer=SimpleNamespace(learning_rate=0.01))
    callback.params = {"steps": 5}
    for epoch in range(6):
        for batch in range(5):
            callback.on_train_batch_begin(batch)
            weight *= 2
            callback.on_train_batch_end(batch)
        callback.on_epoch_end(epoch, {"accuracy": 0.5, "loss": 0.7 - 0.1 * epoch, "val_accuracy": 0.5, "val_loss": 0.6})
    callback.on_train_end()
    evidence = read(tmp_path / "h.json").evidence
    assert evidence.curve is not None
    np.testing.assert_allclose(evidence.series("step_ratio")[np.isfinite(evidence.series("step_ratio"))], 1.0)
    ends = np.isin(evidence.updates(), [5, 10, 15, 20, 25, 30])
    np.testing.assert_allclose(evidence.series("train_loss")[ends], 0.7 - 0.1 * np.arange(6))
    assert evidence.setting("activation") == "relu"
    layers[0].activation = {"class_name": "LeakyReLU"}  # as Keras writes a layer, or a function of one's own
    callback.on_train_end()
    several: Any = KerasRecorder(tmp_path / "several.json")  # steps_per_execution=2: updates 1 and 2, 3 and 4, and 5
    several.model, several.params = callback.model, {"steps": 5}
    for first in (0, 2, 4):
        several.on_train_batch_begin(first)
        several.on_train_batch_end(first + 1)
    assert several.log.updates == 5
    monkeypatch.delitem(sys.modules, "bigenough.recorders.keras_callback")


def test_lightning_callback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it uses of Lightning put in its place: an optimizer whose step gets a closure."""
    base = SimpleNamespace(Callback=type("Callback", (), {"__init__": lambda self: None}))
    monkeypatch.setitem(sys.modules, "lightning", SimpleNamespace(pytorch=base))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", base)
    monkeypatch.delitem(sys.modules, "bigenough.recorders.lightning_callback", raising=False)
    from bigenough.recorders.lightning_callback import LightningRecorder

    model, (X, y) = network(), blobs()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    trainer = SimpleNamespace(
        optimizers=[optimizer], sanity_checking=False, callback_metrics={"val_loss": 0.5, "val_acc": 0.75},
        accumulate_grad_batches=2,
    )  # fmt: skip
    model.automatic_optimization = True  # type: ignore[assignment]

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X), y)
        loss.backward()
        return loss

    callback: Any = LightningRecorder(tmp_path / "h.json")
    callback.on_validation_end(trainer, model)
    callback.on_train_start(trainer, model)
    losses = []
    for _ in range(10):
        loss = optimizer.step(closure)
        losses.append(loss.item())
        callback.on_train_batch_end(trainer, model, {"loss": loss / 2}, None, 0)  # as Lightning divides it
    callback.on_validation_end(trainer, model)
    callback.on_train_end(trainer, model)
    evidence = read(tmp_path / "h.json").evidence
    assert evidence.series("gradient_norm")[0] > 0
    assert evidence.series("held_out_score")[-1] == 0.75
    assert np.isfinite(evidence.series("train_loss")).sum() >= 8
    assert evidence.series("train_loss")[0] == pytest.approx(losses[0], rel=1e-6)
    monkeypatch.delitem(sys.modules, "bigenough.recorders.lightning_callback")


def test_first_steps_that_mixed_precision_leaves_out_end_no_training(tmp_path: Path) -> None:
    model, (X, y) = network(), blobs()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = Recorder(model, optimizer)
    for _ in range(3):
        recorder.step(1.0)  # its gradients were no numbers, so that there was no step
    with pytest.raises(InputError, match="saw no step"):
        recorder.save(tmp_path / "h.json")
    for _ in range(4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X), y).backward()
        optimizer.step()
        recorder.step(0.5)
    recorder.save(tmp_path / "h.json")
    np.testing.assert_array_equal(read(tmp_path / "h.json").evidence.series("train_loss"), 0.5)


def test_an_optimizer_that_never_steps_is_told_once() -> None:
    model = network()
    recorder = Recorder(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(200):
            recorder.step(1.0)
    assert ["saw no step" in str(each.message) for each in told] == [True]


@pytest.mark.parametrize(("name", "what"), [("h.txt", "not as h.txt"), ("nowhere/h.json", "no folder")])
def test_a_file_that_cannot_be_is_refused_before_the_training(name: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        check_name(tmp_path / name)
