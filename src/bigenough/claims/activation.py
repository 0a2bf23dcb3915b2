"""Claim 3: tanh is hard to train; ReLU is what fixed it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, with_more_draws
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, with_interval
from bigenough.gaps import GAPS
from bigenough.models.majority import MAJORITY
from bigenough.stats import Interval, mean_interval
from bigenough.types import Recipe, Study

FROM, TO = GAPS[0]
DRAWS = 20
HALF = 0.5  # of the gap: what carries less did not fix it by itself
MARGIN = 0.01
NAMES = {FROM: "MLP (Leek)", TO: "MLP"}
ACTIVATIONS = {"tanh": "tanh", "relu": "ReLU"}  # as people write them


def variant(recipe: Recipe, activation: str) -> Recipe:
    """One of the two networks with either activation, all else its own; looked at only at its end."""
    changed = recipe.replace(activation=activation, checkpoints="ends")
    return dataclasses.replace(changed, name=f"{recipe.name}[{activation}]")


@dataclass(frozen=True)
class TanhOrRelu(ClaimText):
    """Exchanges the activation, and nothing else, in either network."""

    def more(self, study: Study) -> Study:
        """Both networks with both activations, and the guess that stands for a fit that diverged."""
        both = [recipe for recipe in study.recipes if recipe.name in (FROM, TO)]
        return with_more_draws(study, [*(variant(r, a) for r in both for a in ACTIVATIONS), MAJORITY.recipe], DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge whether ReLU by itself closes more than half of the gap."""
        sizes = evidence.study.train_sizes

        def paired(a: str, b: str, size: int) -> dict[int, float]:
            of_a, of_b = (scores(evidence, name, size) for name in (a, b))
            return {draw: of_a[draw] - of_b[draw] for draw in of_a.keys() & of_b.keys()}

        verdicts: dict[int, Verdict] = {}
        gained, lost, gaps = {}, {}, {}
        for n in sizes:
            relu, gap = paired(f"{FROM}[relu]", f"{FROM}[tanh]", n), paired(f"{TO}[relu]", f"{FROM}[tanh]", n)
            lost[n] = mean_interval(np.array(list(paired(f"{TO}[relu]", f"{TO}[tanh]", n).values())))
            gained[n], gaps[n] = (mean_interval(np.array(list(d.values()))) for d in (relu, gap))
            more = mean_interval(np.array([relu[d] - HALF * gap[d] for d in relu.keys() & gap.keys()]))
            verdicts[n] = "holds" if more.low > 0 else "does not hold" if more.high < 0 else "cannot tell"
        found = set(verdicts.values())
        verdict: Verdict = found.pop() if len(found) == 1 else "holds in part" if "holds" in found else "cannot tell"
        ends = (sizes[0], sizes[-1]) if len(sizes) > 1 else sizes
        alone = " and ".join(f"{with_interval(gained[n], points)} at n = {n}" for n in ends)
        whole = " and ".join(points(gaps[n].estimate) for n in ends)
        back = " and ".join(with_interval(Interval(-i.estimate, -i.high, -i.low), points) for i in (lost[n] for n in ends))
        sentence = (
            f"With ReLU in place of tanh and nothing else changed, MLP (Leek) gains {alone} points of accuracy, of a gap to "
            f"the MLP of {whole}. With tanh in place of ReLU and nothing else changed, the MLP changes by {back}."
            f"{self._share(evidence)}{_diverged(evidence)}"
        )
        plots = [
            Plot(
                "paired_difference", f"claim-3-{stem}",
                {"sizes": sizes, "differences": [effects[n] for n in sizes], "margin": MARGIN, "label": label},
                f"{label}, on the same draws. Bars: 95 % Student t intervals over draws of training sets.",
                f"{label}: " + "; ".join(f"{points(effects[n].estimate)} at {n}" for n in sizes),
            )
            for stem, effects, label in (
                ("relu-in-leek", gained, "MLP (Leek): ReLU less tanh"),
                ("relu-in-mlp", lost, "MLP: ReLU less tanh"),
            )
        ]  # fmt: skip
        return Answer(verdict, sentence, plots, [self._table(evidence)])

    def _share(self, evidence: Evidence) -> str:
        parts = [
            f"{with_interval(share.share, points)} of {points(found.explained.gap.estimate)} at n = {n}"
            for n, found in evidence.explained(FROM, TO).items()
            for share in found.explained.shares
            if share.change.name == "activation"
        ]
        return f" Averaged over all orders of all changes, the activation carries {'; '.join(parts)}." if parts else ""

    def _table(self, evidence: Evidence) -> Table:
        names = [f"{recipe}[{activation}]" for recipe in (FROM, TO) for activation in ACTIVATIONS]
        rows = []
        for n in evidence.study.train_sizes:
            found = [np.array(list(scores(evidence, name, n).values())) for name in names]
            rows.append([str(n), *(percent(float(s.mean())) if len(s) else "–" for s in found)])
        columns = ["n", *(f"{NAMES[recipe]}, {word}" for recipe in (FROM, TO) for word in ACTIVATIONS.values())]
        return Table("Mean test accuracy of both networks with either activation, on the same draws.", columns, rows)


def _diverged(evidence: Evidence) -> str:
    """Say how many fits of which network diverged; nothing where none did."""
    told = []
    for network in (FROM, TO):
        for activation, word in ACTIVATIONS.items():
            fits = [r for r in evidence.extra if r.recipe == f"{network}[{activation}]"]
            failed = sum(r.status == "failed" for r in fits)
            if failed:
                told.append(f"{failed} of the {len(fits)} fits of {NAMES[network]} with {word}")
    return f" {' and '.join(told)} diverged, and count as the majority guess." if told else ""


def scores(evidence: Evidence, recipe: str, size: int) -> dict[int, float]:
    """Test accuracy by draw; of a fit that failed, that of the majority guess on its draw, so that none is left out."""
    guess = evidence.scores(MAJORITY.recipe.name, size, among="extra")
    failed = {r.repeat for r in evidence.extra if r.recipe == recipe and r.size == size and r.status == "failed"}
    return {draw: guess[draw] for draw in failed & guess.keys()} | evidence.scores(recipe, size, among="extra")


CLAIM = TanhOrRelu(3, "tanh is hard to train; ReLU is what fixed it.", (FROM, TO))
