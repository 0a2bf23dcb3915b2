"""A study of a person's own data from one call: draws, fits, verdict, and what is written of them."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough.deciding import judged, largest, run_until_decided
from bigenough.diagnosis.ending import findings_of, qualified
from bigenough.diagnosis.kept import confirmed, kept_in
from bigenough.errors import InputError, StoreError
from bigenough.execute import FIT_TIMEOUT, available_cores, check_seconds, make_crew, place
from bigenough.invocation import asked_for
from bigenough.own_data import DRAWS, PROTOCOL, Models, make_own_study, no_twins, with_test
from bigenough.progress import Progress, shown
from bigenough.registry import FIGURES, SOURCES
from bigenough.results import environment, keep_environment, number, runs_frame
from bigenough.running import SCORES, Cell, plan, run_missing
from bigenough.sources import from_arrays, load
from bigenough.sources.description import describe, from_description
from bigenough.sources.labels import find_column
from bigenough.store import Store
from bigenough.study_report import Findings, main_plot, write
from bigenough.types import NOT_CONVERGED, Dataset, Finding, Study, folder, json_text

CSV_COLUMNS = (
    "recipe", "family", "size", "draw", "seed", "status", *SCORES, "updates", "seconds", "notes", "error",
)  # fmt: skip


class StudyResult(Findings):
    """What a study found; see `bigenough.study_report.Findings` for what it holds."""

    @property
    def findings(self) -> list[Finding]:
        """What the recorded trainings of its networks show, and the causes that `bigenough diagnose` confirmed on its folder.

        See `bigenough.diagnosis.ending.findings_of` and `bigenough.diagnosis.kept.confirmed`.
        """
        return [*findings_of(self.study, self.data, self.records), *confirmed(self.diagnoses)]

    def plot(self) -> Any:  # noqa: ANN401 - a matplotlib Figure, which only figures/ may know
        """Draw the learning curves; gives a matplotlib Figure."""
        shown = main_plot(self)
        return FIGURES[shown.figure](**shown.data)

    def report(self, path: str | Path) -> Path:
        """Write the report, with its figures, into a folder.

        Parameters
        ----------
        path : str or Path
            Made where it is not there.

        Returns
        -------
        Path
            The page.
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        return write(self, folder)


