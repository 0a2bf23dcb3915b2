"""Tables in files: CSV and TSV, also with gzip, Parquet, Feather and Excel."""

from __future__ import annotations

import contextlib
import csv as csv_module
import io
import re
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough.errors import InputError
from bigenough.sources.building import check_cells, dataset_of_frame
from bigenough.sources.files import check_zip, unpacked
from bigenough.sources.labels import find_column, find_target
from bigenough.types import Dataset

DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
FIELD_LIMIT = 2**24  # characters of one cell
_CELLS = threading.Lock()


def csv(path: Path, **options: Any) -> Dataset:  # noqa: ANN401 - those of `sources.load`
    """Load a text file with a header line; commas, semicolons, tabs or bars stand between values."""
    notes: list[str] = []
    text = _decoded(unpacked(path), path, notes).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(f"{path} is empty")
    tab = path.name.lower().split(".")[1:2] == ["tsv"]
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = "\t" if tab else max(DELIMITERS, key=_outside_quotes(first).count)
    with _long_cells():
        names, width = _header(text, delimiter, path, notes)
    check_cells((text.count("\n"), width), str(path))
    header = len(text) - len(text.lstrip("\n"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.StringIO(text), sep=delimiter, names=names, header=None, skiprows=header + 1, dtype="str",
                keep_default_na=False, index_col=False, quotechar='"', skip_blank_lines=True,
            )  # fmt: skip
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} has no rows") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise InputError(f"{path} cannot be read as a table: {reason}") from error
    short = _short_rows(frame, text, delimiter)
    with _and(short):
        return dataset_of_table(frame, path, notes=[*notes, *short], decimal_comma=delimiter != ",", **options)


@contextlib.contextmanager
def _and(notes: Sequence[str]) -> Iterator[None]:
    """Say the first note, if there is any, after what cannot be used: it may be why."""
    try:
        yield
    except InputError as error:
        if not notes:
            raise
        raise InputError(f"{error}. {notes[0]}") from error


def _short_rows(frame: pd.DataFrame, text: str, delimiter: str) -> list[str]:
    """Say which rows have fewer values than there are columns."""
    if not (frame.iloc[:, -1] == "").any():
        return []
    read = csv_module.reader(io.StringIO(text), delimiter=delimiter)
    with _long_cells():
        lines = [row for row in read if len(row) > 1 or (row and row[0].strip())][1:]
    width = len(frame.columns)
    if frame.columns[-1] == f"column {width}":  # it has no name, as where a delimiter ends the first line
        width -= 1
    rows = [str(number) for number, row in enumerate(lines, 1) if len(row) < width]
    if not rows:
        return []
    if len(rows) == 1:
        return [f"Row {rows[0]} has fewer values than there are columns; it was read as if the last ones were missing."]
    which = f"{', '.join(rows[:3])} and {len(rows) - 3:,} more" if len(rows) > 4 else f"{', '.join(rows[:-1])} and {rows[-1]}"
    return [f"Rows {which} have fewer values than there are columns; they were read as if the last ones were missing."]


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    """Let the csv module read cells of `FIELD_LIMIT` characters for a while; its limit is the whole process's."""
    with _CELLS:
        before = csv_module.field_size_limit(FIELD_LIMIT)
        try:
            yield
        finally:
            csv_module.field_size_limit(before)


def _decoded(data: bytes, path: Path, notes: list[str]) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise InputError(f"{path} is no text file: it has bytes that no text has")
    notes.append("The file is no UTF-8; it was read as Windows-1252, so that some letters may be wrong.")
    return data.decode("cp1252", errors="replace")


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _header(text: str, delimiter: str, path: Path, notes: list[str]) -> tuple[list[str], int]:
    """Give the columns' names and how many there are, from the first two lines."""
    reader = csv_module.reader(io.StringIO(text.lstrip("\n")), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(reader)]
        row = next((row for row in reader if row), [])
    except csv_module.Error as error:
        raise InputError(f"{path} cannot be read as a table: {error}") from error
    if names and all(NUMBER.fullmatch(name) for name in names):
        raise InputError(f"the first line of {path} holds numbers, not names of columns; put a line with names above it")
    if len(row) == len(names) + 1:  # as R's write.table has it, or a delimiter at each line's end
        if row[-1].strip():
            notes.append(
                "The first line has one name less than the rows have values; the first column was taken for rows' names."
            )
        names = [*names, ""] if not row[-1].strip() else ["(row name)", *names]
    if len(names) == 1:
        raise InputError(f"{path} has one column only, {names[0]!r}; values stand between commas, semicolons, tabs or bars")
    names = _unnamed(names)
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(f"{path} has two columns called {twice[0]!r}; give each a name of its own")
    return names, len(names)


