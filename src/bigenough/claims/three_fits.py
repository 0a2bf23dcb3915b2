"""Claim 7: lm, glm and liblinear differ because the ten chosen pixels are highly collinear."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bigenough.claims.base import Answer, ClaimText, Evidence, Verdict, with_more_draws
from bigenough.draws import make_draw, split_rows
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, with_interval
from bigenough.models.leekasso import LEEKASSO, select
from bigenough.stats import mean_interval
from bigenough.types import Floats, Recipe, Run, Study

DRAWS = 100  # each takes milliseconds
MAX_CORRELATION = 0.5  # |r| of any two pixels in the choice without collinearity
FITS = {"lm": "least squares (lm)", "glm": "IRLS (glm)", "liblinear": "liblinear"}
CHOICES = {1.0: "ten best pixels", MAX_CORRELATION: f"no two with |r| > {MAX_CORRELATION:g}"}
Labels = dict[tuple[str, int, int], NDArray[np.int16]]
WORTH = 0.005  # half a point of the labels: a smaller disagreement needs no cause


def variant(solver: str, max_correlation: float) -> Recipe:
    """The post's Leekasso with another fit and another choice of pixels, all else equal."""
    name = f"leekasso[{solver}, |r| <= {max_correlation:g}]"
    return dataclasses.replace(LEEKASSO.recipe.replace(solver=solver, max_correlation=max_correlation), name=name)


@dataclass(frozen=True)
class ThreeFits(ClaimText):
    """Fits the same pixels in three ways, then pixels that are not collinear: does the disagreement go away?"""

    def more(self, study: Study) -> Study:
        """Six variants of the Leekasso on many draws."""
        return with_more_draws(study, [variant(s, c) for s in FITS for c in CHOICES], DRAWS)

    def answer(self, evidence: Evidence) -> Answer:
        """Judge by disagreement, and by its change when collinearity is taken away."""
        sizes = evidence.study.train_sizes
        others = [s for s in FITS if s != "liblinear"]
        labels = _labels(evidence.extra)
        shares = {(s, c, n): _disagreement(labels, s, c, n) for s in others for c in CHOICES for n in sizes}
        by_size = {(s, n): mean_interval(shares[s, 1.0, n]) for s in others for n in sizes}
        verdicts = {(s, n): _collinearity(shares[s, 1.0, n], shares[s, MAX_CORRELATION, n]) for s in others for n in sizes}
        found = set(verdicts.values())
        verdict: Verdict = found.pop() if len(found) == 1 else "holds in part" if "holds" in found else "cannot tell"
        words = {"holds": "more than halve that", "does not hold": "do not halve it", "cannot tell": "may or may not"}
        parts = []
        for s in others:
            at = {v: ", ".join(str(n) for n in sizes if verdicts[s, n] == v) for v in words}
            effects = "; ".join(f"{words[v]} at n = {where}" for v, where in at.items() if where)
            ends = " and ".join(
                f"{with_interval(by_size[s, n], percent)} at n = {n}" for n in dict.fromkeys((sizes[0], sizes[-1]))
            )
            parts.append(
                f"{FITS[s]} labels {ends} of the test images otherwise than liblinear does; "
                f"pixels that hardly correlate {effects}"
            )
        sentence = (
            f"On the same ten pixels, {'. '.join(parts)}. On {_separable(evidence, sizes)} training sets a line through the "
            "ten pixels makes no error; logistic regression has no finite solution there, and each solver stops elsewhere."
        )
        lines = {
            FITS[s]: {text: [mean_interval(shares[s, c, n]) for n in sizes] for c, text in CHOICES.items()} for s in others
        }
        plot = Plot(
            "three_fits",
            "claim-7-three-fits",
            {"sizes": sizes, "disagreement": lines},
            f"Share of test images that get another label than from liblinear on the same pixels. Bars: 95 % Student t "
            f"intervals over {len(shares[others[0], 1.0, sizes[0]])} draws of training sets.",
            "Two panels, least squares and IRLS against liblinear, each with one line for the ten best pixels and one for "
            "pixels that hardly correlate.",
        )
        return Answer(verdict, sentence, [plot], [self._table(evidence), self._steps(evidence)])

    def _steps(self, evidence: Evidence) -> Table:
        """Say what each step from lm to glm to liblinear gains, and how much of it goes away without collinear pixels."""
        rows = []
        for n in evidence.study.train_sizes:
            row = [str(n)]
            for before, after in pairwise(FITS):
                names = [(variant(after, c).name, variant(before, c).name) for c in CHOICES]
                gains = [evidence.paired(*pair, n, among="extra") for pair in names]
                row += [with_interval(mean_interval(gain), points) for gain in gains]
            rows.append(row)
        steps = [f"{FITS[a]} to {FITS[b]}" for a, b in pairwise(FITS)]
        return Table(
            "The gap from lm to liblinear in two steps: points of test accuracy gained on the same draws, with the ten best "
            "pixels and with pixels that hardly correlate. What a step gains with the former only, collinearity carries. "
            "Brackets: 95 % Student t intervals over draws of training sets, the test images held fixed.",
            ["n", *(f"{step}, {text}" for step in steps for text in CHOICES.values())],
            rows,
        )

    def _table(self, evidence: Evidence) -> Table:
        rows = []
        for n in evidence.study.train_sizes:
            row = [str(n)]
            for c in CHOICES:
                for s in FITS:
                    values = np.array(list(evidence.scores(variant(s, c).name, n, among="extra").values()))
                    row.append(percent(float(values.mean())) if len(values) else "–")
            measured = [collinearity(evidence, n, c) for c in CHOICES]
            shown = [f"{np.median(values):.3g}".replace("inf", "∞") for pair in measured for values in pair]
            rows.append([*row, *shown, _separable(evidence, [n])])
        apart = f"|r| ≤ {MAX_CORRELATION:g}"
        names = [f"{s}{'' if c == 1 else f', |r| ≤ {c:g}'}" for c in CHOICES for s in FITS]
        return Table(
            "Mean test accuracy of the three fits with either choice of pixels; the median condition number of either choice, "
            "columns standardised, and the median of its largest variance inflation factor: by how much the variance of a "
            "pixel's coefficient grows because the other pixels predict that pixel (∞ for both: some pixel is a combination "
            "of the others, as it must be when n ≤ 10); and on how many draws a line through the ten best pixels makes no "
            "training error: there logistic regression has no finite solution, so that each solver stops somewhere else.",
            ["n", *names, "condition", "inflation", f"condition, {apart}", f"inflation, {apart}", "separable draws"],
            rows,
        )


