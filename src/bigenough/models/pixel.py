"""Rules that look at one pixel: one that needs no data, one that takes the best threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough.errors import FitError
from bigenough.models.fitting import OneByOne, both_present, two_classes
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows


@dataclass(frozen=True)
class PixelRule:
    """Class `above` where the pixel is greater than the threshold, else class 1 - `above`."""

    pixel: int
    threshold: float
    above: int
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, None]:
        """Give labels, shape (n,); there are no probabilities."""
        inked = X[:, self.pixel] > self.threshold
        return np.where(inked, self.above, 1 - self.above).astype(np.int64), None


def best_pixel(X: Floats, y: Rows) -> PixelRule:
    """Find the pixel, threshold and direction with the highest accuracy on these rows.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    y : ndarray of 0 and 1, shape (n,)
        Both occur.

    Returns
    -------
    PixelRule
        The threshold lies midway between two neighbouring values. Of pixels that are equally accurate the one with the
        widest such gap is taken (as a support vector machine would), then the lowest number.
    """
    order = np.argsort(X, axis=0, kind="stable")
    values = np.take_along_axis(X, order, axis=0)
    ones = np.cumsum(y[order], axis=0)[:-1]  # ones at or below each cut, shape (n - 1, p)
    below = np.arange(1, len(y))[:, None]
    right_if_above_is_one = (below - ones) + (y.sum() - ones)
    gap = np.diff(values, axis=0)
    right = np.maximum(right_if_above_is_one, len(y) - right_if_above_is_one)
    right = np.where(gap > 0, right, -1)
    if right.max() < 0:
        raise FitError("every pixel is constant over the training set")
    candidates = np.where(right == right.max(), gap, -1.0)
    pixel = int(np.argmax(candidates.max(axis=0)))
    cut = int(np.argmax(candidates[:, pixel]))
    threshold = float(values[cut, pixel] + gap[cut, pixel] / 2)
    above = int(2 * right_if_above_is_one[cut, pixel] >= len(y))
    return PixelRule(pixel, threshold, above)


class SinglePixel(OneByOne):
    """The best single pixel of the training rows."""

    recipe = Recipe("single-pixel", "single-pixel", "simple", {"n_features": 1})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> PixelRule:
        """Find the rule on one draw."""
        self.parameters(recipe, data)  # refuses what it cannot be fitted to
        y = data.y[draw.train]
        both_present(y)
        return best_pixel(self.inputs(recipe, data, draw).train, y)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count the pixel's number, the threshold and the direction."""
        two_classes(recipe, data)
        if recipe.settings["n_features"] != 1:
            raise FitError(f"{recipe.name}: a single pixel is one feature, not {recipe.settings['n_features']}")
        return 3


class CenterPixel(OneByOne):
    """Ink in the centre means the second class: 1 against 0. It looks at no data."""

    recipe = Recipe("center-pixel", "center-pixel", "data-free", {"threshold": 0})

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> PixelRule:
        """Give the rule; the draw is not used."""
        return self.rule(recipe, data)

    def rule(self, recipe: Recipe, data: Dataset) -> PixelRule:
        """Give the rule for images of this shape."""
        two_classes(recipe, data)
        if data.kind != "image":
            raise FitError(f"{recipe.name} needs images; {data.name} is a {data.kind}")
        height, width = data.X.shape[1:3]
        return PixelRule((height // 2) * width + width // 2, float(recipe.settings["threshold"]), above=1)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Nothing is fitted."""
        self.rule(recipe, data)
        return 0


SINGLE_PIXEL = SinglePixel()
CENTER_PIXEL = CenterPixel()
