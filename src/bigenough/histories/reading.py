"""Files and objects to columns: CSV, JSON, pickled dictionaries, event files, and what libraries keep of a training."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bigenough.errors import InputError
from bigenough.histories.building import KNOWN, History, build
from bigenough.histories.columns import CURVES, EPOCHS, RATES, SIDE_WORDS, SIDES, UPDATES, find, has_curves, names_a_side, plain
from bigenough.histories.decoding import NoJSONError, parsed, unpickled
from bigenough.histories.events import holds_events, read_events
from bigenough.histories.gaps import GONE, NOT_A_NUMBER, WRITTEN
from bigenough.histories.printed import COLOURS, rows_of

Columns = dict[str, list[float]]
ENDINGS = (".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".pkl", ".pickle")
LARGEST = 100_000_000  # bytes
_OF_BOOSTING = re.compile(r"\s*\[\d+\]\s")  # how XGBoost and LightGBM begin their lines; JSON has a comma or nothing there
_RULE = re.compile(r"[-+|=:\s]+")  # a line that is drawn under a table's head


def read(path: str | Path) -> History:
    """Read a training log.

    Parameters
    ----------
    path : str or Path
        CSV (of Keras's CSVLogger, Lightning's CSVLogger, `bigenough.recorders`, or one's own), JSON (a dictionary of lists
        such as Keras's ``History.history``, or a list of records such as skorch's history), JSON lines, either of those
        pickled, what a training printed, or an event file of TensorBoard or the folder of one training's event files.

    Returns
    -------
    History

    Raises
    ------
    InputError
        There is no such file, or it holds no training curve; the text says what was understood.
    """
    file = Path(path)
    if file.exists() and holds_events(file):
        return build(_of_records(read_events(file)), file.resolve().name)
    if not file.exists():
        raise InputError(f"cannot read {file}: No such file or directory")
    if file.suffix.lower() not in ENDINGS:
        raise InputError(f"{file.name} is no training log; one ends in {', '.join(ENDINGS)}, or is TensorBoard's")
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file.name} is larger than {LARGEST // 10**6} MB, which no training log is")
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from None
    if file.suffix.lower() in (".pkl", ".pickle"):
        return from_object(unpickled(data, file.name), name=file.name)
    try:
        text = COLOURS.sub("", data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{file.name} is no text in UTF-8") from None
    if not text.strip():
        raise InputError(f"{file.name} is empty")
    of_json, printed = file.suffix.lower() in (".json", ".jsonl"), list[dict[str, str]]()
    if of_json or (text.lstrip()[0] in "[{" and not _OF_BOOSTING.match(text)):
        try:
            return from_object(parsed(text, file.name), name=file.name)
        except NoJSONError:
            if of_json or not (printed := rows_of(text)):
                raise
    printed = printed or rows_of(text)
    return build(_of_records(printed) if printed else _of_csv(text, file.name), file.name)


def from_object(thing: Any, *, name: str = "history") -> History:  # noqa: ANN401 - whatever libraries keep
    """Read what a library keeps of a training.

    Parameters
    ----------
    thing : object
        A Keras ``History``, a fitted scikit-learn ``MLPClassifier``, a fitted skorch net or its history, a DataFrame, a
        dictionary of lists, a list of dictionaries, or a list of losses. Lists may be arrays or tensors, and hold such.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        It holds no training curve.
    """
    steps = None
    regression = any(kind.__name__ == "RegressorMixin" for kind in type(thing).__mro__)
    if hasattr(thing, "loss_curve_"):
        kept = {"loss": list(thing.loss_curve_)}
        scores = getattr(thing, "validation_scores_", None)
        thing = kept | ({} if scores is None else {"val_r2" if regression else "val_score": list(scores)})
    elif _is_frame(thing):
        return build(_of_frame(thing), name)
    elif not isinstance(thing, (Mapping, list, tuple)) and hasattr(thing, "history"):
        params = getattr(thing, "params", None)
        steps = params.get("steps") if isinstance(params, Mapping) else None
        thing = thing.history
    settings = None
    if isinstance(thing, Mapping):
        settings = thing["settings"] if isinstance(thing.get("settings"), Mapping) else None
        for key in ("history", "log_history", "metrics"):
            if isinstance(thing.get(key), (Mapping, list)):
                thing = thing[key]
                break
    if isinstance(thing, Mapping):
        return build(_of_lists(thing, name), name, steps=steps, settings=settings, regression=regression)
    rows = _rows(thing)
    if rows and all(isinstance(row, Mapping) for row in rows):
        return build(_of_records(rows), name, regression=regression)
    if rows and not any(isinstance(value, str) or math.isnan(number(value)) for value in rows):
        return build({"loss": [number(value) for value in rows]}, name, regression=regression)
    raise InputError(
        f"{name} holds {_kind(thing)}; a training log is a dictionary of lists, such as "
        '{"loss": [...], "val_loss": [...]}, or a list of records, one an epoch'
    )


def _kind(thing: Any) -> str:  # noqa: ANN401 - of a file
    name = {"int": "number", "float": "number", "str": "text", "bool": "truth value"}.get(type(thing).__name__)
    return f"a {name or type(thing).__name__}"


def number(value: Any) -> float:  # noqa: ANN401 - a cell of anything
    """Read a cell: NaN where it holds no number, negative infinity where it holds a NaN, which may be a gap."""
    found = GONE
    try:
        if isinstance(value, str):
            text = value.strip()
            found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        else:
            plain_value = value.item() if hasattr(value, "item") else value  # of numpy, or a tensor of one
            found = GONE if isinstance(plain_value, bool) else float(plain_value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return GONE
    if math.isnan(found):
        return WRITTEN
    return found if math.isfinite(found) else NOT_A_NUMBER


def _rows(thing: Any) -> list[Any]:  # noqa: ANN401 - a list of anything, an array or a tensor
    """Give a list's rows; those of an array of records as mappings."""
    names = getattr(getattr(thing, "dtype", None), "names", None)
    if names:
        return [dict(zip(names, row, strict=True)) for row in thing.tolist()]
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    return list(thing) if isinstance(thing, Sequence) and not isinstance(thing, str) else []


