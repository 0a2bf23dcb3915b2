"""The classification data sets that come with scikit-learn; they have no standard test part."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import datasets

from bigenough.errors import InputError, UnknownNameError
from bigenough.types import Dataset

REGRESSION = ("diabetes", "linnerud")


def _table(name: str, bunch: Any) -> Dataset:  # noqa: ANN401 - scikit-learn ships no types
    return Dataset(name, bunch.data, bunch.target.astype(np.int64), tuple(map(str, bunch.target_names)))


def breast_cancer() -> Dataset:
    """Breast cancer, Wisconsin (diagnostic): (569, 30), two classes."""
    return _table("breast_cancer", datasets.load_breast_cancer())


def iris() -> Dataset:
    """Fisher's iris: (150, 4), three classes."""
    return _table("iris", datasets.load_iris())


def wine() -> Dataset:
    """Wine recognition: (178, 13), three classes."""
    return _table("wine", datasets.load_wine())


def digits() -> Dataset:
    """Optical recognition of handwritten digits: (1797, 8, 8) images, 0 to 16, ten classes."""
    bunch = datasets.load_digits()
    y = bunch.target.astype(np.int64)
    return Dataset("digits", bunch.images, y, tuple(map(str, bunch.target_names)), kind="image")


SETS = {"breast_cancer": breast_cancer, "digits": digits, "iris": iris, "wine": wine}


def named(name: str) -> Dataset:
    """Load one of scikit-learn's bundled data sets by its name there, such as ``"iris"``.

    Raises
    ------
    InputError
        Its target is continuous.
    UnknownNameError
        scikit-learn comes with no such data set; those that it would download are not among them.
    """
    if name in REGRESSION:
        raise InputError(f"sklearn:{name} has a continuous target; bigenough is for classification: {', '.join(SETS)}")
    if name not in SETS:
        raise UnknownNameError("data set of scikit-learn's bundled ones", name, SETS)
    return SETS[name]()
