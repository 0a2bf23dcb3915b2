"""What is said and shown of an explanation: its sentences, its tables and figures, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bigenough.exhibits import Plot, Table
from bigenough.explaining import Explanation, updates_of
from bigenough.explanation import ENOUGH, Change, Share
from bigenough.formats import percent, signed, with_interval
from bigenough.metrics import METRICS
from bigenough.page import render
from bigenough.stats import Interval

MOST_NAMED = 3  # of the shares, in the first sentence
LONGEST_NAME = 24  # of a recipe in tables and figures; one with a longer name is called A or B there
OUTCOMES = {
    "confirmed": "confirmed on fresh draws",
    "falls short": "it falls short on fresh draws",
    "cannot tell": "the fresh draws are too few to tell",
}


def difference(found: Explanation, value: float) -> str:
    """A difference of scores as text: points of a hundredth where people read the metric so, signed."""
    if np.isnan(value):
        return "–"
    return signed(100 * value, 1) if METRICS[found.study.metric].points else signed(value, 3)


def unit(found: Explanation) -> str:
    """What a difference is counted in."""
    metric = METRICS[found.study.metric]
    return f"points of {metric.signed_title}" if metric.points else metric.signed_title


def score(found: Explanation, value: float) -> str:
    """A score as text."""
    return percent(value) if METRICS[found.study.metric].points else f"{value:.3f}"


def called(found: Explanation) -> tuple[str, str]:
    """What the recipes are called in tables and figures."""
    names = found.a.name, found.b.name
    return names if max(map(len, names)) <= LONGEST_NAME else ("A", "B")


def introduced(found: Explanation) -> tuple[str, str]:
    """What the recipes are called where they come for the first time."""
    names = found.a.name, found.b.name
    a, b = called(found)
    return names if (a, b) == names else (f"A ({names[0]})", f"B ({names[1]})")


def listed(changes: Sequence[Change]) -> str:
    """Changes in a sentence."""
    return ", ".join(map(str, changes))


def sentences(found: Explanation) -> list[str]:
    """Say what was found: the gap, what carries it, the repair and its test."""
    explained, title = found.explained, METRICS[found.study.metric].signed_title
    a, b = introduced(found)
    gap = with_interval(explained.gap, lambda v: difference(found, v))
    said = [
        f"With {found.size:,} training rows, {a} has {title} {score(found, explained.score_a.estimate)} and "
        f"{b} {score(found, explained.score_b.estimate)}: a gap of {gap} {unit(found)} over "
        f"{explained.draws} draws{of_these(found)}."
    ]
    sure = explained.sure[:MOST_NAMED]
    shares = "; ".join(f"{s.change} {with_interval(s.share, lambda v: difference(found, v))}" for s in sure)
    if not explained.clear:
        cancel = f"; shares of it that can, and make up for each other: {shares}"
        none = ", so that there is nothing to explain; more draws may show one"
        return [*said, f"The gap cannot be told from none{cancel if sure else none}."]
    if sure:
        said.append(f"Of it, the largest shares that can be told from none: {shares}.")
    else:
        said.append("No single share of it can be told from none.")
    return [*said, *repair_sentences(found)]


def repair_sentences(found: Explanation) -> list[str]:
    """Say which few changes close the gap, and whether fresh draws confirm it."""
    repair, tested = found.repair, found.retest
    if repair is None:
        return []
    mended = called(found)[repair.worse == "b"]
    others = "; or ".join(listed(other) for other in repair.others[:MOST_NAMED])
    as_few = [f"As few that did so on the first draws, not tested again: {others}."] if others else []
    among = "" if found.explained.design.orders is None else ", among those that were trained"
    said = f"The fewest changes that close {100 * ENOUGH:g} % of it{among}: in {mended}, {listed(repair.changes)}"
    if tested is None:
        return [f"{said}. There was no time to test them on fresh draws.", *as_few]
    closed = with_interval(tested.closed, percent)
    said += f". On {tested.draws} fresh draws{of_these(found)} they close {closed} of the gap: {OUTCOMES[tested.outcome]}."
    costs = [
        f"{change.name} {with_interval(cost, lambda v: difference(found, v).lstrip('+'))}"
        for change, cost in zip(repair.changes, tested.needed, strict=False)
    ]
    left_out = [f"Left out of these, each costs: {'; '.join(costs)} {unit(found)}."] if costs else []
    return [said, *left_out, *as_few]


def share_table(found: Explanation) -> Table:
    """Each change's share, and what it does alone."""

    def text(interval: Interval) -> str:
        return with_interval(interval, lambda v: difference(found, v))

    rows = [
        [
            share.change.name, share.change.before, share.change.after, text(share.share),
            percent(share.of_gap.estimate) if found.explained.clear else "–", text(share.alone_on_a), text(share.alone_on_b),
        ]
        for share in found.explained.by_size
    ]  # fmt: skip
    gap, (a, b) = text(found.explained.gap), called(found)
    rows.append(["together", a, b, gap, "100.0 %" if found.explained.clear else "–", gap, gap])
    columns = ["setting", "from", "to", "share of the gap", "of the gap", f"added alone to {a}", f"lost alone from {b}"]
    return Table(f"In {unit(found)}. {intervals_over(found)}", columns, rows)


