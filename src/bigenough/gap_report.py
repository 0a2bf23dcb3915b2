"""What the 2017 report says of the gap between the two networks: shares by size, the repair, and its test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bigenough.exhibits import Plot, Table, percent, points, with_interval
from bigenough.explain_report import OUTCOMES, listed, plots, summarise
from bigenough.gaps import Explanations, to_the_repair


@dataclass(frozen=True)
class GapSection:
    """Words, tables and figures."""

    sentences: Sequence[str]
    tables: Sequence[Table]
    plots: Sequence[Plot]


def gap_section(explanations: Explanations) -> GapSection | None:
    """Plan the section; None where nothing was explained."""
    if not explanations:
        return None
    shown = [plot for size, found in explanations.items() for plot in plots(found, f"gap-n{size}-")[:1]]
    last = max(explanations)
    shown.append(plots(explanations[last], f"gap-n{last}-")[1])
    return GapSection(_sentences(explanations), [_share_table(explanations), _repair_table(explanations)], shown)


def _sentences(explanations: Explanations) -> list[str]:
    said = []
    for size, found in explanations.items():
        clear = [s for s in found.explained.by_size if s.share.low > 0 or s.share.high < 0]
        if not found.explained.clear or not clear:
            said.append(f"n = {size}: nothing can be told apart on {found.explained.draws} draws.")
            continue
        largest = "; ".join(f"{s.change} {with_interval(s.share, points)}" for s in clear[:3])
        text = f"n = {size}: of {with_interval(found.explained.gap, points)} points, {largest}."
        if found.repair is not None and found.retest is not None:
            text += (
                f" The fewest changes that close 90 %, {listed(found.repair.changes)}, close "
                f"{with_interval(found.retest.closed, percent)} on {found.retest.draws} fresh draws: "
                f"{OUTCOMES[found.retest.outcome]}."
            )
        said.append(text)
    return said


def _share_table(explanations: Explanations) -> Table:
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
        "Shares of the gap from MLP (Leek) to MLP, points of accuracy. Brackets: 95 % intervals over draws of training sets "
        f"({draws} of each size), the test images held fixed.",
        ["setting", *(f"n = {size}" for size in explanations)],
        rows,
    )


def _repair_table(explanations: Explanations) -> Table:
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
        "From MLP (Leek) to its smallest repair: the fewest changes that close 90 % of the gap on the draws that chose them; "
        "their shares there, points of accuracy; and how much of the gap they close on fresh draws (Fieller's interval).",
        ["n", "changes", "shares", "closed on fresh draws", ""],
        rows,
    )


def gaps_to_json(explanations: Explanations) -> list[dict[str, Any]]:
    """Give every size's explanation as plain values."""
    return [{"size": size, **summarise(found)} for size, found in explanations.items()]
