"""The verbs that list what there is: ``models``, ``datasets``."""

from __future__ import annotations

import json

import click

from bigenough.cli import options


@click.command()
@options.list_as_json
def models(as_json: bool) -> None:
    """List the models, with the parameters that each has on MNIST 0 against 1."""
    from bigenough import terminal
    from bigenough.registry import MODELS
    from bigenough.sources import load

    data = load("mnist:0,1")
    found = [
        {
            "name": name,
            "family": MODELS[name].recipe.family,
            "parameters": MODELS[name].parameters(MODELS[name].recipe, data),
            "recipe": MODELS[name].recipe.to_json(),
        }
        for name in MODELS
    ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[m["name"], m["family"], f"{m['parameters']:,}"] for m in found]
    terminal.print_table("Parameters on MNIST 0 against 1", ["model", "family", "parameters"], rows)


@click.command()
@options.list_as_json
def datasets(as_json: bool) -> None:
    """List the built-in data sets."""
    from bigenough import terminal
    from bigenough.registry import SOURCES
    from bigenough.sources import load

    wanted = [name for source in SOURCES for name in ((source, "mnist:0,1") if source == "mnist" else (source,))]
    found = []
    for name in wanted:
        data = load(name)
        shape = " x ".join(map(str, data.X.shape[1:]))
        found.append({"name": name, "kind": data.kind, "rows": len(data.y), "row": shape, "classes": len(data.classes)})
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [[str(d["name"]), str(d["kind"]), f"{d['rows']:,}", str(d["row"]), str(d["classes"])] for d in found]
    terminal.print_table(None, ["data set", "kind", "rows", "numbers a row", "classes"], rows)
    click.echo("mnist takes any two or more digits after a colon, such as mnist:4,9.")
