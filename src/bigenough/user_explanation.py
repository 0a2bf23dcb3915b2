"""Two recipes on one's data from one call: which of their differences carries the gap between them."""

from __future__ import annotations

import dataclasses
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough import explain_report
from bigenough.engine.device import resolve_device
from bigenough.errors import InputError, StoreError
from bigenough.execute import available_cores, check_jobs, check_seconds, make_crew
from bigenough.explaining import Explanation, run_explanation
from bigenough.explanation import make_lattice
from bigenough.invocation import asked_for
from bigenough.own_data import make_own_study
from bigenough.progress import Progress, shown
from bigenough.recipes import recipe_from, written
from bigenough.registry import FIGURES
from bigenough.results import environment, keep_environment
from bigenough.running import split
from bigenough.stats import Interval
from bigenough.types import Dataset, Recipe, Study, json_text, whole
from bigenough.user_study import as_dataset, store_in

PROTOCOL = "explain"
DRAWS = 20
FOR_HYBRIDS = 0.9  # of the budget; the rest is for the test of the repair


@dataclasses.dataclass(frozen=True, repr=False)
class Explained(Explanation):
    """What was found, with what people do with it; see `bigenough.explaining.Explanation` for what it holds.

    Attributes
    ----------
    environment : mapping
        From `bigenough.results.environment`.
    command : str
        That makes it again.
    choices : tuple of str
        What was chosen for you, and what was noticed in the data.
    directory : Path or None
    """

    environment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    command: str = ""
    choices: tuple[str, ...] = ()
    directory: Path | None = None

    def __repr__(self) -> str:
        return f"<Explained: {' '.join(self.sentences)}>"

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        return explain_report.sentences(self)

    @property
    def shares(self) -> pd.DataFrame:
        """A row a setting, as in explain.csv; differences are shares of 1, not points."""
        rows = []
        for share in self.explained.by_size:
            change = share.change
            row: dict[str, Any] = {"setting": change.name, "from": change.before, "to": change.after}
            for name in ("share", "of_gap", "alone_on_a", "alone_on_b"):
                interval: Interval = getattr(share, name)
                row |= {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
            rows.append(row)
        return pd.DataFrame(rows)

    def plot(self) -> Any:  # noqa: ANN401 - a matplotlib Figure, which only figures/ may know
        """Draw the waterfall; gives a matplotlib Figure."""
        plot = explain_report.plots(self)[0]
        return FIGURES[plot.figure](**plot.data)

    def report(self, path: str | Path) -> Path:
        """Write report.html and figures/ into a folder, which is made where it is not there; gives the page."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        return explain_report.write(self, folder, self.environment, self.command, self.choices)


def explain(
    a: str | Path | Recipe,
    b: str | Path | Recipe,
    X: Any,  # noqa: ANN401 - rows of any kind
    y: Any = None,  # noqa: ANN401 - labels of any kind
    *,
    size: int,
    groups: Any = None,  # noqa: ANN401 - a name or labels of any kind
    target: str | None = None,
    skip_unreadable: bool = False,
    draws: int = DRAWS,
    metric: str = "accuracy",
    budget: float | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    jobs: int | None = None,
    device: str = "cpu",
    progress: Progress | bool = True,
) -> Explained:
    """Share the gap in test score between two recipes out among the settings in which they differ.

    Parameters
    ----------
    a, b : str, Path or Recipe
        A registered name, ``"name,setting=value,..."``, or a TOML file; see `bigenough.recipes.recipe_from`.
    X, y, groups, target, skip_unreadable
        The data, as for `bigenough.study`.
    size : int
        Training rows.
    draws : int
        Training sets that share the gap out; as many fresh ones test the repair.
    metric : str
        ``"accuracy"``, ``"balanced_accuracy"``, ``"roc_auc"``, ``"neg_log_loss"`` or ``"neg_brier_score"``.
    budget : float, optional
        Seconds after which nothing more is begun; calling again with the same `out` goes on.
    seed : int
    out : str or Path, optional
        Folder for report.html, figures/, explain.csv, summary.json and study.sqlite; what is there already is not run again.
        By default nothing is kept.
    jobs : int, optional
        Processes; by default one a core. It changes no result.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    progress : bool or Progress
        Whether a terminal or a notebook shows a bar with the time left; or an object with its methods, which is told.

    Returns
    -------
    Explained

    Raises
    ------
    BigenoughError
        Of some kind, with one line that says what to mend.

    Examples
    --------
    >>> import bigenough
    >>> found = bigenough.explain(
    ...     "leekasso-lm", "leekasso-lm,solver=liblinear,n_features=3", "iris", size=15, draws=3, jobs=1
    ... )
    >>> sorted(found.shares["setting"])
    ['n_features', 'solver']
    """
    first, second = recipe_from(a), recipe_from(b)
    check_jobs(jobs)
    check_seconds(budget=budget)
    if whole(draws, "draws") < 2:
        raise InputError(f"draws must be at least 2, since intervals are over draws; got {draws}")
    data = as_dataset(X, y, groups=groups, target=target, skip_unreadable=skip_unreadable)
    other = f"{second.name} (2)" if second.name == first.name else second.name  # of one name, they may still differ
    names = [first, dataclasses.replace(second, name=other)]
    asked, choices = make_own_study(data, models=names, train_sizes=[size], draws=draws, metric=metric, seed=seed)
    asked = dataclasses.replace(asked, protocol=PROTOCOL, recipes=(first, second))
    if device not in ("auto", "cpu"):
        resolve_device(device)  # refuses before anything is written
    split(asked, data)  # likewise, and so does the next
    make_lattice(first, second, data, size)
    start, begun = time.time(), time.monotonic()
    deadlines = (None, None) if budget is None else (begun + FOR_HYBRIDS * budget, begun + budget)
    options = {"groups": groups, "target": target, "skip_unreadable": skip_unreadable}
    source = {key: value for key, value in asked_for(X, (), options).items() if key not in ("own", "files")}
    source["X"] = source.pop("source")
    with store_in(out, X) as store, shown(progress) as told:
        store.keep_to(PROTOCOL)
        replaced = _replaced(store.get("study"), asked, out)
        store.put("study", asked.to_json())
        store.put("choices", [*choices[:1], *replaced, *data.notes])
        store.put("source", source if source["X"] is not None and source["groups"] is not True else None)
        before = len(store.keys())
        with make_crew(data, device) as crew:
            found = run_explanation(
                first, second, data, asked, store, fresh_draws=draws, jobs=jobs or available_cores(), device=device,
                progress=told, deadlines=deadlines, crew=crew,
            )  # fmt: skip
        keep_environment(store, before=before, start=start, device=device)
        return _result(found, asked, store.get("environment"), store.get("choices"), source, out)


def _replaced(kept: Mapping[str, Any] | None, asked: Study, out: str | Path | None) -> list[str]:
    """Say that a folder held an explanation of something else, whose report this one's takes the place of."""
    if kept is None:
        return []
    earlier = Study.from_json(kept)
    if (earlier.recipes, earlier.source) == (asked.recipes, asked.source):
        return []
    a, b = earlier.recipes
    return [f"{out} held an explanation of {a.name} and {b.name} on {earlier.source}: its report is replaced."]


def reopen(directory: str | Path) -> Explained:
    """Read an explanation again from its folder's store, and write its report again; nothing is trained.

    Raises
    ------
    StoreError
        There is none in it, or its data are not what they were.
    """
    out = Path(directory)
    if not (out / "study.sqlite").exists():
        raise StoreError(f"no study in {out}: there is no study.sqlite")
    with store_in(out) as store:
        kept, source = store.get("study"), store.get("source")
        if kept is None or kept["protocol"] != PROTOCOL:
            raise StoreError(f"the study in {out} is no explanation, or has not begun")
        if source is None:
            raise StoreError(f"the explanation in {out} was of arrays in memory; call bigenough.explain with them again")
        asked = Study.from_json(kept)
        data: Dataset = as_dataset(source["X"], None, **{k: v for k, v in source.items() if k != "X"})
        a, b = asked.recipes
        found = run_explanation(a, b, data, asked, store, fresh_draws=asked.draws, train=False)
        where = store.get("environment") or environment(0.0)
        return _result(found, asked, where, store.get("choices"), source, out)


def _result(
    found: Explanation,
    asked: Study,
    where: Mapping[str, Any],
    choices: Sequence[str],
    source: Mapping[str, Any],
    out: str | Path | None,
) -> Explained:
    fields = {f.name: getattr(found, f.name) for f in dataclasses.fields(Explanation)}
    directory = None if out is None else Path(out)
    whole = Explained(
        **fields, environment=where, command=_command(asked, source), choices=tuple(choices), directory=directory
    )  # fmt: skip
    if directory is not None:
        whole.shares.to_csv(directory / "explain.csv", index=False)
        (directory / "summary.json").write_text(json_text(_summary(whole)) + "\n")
        whole.report(directory)
    return whole


def _command(asked: Study, source: Mapping[str, Any]) -> str:
    a, b = asked.recipes
    numbers = {"size": asked.train_sizes[0], "draws": asked.draws, "metric": asked.metric, "seed": asked.seed}
    if source["X"] is None:
        options = ", ".join(f"{name}={value!r}" for name, value in numbers.items())
        unsaid = ", groups=groups" if source["groups"] else ""
        return f"bigenough.explain({written(a)!r}, {written(b)!r}, X, y{unsaid}, {options})"
    words = ["bigenough", "explain", written(a), written(b), source["X"]]
    for name in ("target", "groups"):
        words += [f"--{name}", source[name]] if source[name] else []
    words += ["--skip-unreadable"] if source["skip_unreadable"] else []
    for name, value in numbers.items():
        words += [f"--{name}", value]
    return " ".join(shlex.quote(str(word)) for word in words)


def _summary(found: Explained) -> dict[str, Any]:
    asked = found.study.to_json() | {"recipes": [found.a.to_json(), found.b.to_json()]}
    more = {"choices": list(found.choices), "environment": dict(found.environment)}
    return {"study": asked, "sentences": found.sentences, **explain_report.summarise(found), **more}
