"""Claim 5: out-of-sample accuracy fluctuates strongly during the first 50 epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.exhibits import Plot, Table
from bigenough.formats import with_interval
from bigenough.stats import mean_interval
from bigenough.types import Run

EARLY = 50  # epochs, the post's number
STRONG = 0.01  # a fall of one point of accuracy from one epoch to the next
NETWORKS = ("mlp", "cnn")  # those that the post trained for 200 epochs


def epoch_falls(run: Run) -> NDArray[np.float64]:
    """How far accuracy on the convergence half falls from each epoch to the next, shape (epochs - 1,); 0 where it rises.

    Rises are left out because learning is one: a curve that only climbs does not fluctuate.
    """
    assert run.curve is not None
    return np.maximum(-np.diff(run.curve.held_out_score[1:]), 0.0)  # entry 0 is before training


@dataclass(frozen=True)
class Fluctuation(ClaimText):
    """Compares the largest fall between epochs in the first 50 epochs with that in the last 50."""

    def answer(self, evidence: Evidence) -> Answer:
        """Judge the mean of early falls against `STRONG`, and against late ones."""
        runs = {name: [r for r in evidence.runs if r.recipe == name and r.status == "ok"] for name in NETWORKS}
        unfinished = [name.upper() for name, of_one in runs.items() if not of_one]
        if unfinished:
            return Answer("cannot tell", f"Every training of {' and '.join(unfinished)} failed.")
        epochs = min(len(epoch_falls(r)) + 1 for of_one in runs.values() for r in of_one)
        if epochs < 2 * EARLY:
            return Answer("cannot tell", f"The networks were trained for {epochs} epochs; this needs at least {2 * EARLY}.")
        falls = {name: np.stack([epoch_falls(r) for r in of_one]) for name, of_one in runs.items()}
        early = {name: f[:, : EARLY - 1].max(axis=1) for name, f in falls.items()}
        late = {name: f[:, -EARLY:].max(axis=1) for name, f in falls.items()}
        size = {name: mean_interval(e) for name, e in early.items()}
        excess = {name: mean_interval(early[name] - late[name]) for name in NETWORKS}
        strong = [size[n].low > STRONG and excess[n].low > 0 for n in NETWORKS]
        weak = [size[n].high < STRONG or excess[n].high < 0 for n in NETWORKS]
        verdict: Verdict = (
            "holds" if all(strong) else "does not hold" if all(weak) else "holds in part" if any(strong) else "cannot tell"
        )
        parts = [
            f"{name.upper()} {with_interval(size[name], _points)} points "
            f"({np.sum(early[name] >= STRONG)} of {len(early[name])} networks fall by one point or more), in the last {EARLY} "
            f"epochs {_points(float(late[name].mean()))}"
            for name in NETWORKS
        ]
        sentence = (
            f"The largest fall of accuracy on the convergence half from one epoch to the next is, on average over all sizes "
            f"and draws, in the first {EARLY} epochs: {'; '.join(parts)}. Strong means more than {100 * STRONG:g} point."
        )
        return Answer(verdict, sentence, [self._plot(falls)], [self._table(evidence, runs)])

    def _plot(self, falls: dict[str, NDArray[np.float64]]) -> Plot:
        return Plot(
            "fluctuation",
            "claim-5-fluctuation",
            {"falls": {name.upper(): f.mean(axis=0) for name, f in falls.items()}, "early": EARLY},
            "Fall of accuracy on the convergence half from one epoch to the next (0 where it rises), averaged over all sizes "
            "and draws; logarithmic axis that begins at 0.005. The dashed line ends the first 50 epochs.",
            "Two falling lines: the mean fall of accuracy between epochs for the MLP and the CNN, against the epoch.",
        )

    def _table(self, evidence: Evidence, runs: dict[str, list[Run]]) -> Table:
        rows = []
        for size in evidence.study.train_sizes:
            row = [str(size)]
            for name in NETWORKS:
                of_size = [r for r in runs[name] if r.size == size]
                row += [_cell([epoch_falls(r)[: EARLY - 1] for r in of_size])]
                row += [_cell([epoch_falls(r)[-EARLY:] for r in of_size])]
            rows.append(row)
        return Table(
            "Largest fall between two epochs in points of accuracy: mean over draws, with its 95 % Student t interval.",
            ["n", *(f"{name.upper()}, {when} {EARLY}" for name in NETWORKS for when in ("first", "last"))],
            rows,
        )


def _cell(falls: Sequence[NDArray[np.float64]]) -> str:
    return with_interval(mean_interval(np.array([f.max() for f in falls])), _points) if falls else "–"


def _points(value: float) -> str:
    return f"{100 * max(value, 0):.2f}"


CLAIM = Fluctuation(5, "Out-of-sample accuracy fluctuates strongly during the first 50 epochs.", NETWORKS)
