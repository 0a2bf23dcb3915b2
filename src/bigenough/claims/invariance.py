"""Claim 12: convolution encodes locality; encoding translation and rotation invariance lowers variance further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, verdict_of
from bigenough.contrasts import CONVOLUTION, DROPOUT, LOSSES, MOVED_CONV, TERMS, Contrast
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, with_interval

ONE = {"holds": "lowers", "does not hold": "raises", "cannot tell": "may or may not lower"}
MANY = {"holds": "lower", "does not hold": "raise", "cannot tell": "may or may not lower"}


@dataclass(frozen=True)
class Invariance(ClaimText):
    """Looks at what convolution does to variance, and what moved training images do beyond it."""

    def answer(self, evidence: Evidence) -> Answer | None:
        """Judge by the variance of labels (0-1 loss), mean over the sizes."""
        found = {contrast.name: contrast for contrast in evidence.contrasts}
        if not {CONVOLUTION, MOVED_CONV} <= found.keys():
            return None
        changes = {name: contrast.mean_change("zero-one", "variance") for name, contrast in found.items()}
        parts = {name: verdict_of([changes[name].high < 0], [changes[name].low > 0]) for name in (CONVOLUTION, MOVED_CONV)}
        verdicts = set(parts.values())
        verdict: Verdict = verdicts.pop() if len(verdicts) == 1 else "holds in part" if "holds" in verdicts else "cannot tell"
        others = "; ".join(f"{name} {with_interval(changes[name], points)}" for name in found if name not in {*parts, DROPOUT})
        sizes = found[CONVOLUTION].sizes
        sentence = (
            f"On 4 against 9, as a mean over n = {sizes[0]:,} to {sizes[-1]:,}, convolution {ONE[parts[CONVOLUTION]]} the "
            "variance of labels, compared with a dense network of as many parameters: "
            f"{with_interval(changes[CONVOLUTION], points)} points. Training images shifted by up to 2 pixels and turned by up "
            f"to 10 degrees {MANY[parts[MOVED_CONV]]} it further: {with_interval(changes[MOVED_CONV], points)} points."
            f"{f' The same for {others}.' if others else ''}"
        )
        return Answer(verdict, sentence, [plot_of(list(found.values()))], [table_of(list(found.values()))])


def plot_of(found: Sequence[Contrast]) -> Plot:
    """Plan the figure: bias above, variance below, a column a contrast."""
    changes = {
        contrast.name: {
            term: {n: contrast.change("zero-one", term, n) for n in contrast.sizes} for term in ("bias", "variance")
        }
        for contrast in found
    }
    return Plot(
        "contrasts", "claim-12-contrasts", {"changes": changes},
        "What each thing does to bias and to variance of 0-1 loss on 4 against 9, with it less without it, on the same draws "
        f"({min(c.draws for c in found)} of each size) and test images. Bars: 95 % intervals over new training sets and new "
        "test images. All networks train until their loss is at rest.",
        "Changes of bias and variance against training-set size, a column each. Variance with the most images: " + "; ".join(
            f"{c.name} {points(c.change('zero-one', 'variance', c.sizes[-1]).estimate)}" for c in found
        ),
    )  # fmt: skip


def table_of(found: Sequence[Contrast]) -> Table:
    """Both losses, all terms."""
    rows = []
    for contrast in found:
        for size in contrast.sizes:
            cells = [with_interval(contrast.change(loss, term, size), points) for loss in LOSSES for term in TERMS]
            wrong = [percent(of.estimate) for of in contrast.terms["zero-one", "loss", size]]
            rows.append([contrast.name, f"{size:,}", *wrong, *cells])
    titles = {"zero-one": "0-1 loss", "squared": "squared error"}
    return Table(
        "Share of wrong labels without and with it, and what it changes, in hundredths of either loss; 95 % intervals, not "
        "adjusted for their number. Squared error is on probabilities and goes from 0 to 2.",
        ["what", "n", "wrong without", "wrong with", *(f"{term}, {titles[loss]}" for loss in LOSSES for term in TERMS)],
        rows,
    )


CLAIM = Invariance(12, "Convolution encodes locality; encoding translation and rotation invariance lowers variance further.")
