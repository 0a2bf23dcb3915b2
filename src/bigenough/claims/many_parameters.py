"""Claim 11: many parameters need not overfit at n = 10 to 80; dropout lowers variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigenough import stats
from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, verdict_of
from bigenough.claims.changes import (
    Change,
    changed_networks,
    diverged,
    gains_of,
    mean_over_sizes,
    network_in,
    paired,
    plot_of,
    table_of,
)
from bigenough.contrasts import DROPOUT
from bigenough.draws import parts_of
from bigenough.formats import points, with_interval
from bigenough.stats import Interval
from bigenough.types import Rows, Study

NETWORK = "mlp"
DRAWS = 20
MARGIN = 0.01  # of accuracy: a larger network may be so much worse before it counts as overfitting
FEW, SAME, MANY = "8 units, no dropout", "no dropout", "512 units, no dropout"
CHANGES = (
    Change(FEW, {"hidden": [8, 8], "dropout": 0.0}, "few parameters"),
    Change(SAME, {"dropout": 0.0}, "many parameters"),
    Change(MANY, {"hidden": [512, 512], "dropout": 0.0}, "very many parameters"),
)


@dataclass(frozen=True)
class ManyParameters(ClaimText):
    """Compares widths without dropout, and the same width with and without it."""

    def more(self, study: Study) -> Study:
        """Train the network without dropout, with few units and with very many."""
        return changed_networks(study, NETWORK, CHANGES, DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge both halves: more parameters are not worse, and dropout makes labels vary less from draw to draw."""
        sizes = evidence.study.train_sizes
        leads = {}
        for name in (SAME, MANY):
            by_size = {n: paired(evidence, f"{NETWORK}, {name}", f"{NETWORK}, {FEW}", n) for n in sizes}
            leads[name] = stats.mean_interval(mean_over_sizes(by_size))
        variance = variance_change(evidence)
        no_worse = verdict_of([lead.low > -MARGIN for lead in leads.values()], [lead.high < -MARGIN for lead in leads.values()])
        lowers = verdict_of([variance.high < 0], [variance.low > 0])
        found: set[Verdict] = {no_worse, lowers}
        verdict: Verdict = found.pop() if len(found) == 1 else "holds in part" if "holds" in found else "cannot tell"
        sentence = (
            f"Without dropout, 128 units a layer are {with_interval(leads[SAME], points)} points better than 8, and 512 are "
            f"{with_interval(leads[MANY], points)}: more parameters {_WORDS[no_worse]}. With dropout the share of test images "
            f"whose label changes from draw to draw is {with_interval(variance, points)} points different: it "
            f"{_LOWERS[lowers]}.{harder(evidence)}{diverged(evidence)}"
        )
        gains = gains_of(evidence, NETWORK, CHANGES)
        table = table_of(gains, evidence, network_in(evidence.study, NETWORK))
        return Answer(verdict, sentence, [plot_of(gains, "claim-11-many-parameters", "MLP")], [table])


def variance_change(evidence: Evidence) -> Interval:
    """Variance of the labels (0-1 loss, Domingos) with dropout less without, mean over the sizes, with its interval."""
    y = evidence.data.y[parts_of(evidence.data, evidence.study, 0)[2]]
    terms = []
    for size in evidence.study.train_sizes:
        labels = [labels_of(evidence, name, size) for name in (NETWORK, f"{NETWORK}, {SAME}")]
        shared = sorted(labels[0].keys() & labels[1].keys())
        if len(shared) < 3:
            return Interval(float("nan"), -np.inf, np.inf)
        one, other = (stats.zero_one(np.stack([found[d] for d in shared]), y) for found in labels)
        terms.append(one.variance - other.variance)
    return stats.term_interval(stats.mean_term(terms))


def harder(evidence: Evidence) -> str:
    """Say what dropout does to bias and variance on the contrasts' digits; nothing where they were not asked for."""
    found = next((contrast for contrast in evidence.contrasts if contrast.name == DROPOUT), None)
    if found is None:
        return ""
    bias, variance = (found.mean_change("zero-one", term) for term in ("bias", "variance"))
    lowers = verdict_of([variance.high < 0], [variance.low > 0])
    return (
        f" On 4 against 9, as a mean over n = {found.sizes[0]:,} to {found.sizes[-1]:,}, it changes bias by "
        f"{with_interval(bias, points)} points and variance by {with_interval(variance, points)}: there it {_LOWERS[lowers]} "
        "(figure and table: claim 12)."
    )


def labels_of(evidence: Evidence, recipe: str, size: int) -> dict[int, Rows]:
    """Test labels of a network's finished runs, by draw."""
    return {
        run.repeat: run.test_labels.astype(np.int64)
        for run in evidence.extra
        if run.recipe == recipe and run.size == size and run.test_labels is not None
    }


_WORDS = {
    "holds": "do not overfit more, within a point",
    "does not hold": "overfit",
    "cannot tell": "may or may not overfit, which these draws cannot tell",
}
_LOWERS = {"holds": "lowers variance", "does not hold": "raises variance", "cannot tell": "may or may not lower variance"}

CLAIM = ManyParameters(
    11, "Many parameters need not overfit at n = 10 to 80: dropout acts like bagging over parameters and lowers variance.",
    (NETWORK,),
)  # fmt: skip
