"""One self-contained HTML page: the answer on top, then every claim with its figure, then what ran."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bigenough.claims.base import Answer, Claim
from bigenough.diagnosis.ending import ending_table
from bigenough.diagnosis.kept import Kept, cause_table
from bigenough.exhibits import Plot, Table
from bigenough.formats import percent, points, with_interval
from bigenough.gap_report import gap_section
from bigenough.gaps import GAPS, Gap
from bigenough.page import curve_plots, render
from bigenough.presets import PROTOCOLS, Protocol
from bigenough.registry import MODELS
from bigenough.stats import mean_interval
from bigenough.types import Dataset, Run, Study

TITLES = {
    "leekasso": "Leekasso", "leekasso-1": "Leekasso, 1 pixel", "leekasso-glm": "Leekasso (glm)",
    "leekasso-lm": "Leekasso (lm)", "leek-mlp": "MLP (Leek)", "mlp": "MLP", "r-mlp": "MLP (R redux)", "cnn": "CNN",
    "logistic": "logistic, all pixels", "center-pixel": "centre pixel", "single-pixel": "best single pixel",
    "h2o-deeplearning": "h2o.deeplearning (Leek)", "h2o-settings": "H2O’s settings, our engine",
}  # fmt: skip
FAR_BELOW = ("leek-mlp", "h2o-deeplearning", "h2o-settings")  # the networks of 2017, without which the rest can be seen
CONTRASTS = (
    ("mlp", "leekasso"), ("cnn", "leekasso"), ("leek-mlp", "leekasso"), ("r-mlp", "leekasso-lm"),
    ("h2o-deeplearning", "leekasso"), ("h2o-deeplearning", "h2o-settings"),  # the last: the framework alone
)  # fmt: skip
BARS = {
    "sd": "mean ± one standard deviation over the draws (the spread of single results, no confidence interval)",
    "quantiles": "mean, and from the 10 % to the 90 % quantile over the draws (the spread of single results, no confidence "
    "interval)",
}

PIXELS = {  # by input_scaling
    "none": "raw, 0 to 255,",
    "max-abs": "divided by the largest in the training draw",
    "standard": "brought to mean 0 and standard deviation 1 in the training draw, all together,",
    "columns": "each brought to mean 0 and standard deviation 1 in the training draw, and cut off at 10 of these,",
    "columns-unclipped": "each brought to mean 0 and standard deviation 1 in the training draw",
}


def write(
    out: Path,
    study: Study,
    data: Dataset,
    runs: Sequence[Run],
    frame: pd.DataFrame,
    answers: Mapping[int, tuple[Claim, Answer]],
    environment: Mapping[str, Any],
    spread: tuple[Plot, Table] | None,
    gaps: Sequence[Gap],
    diagnoses: Kept,
    *,
    command: str,
) -> Path:
    """Draw all figures into ``out/figures`` and write ``out/report.html``, which needs no other file.

    Returns
    -------
    Path
        The page.
    """
    main = main_plot(study, frame) if frame["accuracy"].notna().any() else None
    curves = curve_plots(study, runs, "the convergence half", TITLES)
    spread_plots = [] if spread is None else [spread[0]]
    sections = [gap_section(gap, TITLES) for gap in gaps]
    plots = [
        *(plot for _, answer in answers.values() for plot in answer.plots),
        *(plot for section in sections for plot in section.plots),
    ]
    return render(
        "report.html", out, [*([main] if main else []), *curves, *spread_plots, *plots], gaps=sections,
        study=study, protocol=PROTOCOLS[study.protocol], headline=headline(study, frame), main=main, curves=curves,
        answers=list(answers.values()), ran=ran_table(study, data, frame), failures=failures(runs),
        notes=notes(runs), environment=environment, command=command, complete=len(frame) == cells(study),
        cells=cells(study), done=len(frame), spread=spread, ending=ending_table(study, data, runs, TITLES),
        causes=cause_table(diagnoses, TITLES), directory=shlex.quote(str(out)), pixels=pixels(study), more=more(study, gaps),
    )  # fmt: skip


def more(study: Study, gaps: Sequence[Gap]) -> list[str]:
    """Say which gaps the same command can explain, where it was not asked to."""
    names, there = {recipe.name for recipe in study.recipes}, {(gap.a, gap.b) for gap in gaps}
    return [f"{TITLES[a]} to {TITLES[b]}" for a, b in GAPS if {a, b} <= names and (a, b) not in there]


def pixels(study: Study) -> str:
    """Say how each system gets the pixels."""
    systems: dict[str, list[str]] = {}
    for recipe in study.recipes:
        systems.setdefault(recipe.settings.get("input_scaling", "none"), []).append(TITLES.get(recipe.name, recipe.name))
    return "; ".join(f"{PIXELS[how]} for {', '.join(systems[how])}" for how in PIXELS if how in systems)


def cells(study: Study) -> int:
    """Count the runs that a complete study has."""
    return len(study.recipes) * len(study.train_sizes) * study.draws


def headline(study: Study, frame: pd.DataFrame) -> list[str]:
    """Say in a sentence each how the networks compare with the Leekasso, at the ends of the range of sizes.

    The pairs are fixed beforehand, so that nothing is chosen by the scores that are shown.
    """
    sentences = []
    scores = {name: group.set_index(["size", "draw"])["accuracy"] for name, group in frame.groupby("recipe")}
    for network, simple in CONTRASTS:
        if not {network, simple} <= scores.keys():
            continue
        ends = []
        for size in dict.fromkeys((study.train_sizes[0], study.train_sizes[-1])):
            of_both = (scores[network] - scores[simple]).dropna()
            difference = of_both[of_both.index.get_level_values("size") == size].to_numpy()
            if len(difference):
                d = mean_interval(difference)
                word = "more" if d.low > 0 else "less" if d.high < 0 else "undecided"
                ends.append(f"{word} at n = {size} ({with_interval(d, points)} points)")
        if ends:
            sentences.append(f"{TITLES[network]} against {TITLES[simple]}: {', '.join(ends)}.")
    return sentences


def main_plot(study: Study, frame: pd.DataFrame) -> Plot:
    """Plan the figure of 2017."""
    from bigenough.figures.accuracy_by_size import compute

    protocol: Protocol = PROTOCOLS[study.protocol]
    series = compute(frame, protocol.bars)
    tests = "the test half" if study.split == "holdout" else "the 20 % test part"
    return Plot(
        "accuracy_by_size",
        "accuracy-by-size",
        {"series": series, "zoom_without": FAR_BELOW, "titles": TITLES},
        f"Accuracy on {tests} against training-set size, {study.draws} draws of each size, the same for all systems: "
        f"{BARS[protocol.bars]}. Systems stand slightly side by side so that bars do not hide each other.",
        "Line chart of test accuracy against training-set size. "
        + "; ".join(
            f"{TITLES.get(s.name, s.name)} {percent(s.points[0].estimate)} at {s.sizes[0]}, "
            f"{percent(s.points[-1].estimate)} at {s.sizes[-1]}"
            for s in series
        ),
    )


def ran_table(study: Study, data: Dataset, frame: pd.DataFrame) -> Table:
    """Say what ran, for how long."""
    rows = []
    for recipe in study.recipes:
        of_recipe = frame[frame["recipe"] == recipe.name]
        if not len(of_recipe):
            continue
        updates = of_recipe["updates"].dropna()
        span = "–" if updates.empty else f"{updates.min():,} to {updates.max():,}"
        rows.append(
            [
                TITLES.get(recipe.name, recipe.name), recipe.family,
                f"{MODELS[recipe.model].parameters(recipe, data):,}", str(len(of_recipe)),
                str((of_recipe["status"] == "failed").sum()), span, f"{of_recipe['seconds'].sum():,.1f}",
            ]
        )  # fmt: skip
    columns = ["system", "family", "parameters", "runs", "failed", "gradient updates", "seconds of one core"]
    return Table("What ran. A stack's time is shared out evenly among its members.", columns, rows)


def failures(runs: Sequence[Run]) -> Table | None:
    """Count failed runs by recipe and error; None when there are none."""
    counts = Counter((r.recipe, r.error or "") for r in runs if r.status == "failed")
    rows = [[TITLES.get(name, name), error, str(n)] for (name, error), n in counts.items()]
    return Table("Runs that failed; they are in no mean.", ["system", "error", "runs"], rows) if rows else None


def notes(runs: Sequence[Run]) -> Table | None:
    """Count what the solvers said; None when they said nothing."""
    counts = Counter((r.recipe, note) for r in runs for note in r.notes)
    rows = [[TITLES.get(name, name), note, str(n)] for (name, note), n in counts.items()]
    return Table("What the solvers said.", ["system", "note", "runs"], rows) if rows else None


def command(study: Study, *, explain: int = 0, variance: int = 0, epochs_scale: float = 1.0) -> str:
    """Give the command that makes this study again."""
    options = {"epochs-scale": (epochs_scale, 1.0), "explain": (explain, 0), "variance": (variance, 0)}
    given = "".join(f" --{name} {value!r}" for name, (value, default) in options.items() if value != default)
    return (
        f"bigenough reproduce --protocol {study.protocol} --models {','.join(r.name for r in study.recipes)} "
        f"--sizes {','.join(map(str, study.train_sizes))} --draws {study.draws}{given} --seed {study.seed}"
    )
