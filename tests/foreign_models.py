"""Models as a user may bring them, good and bad; imported by name."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PIPELINE = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
BY_NAME = make_pipeline(make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["colour"])), LogisticRegression())
FOREST = RandomForestClassifier(10)  # no seed: it gets each draw's
NUMBER = 7


def net(n_features: int, n_classes: int) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(n_features, 16), torch.nn.ReLU(), torch.nn.Linear(16, n_classes))


class Lines(torch.nn.Module):
    """Five columns, as many outputs as asked for; a net of skorch wants a class."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.line = torch.nn.Linear(5, outputs)

    def forward(self, X: torch.Tensor) -> Any:  # noqa: ANN401 - a tensor
        return self.line(X).squeeze(-1)


def one_output(n_features: int) -> torch.nn.Module:
    return torch.nn.Linear(n_features, 1)


def conv(input_shape: tuple[int, ...], n_classes: int) -> torch.nn.Module:
    channels, height, width = input_shape
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(4 * (height - 2) * (width - 2), n_classes),
    )  # fmt: skip


def wrong_width() -> torch.nn.Module:
    return torch.nn.Linear(3, 2)


def too_many_outputs(n_features: int) -> torch.nn.Module:
    return torch.nn.Linear(n_features, 5)


def wants_more(n_features: int, depth: int) -> torch.nn.Module:
    return torch.nn.Linear(n_features, depth)


def gives_a_number() -> int:
    return 3


class FakeKeras:
    """Has a compiled Keras model's methods: nearest class mean, as probabilities."""

    def fit(self, X: Any, y: Any, *, epochs: int, batch_size: int, verbose: int) -> None:  # noqa: ANN401
        assert epochs > 1
        assert verbose == 0
        self.means = np.stack([X[y == code].mean(axis=0).ravel() for code in range(2)])

    def predict(self, X: Any, verbose: int) -> Any:  # noqa: ANN401
        distances = ((X.reshape(len(X), 1, -1) - self.means) ** 2).sum(axis=2)
        return 1 / (1 + np.exp(distances[:, 1:] - distances[:, :1]))


def keras_like() -> FakeKeras:
    return FakeKeras()


class Bad(ClassifierMixin, BaseEstimator):
    """Goes wrong as `fault` says."""

    def __init__(self, fault: str = "raise", seconds: float = 600.0) -> None:
        self.fault = fault
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Bad:  # noqa: ANN401
        if self.fault == "raise":
            raise ValueError("planted\nin two lines")
        if self.fault == "hang":
            time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: ANN401
        if self.fault == "labels":
            return np.full(len(X), "yes")
        return np.zeros(len(X) - (self.fault == "short"), np.int64)

    def predict_proba(self, X: Any) -> Any:  # noqa: ANN401
        chances = np.full((len(X), 2), 0.5)
        if self.fault == "nan":
            chances[0] = np.nan
        return chances[:, :1] if self.fault == "narrow" else chances * (2 if self.fault == "sum" else 1)


RAISES, HANGS, SHORT, NAN = (Bad(fault) for fault in ("raise", "hang", "short", "nan"))
NARROW, SUM, LABELS = (Bad(fault) for fault in ("narrow", "sum", "labels"))
