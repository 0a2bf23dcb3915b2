"""The 2017 study from one call: runs, claims, figures, report."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough import report
from bigenough.bias_variance import COLUMNS as TERM_COLUMNS
from bigenough.bias_variance import decompose, exhibits
from bigenough.claims.base import Answer, Claim, Evidence
from bigenough.contrasts import SOURCE as CONTRASTED
from bigenough.contrasts import make_study as make_contrasts
from bigenough.contrasts import run_contrasts
from bigenough.diagnosis.kept import kept_in
from bigenough.errors import InputError, StoreError
from bigenough.execute import available_cores, make_crew, place
from bigenough.gap_report import gap_sentences, gaps_to_json
from bigenough.gaps import explain_gaps
from bigenough.presets import PROTOCOLS, make_study
from bigenough.progress import Progress, shown
from bigenough.registry import CLAIMS
from bigenough.results import environment, keep_environment, number, runs_frame
from bigenough.running import plan, run_missing, split
from bigenough.sources import load
from bigenough.store import Store
from bigenough.types import Dataset, Study, folder, json_text, whole

CSV_COLUMNS = (
    "recipe", "family", "size", "draw", "seed", "status", "accuracy", "convergence_accuracy", "train_accuracy", "train_loss",
    "updates", "seconds",
)  # fmt: skip
ASKED = ("explain", "variance", "epochs_scale")  # in the store, beside the study


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """What a reproduction found.

    Attributes
    ----------
    study : Study
    runs : DataFrame
        A row a run, as in runs.csv, and why it failed.
    answers : dict of int to Answer
        Claim to what the experiment says of it.
    directory : Path
    gaps : list of str
        What carries the gaps between the networks of 2017, a sentence a size; empty unless asked for.
    """

    study: Study = dataclasses.field(repr=False)
    runs: pd.DataFrame = dataclasses.field(repr=False)
    answers: dict[int, Answer] = dataclasses.field(repr=False)
    directory: Path
    gaps: list[str] = dataclasses.field(repr=False)


def reproduce(
    out: str | Path = "bigenough-2017",
    *,
    protocol: str = "post",
    models: Sequence[str] | None = None,
    train_sizes: Sequence[int] | None = None,
    draws: int = 5,
    epochs_scale: float = 1.0,
    seed: int = 0,
    jobs: int | None = None,
    device: str = "auto",
    explain: int = 0,
    variance: int = 0,
    on: str | None = None,
    progress: Progress | bool = True,
) -> Reproduction:
    """Run the 2017 study, or go on with it, and write its report.

    Parameters
    ----------
    out : str or Path
        Folder for report.html, figures/, runs.csv, summary.json and study.sqlite; what is there already is not run again.
    protocol : {"post", "leek"}
    models : sequence of str, optional
        Registered names; by default the protocol's.
    train_sizes : sequence of int, optional
        By default the protocol's.
    draws : int
        Training sets of each size.
    epochs_scale : float
        Factor on every network's epochs; below 1 for a quick look.
    seed : int
    jobs : int, optional
        Processes; by default one a core. It changes no result.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    explain : int
        Draws of each size on which the gaps of `gaps.GAPS` are shared out among the two networks' differences, and as many
        that test what is found; 0, the default, leaves that out. It trains all hybrids of the two, which takes hours for 50.
    variance : int
        Draws of each size on which dropout, convolution and moved training images are tried for what they do to bias and to
        variance, on 4 against 9 with 10 to 1,000 images; 0, the default, leaves that out.
    on : str, optional
        ``"dask://HOST:PORT"``: the Dask cluster on which all fits run, in place of this machine.
    progress : bool or Progress
        Whether a terminal or a notebook shows a bar with the time left; or an object with its methods, which is told.

    Returns
    -------
    Reproduction

    Raises
    ------
    BigenoughError
        Of some kind, with one line that says what to mend.

    Examples
    --------
    >>> import bigenough
    >>> done = bigenough.reproduce(  # doctest: +SKIP
    ...     "quick", models=["leekasso", "mlp"], train_sizes=[10, 80], draws=3
    ... )
    """
    study = make_study(protocol, models=models, train_sizes=train_sizes, draws=draws, epochs_scale=epochs_scale, seed=seed)
    out = folder(out)
    if whole(explain, "explain") < 0:
        raise InputError(f"explain must be at least 0 draws, got {explain}")
    if whole(variance, "variance"):
        make_contrasts(load(CONTRASTED), draws=variance, seed=seed)  # refuses too few draws before anything is written
    if on is not None and (explain or variance):
        raise InputError("explain and variance run on this machine; a cluster (on) takes the study itself, without them")
    data = load(study.source)
    split(study, data)  # refuses what cannot be drawn before anything is written
    start = time.time()
    with place(on, jobs=jobs, device=device) as cluster, Store(Path(out)) as store, shown(progress) as told:
        store.keep_to(*PROTOCOLS)
        store.put("study", study.to_json())
        for name, asked in zip(ASKED, (explain, variance, epochs_scale), strict=True):
            store.put(name, asked)
        before = len(store.keys())
        parts = [study, *(more for claim in _claims(study) if (more := claim.more(study)) is not None)]
        cells = {cell.key: cell for part in parts for cell in plan(part, data)}
        jobs = jobs or available_cores()
        with make_crew(data, device) as crew:
            run_missing(list(cells.values()), data, store, jobs=jobs, device=device, progress=told, on=cluster, crew=crew)
            explain_gaps(study, data, store, draws=explain, jobs=jobs, device=device, progress=told, crew=crew)
            run_contrasts(store, draws=variance, seed=seed, jobs=jobs, device=device, progress=told, crew=crew)
        keep_environment(store, before=before, start=start, device=device, on=cluster)
        return _write(Path(out), study, data, store)


def report_again(out: str | Path) -> Reproduction:
    """Write the report of a folder again from its store alone; cells that never ran are left out.

    Parameters
    ----------
    out : str or Path
        A folder that `reproduce` wrote.

    Returns
    -------
    Reproduction

    Raises
    ------
    StoreError
        There is no study in it.
    """
    if not (Path(out) / "study.sqlite").exists():
        raise StoreError(f"no study in {out}: there is no study.sqlite")
    with Store(Path(out)) as store:
        kept = store.get("study")
        if kept is None:
            raise StoreError(f"the study in {out} has not begun")
        study = Study.from_json(kept)
        data = load(study.source)
        return _write(Path(out), study, data, store)


def _claims(study: Study) -> list[Claim]:
    """Claims that this study's recipes can answer."""
    names = {recipe.name for recipe in study.recipes}
    claims: list[Claim] = [CLAIMS[number] for number in CLAIMS]
    return [claim for claim in claims if names.issuperset(claim.needs)]


