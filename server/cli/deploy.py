"""`softwright deploy`: runs the commit that QA passed in an environment."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.follow import follow_to_end
from server.cli.waivers import Waive, explained, waivers_of


class Environment(StrEnum):
    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"


def command(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    environment: Annotated[Environment, typer.Option("--to", help="Where to run it.")] = Environment.DEV,
    commit: Annotated[str | None, typer.Option(help="The commit.  [default: the newest that QA passed]")] = None,
    waive: Waive = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Deploy a project."""
    body: dict[str, Any] = {"environment": environment.value, "waivers": waivers_of(waive)}
    if commit is not None:
        body["commit"] = commit
    with connected() as client:
        answer = client.post(f"/api/projects/{quote(project, safe='')}/deploy", body)
        with explained(environment.value):
            follow_to_end(client, project, answer["run"]["id"], as_json=as_json)


__all__ = ["command"]
