"""Two recipes to the settings in which they differ, those to hybrids, and the hybrids' runs to shares of the gap."""

from __future__ import annotations

from bigenough.explanation.design import MOST_EXACT, Design, make_design
from bigenough.explanation.lattice import Change, Lattice, make_lattice
from bigenough.explanation.repair import ENOUGH, Repair, Retest, choose, retest
from bigenough.explanation.scores import Scored, score_table
from bigenough.explanation.shares import Explained, Pair, Share, explain_runs

__all__ = [
    "ENOUGH",
    "MOST_EXACT",
    "Change",
    "Design",
    "Explained",
    "Lattice",
    "Pair",
    "Repair",
    "Retest",
    "Scored",
    "Share",
    "choose",
    "explain_runs",
    "make_design",
    "make_lattice",
    "retest",
    "score_table",
]
