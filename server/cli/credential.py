"""`softwright credential`: the generated credential of a deployed application, shown once."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.deploy import Environment
from server.cli.screen import print_json, result


def command(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    environment: Annotated[Environment, typer.Option("--of", help="Of which environment.")] = Environment.DEV,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the API_TOKEN that the platform made for an application with protected operations. Works once: keep it."""
    path = f"/api/projects/{quote(project, safe='')}/environments/{environment.value}/credentials/API_TOKEN"
    with connected() as client:
        shown = client.post(path, {})
    if as_json:
        print_json(shown)
    else:
        result(str(shown["value"]))


__all__ = ["command"]
