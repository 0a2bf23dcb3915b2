"""Files before they are read: whether they are there, small enough, and begin as their name says."""

from __future__ import annotations

import difflib
import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from bigenough.errors import InputError, UnknownNameError
from bigenough.registry import FORMATS, SOURCES

LARGEST = 2**30  # bytes, unpacked; all rows are held in memory, several times over while they are read
MAGIC = {  # how files of a kind begin
    "Parquet": b"PAR1",
    "Feather": b"ARROW1",
    "old Feather": b"FEA1",
    "zip, as .xlsx and .npz are": b"PK\x03\x04",
    "old Excel, .xls": b"\xd0\xcf\x11\xe0",
    "empty zip": b"PK\x05\x06",
    "gzip": b"\x1f\x8b",
    ".npy": b"\x93NUMPY",
    "PDF": b"%PDF",
    "PNG": b"\x89PNG",
    "JPEG": b"\xff\xd8\xff",
}
EXPECTED = {
    ".parquet": ("Parquet",),
    ".feather": ("Feather", "old Feather"),
    ".xlsx": ("zip, as .xlsx and .npz are",),
    ".npz": ("zip, as .xlsx and .npz are", "empty zip"),
    ".npy": (".npy",),
    ".gz": ("gzip",),
}
ADVICE = {".xls": "save it as .xlsx or .csv", ".arff": "save it as .csv", ".json": "save it as .csv", ".zip": "unpack it"}


def size_text(n_bytes: int) -> str:
    """Write a number of bytes for people, such as ``"1.5 GB"``."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"


def too_large(name: str, n_bytes: int, what: str = "") -> InputError:
    """Make the error about a file beyond `LARGEST`."""
    return InputError(
        f"{name} has {what or size_text(n_bytes)}, and the limit is {size_text(LARGEST)} unpacked; bigenough is for small "
        "data: give it a random part of the rows"
    )


def format_of(path: Path) -> str:
    """Name the registered format of a path that exists.

    Raises
    ------
    InputError
        A file of another format.
    """
    if path.is_dir():
        return "folder"
    name = path.name.lower()
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    files = ", ".join(suffix for suffix in FORMATS if suffix.startswith("."))
    advice = ADVICE.get(path.suffix.lower())
    raise InputError(
        f"{path} is of no format that can be read; files are {files}, or a folder of images with a sub-folder a class"
        + (f"; {advice}" if advice else "")
    )


def no_such(source: str) -> InputError | UnknownNameError:
    """Make the error about a source that is neither a name nor a path; near names of both kinds are in it."""
    path = Path(source)
    name = source.partition(":")[0]
    if (path.suffix and not source.startswith(("http:", "https:"))) or any(mark in source for mark in "/\\"):
        if "://" in source:
            return InputError(f"{source} is an address; download it and give the file")
        folder = path.parent
        if not folder.is_dir():
            return InputError(f"no such file: {source}; there is no folder {folder} either")
        near = difflib.get_close_matches(path.name, [p.name for p in folder.iterdir()], n=3, cutoff=0.6)
        return InputError(f"no such file: {source}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    return UnknownNameError("data set", name, SOURCES, " (and there is no file or folder of that name)")


def check(path: Path) -> None:
    """Refuse a file that is empty, too large, not readable, or not what its name says.

    Raises
    ------
    InputError
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if size > LARGEST:
        raise too_large(str(path), size)
    if size == 0:
        raise InputError(f"{path} is empty")
    begins = next((kind for kind, magic in MAGIC.items() if start.startswith(magic)), None)
    expected = EXPECTED.get(path.suffix.lower())
    if expected is not None:
        if begins not in expected:
            raise InputError(f"{path} is no {path.suffix} file: it {_begins(begins)}")
    elif begins is not None:
        raise InputError(f"{path} is no {path.suffix} file: it {_begins(begins)}")
    elif b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path} is no {path.suffix} file: it has bytes that no text has")


def _begins(kind: str | None) -> str:
    return "does not begin like one" if kind is None else f"begins like a file of {kind}"


def unpacked(path: Path) -> bytes:
    """Read a file, unpacking gzip, never more than `LARGEST`.

    Raises
    ------
    InputError
        It is larger than that, or damaged.
    """
    try:
        opened: BinaryIO = gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
        with opened as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if len(data) > LARGEST:
        raise too_large(str(path), len(data), "more than that")
    return data


def check_zip(path: Path) -> None:
    """Refuse a zip file that is damaged or unpacks to more than `LARGEST`.

    Raises
    ------
    InputError
    """
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if size > LARGEST:
        raise too_large(str(path), size)


def legible(name: str) -> str:
    """Give a file's name as text: what is no UTF-8 in it, as in archives of old systems, as �."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