def _is_frame(thing: Any) -> bool:  # noqa: ANN401
    return all(hasattr(thing, name) for name in ("columns", "iloc", "itertuples"))


def _of_frame(frame: Any) -> Columns:  # noqa: ANN401 - of pandas, which is not loaded for this
    """Read a DataFrame; an index that has a name may be the count of epochs."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return _of_table([str(name) for name in frame.columns], list(frame.itertuples(index=False, name=None)))


def _of_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Columns:
    """Read rows under names; of columns with one name the first counts, and the others get names that nothing is known by."""
    head = [name if name not in head[:i] else f"{name} (column {i + 1})" for i, name in enumerate(head)]
    if any(plain(column) in SIDES for column in head):
        return _of_records([dict(zip(head, row, strict=False)) for row in rows])
    return {column: [number(row[i]) if i < len(row) else GONE for row in rows] for i, column in enumerate(head)}


def _of_csv(text: str, name: str) -> Columns:
    text = _without_remarks(text)
    first = text.splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    delimiter = " " if delimiter not in first and " " in first.strip() else delimiter
    try:
        cells = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=delimiter == " ")
        rows = [row for row in cells if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{name} is no CSV: {error}") from None
    if not rows:
        raise InputError(f"{name} holds nothing but empty cells")
    head = [cell.strip() for cell in rows[0]]
    if all(not math.isnan(number(cell)) for cell in head):
        raise InputError(f"{name} has no line of column names; the first line is {first[:60]!r}")
    ragged = any(len(row) != len(head) for row in rows)
    if not has_curves(head) and (ragged or all(math.isnan(number(cell)) for row in rows[1:] for cell in row)):
        raise InputError(
            f"{name} is no table: a training log has a line of column names, such as {KNOWN}, and a line an epoch under it, "
            f"or is what a training printed, such as 'Epoch 3: loss 0.41, val_acc 0.87'; this one begins {first[:60]!r}"
        )
    for i, row in enumerate(rows[1:], start=2):
        if len(row) > len(head):
            raise InputError(f"line {i} of {name} has {len(row)} cells, and there are {len(head)} columns")
    if delimiter in ";\t":
        rows = [rows[0], *([cell.replace(",", ".") for cell in row] for row in rows[1:])]  # a decimal comma
    rows = [row for row in rows[1:] if [cell.strip() for cell in row] != head]  # appended to by a second training
    return _of_table(head, rows)


def _without_remarks(text: str) -> str:
    """Leave out lines behind ``#``, but for one with the columns' names, which `numpy.savetxt` puts there."""
    lines = [line for line in text.splitlines() if line.strip() and not _RULE.fullmatch(line)]
    first = next((i for i, line in enumerate(lines) if not line.startswith("#")), 0)
    table = [line for line in lines if not line.startswith("#")]
    if first and not _names_curves(lines[first]) and _names_curves(lines[first - 1].lstrip("# ")):
        table.insert(0, lines[first - 1].lstrip("# "))
    return "\n".join(table or lines)


