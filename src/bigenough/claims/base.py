"""What every claim has: its text, the runs that it needs beyond the study's, and its answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from bigenough.contrasts import Contrast
from bigenough.exhibits import Plot, Table
from bigenough.gaps import Explanations, Gap
from bigenough.types import Dataset, Floats, Recipe, Run, Study

Verdict = Literal["holds", "holds in part", "does not hold", "cannot tell"]
LEVEL = 0.95


@dataclass(frozen=True)
class Answer:
    """What the experiment says of a claim."""

    verdict: Verdict
    sentence: str
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Evidence:
    """What a claim may look at.

    Attributes
    ----------
    study : Study
        What was asked for.
    data : Dataset
    runs : list of Run
        Of the study.
    extra : list of Run
        Of the claim's own further cells, `Claim.more`.
    load : callable
        Gives any other data set by name.
    gaps : sequence of Gap
        What carries the gaps between networks; empty where that was not asked for.
    contrasts : sequence of Contrast
        What single things do to bias and variance; empty where that was not asked for.
    """

    study: Study
    data: Dataset
    runs: Sequence[Run]
    extra: Sequence[Run]
    load: Callable[[str], Dataset]
    gaps: Sequence[Gap] = ()
    contrasts: Sequence[Contrast] = ()

    def scores(self, recipe: str, size: int, *, among: Literal["runs", "extra"] = "runs") -> dict[int, float]:
        """Test accuracy of a recipe at a size by draw; failed runs are not in it."""
        runs: Sequence[Run] = getattr(self, among)
        return {r.repeat: r.scores["accuracy"] for r in runs if r.recipe == recipe and r.size == size and r.status == "ok"}

    def explained(self, a: str, b: str) -> Explanations:
        """What carries the gap between two recipes, by size."""
        return next((gap.by_size for gap in self.gaps if (gap.a, gap.b) == (a, b)), {})

    def paired(self, a: str, b: str, size: int, *, among: Literal["runs", "extra"] = "runs") -> Floats:
        """Accuracy of `a` minus that of `b` on every draw that both have, shape (draws,)."""
        of_a, of_b = self.scores(a, size, among=among), self.scores(b, size, among=among)
        return np.array([of_a[draw] - of_b[draw] for draw in sorted(of_a.keys() & of_b.keys())])


class Claim(Protocol):
    """What a file of `claims/` registers as ``CLAIM``."""

    number: int
    text: str
    needs: tuple[str, ...]

    def more(self, study: Study) -> Study | None:
        """Give further cells that must run before the answer, as a study of their own; None for none."""

    def answer(self, evidence: Evidence) -> Answer | None:
        """Say what the evidence says; None where what it needs was not asked for."""


@dataclass(frozen=True)
class ClaimText:
    """Base of a claim that needs no further cells.

    Attributes
    ----------
    number : int
        As in the list of the post's claims.
    text : str
    needs : tuple of str
        Recipes that the study must have, or the claim is not answered; none where its evidence is asked for by itself.
    """

    number: int
    text: str
    needs: tuple[str, ...] = field(default=())

    def more(self, study: Study) -> Study | None:
        """Nothing more."""
        return None


def with_more_draws(study: Study, recipes: Sequence[Recipe], draws: int) -> Study:
    """The same protocol with other recipes and at least so many draws; the first draws are the study's own."""
    return dataclasses.replace(study, recipes=tuple(recipes), draws=max(draws, study.draws))


def verdict_of(yes: Sequence[bool], no: Sequence[bool]) -> Verdict:
    """Judge by what must all be so, and by what must not be so anywhere."""
    return "holds" if all(yes) else "does not hold" if any(no) else "cannot tell"
