"""`softwright rollback`: takes back a modification, or goes back to an earlier commit."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.errors import CommandError
from server.cli.follow import follow_to_end


def command(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    commit: Annotated[
        str | None, typer.Option("--to", help="An earlier commit.  [default: before the last change]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Go back: code, tables and deployments together."""
    place = f"/api/projects/{quote(project, safe='')}"
    with connected() as client:
        if commit is not None:
            answer = client.post(f"{place}/rollback", {"commit": commit})
        else:
            changes: Any = client.items(f"{place}/modifications")
            last = next((one["id"] for one in changes if one["rollback_available"]), None)
            if last is None:
                raise CommandError("this project has no change that could be taken back")
            answer = client.post(f"/api/modifications/{quote(last)}/rollback", {})
        follow_to_end(client, project, answer["run"]["id"], as_json=as_json)


__all__ = ["command"]
