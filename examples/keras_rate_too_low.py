"""Keras: a learning rate copied from the fine-tuning of a large model, for a small one that begins from nothing."""

from __future__ import annotations

import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import bigenough

RATE = 1e-5


def make_model(rate: float = RATE) -> keras.Model:
    """Compile the network."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((30,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Fail, ask why, repair."""
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

    def score(rate: float) -> float:
        model = make_model(rate)
        model.fit(X_train, y_train, batch_size=16, epochs=15, verbose=0)
        return float(model.evaluate(X_test, y_test, verbose=0)[1])

    print(f"as it was: {score(RATE):.3f} right on held-out rows")

    found = bigenough.diagnose(make_model, X_train, y_train, settings={"batch_size": 16, "epochs": 15}, draws=5, budget=180)
    print(found.sentence)
    if found.repair is not None:
        print("repair:", ", ".join(found.repair.difference))
        if "learning_rate" in found.repair.changes:
            print(f"repaired: {score(found.repair.changes['learning_rate']):.3f} right on held-out rows")


if __name__ == "__main__":
    main()
