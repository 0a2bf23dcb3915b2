"""What comes out: training curves, fits, runs and comparisons; and what a model must do for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bigenough.types.asked import Recipe
from bigenough.types.basic import Family, Floats, Part, Rows
from bigenough.types.data import Dataset, Draw

NOT_CONVERGED = "not converged"  # how the note of a network begins whose updates were spent before its loss came to rest


def unconverged_note(updates: int) -> str:
    """Give that note."""
    return f"{NOT_CONVERGED} after {updates:,} updates"


def was_cut_off(notes: Sequence[str]) -> bool:
    """Whether that note is among a training's."""
    return any(note.startswith(NOT_CONVERGED) for note in notes)


@dataclass(frozen=True)
class TrainingCurve:
    """Score against gradient updates, one entry a checkpoint; all arrays have shape (checkpoints,).

    Attributes
    ----------
    updates : ndarray of int64
        Gradient updates made so far.
    train_loss, train_score, held_out_loss, held_out_score : ndarray of float64
        Mean cross-entropy (nats an item) and accuracy, dropout off, on the training rows and on the convergence rows.
    gradient_norm : ndarray of float64
        Euclidean norm of the last mini-batch's gradient; NaN before the first update, and at a checkpoint where training
        stopped on its own.
    gradient_ratio : ndarray of float64
        Norm of the first weight layer's gradient over that of the last layer's; NaN where the norm is.
    step_ratio : ndarray of float64
        Norm of the last step over the norm of the weights; NaN where the gradient's is.
    idle_share : ndarray of float64
        Share of hidden units that no training row moves: zero for every row under ReLU, saturated (beyond 0.99 in size)
        for every row under tanh; 0 for networks without hidden units.
    """

    updates: NDArray[np.int64]
    train_loss: Floats
    train_score: Floats
    held_out_loss: Floats
    held_out_score: Floats
    gradient_norm: Floats
    gradient_ratio: Floats
    step_ratio: Floats
    idle_share: Floats


@dataclass(frozen=True)
class Fit:
    """What one model made of one draw; either predictions for every part, or an error.

    Attributes
    ----------
    labels : dict of part to ndarray of int64
        Predicted class codes.
    probabilities : dict of part to ndarray, shape (rows, classes), or None
        None where the model has no probabilities (least squares on a 0/1 label).
    seconds : float
        A stack's time is shared out evenly among its members.
    updates : int or None
        Gradient updates made; None for models without.
    curve : TrainingCurve or None
    notes : tuple of str
        What a person should know, such as a solver that did not converge.
    error : str or None
    """

    seconds: float
    labels: Mapping[Part, Rows] = field(default_factory=dict)
    probabilities: Mapping[Part, Floats] | None = None
    updates: int | None = None
    curve: TrainingCurve | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


class Model(Protocol):
    """What a file of `models/` registers."""

    recipe: Recipe

    def ready(self) -> None:
        """Raise an `InputError` where something is not installed that the model needs."""

    def fit_many(
        self, recipe: Recipe, data: Dataset, draws: Sequence[Draw], device: str, advance: Callable[[float], None]
    ) -> list[Fit]:
        """Fit one model a draw, all of one size, and predict every part; a bad fit is a `Fit` with an error.

        `advance` is told now and then which share is done.
        """

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the numbers that fitting decides."""

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess the time of one fit on a current core, for the order of work and the time left."""

    def training_but_length(self, recipe: Recipe) -> str | None:
        """Say what recipes have in common of which the shorter trainings are the beginning of the longer ones, so that one
        training (`fit_lengths`) does for all; None where it is not simply so.
        """

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """Say how many draws one call of `fit_many` should get at most."""


@dataclass(frozen=True)
class Run:
    """One recipe on one draw: a row of runs.csv and all that lies behind it.

    Attributes
    ----------
    key : str
        Hash of everything that decides the result.
    status : {"ok", "failed"}
    scores : dict of str to float
        Every metric of the test part under its name and of the convergence part as ``convergence_`` and its name, and
        ``train_accuracy`` and ``train_loss``; NaN where not defined.
    test_labels : ndarray of int16 or None
        Predicted codes of the test part, in the order of the draw's test rows.
    """

    key: str
    recipe: str
    family: Family
    size: int
    repeat: int
    seed: int
    status: Literal["ok", "failed"]
    scores: Mapping[str, float]
    updates: int | None
    seconds: float
    test_labels: NDArray[np.int16] | None = None
    test_probabilities: NDArray[np.float64] | None = None
    curve: TrainingCurve | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Two camps' champions at one training size, compared on test items that chose neither.

    Attributes
    ----------
    size : int
    metric : str
        Name in `bigenough.metrics.METRICS`; greater is better.
    challenger, baseline : str
        Families.
    challenger_champion, baseline_champion : str
        The recipe that was champion in most repeats.
    repeats, missing, items : int
        Repeats that are compared, repeats that lack a working fit in a camp, and distinct test rows (or groups).
    difference : float
        Mean over repeats, challenger less baseline.
    over_draws : tuple of float
        Interval over random splits and training draws of these very rows.
    over_draws_and_items : tuple of float
        Interval over new training sets and new test items from where these rows came from; the verdict rests on it.
    error : float
        Standard error over draws and items.
    p_better, p_same : float
        Over draws and items, adjusted (Holm) over the sizes compared: of "no difference", and of "a difference of at least
        the margin".
    outcome : {"better", "worse", "same", "undecided"}
        The challenger's.
    margin, level : float
    more_draws : int or None
        About how many more draws would settle it; None where no number would, or where nothing is open.
    more_rows : int or None
        About how many more rows would settle it; None where that is beyond reach, or nothing is open.
    draws_of_more_rows : int or None
        With how many draws, where as many as now would not do; else None.
    """

    size: int
    metric: str
    challenger: Family
    baseline: Family
    challenger_champion: str
    baseline_champion: str
    repeats: int
    missing: int
    items: int
    difference: float
    over_draws: tuple[float, float]
    over_draws_and_items: tuple[float, float]
    error: float
    p_better: float
    p_same: float
    outcome: Literal["better", "worse", "same", "undecided"]
    margin: float
    level: float
    more_draws: int | None = None
    more_rows: int | None = None
    draws_of_more_rows: int | None = None

    @property
    def verdict(self) -> str:
        """The outcome in words, such as ``"deep better"``."""
        words = {"better": f"{self.challenger} better", "worse": f"{self.baseline} better", "same": "practically the same"}
        return words.get(self.outcome, self.outcome)

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values, and the verdict in words."""
        return {**dataclasses.asdict(self), "verdict": self.verdict}


@dataclass(frozen=True)
class Finding:
    """What a rule or an experiment says of trained networks.

    Attributes
    ----------
    code : str
        The cause's short name, such as ``"too-few-updates"``.
    outcome : {"found", "passed", "not applicable"}
    explanation : str
        A sentence in the user's units: updates, loss, points of accuracy; for "not applicable", what is missing.
    evidence : mapping of str to float or str
        The numbers behind it.
    confirmed_by : str or None
        The one change that was trained again and moved the held-out score; None where nothing was trained.
    gain : float or None
        By how much the held-out score rose under that change, mean over paired draws.
    interval : tuple of float or None
        95 % interval of the gain.
    """

    code: str
    outcome: Literal["found", "passed", "not applicable"]
    explanation: str
    evidence: Mapping[str, float | str] = field(default_factory=dict)
    confirmed_by: str | None = None
    gain: float | None = None
    interval: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {**dataclasses.asdict(self), "evidence": dict(self.evidence)}
