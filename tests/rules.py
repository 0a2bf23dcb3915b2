"""Evidence made by hand: for every rule a training in which the cause is planted, and one without it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigenough.rules import Evidence
from bigenough.types import Floats, TrainingCurve

UPDATES = np.unique(np.round(1.25 ** np.arange(0, 36)).astype(np.int64))  # 1 to about 2,500, as the engine looks
LN2 = float(np.log(2))


def evidence(
    loss: Floats | None = None,
    *,
    score: Floats | float | None = None,
    held_out_loss: Floats | None = None,
    held_out_score: Floats | float | None = None,
    updates: Any = UPDATES,  # noqa: ANN401 - whatever makes an array
    columns: dict[str, Floats | float] | None = None,
    **known: Any,  # noqa: ANN401 - fields of Evidence
) -> Evidence:
    """A training of two classes, half and half; a number stands for a constant column, and what is not given is NaN."""
    given = {
        "train_loss": loss, "train_score": score, "held_out_loss": held_out_loss, "held_out_score": held_out_score,
        **(columns or {}),
    }  # fmt: skip
    names = [name for name in TrainingCurve.__dataclass_fields__ if name != "updates"]
    updates = np.asarray(updates, np.int64)
    full = {name: np.full(len(updates), np.nan) for name in names}
    for name, values in given.items():
        if values is not None:
            full[name] = np.broadcast_to(np.asarray(values, float), updates.shape).copy()
    return Evidence(curve=TrainingCurve(updates=updates, **full), **{"n_classes": 2, "chance": 0.5, **known})


def falling(to: float, *, by: float = 100.0, start: float = LN2) -> Floats:
    """A loss that falls from `start` to `to` and has come most of the way after `by` updates."""
    return to + (start - to) * np.exp(-UPDATES / by)


HEALTHY: dict[str, Any] = {
    "loss": falling(0.01), "score": 1.0 - 0.5 * np.exp(-UPDATES / 60.0),
    "held_out_loss": falling(0.15), "held_out_score": 0.95 - 0.45 * np.exp(-UPDATES / 60.0),
    "columns": {"gradient_norm": falling(0.01), "gradient_ratio": 0.8, "step_ratio": 1e-3, "idle_share": 0.1},
    "settings": {"activation": "relu", "output": "softmax", "learning_rate": 0.001, "decay": 0.0, "n_outputs": 2},
    "n_train": 100, "n_held_out": 100, "baseline": 0.94,
}  # fmt: skip


def like_healthy(**changes: Any) -> Evidence:  # noqa: ANN401 - fields of Evidence
    """A healthy training but for some changes; columns and settings are changed one by one."""
    merged = {**HEALTHY, **changes}
    for name in ("columns", "settings"):
        merged[name] = {**HEALTHY[name], **changes.get(name, {})}
    return evidence(**merged)


def rows(n: int, *, seed: int, flipped: float = 0.0, apart: float = 3.0) -> tuple[Floats, Any]:
    """Two classes, well apart in four columns, of which some labels are flipped."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 4)) + apart * y[:, None]
    return X, np.where(rng.random(n) < flipped, 1 - y, y)


def _with_rows(flipped: float, *, scale: float = 1.0, leaked: int = 0, **more: Any) -> Evidence:  # noqa: ANN401
    (X, y), (other, other_y) = rows(100, seed=0, flipped=flipped), rows(100, seed=1)
    other[:leaked] = X[:leaked]
    return like_healthy(X_train=X * scale, y_train=y, X_held_out=other * scale, y_held_out=other_y, **more)


def _chances(shift: float) -> Evidence:
    """Probabilities that tell the classes apart, but all of them moved."""
    y = np.arange(100) % 2
    p = np.clip(0.3 + 0.4 * y + 0.02 * np.random.default_rng(0).normal(size=100) + shift, 0.01, 0.99)
    return Evidence(held_out_probabilities=np.stack([1 - p, p], axis=1), y_held_out=y, settings={"threshold": "half"})


UNLEARNT: dict[str, Any] = {
    "loss": falling(0.5), "score": 0.75, "held_out_loss": falling(0.5), "held_out_score": 0.75,
}  # fmt: skip
SLOW = LN2 - 0.05 * np.log(1 + UPDATES / 10.0)
STUCK: dict[str, Any] = {"loss": np.full(len(UPDATES), LN2), "score": 0.5, "held_out_loss": np.full(len(UPDATES), LN2)}
SWING = 0.6 + 0.3 * (-1.0) ** np.arange(len(UPDATES))
DECAYED = {"settings": {"learning_rate": 0.005, "decay": 0.99}}

