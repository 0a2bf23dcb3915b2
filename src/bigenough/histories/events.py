"""TensorBoard's event files to records, one a step; TensorBoard itself, an optional extra, reads them."""

from __future__ import annotations

from pathlib import Path

from bigenough.errors import InputError
from bigenough.histories.columns import HELD_OUT, TRAIN, plain

MARK = "tfevents"  # in the name of every event file
OF_EPOCH = "epoch_"  # begins the tags of Keras's callback whose steps are epochs
SIZES = {"images": 1, "audio": 1, "histograms": 1, "compressedHistograms": 1, "scalars": 0, "tensors": 0}  # 0: all are kept

Series = dict[int, float]  # value by step


def holds_events(path: Path) -> bool:
    """Whether a path is an event file, or a folder with one in it or in its sub-folders."""
    return bool(_files(path)) if path.is_dir() else MARK in path.name


def read_events(path: Path) -> list[dict[str, float]]:
    """Read the scalars of one training.

    Parameters
    ----------
    path : Path
        An event file, or a training's folder. Keras's callback writes a sub-folder of training values and one of held-out
        values, ``SummaryWriter.add_scalars`` one for each curve.

    Returns
    -------
    list of dict of str to float
        In order of steps, which stand under ``"epoch"`` where the tags say that they are epochs, else under ``"step"``.

    Raises
    ------
    InputError
        TensorBoard is not installed, the files cannot be read, or the folder holds several trainings.
    """
    places = [path] if path.is_file() else sorted({file.parent for file in _files(path)})
    trainings = sorted({place.parent if _side(place) else place for place in places})
    if len(trainings) > 1:
        names = ", ".join(training.name for training in trainings)
        raise InputError(f"{path.name} holds {len(trainings)} trainings; give the folder of one of them: {names}")
    columns: dict[str, Series] = {}
    for place in places:
        for tag, series in _scalars(place).items():
            columns.setdefault(_column(_side(place), tag), {}).update(series)
    of_epoch = {column.replace(OF_EPOCH, ""): series for column, series in columns.items() if OF_EPOCH in column}
    when, columns = ("epoch", of_epoch) if of_epoch else ("step", columns)
    steps = sorted({step for series in columns.values() for step in series})
    return [
        {when: float(step), **{column: series[step] for column, series in columns.items() if step in series}} for step in steps
    ]


def _files(folder: Path) -> list[Path]:
    return [file for pattern in (f"*{MARK}*", f"*/*{MARK}*") for file in folder.glob(pattern)]


def _side(place: Path) -> str:
    """The name of a sub-folder that holds one side or one curve of a training, such as ``train`` or ``Loss_val``, else ''."""
    last = plain(place.name).split("_")[-1]
    return place.name if place.is_dir() and last in {*HELD_OUT, *TRAIN} - {""} else ""


def _column(side: str, tag: str) -> str:
    """Name a curve by its tag and its sub-folder, which may begin with the tag itself."""
    return side if plain(side).startswith(plain(tag)) else "/".join(part for part in (side, tag) if part)


def _scalars(place: Path) -> dict[str, Series]:
    """Read an event file, or all of a folder's own, by tag."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.util.tensor_util import make_ndarray
    except ImportError:
        raise InputError(
            f"{place.name} takes TensorBoard to be read; pip install 'bigenough[tensorboard]' installs it, "
            "or export its curves as CSV"
        ) from None
    events = EventAccumulator(str(place), size_guidance=SIZES)
    try:
        events.Reload()
    except Exception as error:  # of a damaged file; which ones differs with its versions
        raise InputError(f"{place.name} is no readable event file: {error}") from None
    found = {tag: {event.step: float(event.value) for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
    for tag in events.Tags()["tensors"]:
        arrays = {event.step: make_ndarray(event.tensor_proto) for event in events.Tensors(tag)}
        if all(array.size == 1 and array.dtype.kind in "fiu" for array in arrays.values()):
            found[tag] = {step: float(array.item()) for step, array in arrays.items()}
    return found
