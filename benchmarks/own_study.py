"""The post's protocol by bigenough, and nothing else: no claim's further fits, no figure, no report.

Run by study_against_keras.py. It prints one JSON line a fit.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from bigenough.execute import available_cores
from bigenough.presets import make_study
from bigenough.running import run_study
from bigenough.sources import load
from bigenough.store import Store


def main() -> None:
    """Run the protocol."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--jobs", type=int, default=available_cores())
    args = parser.parse_args()
    study = make_study("post", draws=args.draws)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        runs = run_study(study, load(study.source), store, jobs=args.jobs, device=args.device)
    for run in runs:
        fit = {"recipe": run.recipe, "size": run.size, "accuracy": run.scores["accuracy"], "seconds": run.seconds}
        print(json.dumps(fit))


if __name__ == "__main__":
    main()
