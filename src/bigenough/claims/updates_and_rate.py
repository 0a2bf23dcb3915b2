"""Claim 4: 20 epochs are too few updates; a very large rate would be needed; 0.005 is way too small."""

from __future__ import annotations

from dataclasses import dataclass

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.claims.changes import WORTH, Change, changed_networks, diverged, gains_of, network_in, plot_of, said, table_of
from bigenough.types import Study

NETWORK = "leek-mlp"
DRAWS = 10
UPDATES, RATE, SCHEDULE = "too few updates", "rate too small", "its schedule"


def changes(study: Study) -> tuple[Change, ...]:
    """Give what is tried, each by itself and all else as it was."""
    settings = network_in(study, NETWORK).settings
    epochs, rate = settings["epochs"], settings["learning_rate"]
    return (
        Change("updates x 10", {"epochs": 10 * epochs}, UPDATES),
        Change("rate x 10", {"learning_rate": 10 * rate}, RATE),
        Change("rate x 100", {"learning_rate": 100 * rate}, RATE),
        Change("rate schedule removed", {"decay": 0.0}, SCHEDULE),
    )


@dataclass(frozen=True)
class UpdatesAndRate(ClaimText):
    """Gives the network more updates, higher rates, and its own rate without the schedule."""

    def more(self, study: Study) -> Study:
        """Train the network with each change."""
        return changed_networks(study, NETWORK, changes(study), DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge the three parts: updates, a very large rate, and whether 0.005 was too small by itself."""
        gains = gains_of(evidence, NETWORK, changes(evidence.study))
        by_name = {gain.change.name: gain for gain in gains}
        updates, schedule = by_name["updates x 10"].helps, by_name["rate schedule removed"]
        rate = max((by_name["rate x 10"], by_name["rate x 100"]), key=lambda gain: gain.mean.estimate)
        enough = schedule.helps and schedule.mean.estimate >= rate.mean.estimate - WORTH
        parts = (updates, rate.helps, not enough)
        verdict: Verdict = "holds" if all(parts) else "holds in part" if updates or rate.helps else "does not hold"
        if not any(gain.helps for gain in gains):
            verdict = "cannot tell"
        own = network_in(evidence.study, NETWORK).settings["learning_rate"]
        less = "gains less than a higher rate does" if schedule.helps else "does not help"
        sentence = (
            f"Points of accuracy gained by one change: {'; '.join(said(gain) for gain in gains)}. "
            f"More updates {'help' if updates else 'do not help'}, a higher rate "
            f"{'helps' if rate.helps else 'does not help'}, and "
            + (
                f"{own:g} kept constant gains as much at the same number of updates: its schedule made it too small."
                if enough
                else f"{own:g} kept constant {less}."
            )
            + diverged(evidence)
        )
        table = table_of(gains, evidence, network_in(evidence.study, NETWORK))
        return Answer(verdict, sentence, [plot_of(gains, "claim-4-updates-and-rate", "MLP (Leek)")], [table])


CLAIM = UpdatesAndRate(
    4,
    "20 epochs are too few gradient updates at small n; a very large learning rate would be needed; 0.005 is way too small.",
    (NETWORK,),
)
