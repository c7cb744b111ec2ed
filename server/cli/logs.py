"""`softwright logs`: what a deployed application wrote."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import Project, connected_to
from server.cli.deploy import Environment
from server.cli.errors import CommandError
from server.cli.screen import result


def command(
    project: Project,
    environment: Annotated[Environment, typer.Option("--of", help="Which deployment.")] = Environment.DEV,
) -> None:
    """Print the log of a project's newest deployment."""
    with connected_to(project) as (client, project_id):
        path = f"/api/projects/{project_id}/deployments"
        found = [d for d in client.items(path) if d.get("environment") == environment.value]
        if not found:
            raise CommandError(f"project {project_id} is not deployed to {environment.value}")
        newest: dict[str, Any] = max(found, key=lambda d: (d.get("deployed_at") or "", d.get("created_at") or ""))
        result(client.text(f"/api/deployments/{quote(newest['id'])}/logs"))


__all__ = ["command"]
