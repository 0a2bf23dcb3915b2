"""The classification data sets that come with scikit-learn; they have no standard test part."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import datasets

from bigenough.types import Dataset


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
