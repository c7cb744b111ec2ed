"""`softwright rollback`: back to the version that served before."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.deploy import Environment
from server.cli.errors import FAILED, CommandError
from server.cli.follow import follow_to_end


def command(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    environment: Annotated[Environment, typer.Option("--in", help="Where.")] = Environment.DEV,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Go back to the version that served before the one that serves now."""
    with connected() as client:
        items = client.items(f"/api/projects/{quote(project, safe='')}/deployments")
        serving = next((d for d in items if d["environment"] == environment and d["status"] == "healthy"), None)
        if serving is None:
            raise CommandError(f"nothing serves in {environment.value}", FAILED)
        answer = client.post(f"/api/deployments/{quote(serving['id'], safe='')}/rollback", {})
        follow_to_end(client, project, answer["run"]["id"], as_json=as_json)


__all__ = ["command"]
