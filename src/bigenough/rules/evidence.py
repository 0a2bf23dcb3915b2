"""What a rule may look at, and how it says that it lacks something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bigenough.types import Floats, Rows, TrainingCurve

Unit = Literal["update", "epoch"]


class NotApplicableError(Exception):
    """A rule lacks what it looks at, or its question does not arise; the text says which. `Rule.check` catches it."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of one trained network; None stands for what is not known.

    Attributes
    ----------
    curve : TrainingCurve or None
        At least two checkpoints; a column that was not recorded is NaN. Where `running`, NaN is a gap in the log, and a loss
        that was no number is infinite.
    unit : {"update", "epoch"}
        What ``curve.updates`` counts.
    running : bool
        The training values are means over an epoch while it was trained, dropout on, as Keras logs them; else they were
        taken after the update, dropout off.
    regression : bool
        The network predicts numbers and not classes; then only rules apply that say so of themselves.
    score_name : str
        What the scores are; greater is better.
    rates : ndarray of float64, shape (checkpoints,), or None
        Learning rate at each checkpoint.
    settings : mapping or None
        A recipe's settings, as far as they are known: ``optimizer``, ``learning_rate``, ``decay``, ``batch_size``,
        ``hidden``, ``activation``, ``dropout``, ``weight_decay``, ``output`` ("softmax", "sigmoid" or "linear"), and for
        networks from elsewhere ``n_outputs`` and ``loss`` ("cross-entropy", "binary cross-entropy" or "squared error").
    n_epochs : int or None
        Passes over the training rows.
    n_train, n_held_out, n_classes : int or None
    chance : float or None
        Share of the held-out rows that the majority class of the training rows is right on.
    baseline : float or None
        Held-out score of a simple model trained on the same rows.
    X_train, X_held_out : ndarray, shape (n, ...), or None
        Rows as they enter the network, after whatever scaling.
    y_train, y_held_out : ndarray of int64, shape (n,), or None
        Class codes from 0.
    targets : ndarray or None
        The training labels as the loss gets them: codes, one-hot rows, or whatever else the user's program makes of them.
    train_probabilities, held_out_probabilities : ndarray, shape (n, classes), or None
        At the end of training.
    held_out_labels : ndarray of int64, shape (n,), or None
        What the user's program predicts; by default the most probable class.
    """

    curve: TrainingCurve | None = None
    unit: Unit = "update"
    running: bool = False
    regression: bool = False
    score_name: str = "accuracy"
    rates: Floats | None = None
    settings: Mapping[str, Any] | None = None
    n_epochs: int | None = None
    n_train: int | None = None
    n_held_out: int | None = None
    n_classes: int | None = None
    chance: float | None = None
    baseline: float | None = None
    X_train: NDArray[Any] | None = None
    y_train: Rows | None = None
    X_held_out: NDArray[Any] | None = None
    y_held_out: Rows | None = None
    targets: NDArray[Any] | None = None
    train_probabilities: Floats | None = None
    held_out_probabilities: Floats | None = None
    held_out_labels: Rows | None = None

    def need(self, name: str) -> Any:  # noqa: ANN401 - each field has its own type
        """Give a field.

        Raises
        ------
        NotApplicableError
            It is None.
        """
        value = getattr(self, name)
        if value is None:
            raise NotApplicableError(f"{WORDS[name]} not known")
        return value

    def updates(self) -> NDArray[np.int64]:
        """Updates (or epochs) at the checkpoints, shape (checkpoints,)."""
        curve: TrainingCurve = self.need("curve")
        return curve.updates

    def series(self, name: str) -> Floats:
        """Give a column of the curve, shape (checkpoints,).

        Raises
        ------
        NotApplicableError
            There is no curve, or the column was not recorded.
        """
        curve = self.need("curve")
        values: Floats | None = getattr(curve, name, None)
        if values is None or np.isnan(values).all():
            raise NotApplicableError(f"{WORDS[name]} not recorded")
        return values

    def setting(self, name: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """Give a setting.

        Raises
        ------
        NotApplicableError
            It is not known.
        """
        if self.settings is None or self.settings.get(name) is None:
            raise NotApplicableError(f"the setting {name} is not known")
        return self.settings[name]

    def units(self, count: float) -> str:
        """Write a count of updates or epochs in words, such as ``"1,600 updates"``."""
        return f"{count:,.0f} {self.unit}{'' if round(count) == 1 else 's'}"


WORDS = {
    "curve": "the training curve is",
    "train_loss": "the training loss was",
    "train_score": "the training score was",
    "held_out_loss": "the held-out loss was",
    "held_out_score": "the held-out score was",
    "gradient_norm": "the gradient's norm was",
    "gradient_ratio": "the gradient's norm by layer was",
    "step_ratio": "the size of the steps was",
    "idle_share": "the share of idle units was",
    "rates": "the learning rate at each checkpoint is",
    "settings": "the settings are",
    "n_epochs": "the number of epochs is",
    "n_train": "the number of training rows is",
    "n_held_out": "the number of held-out rows is",
    "n_classes": "the number of classes is",
    "chance": "the share of the majority class is",
    "baseline": "a simple model's score on the same rows is",
    "X_train": "the training rows are",
    "X_held_out": "the held-out rows are",
    "y_train": "the training labels are",
    "y_held_out": "the held-out labels are",
    "targets": "the labels as the loss gets them are",
    "train_probabilities": "the probabilities on the training rows are",
    "held_out_probabilities": "the probabilities on the held-out rows are",
    "held_out_labels": "the predicted labels are",
}
assert {f.name for f in fields(Evidence)} - set(WORDS) == {"unit", "running", "regression", "score_name"}