def _write(out: Path, study: Study, data: Dataset, store: Store) -> Reproduction:
    runs = store.runs([cell.key for cell in plan(study, data)])
    if not runs:
        raise StoreError(f"the study in {out} has no finished run yet; call bigenough reproduce again")
    answers: dict[int, tuple[Claim, Answer]] = {}
    gaps = explain_gaps(study, data, store, draws=int(store.get("explain") or 0), train=False)
    contrasts = run_contrasts(store, draws=int(store.get("variance") or 0), seed=study.seed, train=False)
    for claim in _claims(study):
        more = claim.more(study)
        extra_cells = plan(more, data) if more is not None else []
        extra = store.runs([cell.key for cell in extra_cells], probabilities=False)
        if len(extra) < len(extra_cells) or len(runs) < len(study.recipes) * len(study.train_sizes) * study.draws:
            continue  # stopped half-way: no answer yet
        answer = claim.answer(Evidence(study, data, runs, extra, load, gaps, contrasts))
        if answer is not None:
            answers[claim.number] = (claim, answer)
    frame = runs_frame(runs, (*CSV_COLUMNS, "error"))
    frame[list(CSV_COLUMNS)].to_csv(out / "runs.csv", index=False)
    where = store.get("environment") or environment(0.0)
    diagnoses = kept_in(store, study, data)
    summary = summarise(study, frame, answers, where) | {"gaps": gaps_to_json(gaps), "diagnoses": diagnoses}
    (out / "summary.json").write_text(json_text(summary) + "\n")
    terms = decompose(study, data, runs)
    pd.DataFrame(terms, columns=list(TERM_COLUMNS)).to_csv(out / "bias-variance.csv", index=False)
    report.write(
        out, study, data, runs, frame, answers, where, exhibits(terms, report.TITLES), gaps, diagnoses,
        command=report.command(study, **{name: asked for name in ASKED if (asked := store.get(name)) is not None}),
    )  # fmt: skip
    by_number = {number: answer for number, (_, answer) in answers.items()}
    told = [f"{gap.a} to {gap.b}, {sentence}" for gap in gaps for sentence in gap_sentences(gap.by_size)]
    return Reproduction(study, frame, by_number, out, told)


def summarise(
    study: Study, frame: pd.DataFrame, answers: dict[int, tuple[Claim, Answer]], where: dict[str, Any]
) -> dict[str, Any]:
    """Everything that a program would want to know, as plain values."""
    cells = []
    for _, group in frame.groupby(["recipe", "size"], sort=False):
        first = group.iloc[0]
        accuracy = group["accuracy"].dropna()
        cells.append(
            {
                "recipe": str(first["recipe"]), "family": str(first["family"]), "size": int(first["size"]), "runs": len(group),
                "failed": int((group["status"] == "failed").sum()),
                "mean": number(accuracy.mean()), "sd": number(accuracy.std()),
                "q10": number(accuracy.quantile(0.1)), "q90": number(accuracy.quantile(0.9)),
            }
        )  # fmt: skip
    claims = [
        {"number": number, "text": claim.text, "verdict": answer.verdict, "sentence": answer.sentence}
        for number, (claim, answer) in answers.items()
    ]
    return {"study": study.to_json(), "accuracy": cells, "claims": claims, "environment": where}
