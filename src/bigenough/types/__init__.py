"""The nouns: frozen dataclasses over numpy arrays, known to every layer."""

from __future__ import annotations

from bigenough.types.asked import Recipe, Study, folder, in_draws, number, whole
from bigenough.types.basic import PARTS, Family, Floats, Part, Rows, Split, in_a_list, json_text, stable_hash, stable_seed
from bigenough.types.data import Dataset, Draw
from bigenough.types.found import (
    NOT_CONVERGED,
    Comparison,
    Finding,
    Fit,
    Model,
    Run,
    TrainingCurve,
    unconverged_note,
    was_cut_off,
)

__all__ = [
    "NOT_CONVERGED",
    "PARTS",
    "Comparison",
    "Dataset",
    "Draw",
    "Family",
    "Finding",
    "Fit",
    "Floats",
    "Model",
    "Part",
    "Recipe",
    "Rows",
    "Run",
    "Split",
    "Study",
    "TrainingCurve",
    "folder",
    "in_a_list",
    "in_draws",
    "json_text",
    "number",
    "stable_hash",
    "stable_seed",
    "unconverged_note",
    "was_cut_off",
    "whole",
]
