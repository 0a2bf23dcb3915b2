"""PyTorch: a loop of one's own with plain gradient descent, whose rate is so high that the loss never settles."""

from __future__ import annotations

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

import bigenough

SETTINGS = {"optimizer": "sgd", "learning_rate": 3.0, "batch_size": 16, "epochs": 10}


def make_network() -> nn.Module:
    """Thirty columns, two classes."""
    return nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def train(X: Tensor, y: Tensor, rate: float) -> nn.Module:
    """Train as one does by hand."""
    torch.manual_seed(0)
    network = make_network()
    optimizer = torch.optim.SGD(network.parameters(), lr=rate)
    for _ in range(SETTINGS["epochs"]):
        for rows in torch.randperm(len(X)).split(SETTINGS["batch_size"]):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(X[rows]), y[rows]).backward()
            optimizer.step()
    return network


def main() -> None:
    """Fail, ask why, repair."""
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    inputs, labels = torch.tensor(scaler.transform(X_train), dtype=torch.float32), torch.tensor(y_train)
    held_out = torch.tensor(scaler.transform(X_test), dtype=torch.float32)

    def score(rate: float) -> float:
        predicted = train(inputs, labels, rate)(held_out).argmax(1)
        return float((predicted.numpy() == y_test).mean())

    print(f"as it was: {score(SETTINGS['learning_rate']):.3f} right on held-out rows")

    found = bigenough.diagnose(make_network, inputs.numpy(), y_train, settings=SETTINGS, draws=8, budget=90)
    print(found.sentence)
    if found.repair is not None:
        print("repair:", ", ".join(found.repair.difference))
        print(f"repaired: {score(found.repair.changes['learning_rate']):.3f} right on held-out rows")


if __name__ == "__main__":
    main()
