"""Processes: what dies or never ends takes no other along, and nothing outlives its parent."""

from __future__ import annotations

import multiprocessing as mp
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from bigenough.worker import Job, Outcome, Tell
from bigenough.workers import Crew, run_jobs


def work(state: dict[str, Any], item: Any, tell: Tell) -> Any:  # noqa: ANN401 - whatever is sent
    tell(0.5)
    print("this must not reach stdout")
    match item:
        case "die":
            os._exit(9)
        case "die once":
            if not os.path.exists(state["mark"]):
                with open(state["mark"], "w"):
                    pass
                os._exit(9)
        case "hang":
            time.sleep(600)
    return state["offset"], item, os.environ["OMP_NUM_THREADS"]


def outcomes(items: list[Any], tmp_path: Any, workers: int = 2, **options: Any) -> dict[Any, Outcome]:  # noqa: ANN401
    jobs = [Job(item, limit=2.0 if item == "hang" else None) for item in items]
    state = {"offset": 7, "mark": str(tmp_path / "mark")}
    crew = Crew(work, state)
    found = list(run_jobs(jobs, crew, workers=workers, tell=lambda job, share: None, **options))
    crew.dismiss()
    assert not mp.active_children()
    return {outcome.job.item: outcome for outcome in found}


def test_a_death_and_a_hang_take_no_other_along(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # of which the workers are to hear nothing
    found = outcomes([0, "die", 1, "hang", 2, "die once", 3], tmp_path)
    assert {item: outcome.problem for item, outcome in found.items()} == {
        0: None, 1: None, 2: None, 3: None, "die": "died", "hang": "late", "die once": None,
    }  # fmt: skip
    assert found[3].value == (7, 3, "1")


def test_no_job_is_begun_after_stop_and_none_that_is_skipped(tmp_path: Any) -> None:  # noqa: ANN401
    assert outcomes([0, 1], tmp_path, stop=lambda: True) == {}
    found = outcomes([0, 1, 2], tmp_path, workers=1, skip=lambda job: job.item == 1)
    assert {item: outcome.problem for item, outcome in found.items()} == {0: None, 1: "skipped", 2: None}


def test_leaving_early_ends_the_processes(tmp_path: Any) -> None:  # noqa: ANN401
    jobs = [Job(0), Job("hang"), Job("hang")]
    state = {"offset": 0, "mark": str(tmp_path / "mark")}
    crew = Crew(work, state)
    running = run_jobs(jobs, crew, workers=2, tell=lambda job, share: None)
    next(running)
    running.close()
    assert len(mp.active_children()) == 1  # that of the job which is done; the other, which hangs, was ended
    crew.dismiss()
    assert not mp.active_children()


def test_processes_are_kept_for_further_jobs_unless_they_died(tmp_path: Any) -> None:  # noqa: ANN401
    crew = Crew(work, {"offset": 0, "mark": str(tmp_path / "mark")})

    def processes(items: list[Any]) -> set[int | None]:
        found = list(run_jobs([Job(item) for item in items], crew, workers=2, tell=lambda job, share: None))
        assert len(found) == len(items)
        return {process.pid for process in mp.active_children()}

    first = processes([0, 1, 2, 3])
    assert len(first) == 2
    assert processes([4, 5, 6]) == first
    assert len(processes(["die", 7]) & first) < 2
    for process in mp.active_children():
        process.kill()
        process.join()
    assert len(processes([8, 9]) - first) > 0
    crew.dismiss()
    deadline = time.monotonic() + 10
    while mp.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not mp.active_children()


def test_a_script_needs_no_guard_and_prints_once(tmp_path: Any) -> None:  # noqa: ANN401
    script = tmp_path / "script.py"
    script.write_text(
        "from bigenough.worker import Job\n"
        "from bigenough.workers import Crew, run_jobs\n"
        "from tests.test_workers import work\n"
        "print('once')\n"
        "jobs = [Job(i) for i in range(3)]\n"
        "found = run_jobs(jobs, Crew(work, {'offset': 0}), workers=2, tell=lambda job, share: None)\n"
        "print(sorted(outcome.value[1] for outcome in found))\n"
    )
    root = os.path.dirname(os.path.dirname(__file__))
    path = os.pathsep.join([root, *sys.path])
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stderr == ""
    assert done.stdout == "once\n[0, 1, 2]\n"
