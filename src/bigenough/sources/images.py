"""Images in a folder with one sub-folder a class."""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from bigenough.errors import InputError
from bigenough.sources import inner_folders
from bigenough.sources.brightness import Deep, ScaledImages, deep, is_deep, on_one_scale
from bigenough.sources.building import dataset_of_array
from bigenough.sources.files import LARGEST, legible, too_large
from bigenough.sources.labels import listed
from bigenough.types import Dataset

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pbm", ".pgm", ".ppm")
NO_WORD = ("thumbs.db", "desktop.ini")  # what systems leave in folders
TRAINING = ("train", "training")
PARTS = (*TRAINING, "test", "testing", "val", "valid", "validation", "dev")  # what parts of a data set are called, not classes
TINT = 8  # levels of 255 between channels; some formats tint what was grey by a few
LONGEST = 64  # pixels of the longer side; a convolutional network's time grows with the area
MOST = 100_000  # images
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError, Warning)
Picture = Image.Image


@dataclasses.dataclass(frozen=True)
class Taken:
    """An image as it was read: upright, at most `LONGEST` long; whether it was longer, and whether it has further pages."""

    picture: NDArray[np.uint8] | Deep
    longer: bool
    pages: bool


def folder(
    path: Path, *, target: str | None, groups: str | None, like: Dataset | None, skip_unreadable: bool = False
) -> Dataset:
    """Load the images of a folder; the sub-folders' names are the classes.

    Parameters
    ----------
    path : Path
    target : None
        A folder has no columns.
    groups : {"folder", None}
        Whether images in one folder inside their class's, such as ``cells/benign/patient1/``, are of one group.
    like : Dataset, optional
        Images get the size, the colours and the scale of brightness of these.
    skip_unreadable : bool
        Whether files that cannot be read are left out, with a note.

    Returns
    -------
    Dataset
        X is uint8, (n, height, width) if all images are grey, else (n, height, width, 3). Images whose sizes differ are resized
        to the commonest size; those longer than `LONGEST` are made smaller; those of more than 8 bits a value are put on one
        scale (`brightness`).

    Raises
    ------
    InputError
        No sub-folders, one without images, an image that cannot be read, or one of no group where there are groups.
    """
    if target is not None:
        raise InputError(f"{path} is a folder, whose sub-folders are the classes; target {target!r} is for tables")
    files, labels, others = _listed(path, needed=like is None)
    apart = inner_folders.groups_of(path, files, groups)
    taken: list[Taken] = []
    kept, unreadable = [], []
    for number, file in enumerate(files):
        try:
            taken.append(_read(file))
            kept.append(number)
        except DAMAGE as error:
            if not skip_unreadable:
                raise _unreadable(file, error) from error
            unreadable.append(file)
    if not taken:
        raise InputError(f"none of the {len(files)} images in {path} can be read")
    arrays, scale, of_scale = on_one_scale([each.picture for each in taken], path, like)
    labels = [labels[number] for number in kept]
    X, of_size = _same_size(arrays, labels, like)
    notes = [*of_scale, *of_size, *_notes_of_reading(taken), *_notes_of_files(path, unreadable, others)]
    if apart is None and like is None:
        notes += inner_folders.notes(path, files)
    name = legible(path.resolve().name)
    data = dataset_of_array(
        X, labels, name=name, target=f"the folder {name}", like=like, notes=notes, missing=(),
        groups=None if apart is None else [apart[number] for number in kept],
    )  # fmt: skip
    fields = {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}
    return ScaledImages(**fields, scale=scale)


def _listed(path: Path, *, needed: bool) -> tuple[list[Path], list[str], list[Path]]:
    """Give all images, their classes and all other files, in the order of their names, without what is hidden."""
    visible = sorted(p for p in path.iterdir() if not p.name.startswith((".", "__")))
    classes = [p for p in visible if p.is_dir()]
    if not classes:
        what = "is empty" if not visible else "has no sub-folders"
        raise InputError(f"{path} {what}; images belong into one sub-folder a class, such as {path}/cats and {path}/dogs")
    if any(p.name == "study.sqlite" for p in visible):
        raise InputError(f"{path} holds a study of bigenough's, whose figures would be a class; move the images elsewhere")
    _no_parts(path, [p.name for p in classes])
    if len(classes) == 1 and needed:
        raise InputError(
            f"{path} has one sub-folder only, {classes[0].name}; images belong into one sub-folder a class, two or more"
        )
    files, labels, size = [], [], 0
    others = [p for p in visible if p.is_file() and _is_image(p)]  # beside the sub-folders, of no class
    for folder_ in classes:
        inside = _files_in(folder_)
        images = [p for p in inside if _is_image(p)]
        if not images and needed:
            what = f"holds no image ({', '.join(SUFFIXES)}), but {inside[0].name}" if inside else "is empty"
            raise InputError(f"the folder {folder_} {what}; every sub-folder is a class: fill it or take it away")
        size += sum(p.stat().st_size for p in images)
        files += images
        labels += [legible(folder_.name)] * len(images)
        others += [p for p in inside if not _is_image(p)]
    if size > LARGEST or len(files) > MOST:
        raise too_large(str(path), size, "" if size > LARGEST else f"{len(files):,} images, more than {MOST:,}")
    return files, labels, others


def _no_parts(path: Path, names: Sequence[str]) -> None:
    """Refuse sub-folders that are the parts of a data set, by their names."""
    training = [name for name in names if name.lower() in TRAINING]
    others = [name for name in names if name not in training]
    if training and others and all(name.lower() in PARTS for name in names):
        test = next((name for name in others if name.lower().startswith("test")), others[0])
        raise InputError(
            f"the sub-folders of {path}, {listed(names)}, are parts of a data set and no classes; give {path / training[0]}, "
            f"with --test {path / test}"
        )


