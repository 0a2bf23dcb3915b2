"""What the 2017 report says of a gap between two networks: shares by size, the repair, and its test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bigenough.exhibits import Plot, Table
from bigenough.explain_report import OUTCOMES, listed, plots, summarise
from bigenough.formats import percent, points, with_interval
from bigenough.gaps import Explanations, Gap, to_the_repair


@dataclass(frozen=True)
class GapSection:
    """Words, tables and figures."""

    title: str
    trained: str
    sentences: Sequence[str]
    notes: Sequence[str]
    tables: Sequence[Table]
    plots: Sequence[Plot]


def gap_section(gap: Gap, titles: Mapping[str, str]) -> GapSection:
    """Plan the section of a gap; `titles` says what people call the recipes."""
    a, b, found = titles.get(gap.a, gap.a), titles.get(gap.b, gap.b), gap.by_size
    stem = f"gap-{gap.a}-{gap.b}"
    shown = [plot for size, one in found.items() for plot in plots(one, f"{stem}-n{size}-")[:1]]
    last = max(found)
    shown.append(plots(found[last], f"{stem}-n{last}-")[1])
    tables = [_share_table(found, a, b), _repair_table(found, a)]
    orders = _orders(found)
    trained = "Every hybrid of the two networks was" if not orders else (
        f"The hybrids of the two networks along {orders} sampled orders of the changes, each order with its reverse, were"
    )  # fmt: skip
    return GapSection(f"What carries the gap from {a} to {b}", trained, gap_sentences(found), _notes(found), tables, shown)


def _orders(explanations: Explanations) -> int:
    """Count the orders that were sampled at a size; 0 where all hybrids were trained."""
    sampled = (found.explained.design.orders for found in explanations.values())
    return max(0 if orders is None else 2 * len(orders) for orders in sampled)


def _notes(explanations: Explanations) -> list[str]:
    """Say once what holds at several sizes: what could not be changed by itself, what failed, and what was done about it."""
    sizes: dict[str, list[str]] = {}
    for size, found in explanations.items():
        for note in found.notes:
            sizes.setdefault(note, []).append(str(size))
    return [f"n = {', '.join(at)}: {note}" if len(at) < len(explanations) else note for note, at in sizes.items()]


def gap_sentences(explanations: Explanations) -> list[str]:
    """Say in a sentence a size what carries a gap, and what closes it."""
    said = []
    for size, found in explanations.items():
        sure = found.explained.sure[:3]
        largest = "; ".join(f"{s.change} {with_interval(s.share, points)}" for s in sure)
        if not found.explained.clear:
            gap = f"n = {size}: the gap, {with_interval(found.explained.gap, points)} points, cannot be told from none"
            said.append(f"{gap}; shares of it that can, and make up for each other: {largest}." if sure else f"{gap}.")
            continue
        if not sure:
            said.append(f"n = {size}: no single share can be told from none on {found.explained.draws} draws.")
            continue
        text = f"n = {size}: of {with_interval(found.explained.gap, points)} points, {largest}."
        if found.repair is not None and found.retest is not None:
            text += (
                f" The fewest changes that close 90 %, {listed(found.repair.changes)}, close "
                f"{with_interval(found.retest.closed, percent)} on {found.retest.draws} fresh draws: "
                f"{OUTCOMES[found.retest.outcome]}."
            )
        said.append(text)
    return said


def _share_table(explanations: Explanations, a: str, b: str) -> Table:
    names = dict.fromkeys(s.change.name for found in explanations.values() for s in found.explained.shares)
    rows = []
    for name in names:
        row = [name]
        for found in explanations.values():
            share = next((s for s in found.explained.shares if s.change.name == name), None)
            row.append("no difference" if share is None else with_interval(share.share, points))
        rows.append(row)
    rows.append(["together", *(with_interval(found.explained.gap, points) for found in explanations.values())])
    draws = ", ".join(str(found.explained.draws) for found in explanations.values())
    return Table(
        f"Shares of the gap from {a} to {b}, points of accuracy. Brackets: 95 % intervals over draws of training sets "
        f"({draws} of each size){' and over the sampled orders' if _orders(explanations) else ''}, the test images held fixed.",
        ["setting", *(f"n = {size}" for size in explanations)],
        rows,
    )


def _repair_table(explanations: Explanations, a: str) -> Table:
    rows = []
    for size, found in explanations.items():
        repair, tested, inner = found.repair, found.retest, to_the_repair(found)
        if repair is None:
            rows.append([str(size), "no clear gap", "–", "–", "–"])
            continue
        shares = "–" if inner is None else "; ".join(
            f"{s.change.name} {with_interval(s.share, points)}" for s in inner.by_size
        )  # fmt: skip
        closed = "not tested" if tested is None else with_interval(tested.closed, percent)
        outcome = "–" if tested is None else OUTCOMES[tested.outcome]
        rows.append([str(size), listed(repair.changes), shares, closed, outcome])
    return Table(
        f"From {a} to its smallest repair: the fewest changes that close 90 % of the gap on the draws that chose them; "
        "their shares there, points of accuracy; and how much of the gap they close on fresh draws (Fieller's interval).",
        ["n", "changes", "shares", "closed on fresh draws", ""],
        rows,
    )


def gaps_to_json(gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    """Give every gap at every size as plain values."""
    return [{"from": gap.a, "to": gap.b, "size": n, **summarise(found)} for gap in gaps for n, found in gap.by_size.items()]
