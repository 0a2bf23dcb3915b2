"""A study on a Dask cluster: the same runs as at home, also when a worker is killed while it fits; and what may be wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import bigenough
from bigenough.cli import main
from bigenough.dask_cluster.fitness import check_versions
from bigenough.errors import BigenoughError, ClusterError, InputError
from bigenough.progress import Silent
from tests.foreign_models import Bad

ASKED: dict[str, Any] = {"models": ["majority", "lda", "relu-mlp"], "train_sizes": [15, 40], "draws": 6, "fit_timeout": 60.0}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def begin(*arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    with_children = os.getpgid(process.pid) if process.poll() is None else None
    if with_children is not None:
        os.killpg(with_children, signal.SIGKILL)
    process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, of one thread and without a nanny that would bring them back."""
    port = free_port()
    scheduler = begin("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    workers = [
        begin(
            "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--local-directory", str(tmp_path / f"worker-{i}"),
        )
        for i in range(2)
    ]  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # the scheduler answers
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    yield f"dask://127.0.0.1:{port}", workers
    for process in (*workers, scheduler):
        end(process)


def runs_of(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "runs.csv").drop(columns="seconds")


def processes_of(worker: subprocess.Popen[bytes]) -> list[int]:
    """Those that any of its threads has started."""
    found = Path(f"/proc/{worker.pid}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


class KillAtShare(Silent):
    """Kills a worker once it has a process that fits, when a fit tells that it is under way."""

    def __init__(self, worker: subprocess.Popen[bytes]) -> None:
        self.worker = worker
        self.killed_at: float | None = None

    def advance(self, task: Any, share: float) -> None:  # noqa: ANN401 - a Task
        fitting = processes_of(self.worker) if self.killed_at is None else []
        if fitting and share < 1:
            end(self.worker)
            self.killed_at = share


def test_the_same_runs_although_a_worker_is_killed_in_the_middle(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = cluster
    at_home = tmp_path / "home"
    bigenough.study("wine", **ASKED, jobs=1, out=at_home)
    murder, away = KillAtShare(workers[0]), tmp_path / "away"
    found = bigenough.study("wine", **ASKED, on=address, out=away, progress=murder)
    assert murder.killed_at is not None, "the worker was killed while something was under way"
    assert workers[0].poll() is not None
    assert workers[1].poll() is None
    assert found.complete
    pd.testing.assert_frame_equal(runs_of(away), runs_of(at_home))
    again = bigenough.study("wine", **ASKED, on=address, out=away)
    assert [r.seconds for r in again.records] == [r.seconds for r in found.records], "nothing was run twice"


def test_a_fit_that_never_ends_is_ended_there_too(cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, _ = cluster
    found = bigenough.study(
        "wine", models=["majority", "lda"], more_models={"hangs": Bad("hang", seconds=600.0)}, train_sizes=[15], draws=2,
        fit_timeout=3.0, on=address,
    )  # fmt: skip
    status = found.runs.groupby("recipe")["status"].agg(set).to_dict()
    assert status == {"hangs": {"failed"}, "lda": {"ok"}, "majority": {"ok"}}
    assert "over the time limit of 3 seconds a fit" in set(found.runs["error"].dropna())


@pytest.mark.parametrize(
    "on", ["dask://", "tcp://127.0.0.1:8786", "dask://127.0.0.1", "dask://127.0.0.1:99999", "127.0.0.1:80"]
)
def test_an_address_that_is_none(on: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dask://HOST:PORT"):
        bigenough.study("wine", **ASKED, on=on, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nobody_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigenough.dask_cluster.connection.CONNECT_SECONDS", 0.5)
    address = f"dask://127.0.0.1:{free_port()}"
    with pytest.raises(ClusterError, match="no Dask scheduler at"):
        bigenough.study("wine", **ASKED, on=address, out=tmp_path / "out")
    with pytest.raises(SystemExit) as ended:
        main(["study", "wine", "--models", "lda", "--draws", "2", "--on", address, "--out", str(tmp_path / "out"), "--quiet"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert said.startswith("bigenough: no Dask scheduler at")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_another_program_there(banner: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigenough.dask_cluster.connection.CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"dask://127.0.0.1:{server.getsockname()[1]}"

        def speak() -> None:
            with server.accept()[0] as line:
                line.sendall(banner)
                line.settimeout(20)
                while line.recv(4096):
                    pass

        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        with pytest.raises(ClusterError, match=f"no Dask scheduler at {address}"):
            bigenough.study("wine", **ASKED, on=address, out=tmp_path / "out")
        speaker.join()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"Python": "2.7.18"}, "the worker tcp://far:1 has Python 2.7, and here it is "),
        ({"numpy": "0.1+cpu"}, "the worker tcp://far:1 has numpy 0.1, and here it is "),
        ({"numpy": PackageNotFoundError("numpy")}, "the worker tcp://far:1 has no numpy, and here it is "),
        ({"numpy": version("numpy") + "+cpu"}, None),
    ],
)
def test_versions_that_differ_are_named(answers: dict[str, Any], says: str | None) -> None:
    class Client:
        def run(self, call: Any, *names: str, workers: list[str], on_error: str) -> dict[str, Any]:  # noqa: ANN401
            name = names[0] if names else "Python"
            return dict.fromkeys(workers, answers.get(name, call(*names)))

    if says is None:
        check_versions(Client(), ["tcp://far:1"], ["numpy"])  # type: ignore[arg-type]  # all that it asks of one
        return
    with pytest.raises(ClusterError, match=says):
        check_versions(Client(), ["tcp://far:1"], ["numpy"])  # type: ignore[arg-type]  # likewise


def test_without_the_extra_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BigenoughError, match=r"pip install 'bigenough\[dask\]'"):
        bigenough.study("wine", **ASKED, on="dask://127.0.0.1:8786")
