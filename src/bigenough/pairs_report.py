"""What is said and shown of the pairs of digits, and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, signed
from bigenough.page import render
from bigenough.pairs import TEN, Problem, by_hardness, proven, scores
from bigenough.results import runs_frame

OUTCOMES = {
    "better": "networks better",
    "worse": "simple models better",
    "same": "practically the same",
    "undecided": "undecided",
}
MOST_NAMED = 4  # pairs in one sentence; the table has them all


def spoken(name: str) -> str:
    """``"49"`` as people say it."""
    return f"{name[0]} against {name[1]}" if name != TEN else "all ten digits"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(spoken(name) for name in names) if len(names) <= MOST_NAMED else f"{len(names)} pairs"


def sentences(problems: Sequence[Problem], table: pd.DataFrame) -> list[str]:
    """Say which pairs are hard, for whom, and where deep learning pays."""
    pairs = [p for p in problems if p.name != TEN]
    said = []
    order = by_hardness(table)
    if len(order) > 1:
        said.append(
            f"The easiest pair is {spoken(order[0])}, the hardest {spoken(order[-1])}, by mean rank over models and sizes."
        )
    likeness = alike(table)
    if likeness is not None:
        a, b, value = likeness
        said.append(
            f"Least alike are the rankings of {a} and {b}: Spearman's rank correlation is {signed(value, 2)} over {len(order)} "
            "pairs."
        )
    compared = [p for p in pairs if p.comparisons]
    if compared:
        paying = [p for p in compared if p.pays_at]
        where = "; ".join(
            f"with {size:,} images on {_listed([p.name for p in paying if p.pays_at[0] == size])}"
            for size in sorted({p.pays_at[0] for p in paying})
        )
        n = len(compared)
        said.append(
            f"Deep learning is shown to pay on {len(paying)} of {n} pair{'' if n == 1 else 's'}"
            f"{f': first {where}' if where else ''}. {count(compared)}."
        )
        if paying and len(paying[0].comparisons) > 1:
            said.append(
                f"On {sum(p.always_from_there for p in paying)} of the {len(paying)} it is so at every larger size too; else "
                "some are undecided, or practically the same."
            )
        if paying and n > 1:
            said.append(
                f"Each pair is judged by itself; Holm's rule over the {n} pairs too leaves {len(proven(compared))} of them."
            )
    ten = next((p for p in problems if p.name == TEN), None)
    if ten is not None and ten.comparisons:
        at = ", ".join(f"{size:,}" for size in ten.pays_at)
        said.append(f"On all ten digits deep learning is {f'shown to pay with {at} images' if at else 'not shown to pay'}.")
    return said


def count(problems: Sequence[Problem]) -> str:
    """Count the outcomes by pair and size."""
    found = Counter(str(c.outcome) for p in problems for c in p.comparisons)
    told = ", ".join(f"{found[outcome]} {text}" for outcome, text in OUTCOMES.items() if found[outcome])
    return f"Of {found.total()} comparison{'' if found.total() == 1 else 's'}, {told}"


def alike(table: pd.DataFrame) -> tuple[str, str, float] | None:
    """Find the two models whose rankings of the pairs are least alike; None where there are too few pairs."""
    ranks = (
        table[table["problem"] != TEN].pivot_table(index="problem", columns="recipe", values="rank", sort=False).dropna(axis=1)
    )
    if len(ranks) < 3 or ranks.shape[1] < 2:
        return None
    names = list(ranks.columns)
    values = {
        (a, b): float(spearmanr(ranks[a], ranks[b]).statistic)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if ranks[a].nunique() > 1 and ranks[b].nunique() > 1
    }
    if not values:
        return None
    a, b = min(values, key=lambda pair: values[pair])
    return a, b, values[a, b]


def map_plot(problems: Sequence[Problem], table: pd.DataFrame) -> Plot:
    """Plan the one figure: pairs from easy to hard, accuracies, and who is ahead."""
    order, study = by_hardness(table), problems[0].study
    sizes, models = study.train_sizes, [recipe.name for recipe in study.recipes]
    at = sizes[len(sizes) // 2]
    cell = table[table["size"] == at].set_index(["problem", "recipe"])["accuracy"].to_dict()
    by_name = {p.name: {c.size: c for c in p.comparisons} for p in problems}
    accuracy = np.array([[cell.get((name, model), np.nan) for model in models] for name in order])
    difference = np.array([[c.difference if (c := by_name[name].get(n)) else np.nan for n in sizes] for name in order])
    outcome = [[c.outcome if (c := by_name[name].get(n)) else "undecided" for n in sizes] for name in order]
    ends = "; ".join(f"{spoken(order[i])} {points(difference[i, -1])} points" for i in dict.fromkeys((0, len(order) - 1)))
    return Plot(
        "pairs_map", "pairs",
        {"pairs": order, "models": models, "sizes": sizes, "accuracy": accuracy, "at": at, "difference": difference,
         "outcome": outcome},
        f"Left: mean accuracy on test images over {study.draws_text} with {at:,} training images; pairs stand by their mean "
        "rank over all models and sizes. Right: the best network less the best simple model, both chosen on images that "
        "do not test. ▲ networks better, ▼ simple models better, = practically the same (within a point), ? undecided, "
        "at 5 % over the sizes of each pair by itself (Holm), over draws and test images.",
        "A row a pair of digits, from easy to hard: accuracies of every model, then the difference of networks and simple "
        f"models by training-set size. With {sizes[-1]:,} images: {ends}.",
    )  # fmt: skip


def ten_plot(problems: Sequence[Problem]) -> Plot | None:
    """Plan the learning curves of all ten digits; None where they were not run."""
    from bigenough.figures.learning_curves import compute

    ten = next((p for p in problems if p.name == TEN), None)
    if ten is None:
        return None
    curves = compute(runs_frame(ten.runs, ("recipe", "family", "size", "accuracy", "updates")), "accuracy")
    told = "; ".join(f"{c.name} {percent(c.points[0].estimate)} to {percent(c.points[-1].estimate)}" for c in curves)
    return Plot(
        "learning_curves", "ten-digits", {"curves": curves, "title": "accuracy"},
        f"All ten digits: mean accuracy over {ten.study.draws_text}, with 95 % Student t intervals over draws of training "
        "sets, the test images held fixed. Networks are solid lines.",
        f"Learning curves on all ten digits. {told}.",
    )  # fmt: skip


def pair_table(problems: Sequence[Problem], table: pd.DataFrame) -> Table:
    """Every pair's rank by model, and where deep learning pays."""
    models = [recipe.name for recipe in problems[0].study.recipes]
    ranks = table.pivot_table(index="problem", columns="recipe", values="rank", sort=False)
    by_name, sure = {p.name: p for p in problems}, proven(problems)
    rows = []
    for name in [*by_hardness(table), *(p.name for p in problems if p.name == TEN)]:
        of_pair = [ranks.loc[name].get(m, np.nan) if name in ranks.index else np.nan for m in models]
        pays = ", ".join(f"{size:,}" for size in by_name[name].pays_at)
        worse = ", ".join(f"{c.size:,}" for c in by_name[name].comparisons if c.outcome == "worse")
        rows.append(
            [
                spoken(name),
                *("–" if np.isnan(r) else f"{r:.1f}" for r in of_pair),
                pays or "–",
                "–" if not pays or name == TEN else "yes" if name in sure else "no",
                worse or "–",
            ]
        )
    return Table(
        "Mean rank of every pair over the sizes (1: easiest for that model), the numbers of training images at which "
        "networks are better, with no larger one at which they are worse; whether that holds with Holm's rule over the pairs "
        "as well; and at which simple models are better.",
        ["pair", *models, "networks better at", "over all pairs", "simple better at"],
        rows,
    )


def write(out: Path, problems: Sequence[Problem], environment: Mapping[str, Any], *, asked: int, command: str) -> Path:
    """Write ``out/report.html`` and ``out/figures``."""
    table = scores(problems)
    shown = [map_plot(problems, table)] if by_hardness(table) else []
    ten = ten_plot(problems)
    done = sum(len(p.runs) for p in problems)
    failed = sum(run.status == "failed" for p in problems for run in p.runs)
    pairs = sum(p.name != TEN for p in problems)
    return render(
        "pairs.html", out, [*shown, *([ten] if ten else [])], map=shown[0] if shown else None, ten=ten,
        sentences=sentences(problems, table), table=pair_table(problems, table), study=problems[0].study, pairs=pairs,
        done=done, asked=asked, failed=failed, wrong=0.05 * pairs, environment=environment, command=command,
    )  # fmt: skip
