"""Images in folders inside those of their classes: whether those of one folder, such as of one patient, stay together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bigenough.errors import InputError
from bigenough.sources.files import legible

BY_FOLDER = "folder"  # the only groups that a folder's images have


def groups_of(path: Path, files: Sequence[Path], groups: str | None) -> list[str] | None:
    """Give each image its group, the folder inside its class's that it lies in; folders of one name in two classes are one.

    Parameters
    ----------
    path : Path
        The folder whose sub-folders are the classes.
    files : sequence of Path
    groups : {"folder", None}

    Returns
    -------
    list of str, or None where no groups are asked for

    Raises
    ------
    InputError
        Something else is asked for, or an image lies in no such folder.
    """
    if groups is None:
        return None
    if groups != BY_FOLDER:
        raise InputError(
            f"{path} is a folder, which has no columns; groups may be {BY_FOLDER!r}, where the images of one folder inside a "
            f"class's belong together, got {groups!r}"
        )
    names = [_inner(path, file) for file in files]
    alone = [file for file, name in zip(files, names, strict=True) if not name]
    if alone:
        raise InputError(
            f"{len(alone):,} of {len(files):,} images in {path} lie in their class's folder itself, such as "
            f"{legible(str(alone[0].relative_to(path)))}; for groups {BY_FOLDER!r} each belongs into one inside it, such as "
            f"{legible(str(alone[0].parent.relative_to(path)))}/patient1"
        )
    return names


def notes(path: Path, files: Sequence[Path]) -> list[str]:
    """Say that there may be groups, where folders inside a class's hold several images."""
    counts = Counter(file.parent for file in files if _inner(path, file))
    several = [folder for folder, count in counts.items() if count > 1]
    if not several:
        return []
    shown = legible(str(several[0].relative_to(path)))
    return [
        f"Images lie in folders inside their classes', such as {shown}. Where those of one "
        f"belong together, as of one patient, say so (--groups {BY_FOLDER}), so that none is tested on what it was trained on."
    ]


def _inner(path: Path, file: Path) -> str:
    _, *folders, _ = file.relative_to(path).parts
    return legible(folders[0]) if folders else ""
