"""Claim 4: 20 epochs are too few updates; a very large rate would be needed; 0.005 is way too small."""

from __future__ import annotations

from dataclasses import dataclass

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict
from bigenough.claims.changes import (
    LEVEL,
    NO_HELP,
    WORTH,
    Change,
    changed_networks,
    diverged,
    gains_of,
    mean_over_sizes,
    network_in,
    paired,
    plot_of,
    said,
    table_of,
)
from bigenough.formats import points, with_interval
from bigenough.stats import Interval, mean_interval
from bigenough.types import Study

NETWORK = "leek-mlp"
DRAWS = 10
RATES, CONSTANT = {"rate x 10": 10, "rate x 100": 100}, "rate schedule removed"
UPDATES, RATE, SCHEDULE = "too few updates", "rate too small", "its schedule"


def changes(study: Study) -> tuple[Change, ...]:
    """Give what is tried, each by itself and all else as it was."""
    settings = network_in(study, NETWORK).settings
    epochs, rate = settings["epochs"], settings["learning_rate"]
    return (
        Change("updates x 10", {"epochs": 10 * epochs}, UPDATES),
        *(Change(name, {"learning_rate": factor * rate}, RATE) for name, factor in RATES.items()),
        Change(CONSTANT, {"decay": 0.0}, SCHEDULE),
    )


def lack(evidence: Evidence) -> Interval:
    """Points by which the better of the two higher rates is ahead of the rate kept constant.

    Holds for both rates at once (Bonferroni), since which is the better one is seen on the same draws.
    """
    ahead = [
        mean_over_sizes(
            {n: paired(evidence, f"{NETWORK}, {rate}", f"{NETWORK}, {CONSTANT}", n) for n in evidence.study.train_sizes}
        )
        for rate in RATES
    ]
    intervals = [mean_interval(values, level=1 - (1 - LEVEL) / len(RATES)) for values in ahead]
    return Interval(*(max(ends) for ends in zip(*intervals, strict=True)))


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
        updates, schedule = by_name["updates x 10"], by_name[CONSTANT]
        rate = max((by_name[name] for name in RATES), key=lambda gain: (gain.helps, gain.mean.estimate))
        short = lack(evidence)
        enough = schedule.helps and short.high < WORTH
        less = schedule.effect == NO_HELP or short.low > WORTH
        verdict: Verdict = "holds in part" if updates.helps or rate.helps else "does not hold"
        if not any(gain.helps for gain in gains) or not (enough or less):
            verdict = "cannot tell"
        elif updates.helps and rate.helps and less:
            verdict = "holds"
        own = f"{network_in(evidence.study, NETWORK).settings['learning_rate']:g} kept constant"
        kept = (
            f"{own} gains as much at the same number of updates: its schedule made it too small"
            if enough
            else f"{own} gains less than a higher rate does"
            if short.low > WORTH
            else f"{own} does not help either"
            if less
            else f"whether {own} gains as much as a higher rate these draws cannot tell"
        )
        sentence = (
            f"Points of accuracy gained by one change: {'; '.join(said(gain) for gain in gains)}. "
            f"More updates {updates.effect}, a higher rate {rate.effect}, and {kept} "
            f"(the better of the two rates is ahead by {with_interval(short, points)}).{diverged(evidence)}"
        )
        table = table_of(gains, evidence, network_in(evidence.study, NETWORK))
        return Answer(verdict, sentence, [plot_of(gains, "claim-4-updates-and-rate", "MLP (Leek)")], [table])


CLAIM = UpdatesAndRate(
    4,
    "20 epochs are too few gradient updates at small n; a very large learning rate would be needed; 0.005 is way too small.",
    (NETWORK,),
)