def _files_in(folder_: Path) -> list[Path]:
    def shown(file: Path) -> bool:
        *folders, name = file.relative_to(folder_).parts
        hidden = name.startswith(".") or any(part.startswith((".", "__")) for part in folders)
        return not hidden and name.lower() not in NO_WORD

    return sorted(p for p in folder_.rglob("*") if p.is_file() and shown(p))


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES


def _read(file: Path) -> Taken:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file) as opened:
            longer = max(opened.size) > LONGEST
            pages = getattr(opened, "is_animated", False) and opened.format != "MPO"  # whose others are a camera's previews
            opened.draft(None, (4 * LONGEST, 4 * LONGEST))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            if is_deep(upright):
                return Taken(deep(upright, LONGEST), longer, pages)
            image = _eight_bits(upright)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return Taken(np.asarray(image), longer, pages)


def _unreadable(file: Path, error: BaseException) -> InputError:
    unknown = isinstance(error, UnidentifiedImageError)
    reason = "of no known format, or damaged" if unknown else " ".join(str(error).split())[:120]
    return InputError(
        f"{file} cannot be read as an image ({reason}); mend it, take it away, or leave such files out with "
        "--skip-unreadable (skip_unreadable=True)"
    )


def _eight_bits(image: Picture) -> Picture:
    """Turn any mode of 8 bits a value into L or RGB; what is transparent becomes white."""
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        flat = Image.alpha_composite(white, with_alpha).convert("RGB")
        return flat.convert("L") if image.mode in ("LA", "La", "L", "1") else flat
    return image.convert("L" if image.mode in ("L", "1") else "RGB")


def _notes_of_reading(taken: Sequence[Taken]) -> list[str]:
    notes = []
    longer, pages = sum(each.longer for each in taken), sum(each.pages for each in taken)
    if longer:
        notes.append(
            f"{longer:,} of {len(taken):,} images {'was' if longer == 1 else 'were'} longer than {LONGEST} pixels and made "
            f"smaller, to {LONGEST} pixels on the longer side."
        )
    if pages:
        notes.append(
            f"{pages:,} of {len(taken):,} files {'has' if pages == 1 else 'have'} several pages or frames, of which the first "
            "is taken."
        )
    return notes


def _notes_of_files(path: Path, unreadable: Sequence[Path], others: Sequence[Path]) -> list[str]:
    kinds = Counter(file.suffix.lower() or "without suffix" for file in others if not _is_image(file))
    counts = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common(5))
    reasons = (
        ([file for file in others if _is_image(file)], "an image beside the sub-folders is of no class"),
        ([file for file in others if not _is_image(file)], f"of no kind that is read as an image ({counts})"),
        (unreadable, "not readable"),
    )
    return [
        f"{len(files):,} file{'s' if files[1:] else ''} left out, {why}: "
        f"{listed([legible(str(file.relative_to(path))) for file in files], 3)}."
        for files, why in reasons
        if files
    ]


def _tells(flags: Sequence[bool], labels: Sequence[str]) -> str:
    """Say it where what some images have is had by all of some classes and by none of the others."""
    having, lacking = ({label for flag, label in zip(flags, labels, strict=True) if flag == value} for value in (True, False))
    if not having or not lacking or having & lacking:
        return ""
    return f" That alone tells classes apart: all of {listed(sorted(having))} have it, of {listed(sorted(lacking))} none."


def _same_size(
    arrays: Sequence[NDArray[np.uint8]], labels: Sequence[str], like: Dataset | None
) -> tuple[NDArray[np.uint8], list[str]]:
    """Stack images: one size, the commonest, and colour if any has colour."""
    notes: list[str] = []
    sizes = Counter(array.shape[:2] for array in arrays)
    shape = max(sizes, key=lambda size: (sizes[size], -size[0] * size[1], size))
    in_colour = [array.ndim == 3 and _coloured(array) for array in arrays]
    coloured, colour = sum(in_colour), any(in_colour)
    if like is not None and like.kind == "image":
        shape, colour = like.X.shape[1:3], like.X.ndim == 4
    of_another = [array.shape[:2] != shape for array in arrays]
    others = sum(of_another)
    if others:
        notes.append(
            f"{others:,} of {len(arrays):,} images had another size (up to {LONGEST} pixels) and were resized to {shape[1]} x "
            f"{shape[0]} pixels, the {'size of the others' if like is None else 'training size'}.{_tells(of_another, labels)}"
        )
    if coloured > 0 and (coloured < len(arrays) or not colour):
        kept = "the others are grey" if colour else "they are taken as grey, as the training images are"
        tells = _tells(in_colour, labels)
        notes.append(f"{coloured:,} of {len(arrays):,} images {'is' if coloured == 1 else 'are'} in colour; {kept}.{tells}")
    made = [_as_wanted(array, shape, colour) for array in arrays]
    return np.stack(made), notes


def _coloured(array: NDArray[Any]) -> bool:
    least, most = array.min(axis=-1), array.max(axis=-1)
    return bool((most - least > TINT).any())


def _as_wanted(array: NDArray[np.uint8], shape: tuple[int, ...], colour: bool) -> NDArray[np.uint8]:
    image = Image.fromarray(array).convert("RGB" if colour else "L")
    if image.size != (shape[1], shape[0]):
        image = image.resize((shape[1], shape[0]), Image.Resampling.LANCZOS)
    return np.asarray(image)