def _unnamed(names: Sequence[object]) -> list[str]:
    return [str(name).strip() or f"column {i + 1}" for i, name in enumerate(names)]


def parquet(path: Path, **options: Any) -> Dataset:  # noqa: ANN401 - those of `sources.load`
    """Load a Parquet file."""
    import pyarrow
    import pyarrow.parquet

    try:
        meta = pyarrow.parquet.read_metadata(path)
        check_cells((meta.num_rows, meta.num_columns), str(path))
        frame = pd.read_parquet(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return dataset_of_table(frame, path, **options)


def feather(path: Path, **options: Any) -> Dataset:  # noqa: ANN401 - those of `sources.load`
    """Load a Feather file."""
    import pyarrow

    try:
        frame = pd.read_feather(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return dataset_of_table(frame, path, **options)


def excel(path: Path, **options: Any) -> Dataset:  # noqa: ANN401 - those of `sources.load`
    """Load the first sheet of an Excel file."""
    check_zip(path)
    notes = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and print settings
            with pd.ExcelFile(path, engine="openpyxl") as book:
                sheets = [str(name) for name in book.sheet_names]
                frame = book.parse(sheets[0], dtype=object, keep_default_na=False, na_values=[""], header=None)
    except Exception as error:  # openpyxl fails in many ways on files that are none of Excel's
        raise _damaged(path, error) from error
    if len(sheets) > 1:
        notes.append(f"Only the first sheet, {sheets[0]!r}, was read; the file has {len(sheets)}.")
    frame = frame.dropna(how="all")
    if len(frame) == 0:
        raise InputError(f"{path} is empty: its first sheet, {sheets[0]!r}, has no cells")
    header = ["" if pd.isna(name) else name for name in frame.iloc[0]]
    frame = frame.iloc[1:].reset_index(drop=True)
    frame.columns = _unnamed(header)
    with _and(notes):
        return dataset_of_table(frame, path, notes=notes, **options)


def _damaged(path: Path, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    reason = " ".join(str(error).split())
    return InputError(f"{path} cannot be read, it may be damaged: {reason[:200]}")


def dataset_of_table(
    frame: pd.DataFrame,
    path: Path | str,
    *,
    target: str | None,
    groups: str | None,
    like: Dataset | None,
    skip_unreadable: bool = False,
    notes: Sequence[str] = (),
    decimal_comma: bool = False,
) -> Dataset:
    """Take the columns of the labels and of the groups out of a table.

    Parameters
    ----------
    frame : DataFrame
    path : Path or str
        Its file's name is the data set's.
    target, groups, like, skip_unreadable
        As in `sources.load`; the last is for images.
    notes, decimal_comma
        As in `building.dataset_of_frame`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
    """
    name = path.name if isinstance(path, Path) else path
    frame.columns = [str(column) for column in frame.columns]
    if frame.columns.duplicated().any():
        raise InputError(f"{name} has two columns called {frame.columns[frame.columns.duplicated()][0]!r}; rename one")
    if len(frame) == 0:
        raise InputError(f"{name} has no rows")
    columns = list(frame.columns)
    label = find_target(columns, target, name)
    apart = None if groups is None else find_column(columns, groups, name, "the groups")
    if apart == label:
        raise InputError(f"column {label!r} of {name} cannot be both the target and the groups")
    features = frame.drop(columns=[label] if apart is None else [label, apart])
    if not len(features.columns):
        raise InputError(f"{name} has no column to learn from beside {label!r}")
    return dataset_of_frame(
        features, frame[label], name=name, target=f"the target {label!r} of {name}",
        groups=None if apart is None else frame[apart], groups_name=f"column {apart!r} of {name}", like=like, notes=notes,
        decimal_comma=decimal_comma,
    )  # fmt: skip
