"""Keras: so much dropout that a small network has next to nothing left to learn with."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import bigenough


def make_model(rate: float = 0.95) -> keras.Model:
    """Compile the network."""
    keras.utils.set_random_seed(0)
    hidden = [layer for _ in range(2) for layer in (layers.Dense(64, activation="relu"), layers.Dropout(rate))]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Fail, ask why, repair."""
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=300, stratify=y, random_state=0)

    def score(rate: float) -> float:
        model = make_model(rate)
        model.fit(X_train, y_train, batch_size=32, epochs=20, verbose=0)
        return float(model.evaluate(X_test, y_test, verbose=0)[1])

    print(f"as it was: {score(0.95):.3f} right on held-out rows")

    found = bigenough.diagnose(make_model, X_train, y_train, settings={"batch_size": 32, "epochs": 20}, draws=5, budget=180)
    print(found.sentence)
    if found.repair is not None:
        print("repair:", ", ".join(found.repair.difference))
        print(f"repaired: {score(found.repair.changes['dropout'][0]):.3f} right on held-out rows")


if __name__ == "__main__":
    main()