def intervals_over(found: Explanation) -> str:
    """Say what the intervals are over."""
    sampled = found.explained.design.orders
    said = f"Brackets: 95 % intervals over {found.explained.draws} draws of training sets{of_these(found)}"
    if sampled is None:
        return f"{said}."
    return f"{said}; those of the shares also over the {2 * len(sampled)} orders that were sampled."


def of_these(found: Explanation) -> str:
    """What to add to "draws" where all are cut from the same few rows, and others may differ; nothing else."""
    return " of these rows" if found.study.split == "repeated" else ""


def pair_table(found: Explanation) -> Table | None:
    """The largest interactions; None where they are not known, or there are not two changes."""
    if not found.explained.pairs:
        return None
    rows = [
        [f"{pair.one.name} with {pair.other.name}", with_interval(pair.excess, lambda v: difference(found, v))]
        for pair in found.explained.pairs
    ]
    return Table(
        f"The largest interactions: how much more two changes add together than each alone, in {unit(found)}, averaged over "
        "what else is changed. Positive: they need each other; negative: either does the work of both.",
        ["settings", "together more than alone"],
        rows,
    )


def plots(found: Explanation, prefix: str = "") -> list[Plot]:
    """Plan the two figures; the order of the changes is that of their shares."""
    factor = 100.0 if METRICS[found.study.metric].points else 1.0
    explained, title = found.explained, METRICS[found.study.metric].signed_title
    label = f"{title} on test rows{' (%)' if factor == 100 else ''}"
    ordered: list[Share] = explained.by_size
    a, b = called(found)
    changes = [short(share.change) for share in ordered]
    shared: dict[str, Any] = {
        "ends": called(found),
        "scores": (factor * explained.score_a.estimate, factor * explained.score_b.estimate),
        "changes": changes,
        "label": label,
    }

    def scaled(intervals: Sequence[Interval]) -> list[Interval]:
        return [Interval(*(factor * v for v in interval)) for interval in intervals]

    # losses first, so that the way does not lead beyond a perfect score
    down = sorted(ordered, key=lambda s: s.share.estimate >= 0)
    alt = "; ".join(f"{s.change.name} {difference(found, s.share.estimate)}" for s in ordered)
    return [
        Plot(
            "waterfall", f"{prefix}waterfall",
            {**shared, "changes": [short(s.change) for s in down], "shares": scaled([s.share for s in down])},
            f"From {a} to {b} with {found.size:,} training rows: a bar a change, as long as its share of "
            f"the gap. Lines: 95 % intervals of the bars' lengths over {explained.draws} draws"
            f"{'' if explained.design.orders is None else ' and over the sampled orders'}.",
            f"Waterfall of shares: {alt}",
        ),
        Plot(
            "single_steps", f"{prefix}single-steps",
            {**shared, "on_a": scaled([s.alone_on_a for s in ordered]), "on_b": scaled([s.alone_on_b for s in ordered])},
            f"What each change does by itself, from either end. Bands: 95 % intervals over {explained.draws} draws.",
            f"A row a change: where {a} comes to with only it changed, and {b} with only it taken back.",
        ),
    ]  # fmt: skip


