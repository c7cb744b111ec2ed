"""`softwright ls`: all projects."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.connection import connected
from server.cli.screen import clean, print_json
from server.cli.story import share

UUID_LENGTH = 36
"""Shown whole: other verbs ask for it."""
COLUMNS = ("name", "type", "status", "coverage", "changed")


def command(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """List the projects."""
    with connected() as client:
        projects = list(client.items("/api/projects"))
    if as_json:
        print_json({"items": projects})
        return
    if not projects:
        typer.echo('No projects yet. Make one: softwright new "a REST API for todos with title and due date"')
        return
    table = Table(Column("id", no_wrap=True, min_width=UUID_LENGTH), *COLUMNS, box=None, pad_edge=False)
    for project in projects:
        coverage = share(project["test_coverage"]) if project.get("test_coverage") is not None else ""
        cells = [project["id"], project.get("name"), project.get("type"), project.get("status"), coverage]
        table.add_row(*(clean(cell or "") for cell in [*cells, str(project.get("updated_at") or "")[:19]]))
    Console(markup=False, highlight=False).print(table)


__all__ = ["command"]
