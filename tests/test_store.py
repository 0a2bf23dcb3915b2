"""The study's file: what goes in comes out, and what is not its own is left alone."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bigenough.errors import StoreError
from bigenough.store import FILE_NAME, Store
from bigenough.types import Run, TrainingCurve
from tests.helpers import SCORES, hand_made_run


def full(key: str = "k") -> Run:
    """A run in which everything is set, with numbers that are hard to keep."""
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=4) for name in TrainingCurve.__dataclass_fields__ if name != "updates"}
    columns["gradient_norm"][0] = np.nan
    columns["held_out_loss"][1] = np.inf
    return Run(
        key=key, recipe="mlp", family="deep", size=10, repeat=3, seed=2**63 - 1, status="ok",
        scores=dict(zip(SCORES, (0.1 + 0.2, 1.0, float("nan"), 1e-300), strict=True)), updates=1600, seconds=0.123456789,
        test_labels=np.array([0, 1, -1, 9], np.int16), test_probabilities=rng.random((4, 2)),
        curve=TrainingCurve(updates=np.array([0, 1, 5, 2**40]), **columns), notes=("größer", 'with "quotes"'), error=None,
    )  # fmt: skip


def assert_same(one: Run, other: Run) -> None:
    """Equal in every field, in value and in type."""
    for field in dataclasses.fields(Run):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert type(a) is type(b), field.name
        if isinstance(a, TrainingCurve):
            a, b = dataclasses.asdict(a), dataclasses.asdict(b)
            assert {k: v.dtype for k, v in a.items()} == {k: v.dtype for k, v in b.items()}
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
        np.testing.assert_equal(a, b, err_msg=field.name)


def test_a_run_comes_back_whole(tmp_path: Path) -> None:
    failed = hand_made_run("mlp", 10, 0, None)
    with Store(tmp_path) as store:
        store.add([full(), failed])
    with Store(tmp_path) as store:
        kept = store.runs(["k", failed.key])
    assert_same(kept[0], full())
    assert_same(kept[1], failed)
    assert kept[1].test_labels is None
    assert kept[1].updates is None
    assert np.isnan(kept[1].scores["accuracy"])


def test_runs_come_in_the_order_asked_for_and_what_is_not_there_is_left_out(store: Store) -> None:
    store.add([full("a"), full("b"), full("c")])
    assert [r.key for r in store.runs(["c", "zzz", "a"])] == ["c", "a"]
    assert store.runs([]) == []
    assert store.keys() == {"a", "b", "c"}


def test_a_known_key_is_replaced(store: Store) -> None:
    store.add([full()])
    store.add([dataclasses.replace(full(), updates=7)])
    assert [r.updates for r in store.runs(["k"])] == [7]


def test_values_beside_the_runs(store: Store) -> None:
    assert store.get("study") is None
    value = {"a": [1, 2.5, None, "ü"], "b": {"c": False}}
    store.put("study", value)
    store.put("other", 3)
    assert store.get("study") == value
    store.put("study", 4)
    assert store.get("study") == 4
    assert store.get("other") == 3


def test_a_batch_is_kept_wholly_or_not_at_all(store: Store) -> None:
    store.add([full("before")])
    bad = dataclasses.replace(full("bad"), size="many")  # type: ignore[arg-type]  # refused by the STRICT table
    with pytest.raises(StoreError, match="cannot write"):
        store.add([full("a"), full("b"), bad, full("c")])
    assert store.keys() == {"before"}
    store.add([full("after")])
    assert store.keys() == {"before", "after"}


def test_a_batch_is_one_transaction(tmp_path: Path) -> None:
    """Nothing of a batch is on disk until all of it is: statements are counted as SQLite sees them."""
    seen: list[str] = []
    with Store(tmp_path) as store:
        store._db.set_trace_callback(seen.append)
        store.add([full(str(i)) for i in range(20)])
    verbs = [statement.split()[0] for statement in seen]
    assert verbs == ["BEGIN", *["INSERT"] * 20, "COMMIT"]


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.add([full("a")])
        store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(StoreError, match=r"cannot write .*full"):
            store.add([full(str(i)) for i in range(50)])
        assert store.keys() == {"a"}


def test_a_second_opener_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    with Store(tmp_path) as first:
        first.add([full()])
        with pytest.raises(StoreError, match="is in use by another bigenough; wait for it, or give another --out"):
            Store(tmp_path)
        code = f"from pathlib import Path; from bigenough.store import Store; Store(Path({str(tmp_path)!r}))"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "is in use by another bigenough" in other.stderr
        assert first.keys() == {"k"}
    with Store(tmp_path) as second:
        assert second.keys() == {"k"}


def refuse(folder: Path, says: str) -> None:
    """Opening fails with this text, and not a byte of the folder changes."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StoreError, match=says):
        Store(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with a study of many pages."""
    with Store(tmp_path) as store:
        store.add([full(str(i)) for i in range(40)])
    return tmp_path


@pytest.mark.parametrize("version", [1, 3, 999])
def test_another_version_is_refused(version: int, written: Path) -> None:
    db = sqlite3.connect(written / FILE_NAME)
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    refuse(written, rf"was written by another version of bigenough \(format {version}, this one reads 2\)")


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("CREATE TABLE songs (title TEXT)")
    db.close()
    refuse(tmp_path, "is not a study of bigenough; give another --out, nothing was changed")


@pytest.mark.parametrize("text", [b"not a database, but long enough to be one: " * 30, b"\x00" * 5000])
def test_another_file_is_refused(text: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(text)
    refuse(tmp_path, r"is damaged|is not a study")


@pytest.mark.parametrize("where", ["header", "middle", "end cut off"])
def test_a_damaged_file_is_refused(where: str, written: Path) -> None:
    path = written / FILE_NAME
    raw = bytearray(path.read_bytes())
    if where == "header":
        raw[:16] = b"x" * 16
    elif where == "middle":
        raw[len(raw) // 2 : len(raw) // 2 + 9000] = b"x" * 9000
    else:
        raw = raw[: len(raw) * 2 // 3]
    path.write_bytes(raw)
    refuse(written, r"is damaged \(.*\); move it away to start anew, nothing was changed")


def test_an_empty_file_is_begun(tmp_path: Path) -> None:
    """What a kill between opening and the first transaction leaves."""
    (tmp_path / FILE_NAME).touch()
    with Store(tmp_path) as store:
        assert store.keys() == set()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the folder"):
        Store(tmp_path / "file" / "study")


def test_the_file_is_plain_sqlite_for_other_programs(written: Path) -> None:
    db = sqlite3.connect(written / FILE_NAME)
    rows = db.execute("SELECT recipe, size, scores FROM runs WHERE key = '7'").fetchall()
    db.close()
    assert rows[0][:2] == ("mlp", 10)
    assert json.loads(rows[0][2])["convergence_accuracy"] == 1.0
