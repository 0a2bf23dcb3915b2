"""What ``bigenough diagnose`` does where it trains: of a study's folder, or of a model on data; and ``--diagnose``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import click

from bigenough.cli.options import kept_when_stopped
from bigenough.cli.values import duration
from bigenough.errors import InputError

Kind = Literal["log", "study", "model"]
OF_STUDY = {"run", "draws", "budget", "jobs", "device"}
OF_MODEL = {"target", "groups", "size", "draws", "metric", "budget", "seed", "out", "jobs", "device"}


def kind_of(what: str, source: str | None, given: Collection[str]) -> Kind:
    """Tell a log, a study's folder and a model apart, and refuse options that the kind has not.

    Raises
    ------
    InputError
    """
    from bigenough.registry import MODELS, SOURCES
    from bigenough.store import FILE_NAME

    kind: Kind = "log"
    if source is not None and (Path(what) / FILE_NAME).exists():
        raise InputError(f"{what} is a study's folder, whose data are known; leave {source} out")
    if source is not None:
        kind = "model"
    elif (Path(what) / FILE_NAME).exists():
        kind = "study"
    elif not Path(what).exists() and (what in SOURCES or what.startswith("mnist:")):
        raise InputError(f"{what} is a data set, which needs a model to be trained on it: bigenough diagnose relu-mlp {what}")
    elif not Path(what).exists() and (what.split(",")[0] in MODELS or ":" in what):
        raise InputError(f"the model {what} needs data to be trained on: bigenough diagnose {what} SOURCE")
    elif not Path(what).exists():
        raise InputError(f"cannot read {what}: No such file or directory, and no model has that name")
    allowed = {"log": set[str](), "study": OF_STUDY, "model": OF_MODEL}[kind]
    wrong = sorted(set(given) - allowed)
    if wrong:
        named = {"log": "a log", "study": "a study's folder", "model": "a model on data"}[kind]
        raise InputError(f"--{wrong[0]} is not for {named}")
    return kind


def conduct(
    kind: Kind, what: str, source: str | None, options: Mapping[str, Any], *, as_json: bool, quiet: bool, ignored: set[str]
) -> set[str]:
    """Train, print, and give the codes of the causes found."""
    from bigenough import terminal, user_diagnosis
    from bigenough.progress import shown
    from bigenough.types import json_text

    arguments = {**options, "budget": duration(options["budget"], "--budget")}
    kept = what if kind == "study" else options["out"]
    with shown(not quiet) as progress, kept_when_stopped(kept):
        if kind == "study":
            chosen = {name: arguments[name] for name in OF_STUDY}
            done = user_diagnosis.diagnose_study(what, **chosen, progress=progress)
        else:
            chosen = {name: arguments[name] for name in OF_MODEL}
            done = [user_diagnosis.diagnose(what, source, **chosen, progress=progress)]
    found = {code for one in done for code in one.found} - ignored
    if as_json:
        told = [one.to_json() for one in done]
        for values in told:
            values["findings"] = [finding for finding in values["findings"] if finding["code"] not in ignored]
        click.echo(json_text({"what": what, "source": source, "diagnoses": told}))
    else:
        for one in done:
            terminal.print_diagnosis(one, ignored)
    return found


def needs_a_network(models: Sequence[str] | None) -> None:
    """Refuse ``--diagnose`` for models of which none can be trained with changed settings; None is the default ones.

    Raises
    ------
    InputError
    """
    from bigenough.recipes import recipe_from
    from bigenough.registry import MODELS

    ours = [recipe_from(name) for name in models or () if ":" not in name]
    if models is not None and not any(hasattr(MODELS[recipe.model], "adjustable") for recipe in ours):
        raise InputError(f"--diagnose is of networks, and none of {', '.join(models)} is one that it can train again")


def after_study(directory: str, **options: Any) -> None:  # noqa: ANN401 - as `bigenough.diagnose_study` takes them
    """Diagnose the networks of a study that has just run; where that cannot be done the study stands, and a line says why."""
    from bigenough.user_diagnosis import diagnose_study

    try:
        diagnose_study(directory, **options)
    except InputError as error:
        click.echo(f"bigenough: the networks were not diagnosed: {error}", err=True)
