"""`softwright rollback`: takes back a modification, goes back to an earlier commit, or to what served before."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.client import Client
from server.cli.connection import Project, connected_to
from server.cli.deploy import Environment
from server.cli.errors import WRONG_USE, CommandError
from server.cli.follow import follow_to_end


def command(
    project: Project,
    commit: Annotated[
        str | None, typer.Option("--to", help="An earlier commit.  [default: before the last change]")
    ] = None,
    environment: Annotated[
        Environment | None,
        typer.Option("--in", help="Only what serves there, to the version before it; no code changes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Go back: code, tables and deployments together, or one deployment."""
    if commit is not None and environment is not None:
        raise CommandError("--to and --in do not go together: --in goes to the version that served before", WRONG_USE)
    with connected_to(project) as (client, project_id):
        place = f"/api/projects/{project_id}"
        if commit is not None:
            answer = client.post(f"{place}/rollback", {"commit": commit})
        elif environment is not None:
            answer = client.post(f"/api/deployments/{quote(_serving(client, place, environment))}/rollback", {})
        else:
            changes: Any = client.items(f"{place}/modifications")
            last = next((one["id"] for one in changes if one["rollback_available"]), None)
            if last is None:
                raise CommandError("this project has no change that could be taken back")
            answer = client.post(f"/api/modifications/{quote(last)}/rollback", {})
        follow_to_end(client, project_id, answer["run"]["id"], as_json=as_json)


def _serving(client: Client, place: str, environment: Environment) -> str:
    deployments = client.items(f"{place}/deployments")
    found = (d["id"] for d in deployments if d["environment"] == environment.value and d["status"] == "healthy")
    serving = next(found, None)
    if serving is None:
        raise CommandError(f"nothing serves in {environment.value}")
    return str(serving)


__all__ = ["command"]