def study(
    X: Any,  # noqa: ANN401 - rows of any kind
    y: Any = None,  # noqa: ANN401 - labels of any kind
    *,
    groups: Any = None,  # noqa: ANN401 - a name or labels of any kind
    target: str | None = None,
    test: Any = None,  # noqa: ANN401 - as X, or (X, y)
    skip_unreadable: bool = False,
    models: Models | None = None,
    more_models: Models = (),
    train_sizes: Sequence[int] | None = None,
    draws: int = DRAWS,
    metric: str = "accuracy",
    margin: float = 0.01,
    until_decided: bool = False,
    budget: float | None = None,
    fit_timeout: float = FIT_TIMEOUT,
    seed: int = 0,
    out: str | Path | None = None,
    jobs: int | None = None,
    device: str = "cpu",
    on: str | None = None,
    progress: Progress | bool = True,
) -> StudyResult:
    """Compare deep learning with simpler models on data of your own.

    Parameters
    ----------
    X : array-like, DataFrame, str, Path or Dataset
        Rows, (n, features) or images (n, height, width) or (n, height, width, channels); or what `bigenough.load` takes.
    y : array-like, shape (n,), optional
        Labels, where X is rows.
    groups : array-like, shape (n,), or str, optional
        Rows of one group stay together, such as those of one patient; a column's name where X names a source.
    target : str, optional
        Column of the labels, where X names a source or is a data frame.
    test : tuple of (X, y) or (X, y, groups), str or Dataset, optional
        Rows that test every draw; by default each draw keeps a fifth of the rows for that.
    skip_unreadable : bool
        Whether images that cannot be read are left out, rather than an error.
    models : sequence or mapping, optional
        Registered names, also with changes (``"relu-mlp,dropout=0"``), TOML files of recipes, ``"package.module:attribute"``,
        scikit-learn estimators, or functions that return a torch module or a compiled Keras model; by default all that suit
        the data. A mapping gives them names.
    more_models : sequence or mapping
        Models beside those.
    train_sizes : sequence of int, optional
        By default from a handful a class up to all rows that may be drawn.
    draws : int
        Training sets of each size.
    metric : str
        ``"accuracy"``, ``"balanced_accuracy"``, ``"roc_auc"``, ``"neg_log_loss"`` or ``"neg_brier_score"``.
    margin : float
        A difference of the metric smaller than this counts as practically none.
    until_decided : bool
        Whether draws are added at the sizes that are undecided and that more draws may settle: twice, four and eight times
        as many at most. The tests and intervals pay for looking again (docs/statistics.md).
    budget : float, optional
        Seconds after which nothing more is begun; calling again with the same `out` goes on.
    fit_timeout : float
        Seconds a fit, for those that run in a process of their own, as your own models always do.
    seed : int
    out : str or Path, optional
        Folder for report.html, figures/, runs.csv, summary.json and study.sqlite; what is there already is not run again.
        By default nothing is kept.
    jobs : int, optional
        Processes; by default one a core. It changes no result.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    on : str, optional
        ``"dask://HOST:PORT"``: the Dask cluster on which all fits run, in place of this machine.
    progress : bool or Progress
        Whether a terminal or a notebook shows a bar with the time left; or an object with its methods, which is told.

    Returns
    -------
    StudyResult

    Raises
    ------
    BigenoughError
        Of some kind, with one line that says what to mend.

    Examples
    --------
    >>> import bigenough
    >>> found = bigenough.study("iris", models=["lda", "knn"], train_sizes=[15, 30], draws=3, jobs=1)
    >>> found.runs.groupby("recipe")["accuracy"].count().to_dict()
    {'knn': 6, 'lda': 6}
    """
    check_seconds(budget=budget, fit_timeout=fit_timeout)
    options: dict[str, Any] = {"target": target, "skip_unreadable": skip_unreadable}
    data = as_dataset(X, y, groups=groups, **options)
    if test is not None:
        parts = test if isinstance(test, tuple) else (test, None)
        if len(parts) not in (2, 3):
            raise InputError(f"test takes (X, y) or (X, y, groups); got {len(parts)} things")
        rows, labels, *more = parts
        test_groups = more[0] if more else groups if isinstance(groups, str) else None
        data = with_test(data, as_dataset(rows, labels, groups=test_groups, like=data, **options))
    asked, choices = make_own_study(
        data, models=models, more_models=more_models, train_sizes=train_sizes, draws=draws, metric=metric, margin=margin,
        seed=seed, until_decided=until_decided,
    )  # fmt: skip
    no_twins(asked.recipes)
    cells = plan(largest(asked) if until_decided else asked, data)  # refuses what cannot be drawn before anything is written
    start, deadline = time.time(), None if budget is None else time.monotonic() + budget
    with place(on, jobs=jobs, device=device) as cluster, store_in(out, X, test) as store, shown(progress) as told:
        store.keep_to(PROTOCOL)
        store.put("asked", asked_for(X, (models, more_models), {**options, "groups": groups, "test": test}))
        earlier = store.get("data") or {"fingerprint": data.fingerprint}
        if earlier["fingerprint"] != data.fingerprint:
            store.put("environment", None)  # of other data
            choices = [*choices, f"{out} held a study of {earlier['name']}: its runs stay there, its report is replaced."]
        store.put("choices", [*choices, *data.notes])
        store.put("data", describe(data))
        before = len(store.keys())
        with make_crew(data, device) as crew:
            run = partial(run_missing, data=data, store=store, jobs=jobs or available_cores(), device=device, progress=told,
                          fit_timeout=fit_timeout, deadline=deadline, on=cluster, crew=crew)  # fmt: skip
            if until_decided:
                late = (lambda: False) if deadline is None else (lambda: time.monotonic() > deadline)
                asked = run_until_decided(asked, data, store, run=run, late=late)
                cells = plan(asked, data)
            else:
                store.put("study", asked.to_json())
                run(cells)
        keep_environment(store, before=before, start=start, device=device, on=cluster)
        return _result(None if out is None else folder(out), asked, data, cells, store)