def _names_curves(line: str) -> bool:
    return any(has_curves(re.split(marks, line)) for marks in (r"[,;\t]+", r"\s+"))


def _of_lists(thing: Mapping[Any, Any], name: str) -> Columns:
    if thing and all(str(key).isdecimal() and isinstance(row, Mapping) for key, row in thing.items()):  # pandas' orient="index"
        return _of_records([thing[key] for key in sorted(thing, key=int)])
    rows, head = thing.get("data", []), thing.get("columns", [])
    if _are(rows, Mapping):  # "table"
        return _of_records(rows)
    if _are(rows, list) and _are(head, str):  # "split"
        return _of_records([dict(zip(head, row, strict=False)) for row in rows])
    inner = {f"{key}_{name}": v for key, values in thing.items() if isinstance(values, Mapping) for name, v in values.items()}
    lists = {str(key): _listed(values) for key, values in {**inner, **thing}.items()}  # a side's lists may stand under its name
    lists = {key: values for key, values in lists.items() if hasattr(values, "__len__") and not isinstance(values, str)}
    lists = {key: values for key, values in lists.items() if getattr(values, "ndim", 1)}  # of arrays and tensors no single ones
    columns = {key: [number(value) for value in values] for key, values in lists.items()}
    known = {column: len(columns[column]) for part, column in find(columns).items() if part in CURVES}
    known = {column: count for column, count in known.items() if count > 1 or "test" not in plain(column)}  # after all of it
    if len(set(known.values())) > 1:
        counts = ", ".join(f"{column} {count}" for column, count in known.items())
        raise InputError(f"the lists of {name} differ in length: {counts}; one value an epoch is wanted in each")
    n = next(iter(known.values()), 0)
    return {key: values if len(values) == n else [GONE] * n for key, values in columns.items()}  # of others, only the names


def _are(values: Any, kind: type) -> bool:  # noqa: ANN401 - of a file
    return isinstance(values, list) and bool(values) and all(isinstance(value, kind) for value in values)


def _listed(values: Any) -> Any:  # noqa: ANN401 - a list of any kind, or something else
    """Values by their row's number, as pandas writes a column, in order; anything else as it is."""
    if isinstance(values, Mapping):
        return [values[key] for key in sorted(values, key=int)] if all(str(key).isdecimal() for key in values) else None
    return values


def _of_records(rows: Sequence[Mapping[Any, Any]]) -> Columns:
    rows = [_with_side(row) for row in rows]
    names = list(dict.fromkeys(str(key) for row in rows for key in row))
    return {name: [number(row.get(name)) for row in rows] for name in names}


def _with_side(row: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Put into the names of a row's values which rows they are of, where a cell of its own says that."""
    side = next((str(value).strip().lower() for key, value in row.items() if plain(str(key)) in SIDES), "")
    if side not in SIDE_WORDS:
        return row
    of_any = (*EPOCHS, *UPDATES, *RATES, *SIDES)

    def named(key: str) -> str:
        said = plain(key) in of_any or names_a_side(key)
        return key if said else f"{side}_{key}"

    return {named(str(key)): value for key, value in row.items()}
