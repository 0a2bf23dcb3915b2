"""The default study of breast_cancer as a careful user of scikit-learn would write it: `learning_curve` over its estimators.

Each estimator has the scaling and the grid of bigenough's model of that name, tuned inside every training set. Where
bigenough tunes in a way that scikit-learn has no ready-made means for, the cheapest usual one stands in: 5 folds for leaving
one out (knn), 3 folds for out-of-bag errors (forest), four numbers of rounds for all up to 100 (boosting). The networks have no
dropout, which scikit-learn's lack; their alpha is divided by the rows of a batch, and is here 32 times
bigenough's weight decay. Prints a JSON line a model: seconds of one core in all fits and scores, and mean scores.

    python benchmarks/sklearn_study.py --sizes 10 20 40 80 160 343 [--draws 20]
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit, learning_curve
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

os.environ["PYTHONWARNINGS"] = "ignore"  # in the workers too: grids that do not fit 10 rows, networks cut off
warnings.simplefilter("ignore")


def estimators(n_features: int) -> dict[str, Any]:
    """Give bigenough's default models of a table in scikit-learn's terms."""
    gammas = [gamma / n_features for gamma in (1.0, 0.3, 0.1, 3.0)]
    boosting = GradientBoostingClassifier(max_depth=3, subsample=0.8, max_features="sqrt", random_state=0)
    networks = {
        name: make_pipeline(
            StandardScaler(),
            MLPClassifier((128, 128), batch_size=32, alpha=alpha, max_iter=5000, tol=1e-4, n_iter_no_change=10, random_state=0),
        )
        for name, alpha in (("", 0.0), (",weight_decay=0.03", 0.03 * 32), (",weight_decay=0.1", 0.1 * 32))
    }
    return {
        "majority": DummyClassifier(strategy="most_frequent"),
        "logistic": make_pipeline(
            StandardScaler(),
            LogisticRegressionCV(
                Cs=10, cv=5, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0.0,), use_legacy_attributes=False
            ),
        ),
        "lda": make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        "leekasso": make_pipeline(SelectKBest(k=10), LogisticRegression(C=1e6, solver="liblinear")),
        "knn": tuned(make_pipeline(StandardScaler(), KNeighborsClassifier()), 5, n_neighbors=[1, 3, 5, 9, 15, 25, 41]),
        "svm": tuned(make_pipeline(StandardScaler(), SVC()), 5, C=[1.0, 10.0, 100.0], gamma=gammas),
        "forest": tuned(make_pipeline(RandomForestClassifier(100, random_state=0)), 3, max_features=["sqrt", 0.5]),
        "boosting": tuned(make_pipeline(boosting), 3, n_estimators=[10, 25, 50, 100]),
        **{f"relu-mlp{name}": network for name, network in networks.items()},
    }


def tuned(pipeline: Any, folds: int, **grid: list[Any]) -> GridSearchCV:  # noqa: ANN401 - scikit-learn ships no types
    """Search a grid of settings of a pipeline's last step."""
    last = pipeline.steps[-1][0]
    return GridSearchCV(pipeline, {f"{last}__{name}": values for name, values in grid.items()}, cv=folds)


def main() -> None:
    """Run every model's learning curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", required=True)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    X, y = load_breast_cancer(return_X_y=True)
    split = StratifiedShuffleSplit(options.draws, train_size=options.sizes[-1], test_size=round(0.2 * len(y)), random_state=0)
    for name, estimator in estimators(X.shape[1]).items():
        _, _, scores, fitting, scoring = learning_curve(
            estimator, X, y, train_sizes=options.sizes, cv=split, n_jobs=options.jobs, shuffle=True, random_state=0,
            return_times=True, scoring="accuracy",
        )  # fmt: skip
        seconds, means = float(np.sum(fitting) + np.sum(scoring)), np.nanmean(scores, axis=1).tolist()
        print(json.dumps({"model": name, "seconds": seconds, "accuracy": means}), flush=True)


if __name__ == "__main__":
    main()
