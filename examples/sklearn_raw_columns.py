"""scikit-learn: a network is given columns of very different size as they are, as a table of measurements has them."""

from __future__ import annotations

import warnings

from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bigenough

warnings.simplefilter("ignore", ConvergenceWarning)


def main() -> None:
    """Fail, ask why, repair."""
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    network = MLPClassifier((32,), solver="sgd", random_state=0)
    print(f"as it was: {network.fit(X_train, y_train).score(X_test, y_test):.3f} right on held-out rows")

    found = bigenough.diagnose(network, X_train, y_train, draws=8, budget=60)
    print(found.sentence)
    if found.repair is not None:
        print("repair:", ", ".join(found.repair.difference))

    repaired = make_pipeline(StandardScaler(), network)
    print(f"repaired: {repaired.fit(X_train, y_train).score(X_test, y_test):.3f} right on held-out rows")


if __name__ == "__main__":
    main()
