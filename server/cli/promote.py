"""`softwright promote`: what serves in one environment goes to another."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from server.cli.connection import Project, connected_to
from server.cli.deploy import Environment, Pause
from server.cli.follow import follow_to_end
from server.cli.waivers import Waive, explained, waivers_of


def command(
    project: Project,
    source: Annotated[Environment, typer.Option("--from", help="Where it serves.")] = Environment.DEV,
    target: Annotated[Environment, typer.Option("--to", help="Where it is to serve.")] = Environment.STAGING,
    pause: Pause = False,
    waive: Waive = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Run in another environment exactly what serves in one."""
    body: dict[str, Any] = {"from": source.value, "to": target.value, "waivers": waivers_of(waive), "downtime": pause}
    with connected_to(project) as (client, project_id):
        answer = client.post(f"/api/projects/{project_id}/promote", body)
        with explained(target.value):
            follow_to_end(client, project_id, answer["run"]["id"], as_json=as_json)


__all__ = ["command"]
