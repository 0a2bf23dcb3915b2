"""What every report is made by: figures drawn once and set into one self-contained HTML page."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from bigenough.exhibits import Plot
from bigenough.registry import FIGURES
from bigenough.types import Run, Study

CURVES = "training-"  # files of training curves begin so
LONGEST_STEM = 100  # bytes of a figure's file name


def render(template: str, out: Path, plots: Sequence[Plot], **values: object) -> Path:
    """Draw the plots into ``out/figures``, as SVG and PNG, and write ``out/report.html``, which needs no other file.

    Parameters
    ----------
    template : str
        A file of ``templates/``; it gets `values`, and the images by their stems.
    out : Path
    plots : sequence of Plot

    Returns
    -------
    Path
        The page.
    """
    from bigenough.figures.style import save  # loads matplotlib, so only when something is drawn

    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    images: dict[str, str] = {}
    names = file_names([plot.stem for plot in plots])
    for plot, name in zip(plots, names, strict=True):
        save(FIGURES[plot.figure](**plot.data), folder, name)
        drawn = (folder / f"{name}.svg").read_bytes()
        images[plot.stem] = f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"
    for old in folder.glob(f"{CURVES}*.[sp][vn]g"):
        if old.stem not in names:  # of a network that is in the study no more
            old.unlink()
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bigenough"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    path = out / "report.html"
    path.write_text(environment.get_template(template).render(images=images, **values), encoding="utf-8", errors="replace")
    return path


def file_names(stems: Sequence[str]) -> list[str]:
    """Give each stem, in which a person's own names may be, a file's name that any file system takes, all different."""
    found: list[str] = []
    taken: set[str] = set()
    for stem in stems:
        plain = re.sub(r"[^\w.,=-]+", "-", stem).encode()[:LONGEST_STEM].decode(errors="ignore")
        candidates = (plain, *(f"{plain}_{number}" for number in range(2, len(stems) + 2)))
        name = next(name for name in candidates if name.lower() not in taken)
        taken.add(name.lower())
        found.append(name)
    return found


def curve_plots(study: Study, runs: Sequence[Run], held_out: str, titles: Mapping[str, str] | None = None) -> list[Plot]:
    """Plan a figure of training curves for every network.

    Parameters
    ----------
    study : Study
    runs : sequence of Run
    held_out : str
        What the rows are called that assess convergence.
    titles : mapping of str to str, optional
        Recipe to the name to show.
    """
    plots = []
    for recipe in study.recipes:
        curves = {
            size: found
            for size in study.train_sizes
            if (found := [r.curve for r in runs if r.recipe == recipe.name and r.size == size and r.curve is not None])
        }
        if curves:
            title = (titles or {}).get(recipe.name, recipe.name)
            plots.append(
                Plot(
                    "training_curves",
                    f"{CURVES}{recipe.name}",
                    {"curves": curves, "held_out": held_out.removeprefix("the ")},
                    f"{title}: accuracy (top) and mean cross-entropy (bottom, logarithmic, floor 1e-8) against gradient "
                    "updates, one line a draw, dropout off. Updates are on a logarithmic axis that begins at 0.",
                    f"Training curves of {title}, a column a training-set size: accuracy and loss on the training rows and on "
                    f"{held_out}.",
                )
            )
    return plots
