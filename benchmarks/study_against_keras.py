"""Time the post's protocol: bigenough, Keras on JAX and Keras on TensorFlow, one after the other on this machine.

Each side is a process of its own, timed from its start to its end, imports and all. bigenough is timed twice: the protocol
alone (with the data-free and single-pixel rules, and all runs stored), which the others are compared with, and the whole of
`bigenough reproduce`. Memory is the proportional set size of the
process and its children, sampled twice a second; what is shared counts once.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import psutil

HERE = Path(__file__).parent
NETWORKS = ("leek-mlp", "mlp", "cnn")
Side: TypeAlias = tuple[float, float, list[dict[str, object]]]  # seconds, peak megabytes, a row a fit


def timed(command: list[str], **environment: str) -> tuple[float, float, str]:
    """Run a command; give seconds, peak megabytes and what it printed."""
    start, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **environment})
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, tree_memory(watched))
            time.sleep(0.5)
        seconds = time.perf_counter() - start
        out.seek(0)
        if process.returncode:
            err.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with exit code {process.returncode}:\n{err.read()[-2000:]}")
        return seconds, peak, out.read()


def tree_memory(process: psutil.Process) -> float:
    """Megabytes of a process and its children now."""
    total = 0
    for part in [process, *process.children(recursive=True)]:
        try:
            total += part.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it ended in between
    return total / 1e6


def protocol(draws: int) -> Side:
    """Run the protocol by our engine, and no more than the protocol."""
    seconds, peak, out = timed([sys.executable, str(HERE / "own_study.py"), "--draws", str(draws)])
    return seconds, peak, [json.loads(line) for line in out.splitlines()]


def command(draws: int) -> Side:
    """Run `bigenough reproduce`: the protocol, what the claims train beyond it, all figures and the report."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "bigenough", "reproduce", "--quiet", "--draws", str(draws), "--out", folder]
        seconds, peak, _ = timed(asked)
        with (Path(folder) / "runs.csv").open() as file:
            rows: list[dict[str, object]] = [
                {"recipe": r["recipe"], "accuracy": float(r["accuracy"] or "nan"), "seconds": float(r["seconds"])}
                for r in csv.DictReader(file)
            ]
    return seconds, peak, rows


def keras(backend: str, run_draws: int, draws: int) -> Side:
    """Run the Keras script with some draws, and scale the time of its fits, one after the other, to all."""
    command = [sys.executable, str(HERE / "keras_study.py"), "--draws", str(run_draws)]
    seconds, peak, out = timed(command, KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="2")
    rows = [json.loads(line) for line in out.splitlines()]
    start = seconds - sum(row["seconds"] for row in rows)
    for row in rows:
        row["seconds"] *= draws / run_draws
    return start + sum(row["seconds"] for row in rows), peak, rows


def main() -> None:
    """Run every side and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5, help="draws a size")
    parser.add_argument("--keras-draws", type=int, help="fewer for Keras, whose fits' time is scaled up; 0: without it")
    parser.add_argument("--repeats", type=int, default=1, help="how often the three sides take turns; medians are shown")
    args = parser.parse_args()
    run_draws = args.draws if args.keras_draws is None else args.keras_draws
    sides: dict[str, Callable[[int], Side]] = {
        "bigenough, the protocol": protocol,
        "bigenough reproduce, report and claims too": command,
    }
    if run_draws:
        sides |= {
            "Keras on JAX": partial(keras, "jax", run_draws),
            "Keras on TensorFlow": partial(keras, "tensorflow", run_draws),
        }
    results: dict[str, list[Side]] = {name: [] for name in sides}
    for _ in range(args.repeats):
        for name, run in sides.items():
            results[name].append(run(args.draws))
            print(f"{name}: {results[name][-1][0]:.1f} s", file=sys.stderr, flush=True)
    base = float(np.median([seconds for seconds, _, _ in results["bigenough, the protocol"]]))
    print(f"\n{args.draws} draws a size (Keras ran {run_draws}), {args.repeats} turn(s), {os.cpu_count()} cores")
    print(
        "| side | whole study (s) | of the protocol | peak memory (MB) |" + "".join(f" {n} (s, all fits) |" for n in NETWORKS)
    )
    print("|---|---|---|---|" + "---|" * len(NETWORKS))
    for name, turns in results.items():
        seconds = float(np.median([t[0] for t in turns]))
        peak = max(t[1] for t in turns)
        per_network = "".join(
            f" {np.median([sum(float(str(r['seconds'])) for r in t[2] if r['recipe'] == n) for t in turns]):.1f} |"
            for n in NETWORKS
        )
        print(f"| {name} | {seconds:.1f} | {seconds / base:.1f}x | {peak:.0f} |{per_network}")
    print("\n| mean test accuracy |" + "".join(f" {n} |" for n in NETWORKS) + "\n|---|" + "---|" * len(NETWORKS))
    for name, turns in results.items():
        means = (np.nanmean([float(str(r["accuracy"])) for r in turns[0][2] if r["recipe"] == n]) for n in NETWORKS)
        print(f"| {name} |" + "".join(f" {mean:.4f} |" for mean in means))


if __name__ == "__main__":
    main()