def as_dataset(
    X: Any,  # noqa: ANN401 - as for `study`
    y: Any,  # noqa: ANN401
    *,
    groups: Any,  # noqa: ANN401
    target: str | None,
    skip_unreadable: bool,
    like: Dataset | None = None,
) -> Dataset:
    """Take rows and labels, a frame with its column of labels, a source's name, or a data set; else an `InputError`."""
    if isinstance(X, Dataset | str | Path):
        if y is not None:
            raise InputError("y is for rows; a source has its own labels, whose column `target` names")
        if isinstance(X, Dataset):
            if like is None and (target is not None or groups is not None):
                raise InputError("a data set has its labels and groups; give target and groups to bigenough.load")
            return X
        return load(X, target=target, groups=groups, skip_unreadable=skip_unreadable, like=like)
    if y is not None and target is not None and like is None:
        raise InputError("give either y or target: of rows either has the labels")
    if y is None and isinstance(X, pd.DataFrame) and target is not None:
        find_column(list(X.columns), target, "the frame", "the target")
        X, y = X.drop(columns=[target]), X[target]
    if y is None:
        raise InputError("rows need their labels: give y after X, or for a data frame target=COLUMN")
    return from_arrays(X, y, groups=groups, like=like)


def reopen(directory: str | Path) -> StudyResult:
    """Read a study again from its folder's store alone; cells that never ran are left out.

    Raises
    ------
    StoreError
        There is no such study in it.
    """
    out = Path(directory)
    if not (out / "study.sqlite").exists():
        raise StoreError(f"no study in {out}: there is no study.sqlite")
    with Store(out) as store:
        kept, described = store.get("study"), store.get("data")
        if kept is None or described is None or kept["protocol"] != PROTOCOL:
            raise StoreError(f"the study in {out} is none of your own data, or has not begun")
        asked, data = Study.from_json(kept), from_description(described)
        return _result(out, asked, data, plan(asked, data), store)


@contextlib.contextmanager
def store_in(out: str | Path | None, *sources: Any) -> Iterator[Store]:  # noqa: ANN401 - as for `study`
    """Open the store of a folder, which is none of images that are read, or of one that goes away."""
    for source in sources if out is not None else ():
        is_name = isinstance(source, str) and source in SOURCES
        images = Path(source).expanduser() if isinstance(source, str | Path) and not is_name else None
        if images is not None and images.is_dir() and folder(out).resolve().is_relative_to(images.resolve()):
            raise InputError(
                f"{out} is in {source}, where its figures would be taken for images of a class; give another --out"
            )
    with contextlib.ExitStack() as stack:
        where = Path(stack.enter_context(tempfile.TemporaryDirectory())) if out is None else folder(out)
        yield stack.enter_context(Store(where))


def _result(out: Path | None, asked: Study, data: Dataset, cells: Sequence[Cell], store: Store) -> StudyResult:
    runs = store.runs([cell.key for cell in cells])
    frame = runs_frame(runs, CSV_COLUMNS)
    diagnoses = kept_in(store, asked, data)
    verdict = qualified(judged(asked, data, cells, runs), asked, data, runs, diagnoses)
    where = store.get("environment") or environment(0.0)
    found = StudyResult(
        frame, verdict, tuple(store.get("choices") or ()), asked, data, runs, where, store.get("asked"), out, diagnoses
    )  # fmt: skip
    if out is not None:
        frame.to_csv(out / "runs.csv", index=False)
        summary = {**summarise(found), "diagnoses": diagnoses, "environment": where}
        (out / "summary.json").write_text(json_text(summary) + "\n")
        if runs:
            write(found, out)
    return found


def summarise(found: StudyResult) -> dict[str, Any]:
    """Everything that a program would want to know, as plain values."""
    scores = []
    for (recipe, _), group in found.runs.groupby(["recipe", "size"], sort=False):
        values = group[found.study.metric].dropna()
        scores.append(
            {
                "recipe": str(recipe), "family": str(group["family"].iloc[0]), "size": int(group["size"].iloc[0]),
                "runs": len(group), "failed": int((group["status"] == "failed").sum()),
                "unconverged": int(group["notes"].str.contains(NOT_CONVERGED).sum()),
                "mean": number(values.mean()), "sd": number(values.std()), "seconds": number(group["seconds"].sum()),
            }
        )  # fmt: skip
    return {
        "study": found.study.to_json(), "choices": list(found.choices), "runs": len(found.records),
        "runs_planned": found.study.n_runs, "verdict": found.verdict.to_json(), "scores": scores, "added": found.added,
    }  # fmt: skip
