"""What a report shows: figures to be drawn and tables, with their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """Cells as text, to be shown with a caption."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Plot:
    """A figure to be drawn: its registered name, its file's stem, its data, and its words."""

    figure: str
    stem: str
    data: Mapping[str, Any]
    caption: str
    alt: str
