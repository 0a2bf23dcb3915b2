"""A recorder as a callback of Lightning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bigenough.errors import InputError
from bigenough.histories.columns import find
from bigenough.recorders.log import check_name
from bigenough.recorders.recorder import Recorder

try:
    from lightning.pytorch import Callback
except ImportError:
    try:
        from pytorch_lightning import Callback
    except ImportError:
        raise InputError("LightningRecorder needs lightning, which is not installed; pip install lightning") from None


class LightningRecorder(Callback):
    """Records a module's training with its first optimizer as `Recorder` does, and what the module logs.

    Parameters
    ----------
    path : str or Path
        ``.json`` or ``.csv``; written when training ends.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = check_name(path)
        self.recorder: Recorder | None = None

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401 - Lightning's own
        """Begin to watch."""
        self.recorder = Recorder(pl_module, trainer.optimizers[0])

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: object) -> None:  # noqa: ANN401
        """Keep the loss of an update; gradients may be summed over several batches before one.

        Lightning then hands over the loss divided by their number, unless the module makes its steps itself.
        """
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        if self.recorder is not None and loss is not None and self.recorder.log.updates > 0:
            divided = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
            self.recorder.step(loss * divided)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        """Keep what the module logged of held-out rows."""
        if self.recorder is None or trainer.sanity_checking:
            return
        logged = trainer.callback_metrics
        parts = find(logged)
        values = {part: float(logged[name]) for part, name in parts.items() if part in ("held_out_loss", "held_out_score")}
        self.recorder.log.add(self.recorder.log.updates, values)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        """Write the file, and leave the module as it was."""
        if self.recorder is None:
            return
        if self.recorder.log.updates > 0:
            self.recorder.save(self.path)
        self.recorder.close()
