"""`softwright modify`: changes a project in plain words."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.follow import follow_to_end
from server.cli.new import text_of
from server.cli.screen import say


def command(
    project: Annotated[str, typer.Argument(help="The project's id.")],
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
    body |= {"model": text_of(model)} if model is not None else {}
    body |= {"budget_usd": budget} if budget is not None else {}
    with connected() as client:
        answer = client.post(f"/api/projects/{quote(project, safe='')}/modify", body)
        say(f"     modification {answer['modification']['id']}")
        follow_to_end(client, project, answer["run"]["id"], as_json=as_json, yes=yes)


__all__ = ["command"]
