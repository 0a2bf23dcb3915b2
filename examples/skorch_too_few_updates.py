"""skorch: three epochs, from when the code was only to be seen running, were left in."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from skorch import NeuralNetClassifier
from torch import nn

import bigenough


class Digits(nn.Module):
    """64 pixels, ten classes."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Give logits."""
        return self.layers(X)


def make_net(epochs: int = 3) -> NeuralNetClassifier:
    """Give a new network."""
    torch.manual_seed(0)
    return NeuralNetClassifier(
        Digits, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.01, max_epochs=epochs, train_split=None,
        verbose=0,
    )  # fmt: skip


def main() -> None:
    """Fail, ask why, repair."""
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=400, stratify=y, random_state=0)
    print(f"as it was: {make_net().fit(X_train, y_train).score(X_test, y_test):.3f} right on held-out rows")

    found = bigenough.diagnose(make_net(), X_train, y_train, draws=6, budget=120)
    print(found.sentence)
    if found.repair is not None:
        print("repair:", ", ".join(found.repair.difference))
        more = make_net(found.repair.changes["epochs"])
        print(f"repaired: {more.fit(X_train, y_train).score(X_test, y_test):.3f} right on held-out rows")


if __name__ == "__main__":
    main()
