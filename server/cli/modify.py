"""`softwright modify`: changes a project in plain words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from server.cli.connection import Project, connected_to
from server.cli.decide import somebody_is_there
from server.cli.follow import follow_to_end
from server.cli.new import text_of
from server.cli.screen import say


def command(
    project: Project,
    request: Annotated[str, typer.Argument(help="What to change, in your own words.")],
    approve: Annotated[
        bool, typer.Option("--approve", help="Show the plan and ask before anything is changed.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="The model to ask.  [default: SOFTWRIGHT_MODEL]")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="USD that it may cost.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve whatever is asked.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Change an application: what worked works afterwards, or nothing is changed."""
    body: dict[str, Any] = {"request": text_of(request)}
    body |= {"approve": True} if approve else {}
    body |= {"attended": True} if yes or somebody_is_there() else {}
    body |= {"model": text_of(model)} if model is not None else {}
    body |= {"budget_usd": budget} if budget is not None else {}
    with connected_to(project) as (client, project_id):
        answer = client.post(f"/api/projects/{project_id}/modify", body)
        say(f"     modification {answer['modification']['id']}")
        follow_to_end(client, project_id, answer["run"]["id"], as_json=as_json, yes=yes)


__all__ = ["command"]
