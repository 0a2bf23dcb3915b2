"""Claim 2: the bad result of the 2017 tanh network is lack of convergence, not overfitting."""

from __future__ import annotations

from dataclasses import dataclass

from bigenough import stats
from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.claims.changes import (
    Change,
    Gain,
    changed_networks,
    diverged,
    gains_of,
    mean_over_sizes,
    network_in,
    paired,
    plot_of,
    said,
    table_of,
    train_accuracy,
)
from bigenough.formats import percent
from bigenough.types import Study

NETWORK = "leek-mlp"
DRAWS = 10
CONVERGENCE, OVERFITTING, OTHER = "not converged", "overfits", "neither"


def changes(epochs: int, rate: float) -> tuple[Change, ...]:
    """Give what is tried, for a network of so many epochs and this rate; each thing by itself."""
    return (
        Change("updates x 10", {"epochs": 10 * epochs}, CONVERGENCE),
        Change("rate schedule removed", {"decay": 0.0}, CONVERGENCE),
        Change("rate x 10", {"learning_rate": 10 * rate}, CONVERGENCE),
        Change("best weights kept", {"keep": "best", "checkpoints": "epoch"}, OVERFITTING),
        Change("dropout 0.5", {"dropout": 0.5}, OVERFITTING),
        Change("weight decay 0.01", {"weight_decay": 0.01}, OVERFITTING),
        Change("40 units a layer", {"hidden": [40] * 5}, OVERFITTING),
        Change("inputs scaled", {"input_scaling": "standard"}, OTHER),
    )


@dataclass(frozen=True)
class Convergence(ClaimText):
    """Changes one thing at a time, and trains again on the same draws."""

    def more(self, study: Study) -> Study:
        """Train the network with each change."""
        return changed_networks(study, NETWORK, _changes(study), DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge which kind of change helps."""
        gains = gains_of(evidence, NETWORK, _changes(evidence.study))
        help_of = {kind: [g for g in gains if g.change.speaks_for == kind and g.helps] for kind in (CONVERGENCE, OVERFITTING)}
        best = {kind: _best(gains, kind) for kind in (CONVERGENCE, OVERFITTING, OTHER)}
        verdict: Verdict = "cannot tell"
        if help_of[CONVERGENCE] or help_of[OVERFITTING]:
            verdict = "holds" if not help_of[OVERFITTING] else "does not hold" if not help_of[CONVERGENCE] else "holds in part"
        if verdict == "holds in part" and self._more(evidence, best[CONVERGENCE], best[OVERFITTING]) < 0:
            verdict = "does not hold"
        words = {
            "holds": "It had not converged, and did not overfit",
            "does not hold": "It overfitted",
            "holds in part": "Both kinds of change help",
            "cannot tell": "Neither kind of change clearly helps",
        }[verdict]
        sentence = (
            f"{words}: of the changes against lack of convergence the best is {said(best[CONVERGENCE])} points of accuracy, of "
            f"those against overfitting {said(best[OVERFITTING])}. On its own training images the network is right on "
            f"{percent(train_accuracy(evidence, NETWORK))}. {said(best[OTHER]).capitalize()}: "
            f"{'that alone would have mended much' if best[OTHER].helps else 'that alone would not have mended it'}."
            f"{diverged(evidence)}"
        )
        table = table_of(gains, evidence, network_in(evidence.study, NETWORK))
        return Answer(verdict, sentence, [plot_of(gains, "claim-2-convergence", "MLP (Leek)")], [table])

    def _more(self, evidence: Evidence, one: Gain, other: Gain) -> float:
        """Upper end of the interval of the first's lead over the second."""
        a, b = (f"{NETWORK}, {gain.change.name}" for gain in (one, other))
        lead = mean_over_sizes({n: paired(evidence, a, b, n) for n in evidence.study.train_sizes})
        return stats.mean_interval(lead).high


def _changes(study: Study) -> tuple[Change, ...]:
    settings = network_in(study, NETWORK).settings
    return changes(settings["epochs"], settings["learning_rate"])


def _best(gains: list[Gain], kind: str) -> Gain:
    return max((gain for gain in gains if gain.change.speaks_for == kind), key=lambda gain: gain.mean.estimate)


CLAIM = Convergence(2, "The bad result is lack of convergence, not overfitting.", (NETWORK,))
