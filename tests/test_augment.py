"""Augmentation: what moves, by how much, and that a stack still changes none of its members."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from bigenough.engine.augment import Augmentation, Augmenter
from bigenough.errors import FitError
from bigenough.registry import MODELS
from bigenough.running import plan
from bigenough.types import Dataset, Recipe
from tests.helpers import digits, fit_many, labelled, study

CPU = torch.device("cpu")
MOVED = {"shift": 2.0, "rotation": 10.0}


def moved(x: torch.Tensor, seeds: list[int] | None = None, **how: float) -> torch.Tensor:
    return Augmenter(Augmentation(**how), tuple(x.shape[2:]), seeds or [3] * len(x), CPU)(x)


def centres(images: torch.Tensor) -> torch.Tensor:
    """Centre of mass of every image, (images, 2), from its middle."""
    images = images.flatten(0, 2)
    places = torch.arange(images.shape[-1]) - (images.shape[-1] - 1) / 2
    mass = images.sum(dim=(1, 2))
    return torch.stack([(images.sum(dim=2) * places).sum(dim=1) / mass, (images.sum(dim=1) * places).sum(dim=1) / mass], 1)


def dot(i: int, j: int, times: int = 400) -> torch.Tensor:
    x = torch.zeros(1, times, 1, 29, 29)
    x[..., i, j] = 1.0
    return x


def test_nothing_asked_for_moves_nothing() -> None:
    x = torch.rand(2, 5, 3, 8, 9)
    torch.testing.assert_close(moved(x), x, atol=1e-5, rtol=0)


def test_shifts_are_uniform_in_pixels() -> None:
    found = centres(moved(dot(14, 14), shift=2.0))
    assert found.abs().max() <= 2.0 + 1e-4
    np.testing.assert_allclose(found.mean(dim=0), 0, atol=4 * 2 / np.sqrt(3 * 400))
    np.testing.assert_allclose(found.std(dim=0), 2 / np.sqrt(3), rtol=0.15)


def test_rotations_are_in_degrees_about_the_centre() -> None:
    found = centres(moved(dot(14, 24), rotation=10.0)).double()
    angles = torch.rad2deg(torch.atan2(found[:, 0], found[:, 1]))
    np.testing.assert_allclose(found.norm(dim=1), 10, atol=0.3)
    assert 9 < angles.abs().max() < 11
    assert angles.min() < -9 < 9 < angles.max()


def test_paper_stays_paper_whatever_its_value() -> None:
    torch.testing.assert_close(
        moved(torch.full((1, 9, 1, 6, 6), -0.4), shift=2.0, rotation=10.0), torch.full((1, 9, 1, 6, 6), -0.4)
    )


def with_augmentation(name: str, how: dict[str, float] | None) -> Recipe:
    recipe: Recipe = MODELS[name].recipe
    return dataclasses.replace(recipe, settings={**recipe.settings, "max_updates": 20, "augmentation": how})


@pytest.mark.parametrize("name", ["relu-mlp", "convnet"])
@pytest.mark.usefixtures("one_thread")
def test_a_member_of_a_stack_is_what_it_is_alone(name: str) -> None:
    data, recipe = digits(), with_augmentation(name, MOVED)
    draws = [cell.draw for cell in plan(study(train_sizes=[12], draws=3), data)]
    together = fit_many(recipe, data, draws)
    for fit, draw in zip(together, draws, strict=True):
        alone = fit_many(recipe, data, [draw])[0]
        assert fit.error is None
        assert fit.probabilities is not None
        assert alone.probabilities is not None
        if name == "relu-mlp":
            np.testing.assert_array_equal(fit.probabilities["test"], alone.probabilities["test"])
        else:  # convolutions are grouped in a stack, which rounds otherwise
            np.testing.assert_allclose(fit.probabilities["test"], alone.probabilities["test"], atol=1e-3)


@pytest.mark.usefixtures("one_thread")
def test_it_changes_the_training_and_leaves_its_beginning_alone() -> None:
    data = digits()
    draws = [cell.draw for cell in plan(study(train_sizes=[12], draws=1), data)]
    (off,), (on,) = (fit_many(with_augmentation("relu-mlp", how), data, draws) for how in (None, MOVED))
    assert off.curve is not None
    assert on.curve is not None
    assert off.curve.train_loss[0] == on.curve.train_loss[0]
    assert off.curve.train_loss[-1] != on.curve.train_loss[-1]


@pytest.mark.parametrize(
    ("data", "how", "said"),
    [
        (labelled([20, 20]), MOVED, "relu-mlp moves images; labelled is a table"),
        (digits(), {"shear": 3.0}, "augmentation has shift and rotation; relu-mlp gives shear"),
    ],
)
def test_mistakes_are_said(data: Dataset, how: dict[str, float], said: str) -> None:
    draws = [cell.draw for cell in plan(study(train_sizes=[12], draws=1), data)]
    with pytest.raises(FitError, match=said):
        fit_many(with_augmentation("relu-mlp", how), data, draws)
