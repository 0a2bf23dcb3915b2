"""Images in a folder with one sub-folder a class."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from bigenough.errors import InputError
from bigenough.sources.building import dataset_of_array
from bigenough.sources.files import LARGEST, too_large
from bigenough.types import Dataset

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
LONGEST = 64  # pixels of the longer side; a convolutional network's time grows with the area
MOST = 100_000  # images
Picture = Image.Image


def folder(
    path: Path, *, target: str | None, groups: str | None, like: Dataset | None, skip_unreadable: bool = False
) -> Dataset:
    """Load the images of a folder; the sub-folders' names are the classes.

    Parameters
    ----------
    path : Path
    target, groups : None
        A folder has no columns.
    like : Dataset, optional
        Images get the size and colours of these.
    skip_unreadable : bool
        Whether files that cannot be read are left out, with a note.

    Returns
    -------
    Dataset
        X is uint8, (n, height, width) if all images are grey, else (n, height, width, 3). Images whose sizes differ are resized
        to the commonest size; those longer than `LONGEST` are made smaller.

    Raises
    ------
    InputError
        No sub-folders, one without images, or an image that cannot be read.
    """
    for option, value in (("target", target), ("groups", groups)):
        if value is not None:
            raise InputError(f"{path} is a folder, whose sub-folders are the classes; {option} {value!r} is for tables")
    files, labels = _listed(path, needed=like is None)
    arrays, kept, unreadable = [], [], []
    for file, label in zip(files, labels, strict=True):
        try:
            arrays.append(_read(file))
            kept.append(label)
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError, Warning) as error:
            if not skip_unreadable:
                unknown = isinstance(error, UnidentifiedImageError)
                reason = "of no known format, or damaged" if unknown else " ".join(str(error).split())[:120]
                raise InputError(
                    f"{file} cannot be read as an image ({reason}); mend it, take it away, or leave such files out with "
                    "--skip-unreadable (skip_unreadable=True)"
                ) from error
            unreadable.append(file)
    if not arrays:
        raise InputError(f"none of the {len(files)} images in {path} can be read")
    X, notes = _same_size(arrays, like)
    if unreadable:
        shown = ", ".join(str(file.relative_to(path)) for file in unreadable[:3])
        more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
        notes.append(f"{len(unreadable)} file{'s' if len(unreadable) > 1 else ''} left out, not readable: {shown}{more}.")
    name = path.resolve().name
    return dataset_of_array(X, kept, name=name, target=f"the folder {name}", like=like, notes=notes)


def _listed(path: Path, *, needed: bool) -> tuple[list[Path], list[str]]:
    """Give all images and their classes, in the order of their names; hidden files and folders are passed over."""
    visible = sorted(p for p in path.iterdir() if not p.name.startswith((".", "__")))
    classes = [p for p in visible if p.is_dir()]
    if not classes:
        what = "is empty" if not visible else "has no sub-folders"
        raise InputError(f"{path} {what}; images belong into one sub-folder a class, such as {path}/cats and {path}/dogs")
    if len(classes) == 1 and needed:
        raise InputError(
            f"{path} has one sub-folder only, {classes[0].name}; images belong into one sub-folder a class, two or more"
        )
    files, labels, size = [], [], 0
    for folder_ in classes:
        inside = sorted(p for p in folder_.rglob("*") if p.is_file() and not p.name.startswith("."))
        images = [p for p in inside if p.suffix.lower() in SUFFIXES]
        if not images and needed:
            what = f"holds no image ({', '.join(SUFFIXES)}), but {inside[0].name}" if inside else "is empty"
            raise InputError(f"the folder {folder_} {what}; every sub-folder is a class: fill it or take it away")
        size += sum(p.stat().st_size for p in images)
        files += images
        labels += [folder_.name] * len(images)
    if size > LARGEST or len(files) > MOST:
        raise too_large(str(path), size, "" if size > LARGEST else f"{len(files):,} images, more than {MOST:,}")
    return files, labels


def _read(file: Path) -> NDArray[np.uint8]:
    """Read one image as uint8, (height, width) or (height, width, 3), upright, at most `LONGEST` long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file) as opened:
            opened.draft(None, (4 * LONGEST, 4 * LONGEST))
            opened.load()
            image = _eight_bits(ImageOps.exif_transpose(opened))
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _eight_bits(image: Picture) -> Picture:
    """Turn any mode into L or RGB; what is transparent becomes white, sixteen bits become eight."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        if not np.isfinite(values).all():
            raise ValueError("it has values that are not finite")
        if image.mode == "F":
            full = 1.0 if values.max() <= 1.0 else 255.0 if values.max() <= 255.0 else 65535.0
        else:
            full = 255.0 if values.max() <= 255.0 and not image.mode.startswith("I;16") else 65535.0
        return Image.fromarray(np.clip(np.round(values * (255.0 / full)), 0, 255).astype(np.uint8))
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        flat = Image.alpha_composite(white, with_alpha).convert("RGB")
        return flat.convert("L") if image.mode in ("LA", "La", "L", "1") else flat
    return image.convert("L" if image.mode in ("L", "1") else "RGB")


def _same_size(arrays: Sequence[NDArray[np.uint8]], like: Dataset | None) -> tuple[NDArray[np.uint8], list[str]]:
    """Stack images: one size, the commonest, and colour if any has colour."""
    notes: list[str] = []
    sizes = Counter(array.shape[:2] for array in arrays)
    shape = max(sizes, key=lambda size: (sizes[size], -size[0] * size[1], size))
    colour = any(array.ndim == 3 and _coloured(array) for array in arrays)
    if like is not None and like.kind == "image":
        shape, colour = like.X.shape[1:3], like.X.ndim == 4
    others = len(arrays) - sizes[shape]
    if others:
        notes.append(
            f"{others:,} of {len(arrays):,} images had another size (up to {LONGEST} pixels) and were resized to {shape[1]} x "
            f"{shape[0]} pixels, the {'size of the others' if like is None else 'training size'}."
        )
    if max(shape) == LONGEST:
        notes.append(f"Images longer than {LONGEST} pixels were made smaller, to {LONGEST} pixels on the longer side.")
    made = [_as_wanted(array, shape, colour) for array in arrays]
    return np.stack(made), notes


def _coloured(array: NDArray[Any]) -> bool:
    return bool((array[..., :1] != array[..., 1:]).any())


def _as_wanted(array: NDArray[np.uint8], shape: tuple[int, ...], colour: bool) -> NDArray[np.uint8]:
    image = Image.fromarray(array).convert("RGB" if colour else "L")
    if image.size != (shape[1], shape[0]):
        image = image.resize((shape[1], shape[0]), Image.Resampling.LANCZOS)
    return np.asarray(image)
