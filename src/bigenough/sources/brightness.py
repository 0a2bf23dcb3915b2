"""Images of more than 8 bits a value to 256 grey levels, all of a folder and of its test folder on one scale."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bigenough.errors import InputError
from bigenough.types import Dataset

FULL = (1.0, 255.0, 4095.0, 65535.0)  # what is white by convention; 1 for fractions only
LEAST_PART = 1 / 16  # of a convention's white that the highest value reaches, for that convention to be meant
FEW, FAR = 0.1, 3.0  # a few images do not set the scale: what is that many spans of the others beyond them is cut off
SAVE = "save all of them as images of one kind"


@dataclasses.dataclass(frozen=True)
class Deep:
    """A grey image of more than 8 bits a value.

    Attributes
    ----------
    values : ndarray of float32, shape (height, width)
        Made smaller already.
    low, high : float
        Its lowest and highest value before that.
    fractions : bool
        Whether the file holds floating-point numbers.
    """

    values: NDArray[np.float32]
    low: float
    high: float
    fractions: bool


@dataclasses.dataclass(frozen=True)
class Scale:
    """Which value is black, and which white."""

    low: float
    high: float
    fractions: bool

    def __str__(self) -> str:
        return f"{self.low:.6g} to {self.high:.6g}"

    @property
    def of_convention(self) -> bool:
        """Whether 8-bit images are on it too, with their 0 to 255."""
        return self.low == 0 and self.high in FULL

    def levels(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Grey levels, of the same shape; what is beyond black or white becomes that."""
        step = 255 / (self.high - self.low) if self.high > self.low else 0.0
        inside = np.clip(values.astype(np.float64), self.low, self.high)
        return np.round((inside - self.low) * step).astype(np.uint8)


@dataclasses.dataclass(frozen=True)
class ScaledImages(Dataset):
    """Images some of which were put on a scale, which a test set then shares."""

    scale: Scale | None = None


def is_deep(image: Image.Image) -> bool:
    """Whether an image has more than 8 bits a value."""
    return image.mode.startswith("I") or image.mode == "F"


def deep(image: Image.Image, longest: int) -> Deep:
    """Take a deep image's values, at most `longest` on a side.

    Raises
    ------
    ValueError
        A value is not finite.
    """
    values = np.asarray(image).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("it has values that are not finite")
    small = Image.fromarray(values)
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Deep(np.asarray(small), float(values.min()), float(values.max()), image.mode == "F")


def on_one_scale(
    pictures: Sequence[NDArray[np.uint8] | Deep], path: Path, like: Dataset | None
) -> tuple[list[NDArray[np.uint8]], Scale | None, list[str]]:
    """Bring the deep ones among a folder's images to grey levels.

    From the lowest value of all to the highest, where all are deep, but for single ones far beyond, such as a hot pixel; by
    what is white by convention, where some have 8 bits and so that convention; as in training, where this is a test folder.

    Parameters
    ----------
    pictures : sequence of ndarray or Deep
    path : Path
        The folder.
    like : Dataset, optional
        The training images.

    Returns
    -------
    arrays : list of ndarray of uint8
    scale : Scale or None
        None where no image is deep.
    notes : list of str

    Raises
    ------
    InputError
        Images that have no scale in common.
    """
    found = [picture for picture in pictures if isinstance(picture, Deep)]
    others = len(pictures) > len(found)
    trained = like.scale if isinstance(like, ScaledImages) else None
    if like is not None and trained is not None and others and not trained.of_convention:
        raise InputError(f"{path} has images of 8 bits a value, and those of {like.name} have {trained}; {SAVE}")
    if not found:
        return [picture for picture in pictures if not isinstance(picture, Deep)], None, []
    scale = _scale(found, path, others=others or (like is not None and trained is None))
    notes = [f"{len(found):,} of {len(pictures):,} images have more than 8 bits a value; on one scale for all, "]
    if like is not None and trained is not None:
        if scale.fractions != trained.fractions:
            raise InputError(f"{path} has {_kind(scale)}, and {like.name} {_kind(trained)}; {SAVE}")
        scale = trained
        notes[0] += "that of the training images, "
    notes[0] += f"{scale.low:.6g} is black and {scale.high:.6g} white."
    beyond = sum(picture.low < scale.low or picture.high > scale.high for picture in found)
    if beyond:
        notes.append(f"{beyond:,} of them {'has' if beyond == 1 else 'have'} values beyond, which count as black or white.")
    return [scale.levels(p.values) if isinstance(p, Deep) else p for p in pictures], scale, notes


def _scale(found: Sequence[Deep], path: Path, *, others: bool) -> Scale:
    """Give the scale of deep images; `others` says whether it is to hold for 8-bit images too."""
    if len({picture.fractions for picture in found}) > 1:
        raise InputError(f"{path} has images of whole numbers beyond 8 bits and images of floating-point numbers; {SAVE}")
    fractions = found[0].fractions
    lows, highs = np.array([[picture.low, picture.high] for picture in found]).T
    scale = Scale(float(lows.min()), float(highs.max()), fractions)
    if not others:
        low, high = np.quantile(lows, FEW, method="higher"), np.quantile(highs, 1 - FEW, method="lower")
        span = FAR * float(high - low)
        return Scale(max(scale.low, float(low) - span), min(scale.high, float(high) + span), fractions)
    white = next((white for white in FULL[not fractions :] if scale.high <= white), np.inf)
    if scale.low < 0 or scale.high < white * LEAST_PART:
        raise InputError(f"{path} has {_kind(scale)}, which are on no known scale beside images of 8 bits a value; {SAVE}")
    return Scale(0.0, white, fractions)


def _kind(scale: Scale) -> str:
    return f"images of {'floating-point' if scale.fractions else 'whole'} numbers, {scale}"
