"""Bias and variance of every system and size, from the repeated training sets of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bigenough.draws import parts_of
from bigenough.exhibits import Plot, Table
from bigenough.formats import with_interval
from bigenough.stats import Interval, squared_error, term_interval, zero_one
from bigenough.types import Dataset, Run, Study

FEWEST = 3  # training sets of a size
COLUMNS = ("recipe", "size", "draws", "items", "loss", "term", "estimate", "low", "high")
Terms = Mapping[tuple[str, str, str], Mapping[int, Interval]]
Row = dict[str, Any]


def decompose(study: Study, data: Dataset, runs: Sequence[Run]) -> list[Row]:
    """Decompose both losses for every system and size that has `FEWEST` finished runs.

    Parameters
    ----------
    study : Study
        With one test part for all draws: an item that is tested once has no variance to be seen.
    data : Dataset
    runs : sequence of Run
        With their test labels and, for squared error, test probabilities.

    Returns
    -------
    list of dict
        A row a system, size, loss and term, as in `COLUMNS`; systems without probabilities have no squared error.

    Raises
    ------
    ValueError
        Every repeat tests other items.
    """
    if study.split == "repeated":
        raise ValueError("bias and variance need the same test items in every draw")
    y = data.y[parts_of(data, study, 0)[2]]
    rows: list[Row] = []
    for recipe in study.recipes:
        for size in study.train_sizes:
            ok = [r for r in runs if r.recipe == recipe.name and r.size == size and r.status == "ok"]
            if len(ok) < FEWEST:
                continue
            found: dict[str, object] = {"zero-one": zero_one(np.stack([_known(r.test_labels) for r in ok]).astype(np.int64), y)}
            if all(r.test_probabilities is not None for r in ok):
                found["squared"] = squared_error(np.stack([_known(r.test_probabilities) for r in ok]), y)
            for loss, terms in found.items():
                for name, term in vars(terms).items():
                    interval = term_interval(term, positive=name == "variance")
                    rows.append(
                        dict(zip(COLUMNS, (recipe.name, size, len(ok), len(y), loss, name, *interval), strict=True))
                    )  # fmt: skip
    return rows


def exhibits(rows: Sequence[Row], titles: Mapping[str, str]) -> tuple[Plot, Table] | None:
    """Plan the figure and the table; None where no size has enough runs.

    Parameters
    ----------
    rows : sequence of dict
        From `decompose`.
    titles : mapping of str to str
        Recipe to the name to show.
    """
    if not rows:
        return None
    systems = list(dict.fromkeys(str(row["recipe"]) for row in rows))
    terms: dict[tuple[str, str, str], dict[int, Interval]] = {}
    for row in rows:
        if row["term"] in ("bias", "variance"):
            key = (titles.get(row["recipe"], row["recipe"]), row["loss"], row["term"])
            terms.setdefault(key, {})[row["size"]] = Interval(row["estimate"], row["low"], row["high"])
    draws = sorted({row["draws"] for row in rows})
    how_many = str(draws[0]) if len(draws) == 1 else f"{draws[0]} to {draws[-1]}"
    plot = Plot(
        "bias_variance", "bias-variance", {"terms": terms, "systems": [titles.get(s, s) for s in systems]},
        f"Bias and variance over training sets, means over {rows[0]['items']:,} test images, {how_many} training sets of each "
        "size. Bars: 95 % intervals over new training sets and new test images, cut off at 0. Vertical axis logarithmic, "
        f"linear below 0.001. The label of an image is taken as it stands, so that noise in it counts as bias.",
        "Lines of bias, left, and variance, right, against training-set size, for squared error and for 0-1 loss.",
    )  # fmt: skip
    cells = []
    for system in plot.data["systems"]:
        keys = [(system, loss, term) for loss in ("squared", "zero-one") for term in ("bias", "variance")]
        for size in dict.fromkeys(size for key in keys for size in terms.get(key, {})):
            of_size = [terms.get(key, {}).get(size) for key in keys]
            cells.append([system, str(size), *("–" if i is None else with_interval(i, lambda v: f"{v:.4f}") for i in of_size)])
    names = [f"{term}, {loss}" for loss in ("squared error", "0-1 loss") for term in ("bias", "variance")]
    return plot, Table("Bias (with noise) and variance, with 95 % intervals.", ["system", "n", *names], cells)


def _known(values: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    assert values is not None
    return values
