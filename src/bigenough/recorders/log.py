"""Rows of a recorded training, when to take one, and the file that they end in."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path

from bigenough.errors import InputError

GROWTH = 1.25  # between looks: about ten for every factor of ten in updates, as the engine has it
COLUMNS = (
    "updates", "train_loss", "train_score", "held_out_loss", "held_out_score", "gradient_norm", "gradient_ratio", "step_ratio",
    "idle_share", "rate",
)  # fmt: skip


def check_name(path: str | Path) -> Path:
    """Refuse a file that a recorded training cannot be saved as, before the training rather than after it."""
    file = Path(path)
    if file.suffix not in (".json", ".csv"):
        raise InputError(f"a recorded training is saved as .json or .csv, not as {file.name}")
    if not file.absolute().parent.is_dir():
        raise InputError(f"cannot write {file}: there is no folder {file.parent}")
    return file


class Log:
    """Rows by count of updates.

    Attributes
    ----------
    updates : int
        Made so far; whoever records counts them.
    settings : dict of str to str
        What is known of the network, such as its activation.
    """

    def __init__(self) -> None:
        self.updates = 0
        self.settings: dict[str, str] = {}
        self._rows: dict[int, dict[str, float]] = {}
        self._next, self._due = 1.0, 1

    def due(self, update: int) -> bool:
        """Whether an update is to be looked at; asked of every update in turn."""
        if update < self._due:
            return False
        while self._due <= update:
            self._next *= GROWTH
            self._due = round(self._next)
        return True

    def add(self, update: int, values: Mapping[str, float]) -> None:
        """Write values down beside what is known of the update.

        A loss that is no number is written as infinite, since a NaN in a table may be a gap.
        """
        row = self._rows.setdefault(update, {})
        for name, value in values.items():
            row[name] = math.inf if name.endswith("_loss") and math.isnan(value) else float(value)

    def save(self, path: str | Path) -> None:
        """Write a file that ``bigenough diagnose`` reads.

        Parameters
        ----------
        path : str or Path
            Ends in ``.json``, or in ``.csv``, which has no room for the settings.

        Raises
        ------
        InputError
            It ends otherwise, or cannot be written.
        """
        file = check_name(path)
        rows = [{"updates": update, **self._rows[update]} for update in sorted(self._rows)]
        try:
            if file.suffix == ".json":
                lists = {name: [row.get(name) for row in rows] for name in COLUMNS if any(name in row for row in rows)}
                file.write_text(json.dumps({"settings": self.settings, "history": lists}, indent=1) + "\n")
            else:
                with file.open("w", newline="") as out:
                    writer = csv.DictWriter(out, COLUMNS)
                    writer.writeheader()
                    writer.writerows(rows)
        except OSError as error:
            raise InputError(f"cannot write {file}: {error.strerror or error}") from None


def norm(numbers: list[float]) -> float:
    """Euclidean norm of several norms."""
    return math.sqrt(sum(number * number for number in numbers))