def collinearity(evidence: Evidence, size: int, max_correlation: float) -> tuple[Floats, Floats]:
    """Measure how collinear the chosen pixels are.

    Returns
    -------
    conditions, inflations : ndarray, shape (draws,)
        Condition number of the pixels, standardised, and their largest variance inflation factor; infinite when they are
        linearly dependent.
    """
    study, data = evidence.study, evidence.data
    parts = split_rows(data, study.split, seed=study.seed)
    settings = LEEKASSO.recipe.settings
    conditions, inflations = [], []
    for repeat in range(max(DRAWS, study.draws)):
        draw = make_draw(data, study, parts, size, repeat)
        X, y = data.flat(draw.train), data.y[draw.train]
        if len(np.unique(y)) < 2:
            continue
        condition, inflation = collinearity_of(
            X[:, select(X, y, settings["statistic"], settings["n_features"], max_correlation)]
        )
        conditions.append(condition)
        inflations.append(inflation)
    return np.array(conditions), np.array(inflations)


def collinearity_of(X: Floats) -> tuple[float, float]:
    """Give the condition number of standardised columns, and the largest variance inflation factor.

    That of a column is 1 / (1 - R²) of its regression on the others: an entry of the diagonal of the inverse correlation
    matrix.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    """
    Z = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), np.finfo(float).tiny)
    values, directions = np.linalg.svd(Z, full_matrices=False)[1:]
    if len(X) <= X.shape[1] or values[-1] <= values[0] * len(X) * np.finfo(float).eps:
        return np.inf, np.inf
    return float(values[0] / values[-1]), float((len(X) * (directions**2 / values[:, None] ** 2).sum(axis=0)).max())


def _collinearity(collinear: Floats, apart: Floats) -> Verdict:
    """Whether more than half of a disagreement goes away with the correlation of the pixels; paired over draws."""
    if mean_interval(collinear).high < WORTH:
        return "does not hold"  # there is nothing to explain
    kept = mean_interval(apart - collinear / 2)
    return "holds" if kept.high < 0 else "does not hold" if kept.low > 0 else "cannot tell"


def _separable(evidence: Evidence, sizes: Sequence[int]) -> str:
    """Count the training sets of some sizes on which liblinear makes no error on the ten best pixels, of how many."""
    fitted = [r for r in evidence.extra if r.recipe == variant("liblinear", 1.0).name and r.size in sizes]
    return f"{sum(r.scores.get('train_accuracy') == 1 for r in fitted)} of {len(fitted)}"


def _labels(runs: Sequence[Run]) -> Labels:
    return {(r.recipe, r.size, r.repeat): r.test_labels for r in runs if r.test_labels is not None}


def _disagreement(labels: Labels, solver: str, max_correlation: float, size: int) -> Floats:
    """Share of test images with other labels than liblinear's, one entry a draw that both choices of pixels have."""
    names = [variant(s, c).name for s in (solver, "liblinear") for c in CHOICES]
    mine, theirs = variant(solver, max_correlation).name, variant("liblinear", max_correlation).name
    draws = sorted({repeat for _, n, repeat in labels if n == size})
    full = [d for d in draws if all((name, size, d) in labels for name in names)]
    return np.array([np.mean(labels[mine, size, d] != labels[theirs, size, d]) for d in full])


CLAIM = ThreeFits(7, "lm, glm (IRLS) and liblinear differ because the ten chosen pixels are highly collinear.", ("leekasso",))
