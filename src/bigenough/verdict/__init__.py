"""Runs to comparisons, and those to one answer."""

from __future__ import annotations

from bigenough.verdict.answer import Verdict, decide, explain, needs, overtaking_size
from bigenough.verdict.champions import Champions, choose_champions
from bigenough.verdict.compare import Pairs, compare, judge, pair

__all__ = [
    "Champions",
    "Pairs",
    "Verdict",
    "choose_champions",
    "compare",
    "decide",
    "explain",
    "judge",
    "needs",
    "overtaking_size",
    "pair",
]
