"""What experiments on a study's networks found, as its store keeps it and its report shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bigenough.diagnosis.amounts import amount
from bigenough.diagnosis.diagnosis import Diagnosis, title_of
from bigenough.exhibits import Table
from bigenough.stats import Interval
from bigenough.store import Store
from bigenough.types import Dataset, Finding, Study, stable_hash

NAME = "diagnoses"  # in the store
OF = "of"  # what a diagnosis is of, as a hash
Kept = Sequence[Mapping[str, Any]]  # `Diagnosis.to_json` each


def keep(store: Store, study: Study, data: Dataset, diagnoses: Sequence[Diagnosis]) -> None:
    """Write diagnoses of a study's networks into its store; one of the same network and size replaces an older one."""
    subjects = _subjects(study, data)
    new = [{**one.to_json(), OF: subjects[one.network]} for one in diagnoses]
    by_run = {(one[OF], one["size"]): one for one in [*_all(store), *new]}
    store.put(NAME, list(by_run.values()))


def kept_in(store: Store, study: Study, data: Dataset) -> list[dict[str, Any]]:
    """Read those of this study: a folder may have been used for other data, other settings or another metric before."""
    subjects = set(_subjects(study, data).values())
    return [{name: value for name, value in one.items() if name != OF} for one in _all(store) if one[OF] in subjects]


def _all(store: Store) -> list[dict[str, Any]]:
    return [one for one in store.get(NAME) or [] if OF in one]


def _subjects(study: Study, data: Dataset) -> dict[str, str]:
    """Hash all that a diagnosis is of, by the network's name."""
    about = [data.fingerprint, study.sampling, study.metric]
    return {recipe.name: stable_hash([*about, recipe.to_json()]) for recipe in study.recipes}


def confirmed(kept: Kept) -> list[Finding]:
    """Give the causes that an experiment confirmed, a finding each."""
    found = []
    for one in kept:
        for values in one["findings"]:
            if one["outcome"] == "confirmed" and values["outcome"] == "found":
                evidence = {"recipe": one["network"], "size": one["size"], **values["evidence"]}
                ends = None if values["interval"] is None else tuple(values["interval"])
                found.append(Finding(**{**values, "evidence": evidence, "interval": ends}))
    return found


def repair_of(kept: Kept, network: str, size: int) -> str | None:
    """Say which change mends a network at a size, and by how much on fresh draws; None where none holds."""
    for one in kept:
        repair = one["repair"]
        if (one["network"], one["size"]) == (network, size) and repair is not None and repair["holds"]:
            gain = amount(Interval(*repair["gain"]), one["metric"])
            return f"{', '.join(repair['change'])} changes the score on {repair['draws']} fresh draws by {gain}"
    return None


def cause_table(kept: Kept, titles: Mapping[str, str] | None = None) -> Table | None:
    """Give every diagnosis a row; None where there is none."""
    rows = []
    for one in kept:
        causes = [finding for finding in one["findings"] if finding["outcome"] == "found"]
        gain = causes[0]["gain"] if causes and one["outcome"] == "confirmed" else None
        by = "–" if gain is None else amount(Interval(gain, *causes[0]["interval"]), one["metric"])
        repair = repair_of(kept, one["network"], one["size"])
        named = "; ".join(title_of(finding["code"]) for finding in causes)
        if not named and one["outcome"] == "cannot tell":
            named = one["sentence"]  # which says why
        rows.append(
            [
                (titles or {}).get(one["network"], one["network"]), f"{one['size']:,}", one["outcome"],
                named or "–", by, repair or "–",
            ]
        )  # fmt: skip
    if not rows:
        return None
    return Table(
        "Why, by experiment: each network was trained again on the same draws with one thing changed at a time. A cause is "
        "confirmed when its change moves the score on test rows beyond chance; 95 % intervals are over draws from these rows "
        "and new test rows. The repair was tried again on fresh draws.",
        ["network", "n", "outcome", "cause", "gain of its change", "repair"],
        rows,
    )
