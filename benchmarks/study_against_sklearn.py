"""Time the default study of breast_cancer: the command, and the same with scikit-learn's `learning_curve`, one after the other.

569 rows, 30 columns; all default models, default sizes, 20 draws, two processes. Each side is a process of its own, measured
from its start to its end, imports and all: seconds by the clock, and seconds of processor time of it and its workers, which
other work on the machine changes little. bigenough also scores five metrics on test and on convergence rows, keeps all
predictions and training curves, judges, and writes its report within its time; `learning_curve` scores accuracy.

    python benchmarks/study_against_sklearn.py [--draws 20]
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

HERE = Path(__file__).parent


class Side(NamedTuple):
    """What one side took, in seconds, and found: per model seconds of one core in its fits, and mean accuracy by size."""

    wall: float
    processor: float
    seconds: dict[str, float]
    accuracy: dict[str, list[float]]


def timed(command: list[str]) -> tuple[float, float, str]:
    """Run a command; give its seconds by the clock and of processor time, workers included, and what it printed.

    Processor time is read of every process while it lives: nobody waits for the workers of joblib, so that the system does
    not add theirs to their parent's.
    """
    used: dict[int, float] = {}
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            for part in tree(watched):
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it ended in between
                    times = part.cpu_times()
                    used[part.pid] = times.user + times.system
            time.sleep(0.1)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}")
        out.seek(0)
        return seconds, sum(used.values()), out.read()


def tree(process: psutil.Process) -> list[psutil.Process]:
    """Give a process and its descendants, none if it has ended."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def ours(draws: int, jobs: int) -> tuple[Side, list[int]]:
    """Run `bigenough study`; give the sizes that it chose too."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bigenough", "study", "breast_cancer", "--quiet", "--out", folder]
        wall, processor, _ = timed([*command, "--draws", str(draws), "--jobs", str(jobs)])
        sizes = json.loads((Path(folder) / "summary.json").read_text())["study"]["train_sizes"]
        with (Path(folder) / "runs.csv").open() as file:
            rows = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["recipe"] for row in rows))
    seconds = {name: sum(float(r["seconds"]) for r in rows if r["recipe"] == name) for name in names}
    accuracy = {
        name: [
            float(np.mean([float(r["accuracy"]) for r in rows if (r["recipe"], r["size"]) == (name, str(n))])) for n in sizes
        ]
        for name in names
    }
    return Side(wall, processor, seconds, accuracy), sizes


def sklearn(draws: int, jobs: int, sizes: list[int]) -> Side:
    """Run the script that uses scikit-learn alone."""
    command = [sys.executable, str(HERE / "sklearn_study.py"), "--draws", str(draws), "--jobs", str(jobs)]
    wall, processor, out = timed([*command, "--sizes", *map(str, sizes)])
    lines = [json.loads(line) for line in out.splitlines()]
    return Side(wall, processor, {r["model"]: r["seconds"] for r in lines}, {r["model"]: r["accuracy"] for r in lines})


def main() -> None:
    """Run both sides and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    us, sizes = ours(options.draws, options.jobs)
    print(f"bigenough: {us.wall:.1f} s", file=sys.stderr, flush=True)
    them = sklearn(options.draws, options.jobs, sizes)
    print(f"sizes {', '.join(map(str, sizes))}; {options.draws} draws; {options.jobs} processes; {os.cpu_count()} cores\n")
    print("| side | seconds | of bigenough | processor seconds | of bigenough |\n|---|---|---|---|---|")
    for name, side in (("bigenough study", us), ("scikit-learn's learning_curve", them)):
        ratios = side.wall / us.wall, side.processor / us.processor
        print(f"| {name} | {side.wall:.1f} | {ratios[0]:.2f}x | {side.processor:.1f} | {ratios[1]:.2f}x |")
    print("\n| model | bigenough, seconds of one core | share | scikit-learn | of bigenough |", end="")
    print(" accuracy at the largest size | scikit-learn's |\n|---|---|---|---|---|---|---|")
    fits = sum(us.seconds.values())
    for name, seconds in us.seconds.items():
        other = them.seconds[name]
        print(
            f"| {name} | {seconds:.1f} | {100 * seconds / fits:.0f}% | {other:.1f} | {other / max(seconds, 1e-3):.1f}x | "
            f"{us.accuracy[name][-1]:.3f} | {them.accuracy[name][-1]:.3f} |"
        )
    others = sum(them.seconds.values())
    print(f"| all fits | {fits:.1f} | 100% | {others:.1f} | {others / fits:.1f}x | | |")
    if us.processor > fits:  # else other work kept the fits waiting, whose seconds are by the clock
        print(f"\nOutside the fits (start, draws, store, report) bigenough took {us.processor - fits:.1f} s of processor time.")


if __name__ == "__main__":
    main()
