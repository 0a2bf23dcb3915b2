"""TensorBoard's event files to records, one a step; TensorBoard itself, an optional extra, reads them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from bigenough.errors import InputError
from bigenough.histories.columns import HELD_OUT, TRAIN, has_curves, plain

MARK = ".tfevents."  # in the name of every event file
OF_EPOCH = "epoch_"  # begins the tags of Keras's callback, whose steps are epochs
SIDES = {*HELD_OUT, *TRAIN} - {""}  # sub-folders that Keras's callback and others write a side of a training into
SIZES = {"images": 1, "audio": 1, "histograms": 1, "compressedHistograms": 1, "scalars": 0, "tensors": 0}  # 0: all are kept
LARGEST = 500_000_000  # bytes of one training's files, which may hold images too

Series = dict[int, float]  # value by step


def holds_events(path: Path) -> bool:
    """Whether a path is an event file, or a folder with one in it or up to two folders deeper."""
    return bool(_files(path)) if path.is_dir() else MARK in path.name


def read_events(path: Path) -> list[dict[str, float]]:
    """Read the scalars of one training.

    Parameters
    ----------
    path : Path
        An event file, or a training's folder, in which Keras's callback has a sub-folder of training values and one of
        held-out values, and ``SummaryWriter.add_scalars`` one for each curve.

    Returns
    -------
    list of dict of str to float
        In order of steps, which stand under ``"epoch"`` where the tags say that they are epochs, else under ``"step"``.

    Raises
    ------
    InputError
        TensorBoard is not installed, the files are too large or cannot be read, or there are several trainings.
    """
    columns, of_epoch = dict[str, Series](), dict[str, Series]()
    for side, tag, series in _curves(path) if path.is_dir() else (("", tag, s) for tag, s in _scalars(path).items()):
        columns[f"{side}/{tag}" if side else tag] = series
        if tag.startswith(OF_EPOCH):
            of_epoch["/".join(part for part in (side, tag.removeprefix(OF_EPOCH)) if part)] = series
    by_epoch = has_curves(of_epoch)
    when, columns = ("epoch", of_epoch) if by_epoch else ("step", columns)
    steps = sorted({step for series in columns.values() for step in series})
    return [
        {when: float(step), **{column: series[step] for column, series in columns.items() if step in series}} for step in steps
    ]


def _curves(folder: Path) -> Iterator[tuple[str, str, Series]]:
    """Side, tag and series of every curve of the one training in a folder."""
    training = _training(folder)
    for tag, series in _scalars(training).items() if any(_own(training)) else ():
        yield "", tag, series
    for place in sorted(place for place in training.iterdir() if place.is_dir() and any(_own(place))):
        if place.name in SIDES:
            yield from ((place.name, tag, series) for tag, series in _scalars(place).items())
            continue
        for tag, series in _scalars(place).items():
            if plain(place.name).startswith(plain(tag) + "_"):  # of add_scalars: the folder is named by tag and curve
                yield "", place.name, series


def _training(folder: Path) -> Path:
    """Find the one training in a folder."""
    root = folder.resolve()
    places = {file.resolve().parent for file in _files(folder)}
    trainings = {place.parent if place.name in SIDES and place != root else place for place in places}
    if root in trainings:
        return root
    outer = sorted(place for place in trainings if not trainings & set(place.parents))
    if len(outer) > 1:
        names = ", ".join(str(place.relative_to(root)) if place.is_relative_to(root) else str(place) for place in outer[:8])
        raise InputError(f"{root.name} holds {len(outer)} trainings; give the folder of one of them: {names}")
    return outer[0]


def _own(folder: Path) -> Iterator[Path]:
    return (file for file in folder.glob(f"*{MARK}*") if file.is_file())


def _files(folder: Path) -> list[Path]:
    return [file for depth in ("", "*/", "*/*/") for file in folder.glob(f"{depth}*{MARK}*") if file.is_file()]


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
    if sum(file.stat().st_size for file in ([place] if place.is_file() else _own(place))) > LARGEST:
        raise InputError(f"the event files of {place.name} are larger than {LARGEST // 10**6} MB; export the curves as CSV")
    events = EventAccumulator(str(place), size_guidance=SIZES)
    try:
        events.Reload()
    except Exception as error:  # of a damaged file; which ones differs with its versions
        raise InputError(f"{place.name} is no readable event file: {error}") from None
    found = {tag: [(event.step, float(event.value)) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    for tag in events.Tags()["tensors"]:
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [(event.step, float(make_ndarray(event.tensor_proto).item())) for event in events.Tensors(tag)]
    return {tag: _series(values, tag, place) for tag, values in found.items()}


def _series(values: list[tuple[int, float]], tag: str, place: Path) -> Series:
    """Values by step; of a training that was taken up again at an earlier step the later ones.

    Raises
    ------
    InputError
        It begins anew: two trainings were written into one folder.
    """
    if any(after <= values[0][0] < before for (before, _), (after, _) in pairwise(values)):
        raise InputError(f"{place.name} holds several trainings, one after the other ({tag} begins anew); give one event file")
    series, last = Series(), -1
    for step, value in values:
        if step <= last:
            series = {earlier: kept for earlier, kept in series.items() if earlier < step}
        series[step], last = value, step
    return series
