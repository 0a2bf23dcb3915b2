"""How a study of one's own data was asked for, kept beside it, and said again as a command."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bigenough.recipes import recipe_from
from bigenough.types import Study, in_a_list


def asked_for(source: object, models: Iterable[object], options: Mapping[str, object]) -> dict[str, Any]:
    """Note where rows came from, as plain values.

    Parameters
    ----------
    source : object
        What `bigenough.study` got first.
    models : iterable
        What it got for models: one, several, or None each.
    options : mapping
        ``target``, ``groups``, ``test``, ``skip_unreadable``; of rows or labels themselves it is only noted that they were
        given.

    Returns
    -------
    dict
        The options, ``source`` (None for rows), ``own``, the addresses among the models, and ``files``, the TOML files by
        the names of their recipes.
    """
    options = {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
    said = {name: value if value is None or isinstance(value, str | bool) else True for name, value in options.items()}
    named = str(source) if isinstance(source, str | Path) else None
    texts = [str(model) for some in models for model in in_a_list(some) if isinstance(model, str | Path)]
    own = [text for text in texts if ":" in text]
    files = {recipe_from(text).name: text for text in texts if text not in own and text.endswith(".toml")}
    return {**said, "source": named, "own": own, "files": files}


def command(study: Study, asked: Mapping[str, Any]) -> str:
    """Say the command that makes a study again, or the call where its rows came from Python.

    Parameters
    ----------
    study : Study
    asked : mapping
        From `asked_for`.
    """
    names = [asked.get("files", {}).get(r.name, r.name) for r in study.recipes if r.model != "external"]
    if asked["source"] is None:
        unsaid = "".join(f", {name}={name}" for name in ("groups", "test") if asked.get(name))
        options = {
            "models": names, "train_sizes": list(study.train_sizes), "draws": study.draws, "metric": study.metric,
            "margin": study.margin, "seed": study.seed, **({"until_decided": True} if study.looks else {}),
        }  # fmt: skip
        more = ", more_models=[...]" if len(names) < len(study.recipes) else ""
        return f"bigenough.study(X, y{unsaid}, {', '.join(f'{name}={value!r}' for name, value in options.items())}{more})"
    words = ["bigenough", "study", asked["source"]]
    for name in ("target", "groups", "test"):
        if asked.get(name) is not None:
            words += [f"--{name}", asked[name]]
    if asked.get("skip_unreadable"):
        words.append("--skip-unreadable")
    words += ["--models", ",".join(names)] if names else []
    for address in asked["own"]:
        words += ["--model", address]
    words += [
        "--sizes", ",".join(map(str, study.train_sizes)), "--draws", str(study.draws), "--metric", study.metric,
        "--margin", f"{study.margin:g}", "--seed", str(study.seed), *(["--until-decided"] if study.looks else []),
    ]  # fmt: skip
    return " ".join(shlex.quote(str(word)) for word in words)
