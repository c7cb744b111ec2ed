"""`softwright deploy`: runs the commit that QA passed in an environment."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from server.cli.connection import Project, connected_to
from server.cli.follow import follow_to_end
from server.cli.waivers import Waive, explained, waivers_of


class Environment(StrEnum):
    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"


class On(StrEnum):
    LOCAL = "local"
    DOCKER = "docker"
    RENDER = "render"
    RAILWAY = "railway"
    FLYIO = "flyio"
    VERCEL = "vercel"


class Strategy(StrEnum):
    BLUE_GREEN = "blue_green"
    ROLLING = "rolling"


PAUSE = "Allow a short downtime, which a change of the database that breaks the old version needs."
Pause = Annotated[bool, typer.Option("--allow-downtime", help=PAUSE)]


def command(
    project: Project,
    environment: Annotated[Environment, typer.Option("--to", help="Where to run it.")] = Environment.DEV,
    platform: Annotated[
        On | None, typer.Option("--on", help="The platform.  [default: where it serves already, else local]")
    ] = None,
    commit: Annotated[str | None, typer.Option(help="The commit.  [default: the newest that QA passed]")] = None,
    strategy: Annotated[Strategy | None, typer.Option(help="How copies are replaced.  [default: blue_green]")] = None,
    memory_mb: Annotated[int | None, typer.Option(help="Memory of each copy in MB.")] = None,
    cpus: Annotated[float | None, typer.Option(help="Processors of each copy.")] = None,
    instances: Annotated[int | None, typer.Option(help="Copies that share the requests.")] = None,
    pause: Pause = False,
    waive: Waive = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Deploy a project."""
    body: dict[str, Any] = {"environment": environment.value, "waivers": waivers_of(waive)}
    body |= {"downtime": True} if pause else {}
    resources = {"memory_mb": memory_mb, "cpus": cpus, "instances": instances}
    named = {name: value for name, value in resources.items() if value is not None}
    chosen = {
        "commit": commit,
        "platform": platform and platform.value,
        "strategy": strategy and strategy.value,
        "resources": named or None,
    }
    body |= {name: value for name, value in chosen.items() if value is not None}
    with connected_to(project) as (client, project_id):
        answer = client.post(f"/api/projects/{project_id}/deploy", body)
        with explained(environment.value):
            follow_to_end(client, project_id, answer["run"]["id"], as_json=as_json)


__all__ = ["Environment", "Pause", "command"]