def short(change: Change) -> str:
    """A change in a line of a figure."""
    text = str(change).replace("_", " ")
    return text if len(text) <= 44 else f"{change.name.replace('_', ' ')} → {change.after}"[:60]


def ran_table(found: Explanation) -> Table:
    """Say what ran, for how long."""
    updates = updates_of(found)
    hybrids = len(found.explained.design.masks)
    whole = found.explained.design.lattice.everything + 1
    trained = f"{hybrids:,}" if hybrids == whole else f"{hybrids:,} of {whole:,}"
    span = f"{min(updates.values()):,.0f} to {max(updates.values()):,.0f}" if updates else "–"
    failed = sum(run.status == "failed" for run in found.runs)
    row = [trained, f"{len(found.runs):,}", str(failed), span, f"{sum(run.seconds for run in found.runs):,.1f}"]
    return Table("What ran.", ["hybrids", "fits", "failed", "gradient updates", "seconds of one core"], [row])


def write(found: Explanation, out: Path, environment: Mapping[str, Any], command: str, choices: Sequence[str]) -> Path:
    """Draw the figures into ``out/figures`` and write ``out/report.html``, which needs no other file."""
    shown, (a, b) = plots(found), called(found)
    return render(
        "explain.html", out, shown, a=a, b=b, source=found.study.source, size=found.size, sentences=sentences(found),
        waterfall=shown[0], steps=shown[1], shares=share_table(found), pairs=pair_table(found), ran=ran_table(found),
        notes=found.notes, missing=found.missing,
        environment=environment, command=command, choices=choices,
    )  # fmt: skip


def summarise(found: Explanation) -> dict[str, Any]:
    """Everything that a program would want to know, as plain values."""
    explained, repair, tested = found.explained, found.repair, found.retest
    updates = updates_of(found)
    means = explained.scores.mean(axis=0)

    def ends(interval: Interval) -> list[float | None]:
        return [v if abs(v) < float("inf") else None for v in interval]

    return {
        "complete": not found.missing, "draws": explained.draws,
        "gap": ends(explained.gap), "score_a": ends(explained.score_a), "score_b": ends(explained.score_b),
        "shares": [
            {
                "setting": s.change.name, "from": s.change.before, "to": s.change.after, "share": ends(s.share),
                "of_gap": ends(s.of_gap), "alone_on_a": ends(s.alone_on_a), "alone_on_b": ends(s.alone_on_b),
            }
            for s in explained.by_size
        ],
        "interactions": [{"settings": [p.one.name, p.other.name], "excess": ends(p.excess)} for p in explained.pairs],
        "repair": None if repair is None else {
            "of": repair.worse,
            "others": [[str(c) for c in other] for other in repair.others],
            "changes": [{"setting": c.name, "from": c.before, "to": c.after} for c in repair.changes],
            "closed_where_chosen": ends(repair.closed),
            "fresh_draws": None if tested is None else {
                "draws": tested.draws, "gap": ends(tested.gap), "gain": ends(tested.gain), "closed": ends(tested.closed),
                "outcome": tested.outcome, "cost_without": [ends(i) for i in tested.needed],
            },
        },
        "hybrids": [
            {"changes": [c.name for c in explained.design.lattice.made(m)], "mean": float(v), "updates": updates.get(m)}
            for m, v in zip(explained.design.masks, means, strict=True)
        ],
        "notes": list(found.notes),
    }  # fmt: skip
