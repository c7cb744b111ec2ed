"""`softwright rm`: deletes a project with all that belongs to it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from server.cli.connection import Project, connected_to
from server.cli.errors import WRONG_USE, CommandError
from server.cli.screen import clean, print_json, result


def command(
    project: Project,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Delete a project: its applications with their data, its code, its history. It cannot be undone."""
    with connected_to(project) as (client, project_id):
        path = f"/api/projects/{project_id}"
        name = str(client.get(path)["name"])
        if not yes:
            _ask(name)
        client.delete(path)
    if as_json:
        print_json({"project_id": project_id, "deleted": True})
    else:
        result(f"deleted {name}")


def _ask(name: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError("add --yes: nobody is there to be asked", WRONG_USE)
    if not typer.confirm(f"Delete {clean(name)}, its applications, their data and its code?", err=True):
        raise CommandError("nothing was deleted")


__all__ = ["command"]
