"""One SQLite file a study: its runs, and what the last command asked for.

The file is locked for as long as it is open, so that two commands never write one study.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from bigenough.errors import StoreError
from bigenough.types import Run, TrainingCurve

FILE_NAME = "study.sqlite"
KINDS = {"own": "a study of your own data", "explain": "an explanation", "pairs": "pairs of digits"}  # else one of 2017
APPLICATION_ID = 0x62696765  # "bige"
VERSION = 2
COLUMNS = {
    "key": "TEXT PRIMARY KEY", "recipe": "TEXT", "family": "TEXT", "size": "INTEGER", "repeat": "INTEGER", "seed": "INTEGER",
    "status": "TEXT", "scores": "TEXT", "updates": "INTEGER", "seconds": "REAL", "test_labels": "BLOB",
    "test_probabilities": "BLOB", "curve": "BLOB", "notes": "TEXT", "error": "TEXT",
}  # fmt: skip
SCHEMA = f"""
CREATE TABLE runs ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT;
"""


def _pack(array: np.ndarray[Any, Any] | None) -> bytes | None:
    if array is None:
        return None
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return zlib.compress(buffer.getvalue(), 6)


def _unpack(blob: bytes | None) -> Any:  # noqa: ANN401 - an array of the type that was packed
    return None if blob is None else np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False)


def _pack_curve(curve: TrainingCurve | None) -> bytes | None:
    if curve is None:
        return None
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **asdict(curve))
    return buffer.getvalue()


def _unpack_curve(blob: bytes | None) -> TrainingCurve | None:
    if blob is None:
        return None
    with np.load(io.BytesIO(blob), allow_pickle=False) as columns:
        return TrainingCurve(**dict(columns.items()))


def _unpack_run(row: tuple[Any, ...]) -> Run:
    key, recipe, family, size, repeat, seed, status, scores, updates, seconds, labels, probabilities, curve, notes, error = row
    return Run(
        key=key, recipe=recipe, family=family, size=size, repeat=repeat, seed=seed, status=status,
        scores=json.loads(scores), updates=updates, seconds=seconds, test_labels=_unpack(labels),
        test_probabilities=_unpack(probabilities), curve=_unpack_curve(curve), notes=tuple(json.loads(notes)), error=error,
    )  # fmt: skip


class Store:
    """The runs of one study on disk.

    Parameters
    ----------
    directory : Path
        Made if it is not there.

    Raises
    ------
    StoreError
        The directory cannot be written, or the file in it is in use, damaged, or not of this version. Nothing is changed.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {directory}: {error.strerror}") from error
        try:
            self._db = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"cannot open {self.path}: {error}") from error
        try:
            self._open()
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" in str(error):
                raise StoreError(f"{self.path} is in use by another bigenough; wait for it, or give another --out") from error
            raise StoreError(f"cannot write {self.path}: {error}") from error
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StoreError(self._damaged(str(error))) from error
        except StoreError:
            self._db.close()
            raise

    def _damaged(self, why: str) -> str:
        reason = " ".join(why.split())  # SQLite says it in several lines
        return f"{self.path} is damaged ({reason}); move it away to start anew, nothing was changed"

    def _open(self) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("BEGIN EXCLUSIVE")
        tables = self._value("SELECT count(*) FROM sqlite_master")
        application, version = self._value("PRAGMA application_id"), self._value("PRAGMA user_version")
        if tables == 0 and application == 0:
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
            self._db.execute("COMMIT")
            return
        self._db.execute("COMMIT")
        if application != APPLICATION_ID:
            raise StoreError(f"{self.path} is not a study of bigenough; give another --out, nothing was changed")
        if version != VERSION:
            raise StoreError(
                f"{self.path} was written by another version of bigenough (format {version}, this one reads {VERSION}); "
                "give another --out, nothing was changed"
            )
        check = self._value("PRAGMA quick_check(1)")
        if check != "ok":
            raise StoreError(self._damaged(str(check)))

    def _value(self, query: str) -> Any:  # noqa: ANN401 - whatever SQLite holds
        return self._db.execute(query).fetchone()[0]

    def close(self) -> None:
        """Close the file and give up its lock."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """One transaction."""
        try:
            self._db.execute("BEGIN")
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise StoreError(f"cannot write {self.path}: {error}") from error

    def add(self, runs: Sequence[Run]) -> None:
        """Keep runs, all or none of them; a run with a known key replaces the old one."""
        rows = [
            (
                r.key, r.recipe, r.family, r.size, r.repeat, r.seed, r.status, json.dumps(dict(r.scores)), r.updates,
                r.seconds, _pack(r.test_labels), _pack(r.test_probabilities), _pack_curve(r.curve),
                json.dumps(r.notes), r.error,
            )
            for r in runs
        ]  # fmt: skip
        self._write("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def runs(self, keys: Sequence[str], *, probabilities: bool = True) -> list[Run]:
        """Get the runs with these keys that are here, in this order; without their probabilities, they take little memory."""
        columns = "*" if probabilities else ", ".join("NULL" if c == "test_probabilities" else c for c in COLUMNS)
        wanted = "SELECT value FROM json_each(?)"
        with closing(
            self._db.execute(f"SELECT {columns} FROM runs WHERE key IN ({wanted})", [json.dumps(list(keys))])
        ) as cursor:
            found = {row[0]: _unpack_run(row) for row in cursor}
        return [found[key] for key in keys if key in found]

    def keys(self) -> set[str]:
        """Keys of all runs that are here."""
        return {row[0] for row in self._db.execute("SELECT key FROM runs")}

    def errors(self) -> dict[str, str]:
        """Keys of the failed runs that are here, and why they failed."""
        return dict(self._db.execute("SELECT key, error FROM runs WHERE error IS NOT NULL").fetchall())

    def put(self, key: str, value: object) -> None:
        """Keep a JSON-able value beside the runs."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", [(key, json.dumps(value))])

    def keep_to(self, *protocols: str) -> None:
        """Refuse a folder with an experiment of another kind: its report and its summary would be replaced.

        Raises
        ------
        StoreError
        """
        kept = self.get("study")
        if kept is not None and kept["protocol"] not in protocols:
            what = KINDS.get(kept["protocol"], "a study of 2017")
            raise StoreError(f"{self.path.parent} holds {what}, whose report would be replaced; give another folder (--out)")

    def get(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """Get a value that was put, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(cast(str, row[0]))


def protocol_of(directory: str | Path) -> str | None:
    """Name the protocol of the study that a folder holds, or None where there is none yet.

    Raises
    ------
    StoreError
        The file is in use, damaged or of another version.
    """
    if not (Path(directory) / FILE_NAME).exists():
        return None
    with Store(Path(directory)) as store:
        kept = store.get("study")
        return None if kept is None else str(kept["protocol"])