FOUND: dict[str, list[Evidence]] = {
    "non-finite": [
        like_healthy(loss=np.where(UPDATES < 50, 0.5, np.nan)),
        like_healthy(loss=None),
        like_healthy(held_out_loss=np.where(UPDATES < 50, 0.5, np.inf), running=True),
    ],
    "rate-too-high": [
        like_healthy(loss=np.where(UPDATES < 50, 0.5, np.nan)),
        like_healthy(loss=np.geomspace(LN2, 50, len(UPDATES)), score=0.5, held_out_score=0.5),
        like_healthy(loss=SWING, score=0.6, held_out_score=0.6),
        like_healthy(**{**UNLEARNT, "loss": np.where(UPDATES[5] == UPDATES, 40.0, UNLEARNT["loss"])}),
        like_healthy(**UNLEARNT, columns={"step_ratio": np.where(UPDATES < 100, 0.5, 1e-4)}),
    ],
    "exploding-gradient": [
        like_healthy(**STUCK, held_out_score=0.5, columns={"gradient_norm": np.geomspace(1, 1e4, len(UPDATES))}),
        like_healthy(**STUCK, held_out_score=0.5, columns={"gradient_ratio": 1e5}),
    ],
    "output-loss-mismatch": [
        like_healthy(settings={"output": "softmax", "n_outputs": 1}),
        like_healthy(settings={"output": "sigmoid", "n_outputs": 3}, n_classes=3),
        like_healthy(settings={"loss": "squared error"}),
        Evidence(targets=np.arange(10) / 9, n_classes=10),
        Evidence(targets=np.array([-1, 1, 1])),
        Evidence(targets=np.array([1, 2, 3]), n_classes=3),
        Evidence(train_probabilities=np.full((5, 3), 0.6)),
        Evidence(train_probabilities=np.ones((5, 1))),
        like_healthy(loss=falling(-3.0), settings={"output": None}),
    ],
    "inputs-badly-scaled": [
        _with_rows(0.0, scale=1000.0, **UNLEARNT),
        _with_rows(0.0, scale=1e-4, **UNLEARNT),
        Evidence(X_train=np.random.default_rng(0).normal(size=(50, 3)) * [1, 1, 1000.0]),
        Evidence(X_train=np.ones((9, 2))),
        Evidence(X_train=np.array([[1.0, np.nan], [2.0, 3.0]])),
        Evidence(
            X_train=np.column_stack([np.linspace(-1, 1, 40), 1e-4 * np.linspace(-1, 1, 40)]),
            X_held_out=np.column_stack([np.linspace(-1, 1, 40), np.full(40, 40.0)]),
        ),
    ],
    "dead-units": [like_healthy(**UNLEARNT, columns={"idle_share": 0.8})],
    "saturated-units": [like_healthy(**UNLEARNT, columns={"idle_share": 0.8}, settings={"activation": "tanh"})],
    "vanishing-gradient": [
        like_healthy(**UNLEARNT, columns={"gradient_ratio": 1e-5}),
        like_healthy(**UNLEARNT, columns={"gradient_ratio": np.nan, "gradient_norm": 1e-9}),
    ],
    "stuck-at-chance": [
        like_healthy(**STUCK, held_out_score=0.5),
        like_healthy(**STUCK, held_out_score=0.5, chance=None, n_classes=None),
        like_healthy(loss=falling(0.5, start=0.6), score=0.8, held_out_score=0.8, chance=None, n_classes=None),
    ],
    "rate-too-low": [
        like_healthy(loss=SLOW, score=0.6, held_out_loss=SLOW, held_out_score=0.6, columns={"step_ratio": 2e-5}),
        like_healthy(**STUCK, held_out_score=0.5, columns={"step_ratio": 1e-7}),
    ],
    "rate-decayed": [like_healthy(loss=SLOW, score=0.7, held_out_loss=SLOW, held_out_score=0.7, **DECAYED)],
    "too-few-updates": [
        like_healthy(loss=SLOW, score=0.7, held_out_loss=SLOW, held_out_score=0.7),
        like_healthy(loss=SLOW, score=0.7, held_out_loss=None, held_out_score=None),
    ],
    "underfitting": [like_healthy(**UNLEARNT), like_healthy(**UNLEARNT, settings={"dropout": [0.0, 0.95]})],
    "overfitting": [
        like_healthy(held_out_score=0.95 - 0.1 * np.log1p(UPDATES / 200), score=1.0),
        like_healthy(held_out_score=0.8, baseline=0.95, held_out_loss=np.full(len(UPDATES), 1.0)),
    ],
    "overconfident": [
        like_healthy(held_out_loss=0.2 + 0.1 * np.log(UPDATES), held_out_score=0.94, score=1.0),
        evidence(falling(0.01), held_out_loss=0.3 + 0.2 * np.log1p(UPDATES / 300)),
    ],
    "label-noise": [
        _with_rows(0.2),
        like_healthy(score=0.8 + 0.2 * (UPDATES > 300), held_out_score=0.95 - 0.12 * (UPDATES > 300)),
    ],
    "decision-threshold": [_chances(-0.4), _chances(0.35)],
    "validation-leak": [
        _with_rows(0.0, leaked=20),
        like_healthy(held_out_loss=HEALTHY["loss"]),
    ],
    "test-too-small": [like_healthy(n_held_out=8, held_out_score=0.75), like_healthy(n_held_out=20, held_out_score=0.65)],
}

