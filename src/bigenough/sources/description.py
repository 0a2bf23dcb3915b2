"""A data set without its features, as plain values that a study's store keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigenough.types import Dataset


def describe(data: Dataset) -> dict[str, Any]:
    """Everything but the features, as plain values: from it the draws and the scores can be made again."""
    groups = None if data.groups is None else np.unique(data.groups, return_inverse=True)[1].tolist()
    return {
        "name": data.name, "kind": data.kind, "classes": list(data.classes), "fingerprint": data.fingerprint,
        "n_features": data.n_features, "y": data.y.tolist(), "holdout": data.holdout.tolist(), "groups": groups,
        "notes": list(data.notes),
    }  # fmt: skip


def from_description(values: dict[str, Any]) -> Dataset:
    """Give the data set back, without its features: of a row only its length is known."""
    y = np.array(values["y"], np.int64)
    data = Dataset(
        values["name"], np.broadcast_to(np.nan, (len(y), values["n_features"])), y, tuple(values["classes"]), values["kind"],
        holdout=np.array(values["holdout"], np.int64),
        groups=None if values["groups"] is None else np.array(values["groups"]), notes=tuple(values["notes"]),
    )  # fmt: skip
    data.__dict__["fingerprint"] = values["fingerprint"]  # that of the data with their features, which the runs' keys hold
    return data
