"""k nearest neighbours, k chosen by leaving one row out, or one group of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

from bigenough.models.fitting import OneByOne, both_present
from bigenough.models.inputs import Inputs
from bigenough.models.scaling import SCALINGS, scaled
from bigenough.models.tuning import class_shares, groups_of, mean_loss, most_likely
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows

NO_CHOICE = "too few rows, or groups of rows, to choose k by: the smallest is taken"


@dataclass(frozen=True)
class Neighbours:
    """Training rows that vote, each with one vote; the class shares have one vote together, which also breaks ties."""

    search: NearestNeighbors
    one_hot: Floats
    k: int
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats]:
        """Give labels (n,) and probabilities (n, classes)."""
        nearest = self.search.kneighbors(X, self.k, return_distance=False)
        return most_likely(chances(self.one_hot[nearest].sum(axis=1), self.one_hot.mean(axis=0), self.k))


def chances(votes: Floats, shares: Floats, k: int) -> Floats:
    """Turn votes (n, classes) of k neighbours into probabilities."""
    return (votes + shares) / (k + 1)


class Knn(OneByOne):
    """Euclidean distance between scaled rows; of the k in its list, the one that is right most often on left-out rows."""

    recipe = Recipe("knn", "knn", "simple", {"k": [1, 3, 5, 9, 15, 25, 41], "input_scaling": "standard"})

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        return {"input_scaling": SCALINGS}

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Scale, so that every column counts alike."""
        return scaled(data, draw, recipe.settings["input_scaling"])

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> Neighbours:
        """Choose k on one draw; of equally accurate ones that with the smaller loss."""
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        one_hot = np.eye(len(data.classes))[y]
        search = NearestNeighbors(algorithm="brute").fit(X)
        groups = groups_of(data, draw)
        largest = 1 if groups is None else int(np.bincount(groups).max())
        asked = sorted(recipe.settings["k"])
        ks = [k for k in asked if k <= len(X) - largest]
        if not ks:
            return Neighbours(search, one_hot, min(asked[0], len(X)), (NO_CHOICE,))
        # without the row itself, and so many that what is left without its group is enough
        nearest = search.kneighbors(n_neighbors=min(len(X) - 1, ks[-1] + largest - 1), return_distance=False)
        if groups is not None:
            own = groups[nearest] == groups[:, None]
            nearest = np.take_along_axis(nearest, np.argsort(own, axis=1, kind="stable"), axis=1)
        shares, merits = class_shares(y, len(data.classes)), []
        votes, counted = np.zeros_like(one_hot), 0
        for k in ks:
            votes = votes + one_hot[nearest[:, counted:k]].sum(axis=1)
            counted = k
            labels, probabilities = most_likely(chances(votes, shares, k))
            merits.append((np.mean(labels == y), -mean_loss(y, probabilities)))
        return Neighbours(search, one_hot, ks[max(range(len(ks)), key=merits.__getitem__)])

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count k; the rows are kept, not fitted."""
        return 1


KNN = Knn()