PASSED: dict[str, list[Evidence]] = {
    "non-finite": [
        like_healthy(),
        like_healthy(held_out_loss=np.where(UPDATES < 50, np.nan, 0.5), running=True),
    ],
    "rate-too-high": [
        like_healthy(),
        like_healthy(columns={"step_ratio": 0.5}),
        like_healthy(loss=np.abs(0.02 * SWING), score=1.0),
    ],
    "exploding-gradient": [like_healthy(), like_healthy(columns={"gradient_norm": np.geomspace(1, 1e4, len(UPDATES))})],
    "output-loss-mismatch": [
        like_healthy(),
        Evidence(targets=np.eye(3)[[0, 1, 2, 2]], n_classes=3),
        Evidence(targets=np.array([0, 1, 2]), n_classes=3),
    ],
    "inputs-badly-scaled": [_with_rows(0.0), _with_rows(0.0, scale=1000.0)],
    "dead-units": [like_healthy(), like_healthy(columns={"idle_share": 0.8})],
    "saturated-units": [like_healthy(settings={"activation": "tanh"}, columns={"idle_share": 0.8})],
    "vanishing-gradient": [like_healthy(), like_healthy(columns={"gradient_ratio": 1e-5})],
    "stuck-at-chance": [like_healthy(), like_healthy(chance=None, n_classes=None)],
    "rate-too-low": [like_healthy(), like_healthy(columns={"step_ratio": 2e-5})],
    "rate-decayed": [like_healthy(), like_healthy(**DECAYED)],
    "too-few-updates": [
        like_healthy(),
        like_healthy(loss=SLOW, score=0.7, held_out_loss=LN2 + 0.05 * np.log(1 + UPDATES), held_out_score=0.6),
        like_healthy(loss=SLOW, score=0.7, held_out_loss=SLOW, held_out_score=0.7, columns={"step_ratio": 2e-5}),
    ],
    "underfitting": [like_healthy(), like_healthy(**UNLEARNT | {"baseline": 0.75})],
    "overfitting": [
        like_healthy(),
        like_healthy(**UNLEARNT),
        like_healthy(held_out_loss=0.2 + 0.1 * np.log(UPDATES), held_out_score=0.94, score=1.0),
    ],
    "overconfident": [
        like_healthy(),
        like_healthy(held_out_loss=0.2 + 0.005 * np.log(UPDATES)),
        evidence(np.full(len(UPDATES), LN2), held_out_loss=0.3 + 0.2 * np.log1p(UPDATES / 300)),
    ],
    "label-noise": [_with_rows(0.0)],
    "decision-threshold": [_chances(0.0)],
    "validation-leak": [_with_rows(0.0)],
    "test-too-small": [like_healthy()],
}

NOT_APPLICABLE: dict[str, tuple[Evidence, str]] = {
    "non-finite": (Evidence(), "the training curve is not known"),
    "rate-too-high": (like_healthy(loss=np.full(len(UPDATES), np.inf)), "never finite"),
    "exploding-gradient": (like_healthy(columns={"gradient_norm": np.nan}), "norm was not recorded"),
    "output-loss-mismatch": (Evidence(), "neither output and loss"),
    "inputs-badly-scaled": (like_healthy(), "training rows are not known"),
    "dead-units": (like_healthy(settings={"activation": "tanh"}), "units of activation tanh are not zero"),
    "saturated-units": (like_healthy(), "units of activation relu are not saturated"),
    "vanishing-gradient": (like_healthy(columns={"gradient_ratio": np.nan, "gradient_norm": np.nan}), "not recorded"),
    "stuck-at-chance": (like_healthy(**STUCK, held_out_score=0.5, baseline=0.5), "a simple model is no better"),
    "rate-too-low": (like_healthy(**DECAYED), "the rate was lowered"),
    "rate-decayed": (like_healthy(settings={"decay": None}), "the setting decay is not known"),
    "too-few-updates": (evidence(np.array([0.7, 0.6]), updates=[1, 2]), "the training loss has 2 values"),
    "underfitting": (like_healthy(loss=SLOW, score=0.7, held_out_loss=SLOW, held_out_score=0.7), "has not converged"),
    "overfitting": (like_healthy(held_out_score=None), "the held-out score was not recorded"),
    "overconfident": (
        like_healthy(held_out_score=0.95 - 0.1 * np.log1p(UPDATES / 200), score=1.0, held_out_loss=0.3 + 0.1 * np.log(UPDATES)),
        "which is overfitting",
    ),
    "label-noise": (like_healthy(running=True), "rows are not known"),
    "decision-threshold": (Evidence(held_out_probabilities=np.eye(3), y_held_out=np.arange(3)), "more than two classes"),
    "validation-leak": (like_healthy(running=True), "rows are not known"),
    "test-too-small": (like_healthy(n_held_out=None), "number of held-out rows is not known"),
}
