"""Kills, interruptions and second commands: nothing is lost, nothing is overwritten."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

STUDY = ["--models", "r-mlp,logistic", "--sizes", "10,20,40", "--draws", "4", "--epochs-scale", "0.05"]
KILLS = 3
LONG = ("--draws", "100")  # many times as long, so that it cannot end before it is interrupted; the first draws are the same


def start(out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bigenough", "reproduce", "--out", str(out), "--device", "cpu", *STUDY, *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=_heeds_ctrl_c
    )  # fmt: skip


def _heeds_ctrl_c() -> None:
    """What runs in the background of a shell without job control, as tests may, ignores Ctrl-C, and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finished_runs(out: Path) -> int:
    """Count the runs on disk without taking the writer's lock."""
    path = out / "study.sqlite"
    if not path.exists() or path.stat().st_size == 0:
        return 0
    return path.stat().st_size  # grows with every transaction


def table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "runs.csv").drop(columns="seconds")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study's folder that nothing interrupted."""
    out = tmp_path_factory.mktemp("whole")
    process = start(out)
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    return out


@pytest.fixture
def uninterrupted(whole: Path) -> pd.DataFrame:
    return table(whole)


def test_kills_and_ctrl_c_lose_nothing(uninterrupted: pd.DataFrame, tmp_path: Path) -> None:
    sizes = [0]
    for ending, more in [*[(signal.SIGKILL, ())] * KILLS, (signal.SIGINT, LONG)]:
        process = start(tmp_path, *more)
        deadline = time.monotonic() + 60
        while finished_runs(tmp_path) <= sizes[-1] and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        workers = children(process.pid)
        os.kill(process.pid, ending)
        _, stderr = process.communicate(timeout=30)
        sizes.append(finished_runs(tmp_path))
        assert_gone(workers)
    assert sizes[1] > 0
    assert process.returncode == 130
    assert "The same command goes on" in stderr
    assert "Traceback" not in stderr
    process = start(tmp_path)
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    pd.testing.assert_frame_equal(table(tmp_path), uninterrupted)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def assert_gone(pids: list[int]) -> None:
    """Workers end by themselves when their parent is killed."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        alive = [
            pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()
        ]
        if not alive:
            return
        time.sleep(0.1)
    raise AssertionError(f"processes outlived their parent: {alive}")


def test_ctrl_c_while_processes_begin(tmp_path: Path) -> None:
    """A terminal's Ctrl-C reaches all processes, also such as have hardly begun."""
    process = start(tmp_path, *LONG)
    deadline, workers = time.monotonic() + 60, list[int]()
    while not any(b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes() for child in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
        workers = children(process.pid)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(stderr.strip().splitlines()) == 1
    assert "stopped" in stderr
    assert_gone(workers)


def test_a_second_command_on_the_same_folder_says_so(tmp_path: Path) -> None:
    first = start(tmp_path, *LONG)
    deadline = time.monotonic() + 60
    while finished_runs(tmp_path) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    second = start(tmp_path)
    _, stderr = second.communicate(timeout=60)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert "in use by another bigenough" in stderr
    assert len(stderr.splitlines()) == 1


def test_another_version_is_left_alone(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    with sqlite3.connect(tmp_path / "study.sqlite") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    before = (tmp_path / "study.sqlite").read_bytes()
    process = start(tmp_path)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "written by another version" in stderr
    assert (tmp_path / "study.sqlite").read_bytes() == before
