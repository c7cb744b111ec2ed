"""`softwright credential`: the generated credential of a deployed application, shown once."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.connection import Project, connected_to
from server.cli.deploy import Environment
from server.cli.screen import print_json, result


def command(
    project: Project,
    environment: Annotated[Environment, typer.Option("--of", help="Of which environment.")] = Environment.DEV,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the API_TOKEN that the platform made for an application with protected operations. Works once: keep it."""
    with connected_to(project) as (client, project_id):
        path = f"/api/projects/{project_id}/environments/{environment.value}/credentials/API_TOKEN"
        shown = client.post(path, {})
    if as_json:
        print_json(shown)
    else:
        result(str(shown["value"]))


__all__ = ["command"]
