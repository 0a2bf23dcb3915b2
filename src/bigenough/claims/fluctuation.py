"""Claim 5: out-of-sample accuracy fluctuates strongly during the first 50 epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigenough.claims.base import Answer, ClaimText, Evidence, Plot, Table
from bigenough.stats import Interval, mean_interval
from bigenough.types import Run

EARLY = 50  # epochs, the post's number
STRONG = 0.01  # a mean change of one point of accuracy from one epoch to the next
NETWORKS = ("mlp", "cnn")  # those that the post trained for 200 epochs


def epoch_changes(run: Run) -> NDArray[np.float64]:
    """Absolute change of accuracy on the convergence half from each epoch to the next, shape (epochs - 1,)."""
    assert run.curve is not None
    return np.abs(np.diff(run.curve.held_out_score[1:]))  # entry 0 is before training


@dataclass(frozen=True)
class Fluctuation(ClaimText):
    """Compares the changes between epochs in the first 50 epochs with those in the last 50."""

    def answer(self, evidence: Evidence) -> Answer:
        """Judge early changes against `STRONG` and against late ones."""
        runs = {name: [r for r in evidence.runs if r.recipe == name and r.curve is not None] for name in NETWORKS}
        epochs = min((len(epoch_changes(r)) + 1 for of_one in runs.values() for r in of_one), default=0)
        if epochs < 2 * EARLY:
            return Answer("cannot tell", f"The networks were trained for {epochs} epochs; this needs at least {2 * EARLY}.")
        changes = {name: np.stack([epoch_changes(r) for r in of_one]) for name, of_one in runs.items()}
        early = {name: c[:, : EARLY - 1].mean(axis=1) for name, c in changes.items()}
        late = {name: c[:, -EARLY:].mean(axis=1) for name, c in changes.items()}
        strong = {name: mean_interval(e) for name, e in early.items()}
        calmer = {name: mean_interval(early[name] - late[name]) for name in NETWORKS}
        checks = [strong[n].low > STRONG and calmer[n].low > 0 for n in NETWORKS]
        refuted = [strong[n].high < STRONG or calmer[n].high < 0 for n in NETWORKS]
        verdict = (
            "holds" if all(checks) else "holds in part" if any(checks) else "does not hold" if all(refuted) else "cannot tell"
        )
        parts = [
            f"{name.upper()} {100 * strong[name].estimate:.2f} points in the first {EARLY} epochs against "
            f"{100 * float(late[name].mean()):.2f} in the last {EARLY}"
            for name in NETWORKS
        ]
        sentence = (
            f"From one epoch to the next, accuracy on the convergence half moves on average by: {'; '.join(parts)} "
            f"(all sizes and draws; strong means more than {100 * STRONG:g} point)."
        )
        return Answer(verdict, sentence, [self._plot(changes)], [self._table(evidence, runs)])  # type: ignore[arg-type]

    def _plot(self, changes: dict[str, NDArray[np.float64]]) -> Plot:
        return Plot(
            "fluctuation",
            "claim-5-fluctuation",
            {"changes": {name.upper(): c.mean(axis=0) for name, c in changes.items()}, "early": EARLY},
            "Absolute change of accuracy on the convergence half from one epoch to the next, averaged over all sizes and "
            "draws; logarithmic axis. The dashed line ends the first 50 epochs.",
            "Two falling lines: the mean change of accuracy between epochs for the MLP and the CNN, against the epoch.",
        )

    def _table(self, evidence: Evidence, runs: dict[str, list[Run]]) -> Table:
        rows = []
        for size in evidence.study.train_sizes:
            row = [str(size)]
            for name in NETWORKS:
                of_size = [r for r in runs[name] if r.size == size]
                row += [_cell([epoch_changes(r)[: EARLY - 1] for r in of_size])]
                row += [_cell([epoch_changes(r)[-EARLY:] for r in of_size])]
            rows.append(row)
        return Table(
            "Mean absolute change between epochs, in points of accuracy, with 95 % Student t intervals over draws.",
            ["n", *(f"{name.upper()}, {when} {EARLY}" for name in NETWORKS for when in ("first", "last"))],
            rows,
        )


def _cell(changes: Sequence[NDArray[np.float64]]) -> str:
    if not changes:
        return "–"
    i: Interval = mean_interval(np.array([c.mean() for c in changes]))
    span = f" [{100 * max(i.low, 0):.2f}, {100 * i.high:.2f}]" if np.isfinite(i.low) else ""
    return f"{100 * i.estimate:.2f}{span}"


CLAIM = Fluctuation(5, "Out-of-sample accuracy fluctuates strongly during the first 50 epochs.", NETWORKS)
